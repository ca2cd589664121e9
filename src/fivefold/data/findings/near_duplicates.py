"""Rows that equal another but for one column, for the case of letters, or for a little noise: copies that were touched.

What is nearly equal by chance is no copy. So rows must agree in more than chance allows for: every column counts by how
seldom two rows agree in it, and all but the differing ones together must be far rarer than the pairs of rows are many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fivefold.core.artefacts import ROW, Finding
from fivefold.data.examples import example_rows
from fivefold.data.twins import FEW_TWINS, row_hashes, twin_units
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable
    from fivefold.core.tables import Frame

    Hashes = NDArray[np.uint64]
    Flags = NDArray[np.bool_]
    Pairs = NDArray[np.int64]

__all__ = ["NearDuplicates"]

_ROWS = 60_000
_BLOCKS = 24
"""Columns that are left out one by one; of more, blocks of neighbours are."""
_DIFFERING = 2
_MARGIN_BITS = 10.0
_MOST_BITS = 12.0
_BITS_ROWS = 5_000
_AGREE = 0.002
"""Numbers agree within this part of the middle half of their column."""
_DIMENSIONS = 6
_FEWEST = 4
_LEAST_SHARE = 0.002
_MANY = 0.01


class NearDuplicates:
    """Counts rows that nearly equal another row, in training and across the split."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding when at least four rows, and 0.2 %, nearly equal another and equal none."""
        columns = [
            column
            for column in table.contract.columns
            if column.role not in {"identifier", "constant"} and column.name != table.split.by
        ]
        frame, training = _rows(table, [column.name for column in columns])
        if len(columns) < 3 or frame.height < 2 * _FEWEST:
            return ()
        _, twins = twin_units(frame.drop(ROW))
        if twins > FEW_TWINS * frame.height:
            return ()
        coarse = _coarse(frame, columns)
        bits = _bits(coarse)
        needed = 2 * np.log2(frame.height) + _MARGIN_BITS
        pairs = np.concatenate(
            [_all_but_one(coarse, bits, needed), _close(frame, columns, coarse, bits, needed)]
        )
        pairs = pairs[_unequal(frame, pairs)]
        near = np.zeros(frame.height, dtype=bool)
        near[pairs.ravel()] = True
        if int(near.sum()) < max(_FEWEST, _LEAST_SHARE * frame.height):
            return ()
        return (_finding(table, frame, near, pairs, training),)


