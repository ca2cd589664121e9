"""The answer, and how well anything else in the table gives it away: out-of-fold scores of one thing alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.association import binned
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

__all__ = ["PLACES", "Answer", "sampled", "word_codes", "word_parts"]

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
_FEW = 50
_NAMES = 3
"""Values for each class from which they are names, as cities are for a country: what is written from the answer has as many
values as it, or a shade or two of each."""
_ORDINARY = 0.98
_LONGEST_PART = 3
_SHARED = 3
"""Values for each part of a word that is no name itself: thirty cities have nearly as many beginnings, and some country
has each."""
PLACES = frozenset({"postal code", "phone"})
"""Forms whose beginnings say where something is, which was known before."""
_ORDERLY = 0.95
"""Squared rank correlation of a copy with an amount: noise that leaves an R2 of 0.98 leaves more."""
_NEAR = 0.001
"""How far, in shares of the span of nine tenths of the amounts, two amounts may lie apart to count as the same."""


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
            self._codes = np.zeros(self.rows, np.int64)
            return
        counted = target.alias("value").value_counts(sort=True)
        names = counted["value"].to_list()[: 1 if counted.height == 2 else _CLASSES]
        words = target.to_numpy()
        self._codes = word_codes(target)
        self.truths = np.column_stack([words == name for name in names]).astype(np.float64)
        self.least = min(counted["count"].to_list(), default=0)

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

    def score_coarsely(self, values: pl.Series, column: Column) -> float:
        """How well the column gives the target by its order or its few values; 0 where it is no copy whatever it says.

        A city tells its country, and a number that names a customer what is known of each: neither copies anything. A
        copy has the order of the answer, or hardly more values than it; of a code with many, such as ``A12``, a part may.
        No word copies an amount.
        """
        if column.kind in {"string", "boolean"}:
            return 0.0 if self.amounts else self._score_words(values, column)
        figures = as_numbers(values)
        if self.amounts:
            told = ~np.isnan(figures)
            if told.sum() < _SURE_ROWS / 2 or np.unique(figures[told]).size < 2:
                return 0.0
            order = float(np.corrcoef(ranks(figures[told]), ranks(self.truths[told, 0]))[0, 1])
            line = self.score_figures(figures) if order**2 >= _ORDERLY else 0.0
            return max(line, self.sameness(figures))
        codes = np.unique(figures, return_inverse=True)[1].astype(np.int64)
        if not self.are_names(codes):
            return self.score_codes(codes)
        by_order = self._by_order(np.where(np.isnan(figures), np.inf, figures))
        return min(by_order, self.score_codes(binned(figures, _FEW)))

    def are_names(self, codes: Codes) -> bool:
        """Whether values are so many, but for the last fiftieth of the rows, that they name things the classes hold."""
        return self._ordinary(codes) >= _NAMES * (int(self._codes.max()) + 1)

    def _ordinary(self, codes: Codes) -> int:
        """Number of the most frequent values that all rows but the last fiftieth hold."""
        shares = np.sort(np.bincount(codes))[::-1].cumsum() / self.rows
        return int(np.searchsorted(shares, _ORDINARY)) + 1

    def _score_words(self, values: pl.Series, column: Column) -> float:
        """Score words by themselves; words that are names by the part of them that many share, if there is one."""
        codes = word_codes(values)
        if not self.are_names(codes):
            return self.score_codes(codes)
        if column.form in PLACES:
            return 0.0
        most = self._ordinary(codes) / _SHARED
        coded = [word_codes(part) for _, part in word_parts(values)]
        parts = [part for part in coded if self._ordinary(part) <= most and not self.are_names(part)]
        return max((self.score_codes(part) for part in parts), default=0.0)

    def _by_order(self, figures: Floats) -> float:
        """Area under the curve of numbers taken as they are: mean of each cut between classes, in the order they lie."""
        classes = self._codes
        placed = ranks(figures)
        rows = np.bincount(classes)
        means = np.bincount(classes, weights=placed) / rows
        cuts = np.argsort(np.argsort(means))[classes]
        areas = []
        for cut in range(1, rows.size):
            above = cuts >= cut
            size = int(above.sum())
            areas.append((placed[above].sum() - size * (size - 1) / 2) / (size * (self.rows - size)))
        return float(np.mean(areas)) if areas else 0.0

    def sameness(self, values: Floats) -> float:
        """Share of the rows in which numbers are the amount itself, but for a constant factor or addend.

        A copy with a few wrong cells is far off in those, and has a low R2. The most frequent amount does not count: most
        rows may have none of either.
        """
        truth = self.truths[:, 0]
        amounts, counts = np.unique(truth, return_counts=True)
        other = truth != amounts[counts.argmax()]
        asked = other & np.isfinite(values)
        if 2 * asked.sum() < _SURE_ROWS or amounts.size < _FEW:
            return 0.0
        apart = _NEAR * float(np.subtract(*np.quantile(truth, [0.95, 0.05])))
        with np.errstate(all="ignore"):
            scaled = values * np.nanmedian(truth[asked] / values[asked])
        moved = values + np.median(truth[asked] - values[asked])
        return max(float((np.abs(made - truth)[other] <= apart).mean()) for made in (scaled, moved))

    def score_codes(self, codes: Codes) -> float:
        """How well numbered values alone give the target."""
        return self._agreement(self._by_code(codes))

    def means(self, codes: Codes, truth: Floats) -> Floats:
        """Smoothed mean that the other folds' rows of the same code have, of any truth of these rows."""
        means = np.empty_like(truth)
        count = int(codes.max()) + 1
        for fold in range(_FOLDS):
            inside = self.folds == fold
            prior = truth[~inside].mean()
            sums = np.bincount(codes[~inside], weights=truth[~inside], minlength=count)
            rows = np.bincount(codes[~inside], minlength=count)
            means[inside] = ((sums + prior) / (rows + 1.0))[codes[inside]]
        return means

    def best(self, guess: Floats) -> float:
        """Score a guess of the first truths, leniently: of a number the larger of the two R2."""
        if self.amounts:
            return max(_r2(self.truths[:, place], guess[:, place]) for place in range(guess.shape[1]))
        return self._agreement(guess)

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


def word_parts(values: pl.Series) -> list[tuple[str, pl.Series]]:
    """Parts of words, with what stands between the word and its part in a sentence.

    The letters that a word begins with, and its first and last one, two and three signs.
    """
    sizes = range(1, _LONGEST_PART + 1)
    begins = [values.str.extract(r"^([\pL]+)"), *(values.str.head(size) for size in sizes)]
    return [
        *(("begins with", part) for part in begins),
        *(("ends in", values.str.tail(size)) for size in sizes),
    ]


def _codings(values: Floats) -> list[Codes]:
    """Ways to number numbers: bins of equally many, or each its own."""
    known = values[~np.isnan(values)]
    if not known.size:
        return []
    codings = [binned(values, _BINS)]
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
