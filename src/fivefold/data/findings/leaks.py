"""One-column leaks: a single feature that nearly gives the answer is seldom known when the question is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.measure.metrics import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["OneColumnLeaks"]

_ROWS = 20_000
_FOLDS = 5
_SUSPICIOUS = 0.995
_OVERWHELMING = 0.999
_SURE_ROWS = 200
_SURE_CLASS_ROWS = 20
"""Fewer rows, or fewer of a class, may be told apart by luck: the person is warned and the column stays."""
_BINS = 200
_LEVELS = 2_000
_CLASSES = 20
_SMOOTHING = 0.5


class OneColumnLeaks:
    """Predicts the target from each column alone, out of fold.

    The area under the ROC curve for classes (mean of one against the rest); for numbers the smaller of R2 of the values
    and R2 of their ranks, so that neither a few giants nor a mere order make an honest column look like a copy.
    """

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for every column that scores 0.995 or more; from 0.999 on it is left out."""
        frame = table.frame
        if frame.height > _ROWS:
            frame = frame.sample(_ROWS, seed=0, shuffle=True)
        if frame.height < _FOLDS * 2:
            return ()
        outcome = _Outcome(frame[table.contract.target], table.contract.task == "regression")
        findings = []
        for column in table.contract.columns:
            if column.role in {"identifier", "constant"}:
                continue
            score = outcome.score(frame[column.name], column)
            if score >= _SUSPICIOUS:
                findings.append(_finding(column.name, table.contract.target, score, outcome))
        return findings


class _Outcome:
    """The target as columns of numbers, and how well a column alone gives them.

    Parameters
    ----------
    target : Series
    amounts : bool
        Whether it is a number; otherwise classes, of which the 20 most frequent count.
    """

    def __init__(self, target: pl.Series, amounts: bool) -> None:  # noqa: FBT001
        self.rows = target.len()
        self.amounts = amounts
        self.folds = np.random.default_rng(0).permutation(self.rows) % _FOLDS
        if amounts:
            truth = target.to_numpy().astype(np.float64)
            self.truths = np.column_stack([truth, _ranks(truth)])
            self.least = self.rows
            return
        counted = target.value_counts(sort=True)
        names = counted[target.name].to_list()[: 1 if counted.height == 2 else _CLASSES]
        words = target.to_numpy()
        self.truths = np.column_stack([words == name for name in names]).astype(np.float64)
        self.least = int(counted["count"].min() or 0)  # type: ignore[arg-type]

    @property
    def sure(self) -> bool:
        """Whether there are rows enough to act upon."""
        return self.rows >= _SURE_ROWS and self.least >= _SURE_CLASS_ROWS

    def score(self, values: pl.Series, column: Column) -> float:
        """How well the column alone gives the target, 1 at best."""
        guesses = [self._by_code(codes) for codes in _codings(values, column)]
        if self.amounts and column.kind != "string":
            guesses.append(self._between(_figures(values)))
        return max((self._agreement(guess) for guess in guesses), default=0.0)

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
        """Guess on the straight line between the two nearest rows of the other folds."""
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
            for place in range(self.truths.shape[1]):
                means = np.bincount(codes, weights=self.truths[known, place]) / rows
                guess[asked, place] = np.interp(figures[asked], places, means)
        return guess

    def _agreement(self, guess: Floats) -> float:
        """Compare a guess with the truth."""
        if self.amounts:
            return min(_r2(self.truths[:, place], guess[:, place]) for place in range(2))
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


def _codings(values: pl.Series, column: Column) -> list[Codes]:
    """Ways to number the values: each its own, or bins of equally many; a missing value is one of its own."""
    if column.kind in {"string", "boolean"}:
        _, codes = np.unique(values.rank("dense").fill_null(0).to_numpy(), return_inverse=True)
        return [codes.astype(np.int64)]
    figures = _figures(values)
    known = figures[~np.isnan(figures)]
    if not known.size:
        return []
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
    codings = [np.where(np.isnan(figures), edges.size + 1, np.searchsorted(edges, figures))]
    distinct, codes = np.unique(figures, return_inverse=True)
    if distinct.size <= _LEVELS:
        codings.append(codes)
    return [coding.astype(np.int64) for coding in codings]


def _figures(values: pl.Series) -> Floats:
    """Numbers, with NaN where there is none; dates as microseconds."""
    import polars as pl

    whole = values.dt.timestamp("us") if isinstance(values.dtype, pl.Datetime) else values
    return whole.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _ranks(truth: Floats) -> Floats:
    """Ranks, equal values with the same one."""
    _, codes, counts = np.unique(truth, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + ends - 1) / 2.0)[codes]


def _r2(truth: Floats, guess: Floats) -> float:
    """Share of the variance that the guess explains."""
    spread = float(((truth - truth.mean()) ** 2).sum())
    return 1.0 - float(((truth - guess) ** 2).sum()) / spread if spread > 0 else 0.0


def _finding(name: str, target: str, score: float, outcome: _Outcome) -> Finding:
    """Say what was found."""
    out = outcome.sure and score >= _OVERWHELMING
    measure = "R2" if outcome.amounts else "AUC"
    return Finding(
        check="leaks",
        severity="severe" if out else "warning",
        columns=(name,),
        what=f"'{name}' alone nearly gives '{target}': {measure} {min(score, 0.99999):.4f} out of fold",
        figures={"score": round(score, 6), "measure": measure, "rows": outcome.rows},
        done="left out of the features" if out else "",
        question=f"Is '{name}' known at the moment when '{target}' is asked for?",
        leave_out=out,
    )
