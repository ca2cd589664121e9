"""Fairness: how the groups of named columns fare on the sealed rows, and whether they differ beyond chance.

Differences and ratios are defined as Fairlearn defines them (Bird et al., 2020). How large a difference chance alone makes is
told by the bootstrap: each group's figure moves around its own value as often as rows are drawn anew, and the largest difference
of these movements is what would be seen if all groups were treated alike. Many groups thus make a larger one, as they should.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from fivefold.core.artefacts import Disparity, Fairness, FairnessGroup, GroupFigure
from fivefold.measure.metrics import LABELLED, metric_of, statistic
from fivefold.measure.numbers import as_numbers
from fivefold.measure.resampling import Resampling
from fivefold.report.figures import place
from fivefold.training.encoding.levels import Levels
from fivefold.training.slices import stretches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic
    from fivefold.runtime.judgement import Judgement
    from fivefold.training.evaluation import SealedPart

    Limits: TypeAlias = tuple[float, float]
    _Group: TypeAlias = tuple[str, NDArray[np.bool_]]

__all__ = ["compare_groups"]

_LEAST = 30
"""Rows of a group that is compared."""
_CASES = 10
"""Rows that a rate is of, such as the truly positive ones of a group."""
_VALUES = 12
"""Up to so many different numbers or dates each is a group."""
_COMPARED, _TOLD = 20, 40
"""Groups that are compared, and values that are told, at most."""
_REPEATS = 500
_ENDS = (0.025, 0.975)
_CHANCE = 0.95
_CAUTION = 1.5
"""How much longer a column may take than the one before."""
_SHARE: Limits = (0.0, 1.0)


def compare_groups(
    sealed: SealedPart, metric: str, answers: tuple[Floats, Judgement], names: Sequence[str], until: Deadline
) -> tuple[tuple[Fairness, ...], tuple[str, ...]]:
    """Compare the groups of each column.

    Parameters
    ----------
    sealed : SealedPart
    metric : str
        The headline metric.
    answers : (array of shape (rows, outputs), Judgement)
        Scores of the measured model, and how labels are chosen from them.
    names : sequence of str
        Columns of the sealed part. More than twelve different numbers or dates are cut into quarters, of all others each value is a group.
    until : Deadline
        Columns that cannot be compared before that are left out; the first one always is.

    Returns
    -------
    tuple of Fairness
    tuple of str
        A sentence on each column that is left out, and why.
    """
    found: list[Fairness] = []
    notes: list[str] = []
    measures, pace = _measures(sealed, metric, *answers), 0.0
    for name in names:
        why = _unseen(sealed, name)
        if not why and found and _CAUTION * pace > until.remaining():
            why = "no time was left"
        if why:
            notes.append(f"The groups of '{name}' were not compared: {why}.")
            continue
        began = time.monotonic()
        found.append(_compared(sealed, name, measures))
        pace = time.monotonic() - began
    return tuple(found), tuple(notes)


@dataclass(frozen=True, slots=True)
class _Measure:
    """A figure that every group has.

    Attributes
    ----------
    name : str
    speaks_of : array of bool, shape (rows,)
        The rows that it is a figure of.
    of : callable
        From positions of rows to the figure of any weights of them.
    limits : (float, float)
        Ends of its range.
    """

    name: str
    speaks_of: NDArray[np.bool_]
    of: Callable[[NDArray[np.intp]], Statistic]
    limits: Limits


@dataclass(frozen=True, slots=True)
class _Table:
    """Figures of the groups that are compared.

    Attributes
    ----------
    names : tuple of str
        Of the groups.
    values : Floats
        Shape (groups, measures); NaN where a group has too few rows.
    moves : Floats
        Shape (resamples, groups, measures): how far each moves when other rows are drawn.
    alike : Floats
        The same were all groups treated alike.
    """

    names: tuple[str, ...]
    values: Floats
    moves: Floats
    alike: Floats

    def figures(self, place: int, measures: Sequence[_Measure]) -> Iterator[GroupFigure]:
        """The figures of one group."""
        for at, measure in enumerate(measures):
            value = float(self.values[place, at])
            if not np.isfinite(value):
                yield GroupFigure(measure.name, None, None, None)
                continue
            first, last = value + np.nanquantile(self.moves[:, place, at], _ENDS)
            low, high = np.clip((first, last), *measure.limits)
            yield GroupFigure(measure.name, value, min(value, float(low)), max(value, float(high)))

    def ends(self, at: int) -> tuple[int, int] | None:
        """The groups with the lowest and the highest of a figure; None where fewer than two have it."""
        if np.isfinite(self.values[:, at]).sum() < 2:
            return None
        order = np.argsort(self.values[:, at], kind="stable")  # those that have none come last
        return int(order[0]), int(order[np.isfinite(self.values[:, at]).sum() - 1])

    def reach(self, at: int) -> Floats:
        """The largest difference that chance alone makes in each of the resamples."""
        moves = self.alike[:, np.isfinite(self.values[:, at]), at]
        reach: Floats = np.nan_to_num(np.fmax.reduce(moves, axis=1) - np.fmin.reduce(moves, axis=1))
        return reach

    def apart(self, name: str, columns: Sequence[int]) -> Disparity | None:
        """The largest difference of two groups in any of some figures."""
        pairs = [(at, ends) for at in columns if (ends := self.ends(at)) is not None]
        if not pairs:
            return None
        gaps = [self.values[high, at] - self.values[low, at] for at, (low, high) in pairs]
        at, (low, high) = pairs[int(np.argmax(gaps))]
        gap = float(max(gaps))
        first, last = np.nanquantile(self.moves[:, high, at] - self.moves[:, low, at], _ENDS)
        reach = np.max([self.reach(at) for at, _ in pairs], axis=0)
        chance = float(np.quantile(reach, _CHANCE))
        span = (gap + float(first), gap + float(last))
        return Disparity(name, gap, *span, self.names[low], self.names[high], chance, gap > chance)

    def ratio(self, name: str, at: int) -> Disparity | None:
        """The lowest figure in parts of the highest."""
        ends = self.ends(at)
        if ends is None or self.values[ends[1], at] <= 0:
            return None
        low, high = ends
        drawn = [np.maximum(self.values[one, at] + self.moves[:, one, at], 0.0) for one in (low, high)]
        parts = drawn[0][drawn[1] > 0] / drawn[1][drawn[1] > 0]
        first, last = np.nanquantile(parts, _ENDS)
        value = float(self.values[low, at] / self.values[high, at])
        return Disparity(
            name, value, min(value, float(first)), max(value, float(last)), self.names[low], self.names[high]
        )


def _unseen(sealed: SealedPart, name: str) -> str:
    """Why a column cannot be looked at."""
    if name not in sealed.frame.columns:
        return "the Dataset does not hold it"
    personal = {column.name for column in sealed.terms.contract.columns if column.personal}
    return "its values tell who somebody is" if name in personal else ""


def _compared(sealed: SealedPart, name: str, measures: Sequence[_Measure]) -> Fairness:
    """Compare the groups of one column."""
    groups, rest = _groups(sealed, name)
    large = [group for group in groups if group[1].sum() >= _LEAST][:_COMPARED]
    among = {value for value, _ in large}
    small = [FairnessGroup(value, int(rows.sum())) for value, rows in groups if value not in among]
    if name not in {column.name for column in sealed.terms.contract.columns}:
        # Nobody has looked whether its values tell who somebody is: what few rows have is not told.
        rest = [FairnessGroup("smaller ones", sum(one.rows for one in [*small, *rest]))] * bool(small + rest)
        small = []
    if not large:
        return Fairness(name, (*small, *rest), ())
    table = _measured(sealed, large, measures)
    compared = [
        FairnessGroup(value, int(rows.sum()), tuple(table.figures(place, measures)))
        for place, (value, rows) in enumerate(large)
    ]
    return Fairness(
        name, (*compared, *small, *rest), _disparities(table, [measure.name for measure in measures])
    )


def _groups(sealed: SealedPart, name: str) -> tuple[list[_Group], list[FairnessGroup]]:
    """The groups of a column, each in words and with its rows; and what stands for those beyond the most that are told."""
    import polars as pl

    values = sealed.frame[name]
    missing = [("missing", values.is_null().to_numpy())] * (values.null_count() > 0)
    ordered = values.dtype.is_numeric() or values.dtype.is_temporal()
    if ordered and values.drop_nulls().n_unique() > _VALUES:
        quarters = [rows for _, _, rows in stretches(name, as_numbers(values))]
        return [(_ends_of(values.filter(pl.Series(rows))), rows) for rows in quarters] + missing, []
    words = values.cast(pl.String)
    levels = Levels.of(words)
    told, rest = levels.names[:_TOLD], levels.counts[_TOLD:]
    groups = [(word, (words == word).fill_null(value=False).to_numpy()) for word in told]
    left = [FairnessGroup(f"{len(rest):,} more", sum(rest))] * bool(rest)
    return groups + missing, left


def _ends_of(values: pl.Series) -> str:
    """The lowest and the highest of some numbers, or the first and the last day of some dates."""
    if values.dtype.is_temporal():
        return f"{str(values.min())[:10]} to {str(values.max())[:10]}"
    numbers = as_numbers(values)
    return f"{place(float(np.nanmin(numbers)))} to {place(float(np.nanmax(numbers)))}"


def _measured(sealed: SealedPart, groups: Sequence[_Group], measures: Sequence[_Measure]) -> _Table:
    """Every figure of every group, and how it moves when other rows are drawn."""
    cells = [(rows & measure.speaks_of, measure.of) for _, rows in groups for measure in measures]

    def figures(kept: NDArray[np.intp]) -> Callable[[Floats], Floats]:
        places = [np.flatnonzero(rows[kept]) for rows, _ in cells]
        ready = [
            of(kept[inside]) if inside.size else None for inside, (_, of) in zip(places, cells, strict=True)
        ]

        def figure(weights: Floats) -> Floats:
            unknown = np.full(len(weights), np.nan)
            with np.errstate(invalid="ignore", divide="ignore"):
                columns = [
                    unknown if one is None else one(weights[:, inside])
                    for one, inside in zip(ready, places, strict=True)
                ]
            return np.stack(columns, axis=1)

        return figure

    shape = (len(groups), len(measures))
    rows = np.arange(sealed.truth.size)
    every = np.ones(rows.size) if sealed.weight is None else sealed.weight
    values = figures(rows)(every[None]).reshape(shape)
    counts = np.array([inside.sum() for inside, _ in cells]).reshape(shape)
    values[counts < _CASES] = np.nan
    plan = Resampling.of(rows.size, sealed.groups, 2, _REPEATS, sealed.terms.seed, sealed.weight)
    moves = plan.spread(figures).reshape(-1, *shape)
    alike = _alike(moves, counts, np.random.default_rng(sealed.terms.seed))
    return _Table(tuple(value for value, _ in groups), values, moves, alike)


def _alike(moves: Floats, counts: NDArray[np.intp], rng: np.random.Generator) -> Floats:
    """The same movements, but for figures that never move, such as a rate of 1.

    Were all groups treated alike these would move as well: as rows of the other groups do, by the number of their own.
    """
    spread = np.nan_to_num(moves).var(axis=0)
    alike = moves.copy()
    for at in range(moves.shape[2]):
        moving, still = spread[:, at] > 0, spread[:, at] == 0
        if moving.any():
            row = float((spread[moving, at] * counts[moving, at]).mean())
            for group in np.flatnonzero(still & (counts[:, at] > 0)).tolist():
                alike[:, group, at] = rng.normal(scale=np.sqrt(row / counts[group, at]), size=len(moves))
    return alike


def _measures(sealed: SealedPart, metric: str, scores: Floats, judgement: Judgement) -> list[_Measure]:
    """What is told of every group."""
    task, truth, decided = sealed.terms.contract.task, sealed.truth, judgement.decided(scores)
    every = np.ones(truth.size, dtype=bool)

    def mean(name: str, values: Floats, speaks_of: NDArray[np.bool_], limits: Limits) -> _Measure:
        return _Measure(
            name, speaks_of, lambda at: lambda weights: (weights @ values[at]) / weights.sum(axis=1), limits
        )

    def judged(name: str) -> _Measure:
        answers = decided if name in LABELLED else scores
        known = metric_of(name)
        lowest = -np.inf if known.lowest is None else known.lowest
        limits = (lowest, np.inf if known.highest is None else known.highest)
        return _Measure(name, every, lambda at: statistic(name, task, truth[at], answers[at]), limits)

    if task == "regression":
        first = [mean("mean_error", scores[:, 0] - truth, every, (-np.inf, np.inf)), judged("rmse")]
    elif task == "multiclass":
        first = [judged("accuracy")]
    else:
        taken = (decided.argmax(axis=1) == 1).astype(np.float64)
        first = [
            mean("selection_rate", taken, every, _SHARE),
            mean("true_positive_rate", taken, truth == 1, _SHARE),
            mean("false_positive_rate", taken, truth == 0, _SHARE),
        ]
    return first if metric in {one.name for one in first} else [*first, judged(metric)]


def _disparities(table: _Table, names: list[str]) -> tuple[Disparity, ...]:
    """The differences that are usual in the field."""
    found: list[Disparity | None] = []
    if "selection_rate" in names:
        rates = [names.index("true_positive_rate"), names.index("false_positive_rate")]
        found += [
            table.apart("demographic_parity_difference", [0]),
            table.ratio("demographic_parity_ratio", 0),
        ]
        found.append(table.apart("equalized_odds_difference", rates))
    found += [
        table.apart(f"{name}_difference", [at]) for at, name in enumerate(names) if not name.endswith("_rate")
    ]
    return tuple(one for one in found if one is not None)
