"""The rest of the table: how well all other columns together give the answer, to hold one that stands out against.

A column that nearly gives the answer is a leak where everything else says little; where everything else says nearly as much,
the question is an easy one. What "together" says is told by a line and small boosted trees, since a sum of single columns alone would miss
that a price is an amount times a rate, and would call an honest column lonely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ROW
from fivefold.data.answer import Answer, word_codes
from fivefold.measure.association import binned
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Rest", "boosted"]

_APART = 5.0
"""How many times as much the rest must leave open. In thirteen real tables no column leaves less than 0.7 of what all others
together leave, because columns speak of the same things; a copy of the answer with one wrong cell in a hundred leaves 0.01
of an AUC where most tables leave 0.1 to 0.3."""
_EASY = {"AUC": 0.05, "R2": 0.1, "purity": 0.1}
"""What the rest leaves open at most of an easy question. A quick model on a few thousand rows seldom tells more of what
can be told exactly, amounts least of all, so that beyond this how much closer a column comes says nothing."""
_ROWS = 5_000
_CLASSES = 3
"""Classes that are tried, the most frequent ones: more would cost as much again and say the same."""
_COLUMNS = 30
"""Columns that are taken, those that say most alone."""
_BINS = 32
_FOLDS = 3
_FEW_ROWS = 1_000
"""Rows up to which all five folds are made, since the trees need them to learn from."""
_TREES = 50
_DEPTH = 4
_RATE = 0.2
_RIDGE = 3.0
_SHRINKING = 10.0
_BEFORE = "__before__"
_NO_FEATURE = frozenset({"identifier", "constant", "text"})


class Rest:
    """What a table says of the answer without some of its columns.

    Parameters
    ----------
    table : CheckedTable
    frame : Frame
        Rows of it in random order, of which the first 5,000 count.

    Attributes
    ----------
    frame : Frame
        The rows that count.
    answer : Answer
        Of these rows.
    """

    def __init__(self, table: CheckedTable, frame: pl.DataFrame) -> None:
        self.frame = frame.head(_ROWS)
        self._last = _last_answers(table, self.frame)
        self._columns = [column for column in table.contract.columns if column.role not in _NO_FEATURE]
        self.answer = Answer(self.frame[table.contract.target], amounts=table.contract.task == "regression")

    def score(self, without: Collection[str]) -> float:
        """How well everything but these columns gives the answer, out of fold: AUC, or the larger of the two R2."""
        return self.answer.best(self.guess(self.answer.truths[:, :_CLASSES], without))

    def same_as_last(self) -> float:
        """Share of the rows whose amount is that of the row before, after a split by time; else 0."""
        return max((self.answer.sameness(last) for last in self._last), default=0.0)

    def is_far_behind(self, rest: float, score: float, suspects: int = 1, measure: str = "") -> bool:
        """Whether a score leaves so little open beside what the rest does that it must come from the answer itself.

        Parameters
        ----------
        rest : float
            Score of the rest.
        score : float
            Score of a suspect.
        suspects : int
            Columns that the rest was taken without. The more there are, the likelier the question is an easy one that
            these columns tell together, and the more is asked for: five times as much for each.
        measure : {"AUC", "R2", "purity"}, optional
            What is scored; the answer's own measure if not given.
        """
        return 1 - rest >= max(_EASY[measure or self.answer.measure], _APART * suspects * (1 - score))

    def guess(self, truths: Floats, without: Collection[str]) -> Floats:
        """Guess columns of truths from everything but these columns, out of fold.

        Parameters
        ----------
        truths : array, shape (rows, n)
        without : collection of str

        Returns
        -------
        array, shape (rows, n)
        """
        kept = [column for column in self._columns if column.name not in without]
        return np.column_stack([self._guess(truth, kept) for truth in truths.T])

    def _guess(self, truth: Floats, columns: Sequence[Column]) -> Floats:
        """Guess one column of truths."""
        known = [_binned(last) for last in self._last] + [self._coded(truth, column) for column in columns]
        if not known:
            return np.full(truth.size, truth.mean())
        coded = np.column_stack(known)
        if coded.shape[1] > _COLUMNS:
            coded = coded[
                :, np.argsort([-_told(codes, truth) for codes in coded.T], kind="stable")[:_COLUMNS]
            ]
        folds = self.answer.folds if truth.size <= _FEW_ROWS else self.answer.folds % _FOLDS
        guess = np.empty(truth.size)
        for fold in np.unique(folds):
            inside = folds == fold
            guess[inside] = boosted(coded[~inside], truth[~inside], coded[inside])
        return guess

    def _coded(self, truth: Floats, column: Column) -> Codes:
        """Bins of numbers; words by the mean that the other folds' rows of the word have, in bins too."""
        values = self.frame[column.name]
        if column.kind in {"string", "boolean"}:
            return _binned(self.answer.means(word_codes(values), truth))
        return _binned(as_numbers(values))


