"""Supposed outcomes: what would happen if a model's answers still meant what they meant out of fold.

What was answered of unseen rows, and what came of it, says what a probability stands for and how far a number is off. As long as
the outcome follows from the columns as it did (no concept drift), that holds for new rows too, however differently they are
mixed (covariate shift), so that a metric can be estimated before any outcome is known. For classes this is the confidence-based
performance estimation of NannyML (Białek et al., "Estimating Model Performance Under Covariate Shift Without Labels",
arXiv:2401.08348): every row counts as each class by its probability. For numbers, where NannyML learns a second model of the
loss, a row's error is supposed to be one of those that like predictions had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.measure.metrics import LABELLED, metric_of, statistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.artefacts import OutOfFold, Task
    from fivefold.core.protocols import Floats
    from fivefold.measure.weighted import Statistic

__all__ = ["Estimate", "Estimates", "chances_meant", "errors_by_chance", "estimated"]

_REPEATS = 100
_LIKE = 20
"""Predictions that count as like one."""
_TRUTHS = 10
"""Classes that a row may be of; of more than these the most probable ones, and one drawn for all others."""
_PAIRS, _CELLS = 20_000, 2_000_000
"""Rows x truths, and these x outputs, that an estimate takes at most."""
_CHUNK = 1_000_000
_SURE = 1e-9
_NORMAL = 1.96
"""Standard errors to either end of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric of rows whose outcome is not known.

    Attributes
    ----------
    value, low, high : float
        With the ends of its 95 % interval: other rows, and other rows out of fold, would have moved it so far. That outcomes
        vary where probabilities are right is not in it.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimates:
    """The same metric of new rows, and of the sample that was answered out of fold.

    Attributes
    ----------
    now, then : Estimate
    noise : float
        Half of the 95 % interval of their difference.
    """

    now: Estimate
    then: Estimate
    noise: float


def estimated(
    metric: str, task: Task, reference: OutOfFold, scores: Floats, decided: Floats, *, seed: int
) -> Estimates:
    """Estimate a metric of rows without their outcomes.

    Parameters
    ----------
    metric : str
    task : Task
    reference : OutOfFold
        Not empty.
    scores : array, shape (rows, outputs)
        As they were answered.
    decided : array, shape (rows, outputs)
        What metrics of labels judge.
    seed : int

    Examples
    --------
    >>> import numpy as np
    >>> from fivefold.measure.out_of_fold import kept_out_of_fold
    >>> from fivefold.testing.checks import contract
    >>> chance = np.random.default_rng(0).random(2_000)
    >>> truth = (np.random.default_rng(1).random(2_000) < chance).astype(float)
    >>> scores = np.stack([1 - chance, chance], axis=1)
    >>> reference = kept_out_of_fold(contract("binary"), truth, scores, scores, seed=0)
    >>> surer = np.full((200, 2), [0.05, 0.95])
    >>> found = estimated("accuracy", "binary", reference, surer, surer, seed=0)
    >>> round(found.now.value, 1), round(found.then.value, 1)
    (0.9, 0.7)
    """
    kept = np.array(reference.scores)
    labels = np.eye(kept.shape[1])[list(reference.labels)] if reference.labels else kept
    parts = [
        _Rows.of(metric, task, reference, said, label, seed)
        for said, label in ((scores, decided), (kept, labels))
    ]
    values = [part.figure() for part in parts]
    drawn = np.array([part.spread(seed, place) for place, part in enumerate(parts)])
    errors = [float(np.nanstd(each)) for each in (*drawn, drawn[0] - drawn[1])]
    now, then = (_estimate(metric, found, error) for found, error in zip(values, errors[:2], strict=True))
    return Estimates(now, then, _NORMAL * errors[2])


