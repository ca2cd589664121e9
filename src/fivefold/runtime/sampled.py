"""Sampled contributions: of members that nobody can take apart exactly, by asking them for rows that are part this row, part another.

Shapley values by permutations (Castro, Gómez and Tejada, 2009), each drawn with its reverse: from a background row one column after
another is changed to the row's own value, and what that changes is the column's part. Base and contributions of a row add up to its
score; how the score is shared out is an estimate, whose standard error is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.explained import Explained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["SampledExplainer", "before_link"]

_SEED = 0
_PAIRS, _FEWEST = 64, 4
_ASKED = 16_384
"""Rows that are answered for the explanation of one, at most; of very many columns there are fewer pairs."""
_NEAREST = 1e-6
"""What is less is not told apart: a forest that says 0 means that it has seen no such row, not that the odds are infinite."""


class SampledExplainer:
    """Explains a model by its answers alone.

    Parameters
    ----------
    answer : callable
        Answers encoded rows, shape (rows, outputs).
    sources : sequence of tuple of str
        Per feature the columns that it comes from; features of the same ones are changed together.
    background : Matrix
        At least one row like those that were learned from, encoded.
    """

    def __init__(
        self, answer: Callable[[Matrix], Floats], sources: Sequence[tuple[str, ...]], background: Matrix
    ) -> None:
        self._answer = answer
        groups = {names: place for place, names in enumerate(dict.fromkeys(sources))}
        self._group = np.array([groups[names] for names in sources], dtype=np.intp)
        self._sizes = np.bincount(self._group, minlength=len(groups))
        draw = np.random.default_rng(_SEED)
        pairs = max(_FEWEST, min(_PAIRS, _ASKED // (2 * (len(groups) + 1))))
        rows = draw.choice(len(background), size=pairs, replace=len(background) < pairs)
        self._begin = np.repeat(background[rows], 2, axis=0)
        order = np.array([draw.permutation(len(groups)) for _ in range(pairs)], dtype=np.intp)
        both = np.stack([order, order[:, ::-1]], axis=1).reshape(2 * pairs, len(groups))
        self._rank = np.argsort(both, axis=1)
        self._base = self._scores(self._begin).mean(axis=0)

    def __call__(self, values: Matrix, stop: Callable[[], bool], /) -> Explained | None:
        """Return the contributions to the scores of these rows; None when ``stop`` said so before they were done."""
        parts = np.zeros((len(values), len(self._group), len(self._base)))
        error = np.zeros(len(values))
        for place, row in enumerate(values):
            if stop():
                return None
            columns, error[place] = self._taken_apart(row)
            parts[place] = (columns / self._sizes[:, None])[self._group]
        return Explained(self._base, parts, error)

    def _taken_apart(self, row: Matrix) -> tuple[Floats, float]:
        """The contributions of a row's columns, shape (columns, scores), and the largest standard error among them."""
        draws, columns = self._rank.shape
        steps = np.arange(columns + 1)[None, :, None]
        changed = steps > self._rank[:, None, self._group]
        asked = np.where(changed, row, self._begin[:, None, :])
        scores = self._scores(asked.reshape(draws * (columns + 1), len(self._group)))
        gains = np.diff(scores.reshape(draws, columns + 1, -1), axis=1)
        own = np.take_along_axis(gains, self._rank[:, :, None], axis=1)
        pairs = own.reshape(draws // 2, 2, columns, -1).mean(axis=1)
        error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
        found: Floats = pairs.mean(axis=0)
        return found, float(error.max(initial=0.0))

    def _scores(self, values: Matrix) -> Floats:
        """What is said of encoded rows, before the link."""
        return before_link(self._answer(np.ascontiguousarray(values, dtype=np.float32)), _NEAREST)


def before_link(answers: Floats, nearest: float) -> Floats:
    """The number, the log odds, or the logarithms of several probabilities less their mean, of some answers.

    Parameters
    ----------
    answers : Floats
        Shape (rows, outputs): a number, or the probabilities of two or more classes.
    nearest : float
        Probabilities below count as this one.
    """
    if answers.shape[1] == 1:
        return answers
    logs: Floats = np.log(np.maximum(answers, nearest))
    odds: Floats = (
        logs[:, 1:] - logs[:, :1] if answers.shape[1] == 2 else logs - logs.mean(axis=1, keepdims=True)
    )
    return odds
