"""The training rows: which of them a fold learns from and which it is judged on. The sealed part is not among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import FOLD, SINCE, Contract, Split
from fivefold.core.estimators import EstimatorSettings
from fivefold.core.objective import Objective
from fivefold.core.tables import read_parquet, read_rows
from fivefold.runtime.costs import Costs
from fivefold.training.columns import StoredColumns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Columns, Frame

__all__ = [
    "ALL",
    "ASIDE",
    "HALF",
    "NAIVE",
    "QUARTER",
    "WHOLE",
    "Terms",
    "TrainingRows",
    "class_shares",
    "groups_of",
    "positions_of",
    "stretches_of",
    "weights_of",
]

ALL = -1
"""The number of the fold that is no fold: learn from all training rows, judge on none."""
NAIVE = -2
"""The number of the fold that a split at random would make: as many rows on either side as the first fold has."""
WHOLE = -3
"""The number of the last fit: learn from the sealed rows as well, once they have been judged."""
QUARTER, HALF = -4, -5
"""The numbers of folds that learn from a part of the first fold's rows, and are judged on all that it is judged on."""
ASIDE = frozenset({NAIVE, QUARTER, HALF})
"""Folds by which nothing is chosen."""
_PARTS = {QUARTER: 4, HALF: 2}
_JUDGED = 30_000
"""Rows that a fold is judged on at most; more would slow every round and change no decision."""
_STRETCHES, _STRETCH = 30, 600
"""Stretches of time that rows are dealt into at least, and rows of each at most: a sample of very many rows must still hold many."""
_FEWEST = 5
"""Stretches of time from which on they are drawn whole: of two or three alike an interval would have no width."""
_LATE = 1.6
"""How many times as many rows the latest rolling fold may have learned from as one that is late; of three folds, two are."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the work is, told once to every worker.

    Attributes
    ----------
    snapshot : str
        Path of the training part, or of a sample of it.
    contract : Contract
    split : Split
    rates : bool
        Whether categories of many levels are given as cross-fitted rates.
    balanced : bool
        Whether rows weigh so that all classes count the same.
    seconds : float
        Time for the whole training step.
    seed : int
    objective : Objective
        What fits, comparisons and the blend make small.
    trends : dict of str to int
        Columns with which the score must never fall (1), or never rise (-1).
    costs : tuple of tuple of float
        What answers cost, true classes down and answers across; empty where nobody said so.
    weight : str or None
        The column of the snapshots that says how much a row counts.
    deterministic : bool
        Whether work is counted in nominal seconds, so that nothing depends on how fast it is done.
    estimators : tuple of EstimatorSettings
        Those of the person's own.
    large : bool
        Whether the rows are too many to be held beside the fits: then columns are read one at a time, matrices stay on disk,
        and a few rows are held out once instead of fold after fold.
    threads : int
        Threads of one fit.
    held : int
        Of a large table, rows that a family learns from which must hold all of them.
    """

    snapshot: str
    contract: Contract
    split: Split
    rates: bool
    balanced: bool
    seconds: float
    seed: int
    objective: Objective
    trends: dict[str, int] = field(default_factory=dict)
    costs: Costs = ()
    weight: str | None = None
    deterministic: bool = False
    estimators: tuple[EstimatorSettings, ...] = ()
    large: bool = False
    threads: int = 1
    held: int = 0


