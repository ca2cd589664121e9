"""Contributions: exact Shapley values of the measured model on some sealed rows, in the time that there is for it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ColumnContribution, Contributions
from fivefold.measure.numbers import as_numbers
from fivefold.runtime.explanation import BlendExplainer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column, MemberRecord
    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.explanation import Explanation
    from fivefold.runtime.predictor import Predictor
    from fivefold.training.encoded import EncodedRows
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.interruption import Interruption

__all__ = ["column_contributions"]

_BACKGROUND = 10_000
"""Rows that were learned from, which say how many go which way, at most."""
_ROWS = 500
_FIRST = 25
"""Rows that are explained first, to see how long it takes; then as many again, and so on."""
_CAUTION = 1.5
"""How much longer a row may take than the one before."""
_DRAWN = 8
"""Columns whose single contributions are kept."""
_POINTS = 150
_ORDERED = {"number", "date", "boolean", "ordinal"}


def column_contributions(
    predictor: Predictor,
    sealed: tuple[SealedPart, EncodedRows],
    learned: Path,
    members: Sequence[MemberRecord],
    until: Deadline,
    interruption: Interruption,
) -> Contributions | None:
    """Explain at most 500 sealed rows.

    Parameters
    ----------
    predictor : Predictor
        That of the measured model.
    sealed : (SealedPart, EncodedRows)
        The rows, and the same encoded.
    learned : Path
        The matrix that the members learned from.
    members : sequence of MemberRecord
        In the order of the blend.
    until : Deadline
        No more rows are begun than fit in before that.
    interruption : Interruption

    Returns
    -------
    Contributions or None
        None when no member's contributions can be told exactly, or there was no time for the first rows.
    """
    if not predictor.encoder.features or until.passed():
        return None
    part, encoded = sealed
    rng = np.random.default_rng(part.terms.seed)
    explainer = BlendExplainer(predictor.blend, predictor.encoder, _some(learned, _BACKGROUND, rng))
    rows = rng.permutation(part.truth.size)[:_ROWS]
    values = np.asarray(np.load(encoded.path, mmap_mode="r")[rows])

    def stop() -> bool:
        return interruption.asked or until.passed()

    found: list[Explanation] = []
    done, step = 0, _FIRST
    while done < rows.size:
        began = time.monotonic()
        one = explainer.explain(values[done : done + step], stop)
        if one is None:
            break
        found.append(one)
        pace, done = (time.monotonic() - began) / len(one.off), done + len(one.off)
        step = min(done, int(until.remaining() / (_CAUTION * max(pace, 1e-9))))
        if step < 1:
            break
    if not found:
        return None
    parts = np.concatenate([one.parts for one in found])
    columns = _columns(predictor, part, rows[: len(parts)], found[0].columns, parts)
    unit = "number" if predictor.contract.task == "regression" else "log odds"
    base = float(found[0].base[0]) if found[0].base.size == 1 else 0.0
    off = float(np.concatenate([one.off for one in found]).mean())
    left_out = tuple(members[place].name for place in explainer.left_out)
    return Contributions(len(parts), unit, base, explainer.share, off, columns, left_out)


def _some(path: Path, most: int, rng: np.random.Generator) -> Matrix:
    """Rows of a matrix, drawn at random where they are many."""
    values = np.load(path, mmap_mode="r")
    if len(values) <= most:
        return np.asarray(values)
    return np.asarray(values[np.sort(rng.choice(len(values), most, replace=False))])


def _columns(
    predictor: Predictor, part: SealedPart, rows: NDArray[np.intp], names: Sequence[str], parts: Floats
) -> tuple[ColumnContribution, ...]:
    """Every column with its mean, the first ones with single rows."""
    means = np.abs(parts).mean(axis=(0, 2))
    found = [
        ColumnContribution(names[place], float(means[place])) for place in np.argsort(-means, kind="stable")
    ]
    if parts.shape[2] > 1:
        return tuple(found)
    columns = {column.name: column for column in predictor.contract.columns}
    frame = part.frame[rows[:_POINTS]]
    for place, one in enumerate(found[:_DRAWN]):
        if one.mean > 0 and not columns[one.column].personal:
            drawn = parts[:_POINTS, names.index(one.column), 0].tolist()
            places = _places(frame[one.column], columns[one.column])
            found[place] = replace(one, points=tuple(zip(drawn, places, strict=True)))
    return tuple(found)


def _places(values: pl.Series, column: Column) -> list[float | None]:
    """Where each value stands among them, from 0 to 1."""
    import polars as pl

    if column.role not in _ORDERED:
        return [None] * len(values)
    if column.role == "ordinal":
        order = {level: float(place) for place, level in enumerate(column.categories)}
        numbers = np.array([order.get(str(level), np.nan) for level in values.cast(pl.String).to_list()])
    else:
        numbers = as_numbers(values)
    known = np.isfinite(numbers)
    levels = np.unique(numbers[known])
    # Equal values get one place, in the middle of those that they take up.
    ends = np.searchsorted(np.sort(numbers[known]), levels, side="right")
    starts = np.searchsorted(np.sort(numbers[known]), levels, side="left")
    middle = (starts + ends) / 2.0 / max(1, int(known.sum()))
    if levels.size > 1:
        middle = (middle - middle[0]) / (middle[-1] - middle[0])
    places = (
        middle[np.searchsorted(levels, np.where(known, numbers, 0.0)).clip(0, max(0, levels.size - 1))]
        if levels.size
        else numbers
    )
    return [float(place) if there else None for place, there in zip(places, known, strict=True)]