def boosted(known: Codes, truth: Floats, asked: Codes) -> Floats:
    """Guess by a line through the bins, and by boosted trees for what it leaves; they ask one question of all rows of a level.

    Parameters
    ----------
    known : array of int, shape (rows, columns)
        Bins from 0 to 31.
    truth : array, shape (rows,)
    asked : array of int, shape (n, columns)

    Returns
    -------
    array, shape (n,)
    """
    columns = known.shape[1]
    places = known + np.arange(columns) * _BINS
    drawn, guess = _line(known, truth, asked)
    left = truth - drawn
    for _ in range(_TREES):
        leaves, found = np.zeros(truth.size, np.int64), np.zeros(len(asked), np.int64)
        for level in range(_DEPTH):
            column, edge = _question(places, leaves, left, 2**level)
            leaves = 2 * leaves + (known[:, column] > edge)
            found = 2 * found + (asked[:, column] > edge)
        sums = np.bincount(leaves, weights=left, minlength=2**_DEPTH)
        steps = _RATE * sums / (np.bincount(leaves, minlength=2**_DEPTH) + _RIDGE)
        left = left - steps[leaves]
        guess += steps[found]
    return guess


def _line(known: Codes, truth: Floats, asked: Codes) -> tuple[Floats, Floats]:
    """Ridge regression on standardised bins: of few rows it learns what trees would need many for."""
    middle, spread = known.mean(axis=0), np.maximum(known.std(axis=0), 1e-9)
    inputs, others = (known - middle) / spread, (asked - middle) / spread
    weights = np.linalg.solve(
        inputs.T @ inputs + _SHRINKING * np.eye(inputs.shape[1]), inputs.T @ (truth - truth.mean())
    )
    return inputs @ weights + truth.mean(), others @ weights + truth.mean()


def _last_answers(table: CheckedTable, frame: pl.DataFrame) -> list[Floats]:
    """Of a split by time the answer of the row before: where answers last, a last reading is an honest column."""
    import polars as pl

    split, target = table.split, table.contract.target
    order = [name for name in (split.group, split.by) if name in table.frame.columns]
    if split.kind not in {"time", "time_group"} or split.by not in order:
        return []
    answers = pl.col(target) if table.contract.task == "regression" else pl.col(target).rank("dense")
    before = table.frame.select(ROW, *order, answers.cast(pl.Float64).alias(_BEFORE)).sort(*order, ROW)
    last = pl.col(_BEFORE).shift().over(split.group) if len(order) > 1 else pl.col(_BEFORE).shift()
    found = frame.select(ROW).join(before.select(ROW, last), on=ROW, how="left", maintain_order="left")
    return [as_numbers(found[_BEFORE])]


def _question(places: Codes, leaves: Codes, left: Floats, count: int) -> tuple[int, int]:
    """Column and bin whose edge parts what is left to be guessed best, over all leaves together."""
    columns = places.shape[1]
    at = (places + (leaves * (columns * _BINS))[:, None]).ravel()
    shape = (count, columns, _BINS)
    sums = np.bincount(at, weights=np.repeat(left, columns), minlength=np.prod(shape)).reshape(shape)
    many = np.bincount(at, minlength=np.prod(shape)).reshape(shape)
    low, few = sums.cumsum(axis=2), many.cumsum(axis=2)
    high, others = low[:, :, -1:] - low, few[:, :, -1:] - few
    gain = (low**2 / (few + _RIDGE) + high**2 / (others + _RIDGE)).sum(axis=0)
    column, edge = np.unravel_index(int(gain.argmax()), gain.shape)
    return int(column), int(edge)


def _binned(values: Floats) -> Codes:
    """Bins of about equally many, from 1; missing values in bin 0."""
    return np.where(np.isnan(values), 0, 1 + binned(values, _BINS - 1))


def _told(codes: Codes, truth: Floats) -> float:
    """How far the means of the bins lie apart."""
    rows = np.bincount(codes, minlength=_BINS)
    sums = np.bincount(codes, weights=truth - truth.mean(), minlength=_BINS)
    return float((sums**2 / (rows + _RIDGE)).sum())