class TrainingRows:
    """The training part, opened.

    Parameters
    ----------
    terms : Terms

    Attributes
    ----------
    target : Floats
        Shape (rows,): class positions, or numbers.
    folds : array of int, shape (rows,)
        The fold that is judged on each row; 0 for none.
    since : array of int, shape (rows,)
        Of rolling folds, the first one that learns from each row.
    """

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.path = Path(terms.snapshot)
        apart = terms.split.rolling and bool(terms.split.gap or terms.split.group)
        marks = read_parquet(self.path, columns=[terms.contract.target, FOLD, *[SINCE] * apart])
        self.target = positions_of(marks, terms.contract)
        self.folds: NDArray[np.intp] = marks[FOLD].to_numpy().astype(np.intp)
        self.since = marks[SINCE].to_numpy().astype(np.intp) if apart else self.folds + 1

    @property
    def order(self) -> tuple[int, ...]:
        """The folds in the order in which they are worked through.

        Rolling folds go backwards: the last one learns from most rows, and from those nearest to what it is judged on.
        """
        numbers = [int(number) for number in np.unique(self.folds) if number > 0]
        order = tuple(reversed(numbers)) if self.terms.split.rolling else tuple(numbers)
        return order[:1] if self.terms.large else order

    @property
    def held_out(self) -> bool:
        """Whether a few rows are held out once, so few that nothing is fitted again for their sake.

        Not where time parts the rows: there those that are held out are the latest, and what is served must know them.
        """
        return self.terms.large and not self.terms.split.rolling

    @property
    def growth(self) -> float:
        """How many more rounds a model bears when it learns from all rows instead of those of a fold."""
        folds = len(self.order)
        return 1.0 if self.terms.split.rolling or folds == 1 else folds / (folds - 1)

    def learned(self, fold: int) -> NDArray[np.intp]:
        """Positions of the rows that the models of a fold learn from."""
        if fold in {ALL, WHOLE}:
            return np.arange(self.folds.size)
        if fold == NAIVE:
            return self._at_random[0]
        if fold in _PARTS:
            return self._part(_PARTS[fold])
        if self.held_out:
            kept = np.ones(self.folds.size, dtype=bool)
            kept[self.judged(fold)] = False
            return np.flatnonzero(kept)
        return np.flatnonzero(self.since <= fold if self.terms.split.rolling else self.folds != fold)

    def judged(self, fold: int) -> NDArray[np.intp]:
        """Positions of the rows that the models of a fold are judged on."""
        if fold == NAIVE:
            return self._at_random[1]
        if fold in _PARTS:
            return self.judged(self.order[0])
        rows = np.flatnonzero(self.folds == fold)
        if rows.size <= _JUDGED:
            return rows
        if self.held_out and self.groups is not None:
            return _whole_groups(rows, self.groups[rows], self.terms.seed)
        return np.sort(np.random.default_rng(self.terms.seed).choice(rows, _JUDGED, replace=False))

    @cached_property
    def _at_random(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows to learn from and to be judged on, drawn at random, every class in the same share."""
        first, rows = self.order[0], self.folds.size
        order = np.random.default_rng(self.terms.seed).permutation(rows)
        if self.terms.contract.task != "regression":
            order = order[np.argsort(self.target[order], kind="stable")]
        places = _evenly(self.judged(first).size, rows)
        rest = np.delete(order, places)
        return np.sort(rest[_evenly(self.learned(first).size, rest.size)]), np.sort(order[places])

    def _part(self, divisor: int) -> NDArray[np.intp]:
        """A part of the rows that the first fold learns from: the latest, whole groups, or every class in the same share."""
        order = self._drawn
        end = order.size // divisor
        if self.groups is not None and not self.terms.split.rolling:
            groups = self.groups[order]
            last = np.flatnonzero(np.append(groups[1:] != groups[:-1], True))
            end = int(last[np.searchsorted(last, end - 1)]) + 1
        return np.sort(order[:end])

    @cached_property
    def _drawn(self) -> NDArray[np.intp]:
        """The rows that the first fold learns from, in the order in which a smaller part would have them."""
        learned, split = self.learned(self.order[0]), self.terms.split
        if split.rolling:
            return learned[np.lexsort((-learned, -self._when[learned]))]
        learned = np.random.default_rng(self.terms.seed).permutation(learned)
        if self.groups is not None:
            first: dict[object, int] = {}
            places = [
                first.setdefault(group, place) for place, group in enumerate(self.groups[learned].tolist())
            ]
            return learned[np.argsort(places, kind="stable")]
        if self.terms.contract.task == "regression":
            return learned
        classes = self.target[learned].astype(np.intp)
        shares = np.empty(learned.size)
        for each in np.unique(classes):
            own = np.flatnonzero(classes == each)
            shares[own] = np.arange(own.size) / own.size
        return learned[np.argsort(shares, kind="stable")]

    @cached_property
    def _when(self) -> NDArray[np.intp]:
        """Places in time after a split by it: by the column itself, or, where it is no feature, by the first fold that learns."""
        by = self.terms.split.by
        if by is None or all(column.name != by for column in self.terms.contract.columns):
            return self.since
        return self._ranked(by)

    def _ranked(self, column: str) -> NDArray[np.intp]:
        """Places of a column's values among all that it has; 0 for missing ones."""
        places = read_parquet(self.path, columns=[column])[column].rank("dense").fill_null(0)
        return places.to_numpy().astype(np.intp)

    @cached_property
    def frame(self) -> Frame:
        """All rows with the contract's columns."""
        return read_parquet(self.path, columns=[column.name for column in self.terms.contract.columns])

    def columns(self, rows: NDArray[np.intp]) -> Columns:
        """The contract's columns of some rows; of a large table they are read one at a time."""
        if self.terms.large:
            return StoredColumns(self.path, rows, self.folds.size)
        return self.frame[rows]

    def picked(self, rows: NDArray[np.intp]) -> Frame:
        """Some rows with the contract's columns, held in memory."""
        if not self.terms.large:
            return self.frame[rows]
        return read_rows(self.path, rows, [column.name for column in self.terms.contract.columns])

    def drawn(self, most: int) -> Frame:
        """At most so many rows with the contract's columns, drawn at random, in their order."""
        total = self.folds.size
        if total <= most:
            return self.frame
        return self.picked(np.sort(np.random.default_rng(self.terms.seed).choice(total, most, replace=False)))

    def late(self, fold: int) -> bool:
        """Whether a fold learned from nearly as much as the model will: of rolling folds the first ones did not."""
        return (
            not self.terms.split.rolling
            or self.learned(fold).size * _LATE >= self.learned(self.order[0]).size
        )

    @cached_property
    def groups(self) -> NDArray[np.generic] | None:
        """What must stay together when rows are dealt into inner folds; of a large table as numbers."""
        by = self.terms.split.grouped_by
        if by is None or not self.terms.large:
            return groups_of(self.path, self.terms.split)
        return self._ranked(by)

    @cached_property
    def weights(self) -> Floats | None:
        """How much each row counts; None where all count the same."""
        return weights_of(self.path, self.terms.weight)

    def weights_at(self, rows: NDArray[np.intp]) -> Floats | None:
        """How much these rows count."""
        return None if self.weights is None else self.weights[rows]

    def compared_at(self, rows: NDArray[np.intp]) -> Floats | None:
        """How much these rows count where candidates are compared: as in learning, where all classes are to count the same."""
        weight = self.weights_at(rows)
        if not self.terms.balanced:
            return weight
        shares = class_shares(self.target, self.weights)[self.target[rows].astype(np.intp)]
        return shares if weight is None else weight * shares


def _evenly(count: int, rows: int) -> NDArray[np.intp]:
    """So many places, spread evenly over rows."""
    return np.arange(count) * rows // max(1, count)


def _whole_groups(rows: NDArray[np.intp], groups: NDArray[np.generic], seed: int) -> NDArray[np.intp]:
    """Rows of whole groups, drawn at random until they are as many as a fold is judged on."""
    _, places, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(sizes.size)
    enough = 1 + int(np.searchsorted(np.cumsum(sizes[order]), _JUDGED))
    kept = np.zeros(sizes.size, dtype=bool)
    kept[order[:enough]] = True
    return rows[kept[places]]


def groups_of(snapshot: Path, split: Split) -> NDArray[np.generic] | None:
    """Return the group of every row of a snapshot; None when rows were not split by group."""
    by = split.grouped_by
    if by is None:
        return None
    return np.array([str(group) for group in read_parquet(snapshot, columns=[by])[by].to_list()])


def stretches_of(snapshot: Path, terms: Terms) -> NDArray[np.intp] | None:
    """Return the stretch of time that every row of a snapshot lies in; None where time alone did not part the rows, or is no column of it, or they are of few moments.

    What is true of one day holds for the next: rows of one stretch err alike, and an interval that draws them one by one is too narrow.
    """
    by = terms.split.by
    if terms.split.kind != "time" or all(column.name != by for column in terms.contract.columns):
        return None
    places = read_parquet(snapshot, columns=[str(by)])[str(by)].rank("min").fill_null(1)
    first: NDArray[np.intp] = places.to_numpy().astype(np.intp) - 1
    found = first * max(_STRETCHES, -(-first.size // _STRETCH)) // max(1, first.size)
    return found if np.unique(found).size >= _FEWEST else None


def weights_of(snapshot: Path, column: str | None) -> Floats | None:
    """Return how much every row of a snapshot counts, 1 on average; None without a column that says so."""
    if column is None:
        return None
    told = read_parquet(snapshot, columns=[column])[column].to_numpy().astype(np.float64)
    each: Floats = told / told.mean()
    return each


def class_shares(target: Floats, weight: Floats | None) -> Floats:
    """Return by what the rows of each class must be multiplied so that all classes count the same; a class without rows by 1."""
    counts = np.bincount(target.astype(np.intp), weights=weight)
    total = target.size / np.count_nonzero(counts)
    return np.divide(total, counts, out=np.ones(counts.size), where=counts > 0)


def positions_of(frame: Frame, contract: Contract) -> Floats:
    """Return the target as training and measuring see it: positions of the classes, or numbers."""
    import polars as pl

    values = frame[contract.target]
    if contract.task == "regression":
        return values.to_numpy().astype(np.float64)
    places = np.arange(len(contract.classes), dtype=np.float64)
    return values.replace_strict(list(contract.classes), places, return_dtype=pl.Float64).to_numpy(
        writable=True
    )