def _rows(table: CheckedTable, names: list[str]) -> tuple[Frame, int]:
    """Training rows and then sealed ones, neighbours in the source as they were; and how many are of training."""
    frame = table.frame.select(ROW, *names).head(_ROWS)
    training = frame.height
    if {ROW, *names} <= set(table.sealed.columns):
        frame = pl.concat([frame, table.sealed.select(ROW, *names).head(_ROWS // 4)])
    return frame, training


def _coarse(frame: Frame, columns: list[Column]) -> Frame:
    """Values without what a copy may have changed: case and spaces of words, the last digits of numbers."""
    made = []
    for column in columns:
        values = frame[column.name]
        if values.dtype == pl.String:
            values = values.str.to_lowercase().str.strip_chars().str.replace_all(r"\s+", " ")
        elif values.dtype.is_float():
            values = values.round_sig_figs(5)
        made.append(values)
    return pl.DataFrame(made)


def _bits(coarse: Frame) -> NDArray[np.float64]:
    """How seldom two rows agree in each column, in bits, beyond what its neighbours say of it already."""
    sample = coarse.head(_BITS_ROWS)
    ranked = np.stack(
        [values.rank("dense").fill_null(0).to_numpy().astype(np.float64) for values in sample.iter_columns()]
    )
    apart = ranked - ranked.mean(axis=1, keepdims=True)
    length = np.sqrt((apart**2).sum(axis=1))
    alike = np.abs(apart @ apart.T) / np.maximum(np.outer(length, length), 1e-12)
    bits = np.empty(len(ranked))
    for place, values in enumerate(coarse.iter_columns()):
        shares = values.alias("value").value_counts()["count"].to_numpy() / max(1, values.len())
        known = float(np.max(alike[place, :place] ** 2, initial=0.0))
        alone = -np.log2(max(1e-12, float((shares**2).sum())))
        bits[place] = np.clip(alone + 0.5 * np.log2(max(1e-9, 1 - known)), 0.0, _MOST_BITS)
    return bits


def _all_but_one(coarse: Frame, bits: NDArray[np.float64], needed: float) -> Pairs:
    """Pairs of rows that agree in all columns but one."""
    blocks = np.array_split(np.arange(coarse.width), min(coarse.width, _BLOCKS))
    marks = [coarse[:, block.tolist()].hash_rows(seed=int(block[0])).to_numpy() for block in blocks]
    with np.errstate(over="ignore"):
        whole = np.sum(marks, axis=0, dtype=np.uint64)
        tried = [
            whole - mark
            for mark, block in zip(marks, blocks, strict=True)
            if bits.sum() - bits[block].sum() >= needed
        ]
    if not tried:
        return np.empty((0, 2), dtype=np.int64)
    pairs = np.unique(np.concatenate([_neighbours(hashes) for hashes in tried]), axis=0)
    differing = np.zeros(len(pairs), dtype=np.int64)
    if len(pairs):
        first, second = coarse[pairs[:, 0]], coarse[pairs[:, 1]]
        for name in coarse.columns:
            differing += first[name].ne_missing(second[name]).to_numpy()
    kept: Pairs = pairs[differing <= 1]
    return kept


def _neighbours(hashes: Hashes) -> Pairs:
    """Pairs of rows of one hash: each with the next one of it."""
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    pairs: Pairs = np.column_stack([order[same], order[same + 1]]).astype(np.int64)
    return pairs


def _close(
    frame: Frame, columns: list[Column], coarse: Frame, bits: NDArray[np.float64], needed: float
) -> Pairs:
    """Pairs of rows whose numbers lie close together and whose other values agree."""
    from scipy.spatial import KDTree

    none = np.empty((0, 2), dtype=np.int64)
    order = np.argsort(-bits, kind="stable")
    numbers = [int(place) for place in order if columns[place].kind == "number"][:_DIMENSIONS]
    if len(numbers) < 2 or bits.sum() < needed:
        return none
    scaled = [_scaled(frame[columns[place].name]) for place in numbers]
    points = np.column_stack(scaled)
    whole = np.flatnonzero(np.isfinite(points).all(axis=1))
    if whole.size < 2:
        return none
    near, places = KDTree(points[whole]).query(points[whole], k=2, p=np.inf, distance_upper_bound=_AGREE)
    found = np.flatnonzero(np.isfinite(near[:, 1]))
    pairs = np.column_stack([found, places[found, 1]])
    # A row with an exact equal may be given itself as the second nearest.
    pairs = np.sort(whole[pairs[pairs[:, 0] != pairs[:, 1]]], axis=1)
    differing = np.zeros(len(pairs), dtype=np.int64)
    for column in columns:
        differing += ~_agrees(frame[column.name], coarse[column.name], column, pairs)
    kept: Pairs = np.unique(pairs[differing < _DIFFERING], axis=0)
    return kept


def _scaled(values: pl.Series) -> NDArray[np.float64]:
    """Numbers in units of the middle half of their column."""
    numbers = as_numbers(values)
    known = numbers[np.isfinite(numbers)]
    if not known.size:
        return numbers
    low, high = np.quantile(known, [0.25, 0.75])
    with np.errstate(over="ignore", invalid="ignore"):  # figures such as 1e300 have no spread in float64
        spread = float(np.nan_to_num(known.std(), posinf=0.0)) / 10
        scaled: NDArray[np.float64] = (numbers - low) / max(float(high - low), spread, 1e-300)
    return scaled


def _agrees(values: pl.Series, coarse: pl.Series, column: Column, pairs: Pairs) -> Flags:
    """Whether the two rows of each pair agree in a column."""
    if column.kind == "number":
        scaled = _scaled(values)
        first, second = scaled[pairs[:, 0]], scaled[pairs[:, 1]]
        agrees: Flags = (np.abs(first - second) <= _AGREE) | (np.isnan(first) & np.isnan(second))
        return agrees
    codes = coarse.rank("dense").fill_null(0).to_numpy()
    same: Flags = codes[pairs[:, 0]] == codes[pairs[:, 1]]
    return same


def _unequal(frame: Frame, pairs: Pairs) -> Flags:
    """Pairs that are not wholly equal, which would be plain duplicates."""
    hashes = row_hashes(frame.drop(ROW))
    unequal: Flags = hashes[pairs[:, 0]] != hashes[pairs[:, 1]]
    return unequal


def _finding(table: CheckedTable, frame: Frame, near: Flags, pairs: Pairs, training: int) -> Finding:
    """Say how many rows have a near copy, and on how many the split cannot be trusted."""
    rows, sealed = int(near[:training].sum()), int(near[training:].sum())
    across = pairs[(pairs.min(axis=1) < training) & (pairs.max(axis=1) >= training)]
    shared = np.unique(across.max(axis=1)).size
    apart = frame.height - training
    first, second = (int(place) for place in pairs[0])
    names = [name for name in frame.columns if name != ROW]
    differing = [
        name
        for name in names
        if not frame[name].gather([first]).equals(frame[name].gather([second]), null_equal=True)
    ]
    share = (rows + sealed) / frame.height
    what = f"{rows:,} of {training:,} training rows nearly equal another row"
    if shared:
        what += f", and {shared:,} of {apart:,} sealed rows one of training"
    return Finding(
        check="near_duplicates",
        severity="warning" if share >= _MANY or shared >= max(2, _MANY * apart) else "info",
        columns=(),
        what=f"{what}; they differ in one column, in the case of letters, or by a little",
        figures={
            "rows": rows,
            "share": round(share, 4),
            "sealed_rows": int(shared),
            "sealed_share": round(shared / max(1, apart), 4),
        },
        question="Are these copies of one case? If so, name the column that says which rows belong together, or keep one of each.",
        examples=example_rows(table, [first, second], [*differing, *names], frame=frame),
    )
