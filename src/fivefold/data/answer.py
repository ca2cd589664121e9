"""The answer, and how well anything else in the table gives it away: out-of-fold scores of one thing alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.independence import ranks
from fivefold.measure.metrics import value
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["Answer", "sampled", "word_codes"]

_FOLDS = 5
_SURE_ROWS = 200
_SURE_CLASS_ROWS = 20
"""Fewer rows, or fewer of a class, may be told apart by luck: the person is warned and the column stays."""
_BINS = 200
_FEW_ROWS = 4_000
"""Rows up to which bins are too small to show where one class ends and the next begins."""
_LEVELS = 2_000
_CLASSES = 20
_SMOOTHING = 0.5
_ROWS = 20_000
_LEAST_ROWS = 2_000
_CELLS = 2_000_000


def sampled(table: CheckedTable, rows: int = _ROWS) -> pl.DataFrame | None:
    """Rows to try columns on, at random and fewer of a wide table; None when there are too few to try anything."""
    wide = max(_LEAST_ROWS, _CELLS // max(1, len(table.contract.columns)))
    rows = min(rows, wide)
    if table.frame.height < _FOLDS * 2:
        return None
    return table.frame.sample(min(rows, table.frame.height), seed=0, shuffle=True)


class Answer:
    """The target as columns of numbers, and how well something else alone gives them.

    The area under the ROC curve for classes (mean of one against the rest); for numbers the smaller of R2 of the values
    and R2 of their ranks, so that neither a few giants nor a mere order make an honest column look like a copy.

    Parameters
    ----------
    target : Series
    amounts : bool
        Whether it is a number; otherwise classes, of which the 20 most frequent count.

    Attributes
    ----------
    rows : int
    truths : array, shape (rows, classes), or (rows, 2) of the numbers and their ranks
        Of two classes only the more frequent one.
    """

    def __init__(self, target: pl.Series, *, amounts: bool) -> None:
        self.rows = target.len()
        self.amounts = amounts
        self.folds = np.random.default_rng(0).permutation(self.rows) % _FOLDS
        if amounts:
            truth = target.to_numpy().astype(np.float64)
            self.truths = np.column_stack([truth, ranks(truth)])
            self.least = self.rows
            return
        counted = target.alias("value").value_counts(sort=True)
        names = counted["value"].to_list()[: 1 if counted.height == 2 else _CLASSES]
        words = target.to_numpy()
        self.truths = np.column_stack([words == name for name in names]).astype(np.float64)
        self.least = int(counted["count"].min() or 0)  # type: ignore[arg-type]

    @property
    def measure(self) -> str:
        """Name of the score."""
        return "R2" if self.amounts else "AUC"

    @property
    def sure(self) -> bool:
        """Whether there are rows enough to act upon."""
        return self.rows >= _SURE_ROWS and self.least >= _SURE_CLASS_ROWS

    def score(self, values: pl.Series, column: Column) -> float:
        """How well the column alone gives the target, out of fold; 1 at best."""
        if column.kind not in {"string", "boolean"}:
            return self.score_figures(as_numbers(values))
        return self.score_codes(word_codes(values))

    def score_figures(self, values: Floats) -> float:
        """How well numbers alone give the target; NaN counts as a value of its own."""
        guesses = [self._by_code(codes) for codes in _codings(values)]
        if self.amounts or self.rows <= _FEW_ROWS:
            guesses.append(self._between(values))
        return max((self._agreement(guess) for guess in guesses), default=0.0)

    def score_codes(self, codes: Codes) -> float:
        """How well numbered values alone give the target."""
        return self._agreement(self._by_code(codes))

    def _by_code(self, codes: Codes) -> Floats:
        """Guess by the smoothed mean of the other folds' rows with the same code."""
        guess = np.empty_like(self.truths)
        count = int(codes.max()) + 1
        for fold in range(_FOLDS):
            inside = self.folds == fold
            known, truths = codes[~inside], self.truths[~inside]
            prior = truths.mean(axis=0)
            rows = np.bincount(known, minlength=count)
            for place in range(truths.shape[1]):
                sums = np.bincount(known, weights=truths[:, place], minlength=count)
                means = (sums + _SMOOTHING * prior[place]) / (rows + _SMOOTHING)
                guess[inside, place] = np.where(self.amounts & (rows > 0), sums / np.maximum(rows, 1), means)[
                    codes[inside]
                ]
        return guess

    def _between(self, figures: Floats) -> Floats:
        """Guess on the straight line between the two nearest rows of the other folds; an amount beyond them stays open."""
        guess = np.empty_like(self.truths)
        gone = np.isnan(figures)
        for fold in range(_FOLDS):
            inside = self.folds == fold
            known = ~inside & ~gone
            lost = self.truths[~inside & gone]
            guess[inside] = (lost if lost.size else self.truths[~inside]).mean(axis=0)
            if not known.any():
                continue
            places, codes = np.unique(figures[known], return_inverse=True)
            rows = np.bincount(codes)
            asked = inside & ~gone
            beyond = asked & ((figures < places[0]) | (figures > places[-1]))
            for place in range(self.truths.shape[1]):
                means = np.bincount(codes, weights=self.truths[known, place]) / rows
                guess[asked, place] = np.interp(figures[asked], places, means)
            if self.amounts:
                guess[beyond] = np.nan
        return guess

    def _agreement(self, guess: Floats) -> float:
        """Compare a guess with the truth."""
        if self.amounts:
            told = ~np.isnan(guess[:, 0])
            return min(_r2(self.truths[told, place], guess[told, place]) for place in range(2))
        areas = [
            value(
                "roc_auc",
                "binary",
                self.truths[:, place],
                np.column_stack([1 - guess[:, place], guess[:, place]]),
            )
            for place in range(guess.shape[1])
        ]
        return float(np.nanmean(areas))


def word_codes(values: pl.Series) -> Codes:
    """Number the words or booleans; a missing one has a number of its own."""
    _, codes = np.unique(values.rank("dense").fill_null(0).to_numpy(), return_inverse=True)
    return codes.astype(np.int64)


def _codings(values: Floats) -> list[Codes]:
    """Ways to number numbers: bins of equally many, or each its own."""
    known = values[~np.isnan(values)]
    if not known.size:
        return []
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    codings = [np.where(np.isnan(values), edges.size + 1, np.searchsorted(edges, values))]
    distinct, codes = np.unique(values, return_inverse=True)
    if distinct.size <= _LEVELS:
        codings.append(codes)
    return [coding.astype(np.int64) for coding in codings]


def _r2(truth: Floats, guess: Floats) -> float:
    """Share of the variance that the guess explains."""
    if not truth.size:
        return 0.0
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - guess) ** 2).sum()) / spread if spread > 0 else 0.0