def chances_meant(reference: OutOfFold, said: Floats, generator: np.random.Generator | None = None) -> Floats:
    """What probabilities stood for out of fold: themselves, moved by as much of the curve as chance does not explain.

    Parameters
    ----------
    reference : OutOfFold
        With a curve of probabilities.
    said : array, shape (rows,)
    generator : Generator, optional
        Draws what the curve might be as well, by the number of its rows.
    """
    means, shares, rows = np.array(reference.calibration).T
    off = shares - means
    expected = (means * rows + 0.5) / (rows + 1.0)
    beyond = float((off**2 * rows / (expected * (1.0 - expected))).mean())
    off = off * max(0.0, 1.0 - 1.0 / beyond) if beyond > 0 else off
    if generator is not None:
        right, wrong = shares * rows + 0.5, (1.0 - shares) * rows + 0.5
        off = off + generator.beta(right, wrong) - right / (right + wrong)
    meant: Floats = np.clip(said + np.interp(said, means, off), 0.0, 1.0)
    return meant


def errors_by_chance(
    reference: OutOfFold, task: Task, said: Floats, bins: NDArray[np.intp], draws: int, *, seed: int
) -> Floats:
    """Calibration errors that rows would have if what was said still meant what it meant out of fold, shape (draws,).

    Both the rows' own noise and that of the reference are in them.

    Parameters
    ----------
    reference : OutOfFold
        Not empty.
    task : Task
    said : array, shape (rows,)
        See :func:`fivefold.measure.reliability.told`.
    bins : array of int, shape (rows,)
        The bin of each row.
    draws : int
    seed : int
    """
    generator = np.random.default_rng(seed)
    like = _Like.of(reference)
    errors = np.empty(draws)
    for draw in range(draws):
        if task == "regression":
            gap = like.errors(said, generator)
        else:
            gap = (generator.random(said.size) < chances_meant(reference, said, generator)) - said
        errors[draw] = np.abs(np.bincount(bins, gap)).sum() / said.size
    return errors


def _estimate(metric: str, found: float, error: float) -> Estimate:
    """An estimate with its interval, inside the metric's range."""
    known = metric_of(metric)
    low, high = found - _NORMAL * error, found + _NORMAL * error
    return Estimate(
        found,
        low if known.lowest is None else max(known.lowest, low),
        high if known.highest is None else min(known.highest, high),
    )


