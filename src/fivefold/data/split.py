"""The split: which rows are sealed away for the test, and which fold validates on each of the others.

Everything here works on arrays of numbers, so that ten million rows are parted in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Split, SplitKind
from fivefold.data.dealing import deal, deal_groups
from fivefold.data.rolling import Rolling, roll
from fivefold.data.twins import twins_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Brief

    Codes = NDArray[np.int64]
    Strata = NDArray[np.int16 | np.int32]
    Small = NDArray[np.int8]

__all__ = ["SET_ASIDE", "TEST", "Keys", "Parts", "Wish", "part"]

TEST = -1
"""Part of the sealed rows."""
SET_ASIDE = -2
"""Part of the rows that are neither learned from nor judged on."""
_HOLD_OUT = 0.2
_KINDS: tuple[SplitKind, ...] = ("stratified", "random", "group", "stratified_group", "time", "time_group")


@dataclass(frozen=True, slots=True)
class Wish:
    """How the plan wants rows to be kept apart.

    Attributes
    ----------
    kind : SplitKind
    by : str
        The time column of ``time`` and ``time_group``, else the group column; empty for the other kinds.
    folds : int
        Folds that validate; 1 is one hold-out.
    test_share : float
    why : str
        The plan's reason.
    group : str
        The group column of ``time_group``.
    gap : str
        What is left between learning and judging by time, as written: ``7d`` of dates, ``2`` of numbers.
    """

    kind: SplitKind
    by: str
    folds: int
    test_share: float
    why: str
    group: str = ""
    gap: str = ""

    @classmethod
    def of(cls, brief: Brief) -> Wish:
        """Read the wish from the plan; only classes can be kept in their shares."""
        named = brief.text("split.kind")
        kind = next((kind for kind in _KINDS if kind == named), _KINDS[0])
        if brief.task == "regression":
            plain: dict[SplitKind, SplitKind] = {"stratified": "random", "stratified_group": "group"}
            kind = plain.get(kind, kind)
        share = brief.item("split.test_share").value
        return cls(
            kind,
            brief.text("split.by"),
            max(1, brief.number("split.folds")),
            float(share) if isinstance(share, int | float) else 0.2,
            brief.item("split.kind").why,
            brief.text("split.group"),
            brief.text("split.gap"),
        )

    @property
    def time_column(self) -> str:
        """The column of the order in time; empty for the kinds without."""
        return self.by if self.kind in {"time", "time_group"} else ""

    @property
    def group_column(self) -> str:
        """The column of the groups; empty for the kinds without."""
        if self.kind == "time_group":
            return self.group
        return self.by if self.kind in {"group", "stratified_group"} else ""


@dataclass(frozen=True, slots=True)
class Keys:
    """What rows are parted by, one entry a row; a kind of split needs only its own.

    Attributes
    ----------
    target : Series
        Without gaps: labels as words, or numbers.
    hashes : callable, or None
        Gives :func:`fivefold.data.twins.row_hashes` of the features, uint64 of shape (rows,), put together from batches if need be; called
        where chance parts the rows. None lets equal rows go where they may.
    time : Series or None
        Dates or numbers.
    groups : Series or None
        Words; a row without one is a group of its own.
    """

    target: pl.Series
    hashes: Callable[[], NDArray[np.uint64]] | None = None
    time: pl.Series | None = None
    groups: pl.Series | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The part of every row.

    Attributes
    ----------
    parts : array of int8, shape (rows,)
        :data:`TEST`, :data:`SET_ASIDE`, or the number of the fold that validates on the row: from 1, and 0 for rows that
        only train.
    split : Split
    aside : tuple of (str, int)
        Why rows are set aside, and how many.
    since : array of int8, shape (rows,), or None
        The first fold whose models learn from the row, where the number of its own fold does not tell.
    """

    parts: Small
    split: Split
    aside: tuple[tuple[str, int], ...] = ()
    since: Small | None = None


def part(keys: Keys, wish: Wish, seed: int) -> Parts | None:
    """Part the rows of a table.

    Parameters
    ----------
    keys : Keys
    wish : Wish
    seed : int
        The same seed parts the same table the same way.

    Returns
    -------
    Parts or None
        None when a column has too few different values for a test part, a validation fold and something to train on, or
        when a split by time and group would set more rows aside than it is worth.

    Raises
    ------
    InputError
        When the gap is not in the units of the time column.
    """
    rng = np.random.default_rng(seed)
    if wish.time_column and keys.time is not None:
        groups = None
        if wish.group_column and keys.groups is not None:
            groups = _group_codes(keys.groups)[0]
        return _by_time(roll(keys.time, groups, wish.gap, wish.folds, wish.test_share), wish)
    rows = keys.target.len()
    strata = _strata(keys.target) if wish.kind.startswith("stratified") else np.zeros(rows, dtype=np.int16)
    if wish.group_column and keys.groups is not None:
        return _by_group(keys.groups, strata, wish, rng)
    return _by_lot(keys, strata, wish, rng)


