"""The split: which rows are sealed away for the test, and which fold validates on each of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Split, SplitKind
from fivefold.data.dealing import deal, deal_groups

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Brief
    from fivefold.core.tables import Frame

    Codes = NDArray[np.int64]

__all__ = ["FEW_TWINS", "SET_ASIDE", "TEST", "Parts", "Wish", "part", "twin_units"]

TEST = -1
"""Part of the sealed rows."""
SET_ASIDE = -2
"""Part of the rows that a split by time cannot place."""
FEW_TWINS = 0.2
"""Share of rows with an equal up to which equal rows are kept together; above, being equal is how the table is."""
_HOLD_OUT = 0.2
_MOST_TEST = 0.5
"""Share of rows up to which equal times may swell the sealed part."""
_LEAST_TEST = 0.25
"""Share of its wanted size to which they may shrink it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How the plan wants rows to be kept apart.

    Attributes
    ----------
    kind : SplitKind
    by : str
        The time or group column; empty for the other kinds.
    folds : int
        Folds that validate; 1 is one hold-out.
    test_share : float
    why : str
        The plan's reason.
    """

    kind: SplitKind
    by: str
    folds: int
    test_share: float
    why: str

    @classmethod
    def of(cls, brief: Brief) -> Wish:
        """Read the wish from the plan."""
        kinds: dict[str, SplitKind] = {"time": "time", "group": "group", "random": "random"}
        kind, by = kinds.get(brief.text("split.kind"), "stratified"), brief.text("split.by")
        if kind == "stratified" and brief.task == "regression":
            kind = "random"
        share = brief.item("split.test_share").value
        test_share = float(share) if isinstance(share, int | float) else 0.2
        return cls(kind, by, max(1, brief.number("split.folds")), test_share, brief.item("split.kind").why)


@dataclass(frozen=True, slots=True)
class Parts:
    """The part of every row.

    Attributes
    ----------
    parts : array of int, shape (rows,)
        :data:`TEST`, :data:`SET_ASIDE`, or the number of the fold that validates on the row: from 1, and 0 for rows that
        only train.
    split : Split
    twins : int
        Rows whose features equal another row's and that were kept on one side with it.
    """

    parts: Codes
    split: Split
    twins: int = 0


def part(frame: Frame, target: pl.Series, by: pl.Series | None, wish: Wish, seed: int) -> Parts | None:
    """Part the rows of a table.

    Parameters
    ----------
    frame : Frame
        The features, cleaned.
    target : Series
        The target without gaps: labels, or numbers.
    by : Series or None
        The time (dates or numbers) or the groups (words).
    wish : Wish
    seed : int
        The same seed parts the same table the same way.

    Returns
    -------
    Parts or None
        None when the column has too few different values for a test part, a validation fold and something to train on.
    """
    rng = np.random.default_rng(seed)
    strata = _strata(target)
    if wish.kind == "time" and by is not None:
        return _by_time(by, wish)
    if wish.kind == "group" and by is not None:
        return _by_group(by, strata, wish, rng)
    rows = target.len()
    units, twins = twin_units(frame)
    kept = 0 < twins <= FEW_TWINS * rows
    if not kept:
        units = np.arange(rows)
    if wish.kind == "random":
        strata = np.zeros_like(strata)
    rest = deal(units, strata, (wish.test_share, 1 - wish.test_share), rng)
    parts = np.full(rows, TEST, dtype=np.int64)
    train = np.flatnonzero(rest == 1)
    _, inner = np.unique(units[train], return_inverse=True)
    shares = [1 / wish.folds] * wish.folds if wish.folds > 1 else [1 - _HOLD_OUT, _HOLD_OUT]
    parts[train] = deal(inner, strata[train], shares, rng) + (wish.folds > 1)
    why = wish.why + (f"; {twins:,} rows with an equal stay on one side with it" if kept else "")
    return _parts(parts, wish, folds=wish.folds, why=why, twins=twins if kept else 0)


def twin_units(frame: Frame) -> tuple[Codes, int]:
    """Number the rows so that rows of equal values share a number; also say how many rows have an equal."""
    import polars as pl

    if frame.width == 0 or frame.height == 0:
        return np.arange(frame.height), 0
    # Two hashes of 64 bits: no table that fits on a disk has two rows that share both by chance.
    marks = pl.DataFrame({"one": frame.hash_rows(seed=1), "two": frame.hash_rows(seed=2)}).with_row_index(
        "row"
    )
    firsts = marks.select(pl.col("row").min().over("one", "two")).to_series().to_numpy()
    _, units, counts = np.unique(firsts, return_inverse=True, return_counts=True)
    return units.astype(np.int64), int(counts[counts > 1].sum())


def _strata(target: pl.Series) -> Codes:
    """Number the classes; a regression has one stratum."""
    import polars as pl

    if target.dtype != pl.String:
        return np.zeros(target.len(), dtype=np.int64)
    _, codes = np.unique(target.to_numpy().astype(str), return_inverse=True)
    return codes.astype(np.int64)


def _by_group(by: pl.Series, strata: Codes, wish: Wish, rng: np.random.Generator) -> Parts | None:
    """Part by groups: no group is on two sides; a row without a group is one of its own."""
    _, units = np.unique(by.fill_null("").to_numpy().astype(str), return_inverse=True)
    alone = by.is_null().to_numpy()
    units = units.astype(np.int64)
    units[alone] = units.max() + 1 + np.arange(int(alone.sum()))
    _, units = np.unique(units, return_inverse=True)
    groups = int(units.max()) + 1
    folds = min(wish.folds, groups - 1)
    if groups < 3:
        return None
    train = 1 - wish.test_share
    inner = [train / folds] * folds if folds > 1 else [train * (1 - _HOLD_OUT), train * _HOLD_OUT]
    bins = deal_groups(units.astype(np.int64), strata, [wish.test_share, *inner], rng)
    parts = np.where(bins == 0, TEST, bins - (folds == 1))
    return _parts(parts, wish, folds=folds, why=f"{wish.why}; {groups:,} groups, none of them on two sides")


def _by_time(by: pl.Series, wish: Wish) -> Parts | None:
    """Part by time: the sealed rows come last, every fold after what it learns from; equal times are never parted."""
    import polars as pl

    times = by.dt.timestamp("us") if isinstance(by.dtype, pl.Datetime) else by
    placed = np.flatnonzero(by.is_not_null().to_numpy())
    values = times.drop_nulls().to_numpy()
    order = placed[np.argsort(values, kind="stable")]
    ordered = np.sort(values, kind="stable")
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    if changes.size < 2:
        return None
    rows = ordered.size
    end = _nearest(changes[1:], rows * (1 - wish.test_share))
    if not _LEAST_TEST * wish.test_share * rows <= rows - end <= _MOST_TEST * rows:
        return None
    block = min(_HOLD_OUT, 0.6 / wish.folds)
    wanted = [end * (1 - block * (wish.folds - k)) for k in range(wish.folds)]
    inside = changes[changes < end]
    cuts = sorted({_nearest(inside, cut) for cut in wanted})
    parts = np.full(by.len(), SET_ASIDE, dtype=np.int64)
    parts[order[:end]] = np.searchsorted(cuts, np.arange(end), side="right")
    parts[order[end:]] = TEST
    return _parts(parts, wish, folds=len(cuts), why=f"{wish.why}; the sealed rows are the last ones")


def _nearest(places: NDArray[np.int64], wanted: float) -> int:
    """Return the place that lies nearest to where one wants to cut."""
    return int(places[np.argmin(np.abs(places - wanted))])


def _parts(parts: Codes, wish: Wish, *, folds: int, why: str, twins: int = 0) -> Parts:
    """Describe how the rows were parted."""
    split = Split(
        kind=wish.kind,
        by=wish.by or None,
        folds=folds,
        rolling=wish.kind == "time",
        train_rows=int((parts >= 0).sum()),
        test_rows=int((parts == TEST).sum()),
        why=why,
    )
    return Parts(parts, split, twins)