@dataclass(frozen=True, slots=True)
class _Like:
    """The sample's predictions in ascending order, with how far the truth lay above each."""

    said: Floats
    above: Floats

    @classmethod
    def of(cls, reference: OutOfFold) -> _Like:
        """Sort the sample."""
        said = np.array(reference.scores)[:, 0]
        order = np.argsort(said, kind="stable")
        return cls(said[order], (np.array(reference.truth) - said)[order])

    def near(self, said: Floats) -> NDArray[np.intp]:
        """Places of the predictions that are most like each, shape (rows, like)."""
        like = min(_LIKE, self.said.size)
        first = np.searchsorted(self.said, said) - like // 2
        return first.clip(0, self.said.size - like)[:, None] + np.arange(like)

    def errors(self, said: Floats, generator: np.random.Generator) -> Floats:
        """An error of a like prediction for each row, out of a sample that is drawn anew."""
        drawn = np.sort(generator.integers(0, self.said.size, self.said.size))
        again = _Like(self.said[drawn], self.above[drawn])
        near = again.near(said)
        errors: Floats = again.above[
            near[np.arange(said.size), generator.integers(0, near.shape[1], said.size)]
        ]
        return errors


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that stand once for each truth that they may have.

    Attributes
    ----------
    rows : int
    row : array of int
        Which row each of these pairs is.
    metric : Statistic
        Of the pairs, ready for any chances of theirs.
    truths : _Classes or _Numbers
    """

    rows: int
    row: NDArray[np.intp]
    metric: Statistic
    truths: _Classes | _Numbers

    @classmethod
    def of(
        cls, metric: str, task: Task, reference: OutOfFold, scores: Floats, decided: Floats, seed: int
    ) -> _Rows:
        """Say which truths the rows may have; of many rows some are drawn."""
        generator = np.random.default_rng([seed, 1])
        outputs = scores.shape[1]
        each = min(_LIKE, len(reference.truth)) if task == "regression" else min(outputs, _TRUTHS)
        most = max(1, min(_PAIRS, _CELLS // outputs) // each)
        if len(scores) > most:
            kept = np.sort(generator.choice(len(scores), most, replace=False))
            scores, decided = scores[kept], decided[kept]
        truths: _Classes | _Numbers
        truths = (
            _Numbers.of(reference, scores[:, 0])
            if task == "regression"
            else _Classes.of(reference, scores, generator)
        )
        row = np.repeat(np.arange(len(scores)), each)
        judged = decided if metric in LABELLED else scores
        return cls(len(scores), row, statistic(metric, task, truths.truth.ravel(), judged[row]), truths)

    def figure(self) -> float:
        """The metric, as far as it can be known."""
        return float(self.metric(self.truths.chances(None).reshape(1, -1))[0])

    def spread(self, seed: int, place: int) -> Floats:
        """The metric of other rows, by other reference samples; the same seed draws the same reference samples."""
        own = np.random.default_rng([seed, 2, place])
        step = max(1, _CHUNK // self.row.size)
        figures = []
        for start in range(0, _REPEATS, step):
            weights = [
                self.truths.chances(np.random.default_rng([seed, 3, draw])).ravel()
                * np.bincount(own.integers(0, self.rows, self.rows), minlength=self.rows)[self.row]
                for draw in range(start, min(_REPEATS, start + step))
            ]
            figures.append(self.metric(np.stack(weights)))
        return np.concatenate(figures)


@dataclass(frozen=True, slots=True)
class _Classes:
    """Classes that rows may be of.

    Attributes
    ----------
    reference : OutOfFold
    said : array, shape (rows,)
        The probability that the curve speaks of.
    truth, share : array, shape (rows, truths)
        Classes, and their probabilities.
    spoken : array of bool, shape (rows, truths)
        Which of them is the one that the curve speaks of.
    """

    reference: OutOfFold
    said: Floats
    truth: Floats
    share: Floats
    spoken: NDArray[np.bool_]

    @classmethod
    def of(cls, reference: OutOfFold, scores: Floats, generator: np.random.Generator) -> _Classes:
        """Take all classes; of many the most probable ones, and one that stands for the others."""
        scores = np.maximum(scores, _SURE)
        scores = scores / scores.sum(axis=1, keepdims=True)
        rows, outputs = scores.shape
        truth = np.argsort(-scores, axis=1, kind="stable")[:, :_TRUTHS]
        share = np.take_along_axis(scores, truth, axis=1)
        if outputs > _TRUTHS:
            rest = scores.copy()
            np.put_along_axis(rest, truth[:, :-1], 0.0, axis=1)
            reached = np.cumsum(rest, axis=1)
            truth[:, -1] = (reached > generator.random((rows, 1)) * reached[:, -1:]).argmax(axis=1)
            share[:, -1] = reached[:, -1]
        of = np.ones(rows, np.intp) if outputs == 2 else truth[:, 0]
        said = np.take_along_axis(scores, of[:, None], axis=1)[:, 0]
        return cls(reference, said, truth.astype(np.float64), share, truth == of[:, None])

    def chances(self, generator: np.random.Generator | None) -> Floats:
        """How likely each truth is, shape (rows, truths)."""
        meant = chances_meant(self.reference, self.said, generator)[:, None]
        said = self.said[:, None]
        chances: Floats = self.share * np.where(self.spoken, meant / said, (1.0 - meant) / (1.0 - said))
        return chances


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Numbers that may come true.

    Attributes
    ----------
    near : array of int, shape (rows, truths)
        Which of the sample's rows each is taken from.
    sample : int
    truth : array, shape (rows, truths)
    """

    near: NDArray[np.intp]
    sample: int
    truth: Floats

    @classmethod
    def of(cls, reference: OutOfFold, said: Floats) -> _Numbers:
        """Take the errors of like predictions."""
        like = _Like.of(reference)
        near = like.near(said)
        return cls(near, like.said.size, said[:, None] + like.above[near])

    def chances(self, generator: np.random.Generator | None) -> Floats:
        """How likely each truth is, shape (rows, truths)."""
        counts = np.ones(self.sample)
        if generator is not None:
            counts = np.bincount(
                generator.integers(0, self.sample, self.sample), minlength=self.sample
            ).astype(np.float64)
        drawn = counts[self.near] + _SURE
        chances: Floats = drawn / drawn.sum(axis=1, keepdims=True)
        return chances
