"""The explanation: what each column contributes to the score of a blend, exactly, by the members that can tell; of others an estimate.

A blend is a mean of answers. For numbers that is a mean of scores, and so contributions add up to the blend's own answer. For
classes it is a mean of probabilities, whose log odds no exact contributions add up to; what is explained then is the mean of the
members' log odds, and :attr:`Explanation.off` says how far that lies from the log odds of the blend's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.explained import Explainable
from fivefold.runtime.sampled import SampledExplainer, before_link

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.blend import Blend
    from fivefold.runtime.encoder import Encoder
    from fivefold.runtime.explained import Explainer

__all__ = ["BlendExplainer", "Explanation"]

_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Explanation:
    """Scores of some rows, taken apart by columns.

    Attributes
    ----------
    columns : tuple of str
    base : Floats
        Shape (scores,): one, or one per class where there are several.
    parts : Floats
        Shape (rows, columns, scores).
    off : Floats
        Shape (rows,): how far base and contributions lie from the score of the whole blend, members that cannot be explained
        included and before probabilities are put right; of several classes the mean.
    share : float
        Share of the blend's weight that is explained.
    sampled : float
        Share of the blend's weight that is explained by an estimate.
    error : Floats
        Shape (rows,): the largest standard error of a part, at most; 0 where nothing is estimated.
    """

    columns: tuple[str, ...]
    base: Floats
    parts: Floats
    off: Floats
    share: float
    sampled: float
    error: Floats


class BlendExplainer:
    """Explains a blend.

    Parameters
    ----------
    blend : Blend
    encoder : Encoder
        It knows which column every feature comes from; what comes from two columns counts half for each.
    background : Matrix
        At least one row like those that were learned from, encoded.
    sampled : bool
        Whether members whose contributions nobody can tell exactly are explained by an estimate, or left out.

    Attributes
    ----------
    left_out : tuple of int
        Places of the members that are not explained.
    share : float
        Share of the blend's weight that the others have.
    """

    def __init__(self, blend: Blend, encoder: Encoder, background: Matrix, *, sampled: bool = False) -> None:
        self._blend = blend
        ready: list[Explainer | None] = [
            member.explainer(background) if isinstance(member, Explainable) else None
            for member in blend.members
        ]
        self._explainers = [
            (explain, weight)
            for explain, weight in zip(ready, blend.weights, strict=True)
            if explain is not None
        ]
        rest = tuple(place for place, explain in enumerate(ready) if explain is None)
        self.left_out = () if sampled else rest
        self._sampled = float(sum(blend.weights[place] for place in rest)) if sampled else 0.0
        if self._sampled:
            # All of them as one: the log odds of their mean lie nearer to those of the blend than the mean of theirs.
            explain = SampledExplainer(lambda values: self._mean(values, rest), encoder.sources, background)
            self._explainers.append((explain, self._sampled))
        self.share = float(sum(weight for _, weight in self._explainers))
        self._columns = tuple(dict.fromkeys(name for names in encoder.sources for name in names))
        places = {name: place for place, name in enumerate(self._columns)}
        self._pools = np.zeros((len(places), len(encoder.sources)))
        for feature, names in enumerate(encoder.sources):
            for name in names:
                self._pools[places[name], feature] = 1.0 / len(names)

    def explain(self, values: Matrix, stop: Callable[[], bool]) -> Explanation | None:
        """Take the scores of encoded rows apart; None when ``stop`` said so, or no member can tell."""
        bases: list[Floats] = []
        pooled: list[Floats] = []
        error: Floats = np.zeros(len(values))
        for explain, weight in self._explainers:
            found = explain(values, stop)
            if found is None:
                return None
            several = found.base.size > 1
            # What is added to the scores of all classes changes no probability.
            own = found.base - found.base.mean() if several else found.base
            features = found.parts - found.parts.mean(axis=2, keepdims=True) if several else found.parts
            bases.append(own * (weight / self.share))
            pooled.append(np.einsum("cf,rfs->rcs", self._pools, features) * (weight / self.share))
            if found.error is not None:
                error += found.error * (weight / self.share)
        if not bases:
            return None
        base: Floats = np.sum(bases, axis=0) + self._blend.judgement.shift
        parts: Floats = np.sum(pooled, axis=0)
        off: Floats = np.abs(base + parts.sum(axis=1) - self._scores(values)).mean(axis=1)
        return Explanation(self._columns, base, parts, off, self.share, self._sampled, error)

    def _scores(self, values: Matrix) -> Floats:
        """What the blend answers, before the link and before probabilities are put right."""
        answers = self._mean(values, range(len(self._blend.members)))
        shift = self._blend.judgement.shift if answers.shape[1] == 1 else 0.0
        return before_link(answers, _SMALLEST) + shift

    def _mean(self, values: Matrix, places: Sequence[int]) -> Floats:
        """What some members of the blend answer together, by their weights."""
        weights = np.array([self._blend.weights[place] for place in places])
        answers = [self._blend.members[place].predict(values) for place in places]
        mean: Floats = np.tensordot(weights / weights.sum(), np.array(answers), axes=1)
        return mean
