"""Rolling: rows parted by time. The last ones are sealed, and every fold is judged after what its models learn from.

All is decided by comparing times with the times of cuts, so that equal times are never parted and no row is sorted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from fivefold.core.errors import InputError, SettingsError
from fivefold.core.quantities import parse_seconds

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    Times = NDArray[np.int64 | np.float64]
    Flags = NDArray[np.bool_]
    Small = NDArray[np.int8]

__all__ = ["Rolling", "gap_of", "roll"]

_Value = TypeVar("_Value", bound=np.generic)

_MOST_TEST = 0.5
"""Share of rows up to which equal times may swell the sealed part."""
_LEAST_TEST = 0.25
"""Share of its wanted size to which they may shrink it; likewise a fold's."""
_LEAST_LEARNED = 0.1
"""Share of the rows before the sealed part that the models of a fold must have to learn from."""
_MOST_KNOWN = 0.25
"""Share of all rows that may be set aside because their group is known from before."""
_HOLD_OUT = 0.2
_SECOND = 1_000_000
"""Units of a date's time in a second."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """Where every row stands in time.

    Attributes
    ----------
    sealed, aside : array of bool, shape (rows,)
    fold : array of int8, shape (rows,)
        The fold that is judged on the row, from 1; 0 for none.
    since : array of int8, shape (rows,), or None
        The first fold whose models learn from the row, one more than there are folds where only the last fit on all rows
        does. None when that is always the fold after its own.
    folds : int
    gap : float
        In seconds of a date or units of a number.
    untimed, in_gap, known : int
        Rows set aside: without a time, within the gap before the sealed part, and after it but of a group from before.
    """

    sealed: Flags
    aside: Flags
    fold: Small
    since: Small | None
    folds: int
    gap: float
    untimed: int
    in_gap: int
    known: int


@dataclass(frozen=True, slots=True)
class _Line:
    """The rows that have a time.

    Attributes
    ----------
    times : array, shape (rows,)
    first : array, shape (rows,)
        When the row's group was seen first; the row's own time without groups.
    gap : int or float
        In the units of the times.
    """

    times: Times
    first: Times
    gap: float

    def learned(self, cut: float) -> Flags:
        """Which rows lie before a cut, and not in the gap before it."""
        return self.times <= cut - self.gap if self.gap else self.times < cut

    def fresh(self, cut: float) -> Flags:
        """Which rows have a group that is not among those learned from before a cut."""
        return self.first > cut - self.gap if self.gap else self.first >= cut


def roll(
    time: pl.Series, groups: NDArray[np.int64] | None, gap: str, folds: int, share: float
) -> Rolling | None:
    """Part rows by time, and by groups as well if there are any.

    Parameters
    ----------
    time : Series
        Dates or numbers; a row without is set aside.
    groups : array of int, shape (rows,), or None
        Numbers of the groups from 0. A row is sealed, or judged by a fold, only if its group is not among those that
        were learned from.
    gap : str
        See :func:`gap_of`.
    folds : int
        Wanted; fewer where the times do not allow as many.
    share : float
        Of the rows to seal.

    Returns
    -------
    Rolling or None
        None when the times do not allow a sealed part, a fold and something to learn from, or when more than a quarter of
        the rows would be set aside because their groups come back.
    """
    import polars as pl

    dated = isinstance(time.dtype, pl.Datetime)
    time = time.fill_nan(None) if time.dtype.is_float() else time
    step = gap_of(gap, dated=dated, column=time.name)
    placed = np.flatnonzero(time.is_not_null().to_numpy())
    there = time.drop_nulls()
    times = there.dt.timestamp("us").to_numpy() if dated else there.to_numpy()
    ordered = times if (times[1:] >= times[:-1]).all() else np.sort(times)
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    if changes.size < 2:
        return None
    first = times if groups is None else _first_seen(times, groups[placed])
    line = _Line(times, first, step * _SECOND if dated else step)
    end = _end(None if groups is None else np.sort(first), ordered, changes[1:], share)
    sealed = (times >= end) & line.fresh(end)
    usable = line.learned(end)
    known = int((times >= end).sum() - sealed.sum())
    if not _worth(int(sealed.sum()), known, times.size, share):
        return None
    usual = groups is None and not step
    before = ordered[: int(usable.sum())] if usual else np.sort(times[usable])
    cuts, fold, since = _folds(line, usable, before, folds)
    if not cuts:
        return None
    left = ~(sealed | usable)
    return Rolling(
        sealed=_spread(sealed, placed, time.len(), fill=False),
        aside=_spread(left, placed, time.len(), fill=True),
        fold=_spread(fold, placed, time.len(), fill=0),
        since=None if usual else _spread(since, placed, time.len(), fill=0),
        folds=len(cuts),
        gap=step,
        untimed=time.null_count(),
        in_gap=int(left.sum()) - known,
        known=known,
    )


def gap_of(text: str, *, dated: bool, column: str = "") -> float:
    """Read a gap: seconds of a stretch of time such as ``7d`` for dates, a number for numbers; 0 for an empty text.

    Raises
    ------
    InputError
        When the gap is not in the units of the column.

    Examples
    --------
    >>> gap_of("12h", dated=True), gap_of("2", dated=False), gap_of("", dated=True)
    (43200.0, 2.0, 0.0)
    """
    if not text.strip():
        return 0.0
    try:
        return parse_seconds(text) if dated else _number(text)
    except (SettingsError, ValueError):
        pass
    units = (
        "a stretch of time such as 7d or 12h" if dated else "a number such as 2, in the column's own units"
    )
    raise InputError(
        f"The gap does not fit the time column '{column}'",
        seen=repr(text),
        expected=f"{units}: the column holds {'dates' if dated else 'numbers'}",
        todo="put gap right in the [data] section",
    )


def _number(text: str) -> float:
    """Read a positive number."""
    value = float(text)
    if not 0 < value < np.inf:
        raise ValueError(text)
    return value


def _first_seen(times: Times, groups: NDArray[np.int64]) -> Times:
    """When the group of each row was seen first."""
    first = np.full(int(groups.max()) + 1, times.max(), dtype=times.dtype)
    np.minimum.at(first, groups, times)
    return first[groups]


def _end(first: Times | None, ordered: Times, before: NDArray[np.intp], share: float) -> float:
    """Return the time of the first sealed row: of the rows sealed and those before it, the sealed ones are this share.

    Parameters
    ----------
    first : array or None
        When the groups of all rows were seen first, sorted; None without groups.
    ordered : array
        The times of all rows, sorted.
    before : array of int
        Where in that order one may cut: how many rows lie before each cut.
    share : float
    """
    if first is None:
        return ordered[_nearest(before, (1 - share) * ordered.size)]  # type: ignore[no-any-return]  # a whole number stays one
    after = first.size - np.searchsorted(first, ordered[before], side="left")
    return ordered[before[np.argmin(np.abs(after - share * (after + before)))]]  # type: ignore[no-any-return]  # as above


def _nearest(places: NDArray[np.intp], wanted: float) -> int:
    """The place nearest to a wanted one, among places in order; the first of two that are as near."""
    at = int(np.searchsorted(places, wanted))
    around = places[max(0, at - 1) : at + 1]
    return int(around[np.argmin(np.abs(around - wanted))])


def _worth(sealed: int, known: int, rows: int, share: float) -> bool:
    """Whether the sealed part is neither too small nor too large, and not too many rows are lost for it."""
    whole = rows - known
    right = _LEAST_TEST * share * whole <= sealed <= _MOST_TEST * whole
    return right and sealed > 0 and known <= _MOST_KNOWN * rows


def _folds(line: _Line, usable: Flags, ordered: Times, folds: int) -> tuple[list[float], Small, Small]:
    """Cut the rows before the sealed part, whose times are ordered, into blocks.

    Returns
    -------
    list of float, array, array
        The cuts, and the ``fold`` and ``since`` of every row.
    """
    changes = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    block = min(_HOLD_OUT, 0.6 / folds)
    wanted = [ordered.size * (1 - block * (folds - place)) for place in range(folds)]
    cuts: list[float] = []
    if changes.size:
        places = {_nearest(changes, place) for place in wanted}
        cuts = [ordered[place] for place in sorted(places)]
    # Equal times alone may make blocks as uneven as they like; a gap and groups must leave enough on both sides.
    least = _LEAST_LEARNED * ordered.size if line.gap else 1
    cuts = [cut for cut in cuts if line.learned(cut).sum() >= least]
    least = 1 if line.first is line.times else max(1, _LEAST_TEST * block * ordered.size)
    while cuts:
        fold, since = _numbered(line, usable, cuts)
        sizes = np.bincount(fold, minlength=len(cuts) + 1)[1:]
        if sizes.min() >= least:
            return cuts, fold, since
        del cuts[int(np.argmin(sizes))]
    return [], np.zeros(0, np.int8), np.zeros(0, np.int8)


def _numbered(line: _Line, usable: Flags, cuts: list[float]) -> tuple[Small, Small]:
    """Number the rows by the fold that is judged on them, and by the first fold that learns from them."""
    fold = np.zeros(line.times.size, dtype=np.int8)
    since = np.ones(line.times.size, dtype=np.int8)
    for number, cut in enumerate(cuts, start=1):
        fold[line.times >= cut] = number
        since += ~line.learned(cut)
    for number, cut in enumerate(cuts, start=1):
        fold[(fold == number) & ~line.fresh(cut)] = 0
    fold[~usable] = 0
    return fold, since


def _spread(values: NDArray[_Value], placed: NDArray[np.intp], rows: int, *, fill: object) -> NDArray[_Value]:
    """Give every row a value, also those without a time."""
    if placed.size == rows:
        return values
    whole = np.full(rows, fill, dtype=values.dtype)
    whole[placed] = values
    return whole
