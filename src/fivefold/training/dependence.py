"""Partial dependence (Friedman, 2001): the mean answer when one column is set to the same value in all rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Dependence, DependenceCurve
from fivefold.measure.numbers import as_numbers
from fivefold.training.schedule import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column, Contract, Importance
    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor
    from fivefold.training.evaluation import SealedPart
    from fivefold.training.interruption import Interruption

__all__ = ["partial_dependence"]

_ROWS = 300
_FEWEST = 100
"""Rows when time is short; so many are also scored to see how long they take."""
_CURVES = 8
_PLACES = 20
_LEVELS = 12
_COARSEST = 5
"""Values of a column when time is short."""
_FREQUENT = 0.02
"""Share of the rows that a level has at least: of a rarer one the model knows next to nothing."""
_CLASSES = 3
_MATTERS = 0.02
"""Importance, beside that of the most important column, below which a curve would show nothing."""
_TICK = 1e-6
"""Seconds that a scoring takes at least, for clocks that do not see it."""
_CAUTION = 1.5
"""How much longer a scoring may take than the one before."""
_UNSHOWN = {"date": "a date", "text": "free text"}


def partial_dependence(
    predictor: Predictor,
    sealed: SealedPart,
    importances: Sequence[Importance],
    until: Deadline,
    interruption: Interruption,
) -> Dependence | None:
    """Set the columns that matter to some of their values, one after the other, in all of some sealed rows.

    Parameters
    ----------
    predictor : Predictor
        That of the measured model.
    sealed : SealedPart
        At most 300 of its rows are used.
    importances : sequence of Importance
        The most important column first; they say which columns matter.
    until : Deadline
        When time is short there are fewer rows, and fewer values; columns that do not fit in before that have no curve.
    interruption : Interruption

    Returns
    -------
    Dependence or None
        None where no column matters. Of personal columns nothing is told.
    """
    wanted = _wanted(importances, predictor.contract)
    if not wanted:
        return None
    rows = np.random.default_rng(sealed.terms.seed).permutation(sealed.truth.size)[:_ROWS]
    answers = _Answers(predictor, sealed.frame[rows], _outputs(predictor.contract, sealed.truth))
    most = min(_CURVES, sum(column.role not in _UNSHOWN for column in wanted))
    overall = answers.begin(max(1, most), until)
    curves: list[DependenceCurve] = []
    left_out: list[tuple[str, str]] = []
    for column in wanted:
        if len(curves) == _CURVES:
            break
        grid = _UNSHOWN.get(column.role) or _Grid.of(answers.frame[column.name], column, answers.most)
        if isinstance(grid, _Grid) and interruption.asked:
            grid = INTERRUPTED
        elif isinstance(grid, _Grid) and not (overall and answers.affordable(len(grid.values), until)):
            grid = "no time was left"
        if isinstance(grid, _Grid):
            curves.append(grid.curve(column, answers))
        else:
            left_out.append((column.name, grid))
    contract = predictor.contract
    outputs = tuple(contract.classes[place] for place in answers.outputs) if contract.classes else ()
    return Dependence(answers.frame.height, outputs, overall, tuple(curves), tuple(left_out))


@dataclass(slots=True)
class _Answers:
    """Asks the model about the same rows again and again.

    Attributes
    ----------
    predictor : Predictor
    frame : Frame
    outputs : tuple of int
        The outputs that are looked at.
    most : int
        Values that a column may be set to.
    pace : float
        Seconds that a row took the last time.
    """

    predictor: Predictor
    frame: Frame
    outputs: tuple[int, ...]
    most: int = _PLACES
    pace: float = 0.0

    def affordable(self, times: int, until: Deadline) -> bool:
        """Whether the rows can be scored so many times."""
        return _CAUTION * self.pace * times * self.frame.height < until.remaining()

    def begin(self, curves: int, until: Deadline) -> tuple[float, ...]:
        """See how many rows and values these curves may have; return the mean answer to the rows, nothing if there is no time."""
        if until.passed():
            return ()
        self.means(self.frame[:_FEWEST], 1)
        each = until.remaining() / (_CAUTION * self.pace * curves)
        self.most = min(_PLACES, max(_COARSEST, int(each / _FEWEST)))
        self.frame = self.frame[: max(_FEWEST, int(each / self.most))]
        return self.means(self.frame, 1)[0] if self.affordable(1, until) else ()

    def means(self, frame: Frame, parts: int) -> list[tuple[float, ...]]:
        """The mean answer, for each output, to each of so many equal parts of a frame."""
        began = time.monotonic()
        scores = self.predictor.scores(frame)
        self.pace = max(time.monotonic() - began, _TICK) / frame.height
        by_part = scores.reshape(parts, -1, scores.shape[1]).mean(axis=1)
        return [tuple(float(part[output]) for output in self.outputs) for part in by_part]


@dataclass(frozen=True, slots=True)
class _Grid:
    """The values that a column is set to.

    Attributes
    ----------
    values : Series
        As the frame holds them; the last one is null where rows lack a value.
    shares : tuple of float
        Share of the rows that each stands for.
    """

    values: pl.Series
    shares: tuple[float, ...]

    @classmethod
    def of(cls, values: pl.Series, column: Column, most: int) -> _Grid | str:
        """Choose values from those that the rows have, or say why there is nothing to choose."""
        if column.role == "number":
            places, counts = cls._numbers(values, most)
        else:
            places, counts = cls._levels(values, column, min(most, _LEVELS))
        if values.null_count():
            places, counts = places.extend_constant(None, 1), np.append(counts, values.null_count())
        if len(places) < 2:
            return "no two values are frequent in these rows"
        return cls(places, tuple((counts / len(values)).tolist()))

    @staticmethod
    def _numbers(values: pl.Series, most: int) -> tuple[pl.Series, NDArray[np.integer]]:
        """All values where they are few, else those in the middle of equal shares of the rows."""
        known = values.filter(np.isfinite(as_numbers(values))).sort()
        places = known.unique().sort()
        if len(places) > most:
            middles = ((np.arange(most) + 0.5) / most * len(known)).astype(np.intp)
            places = known[middles.tolist()].unique().sort()
        numbers = as_numbers(places)
        nearest = np.searchsorted((numbers[1:] + numbers[:-1]) / 2, as_numbers(known))
        return places, np.bincount(nearest, minlength=len(places))

    @staticmethod
    def _levels(values: pl.Series, column: Column, most: int) -> tuple[pl.Series, NDArray[np.integer]]:
        """The most frequent levels; those of an ordinal in their order."""
        counts = values.drop_nulls().alias("level").value_counts(name="rows")
        counts = counts.sort(["rows", "level"], descending=[True, False])
        counts = counts.filter(counts["rows"] >= _FREQUENT * len(values)).head(most)
        if column.role == "ordinal":
            order = {level: place for place, level in enumerate(column.categories)}
            places = [order.get(level, len(order)) for level in _words(counts["level"])]
            counts = counts[np.argsort(places, kind="stable").tolist()]
        return counts["level"], counts["rows"].to_numpy()

    def curve(self, column: Column, answers: _Answers) -> DependenceCurve:
        """Ask for the mean answer at every value."""
        times, rows = len(self.values), answers.frame.height
        every = answers.frame[np.tile(np.arange(rows), times).tolist()]
        value = self.values[np.repeat(np.arange(times), rows).tolist()].alias(column.name)
        means = answers.means(every.with_columns(value), times)
        number, known = column.role == "number", times - self.values.null_count()
        there = self.values[:known]
        return DependenceCurve(
            column=column.name,
            role=column.role,
            places=tuple(as_numbers(there).tolist()) if number else (),
            levels=() if number else tuple(_words(there)),
            shares=self.shares[:known],
            means=tuple(zip(*means[:known], strict=True)),
            missing=means[-1] if known < times else (),
            missing_share=self.shares[-1] if known < times else 0.0,
        )


def _wanted(importances: Sequence[Importance], contract: Contract) -> list[Column]:
    """The columns that matter beyond chance and may be told of, the most important first."""
    columns = {column.name: column for column in contract.columns if not column.personal}
    least = _MATTERS * max((one.mean for one in importances), default=0.0)
    return [
        columns[one.column]
        for one in importances
        if one.column in columns and one.mean > max(one.deviation, least, 0.0)
    ]


def _outputs(contract: Contract, truth: Floats) -> tuple[int, ...]:
    """The number; the positive class; or the most frequent classes, in the contract's order."""
    if contract.task != "multiclass":
        return (1,) if contract.task == "binary" else (0,)
    counts = np.bincount(truth.astype(np.intp), minlength=len(contract.classes))
    return tuple(sorted(np.argsort(-counts, kind="stable")[:_CLASSES].tolist()))


def _words(levels: pl.Series) -> list[str]:
    """Levels as they are written."""
    import polars as pl

    return [str(level) for level in levels.cast(pl.String).to_list()]