def _strata(target: pl.Series) -> Strata:
    """Number the classes in the order of their names; a regression has one stratum."""
    import polars as pl

    if target.dtype != pl.String:
        return np.zeros(target.len(), dtype=np.int16)
    names = target.unique().sort()
    codes = target.cast(pl.Enum(names)).to_physical().to_numpy()
    return codes.astype(np.int16 if names.len() < np.iinfo(np.int16).max else np.int32)


def _group_codes(groups: pl.Series) -> tuple[Codes, int]:
    """Number the groups in the order of their first rows, those of single rows without one behind; and count them."""
    import polars as pl

    names = groups.drop_nulls().unique(maintain_order=True)
    codes = np.full(groups.len(), -1, dtype=np.int64)
    known = groups.is_not_null().to_numpy()
    codes[known] = groups.drop_nulls().cast(pl.Enum(names)).to_physical().to_numpy()
    alone = np.flatnonzero(~known)
    codes[alone] = names.len() + np.arange(alone.size)
    return codes, names.len() + alone.size


def _by_lot(keys: Keys, strata: Strata, wish: Wish, rng: np.random.Generator) -> Parts:
    """Part at random; rows that equal each other stay together while they are few, and where they are copies."""
    rows = strata.size
    kept = None if keys.hashes is None else twins_of(keys.hashes()).kept(keys.target)
    units, twins = (None, 0) if kept is None else (kept.units, kept.rows)
    parts = np.full(rows, TEST, dtype=np.int8)
    train = np.flatnonzero(deal(units, strata, (wish.test_share, 1 - wish.test_share), rng) == 1)
    shares = [1 / wish.folds] * wish.folds if wish.folds > 1 else [1 - _HOLD_OUT, _HOLD_OUT]
    inner = None if units is None else _renumbered(units[train])
    parts[train] = deal(inner, strata[train], shares, rng) + (wish.folds > 1)
    why = wish.why + (
        f"; {twins:,} rows are equal to others, and stay on one side with them" if twins else ""
    )
    return Parts(parts, _described(parts, wish, folds=wish.folds, why=why))


def _by_group(groups: pl.Series, strata: Strata, wish: Wish, rng: np.random.Generator) -> Parts | None:
    """Part by groups: no group is on two sides; a row without a group is one of its own."""
    units, count = _group_codes(groups)
    if count < 3:
        return None
    folds = min(wish.folds, count - 1)
    train = 1 - wish.test_share
    inner = [train / folds] * folds if folds > 1 else [train * (1 - _HOLD_OUT), train * _HOLD_OUT]
    bins = deal_groups(units, strata, [wish.test_share, *inner], rng)
    parts = np.where(bins == 0, TEST, bins - (folds == 1)).astype(np.int8)
    alone = "; each row is a group of its own, so that it is as if they were parted at random"
    why = f"{wish.why}; {count:,} groups, none of them on two sides" + alone * (count == units.size)
    return Parts(parts, _described(parts, wish, folds=folds, why=why))


def _by_time(rolled: Rolling | None, wish: Wish) -> Parts | None:
    """Part by time: the sealed rows come last, every fold after what it learns from; equal times are never parted."""
    if rolled is None:
        return None
    parts = np.where(rolled.sealed, TEST, rolled.fold).astype(np.int8)
    parts[rolled.aside] = SET_ASIDE
    reasons = (
        (f"'{wish.by}' is missing", rolled.untimed),
        (f"less than {wish.gap} before the sealed part", rolled.in_gap),
        (f"later than the first sealed row, with a '{wish.group}' that is known from before", rolled.known),
    )
    aside = tuple((why, count) for why, count in reasons if count)
    why = f"{wish.why}; the sealed rows are the last ones"
    if wish.group_column:
        why += f", and none of them has a '{wish.group}' of the others"
    split = _described(parts, wish, folds=rolled.folds, why=why, gap=rolled.gap)
    return Parts(parts, split, aside=aside, since=rolled.since)


def _renumbered(units: Codes) -> Codes:
    """Number what is left of the units without gaps."""
    there = np.zeros(int(units.max()) + 1 if units.size else 0, dtype=bool)
    there[units] = True
    return (np.cumsum(there) - 1)[units]


def _described(parts: Small, wish: Wish, *, folds: int, why: str, gap: float = 0.0) -> Split:
    """Describe how the rows were parted."""
    return Split(
        kind=wish.kind,
        by=wish.by or None,
        folds=folds,
        rolling=bool(wish.time_column),
        train_rows=int((parts >= 0).sum()),
        test_rows=int((parts == TEST).sum()),
        why=why,
        group=wish.group_column if wish.kind == "time_group" else None,
        gap=gap,
    )
