"""The explanation: what each column contributes to the score of a blend, exactly, by the members that can tell.

A blend is a mean of answers. For numbers that is a mean of scores, and so contributions add up to the blend's own answer. For
classes it is a mean of probabilities, whose log odds no exact contributions add up to; what is explained then is the mean of the
members' log odds, and :attr:`Explanation.off` says how far that lies from the log odds of the blend's answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.explained import Explainable

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.blend import Blend
    from fivefold.runtime.encoder import Encoder

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
    """

    columns: tuple[str, ...]
    base: Floats
    parts: Floats
    off: Floats
    share: float


class BlendExplainer:
    """Explains a blend.

    Parameters
    ----------
    blend : Blend
    encoder : Encoder
        It knows which column every feature comes from; what comes from two columns counts half for each.
    background : Matrix
        At least one row like those that were learned from, encoded.

    Attributes
    ----------
    left_out : tuple of int
        Places of the members whose contributions nobody can tell exactly.
    share : float
        Share of the blend's weight that the others have.
    """

    def __init__(self, blend: Blend, encoder: Encoder, background: Matrix) -> None:
        self._blend = blend
        self._classes = blend.members[0].predict(background[:1]).shape[1]
        ready = [
            member.explainer(background) if isinstance(member, Explainable) else None
            for member in blend.members
        ]
        self._explainers = [
            (explain, weight)
            for explain, weight in zip(ready, blend.weights, strict=True)
            if explain is not None
        ]
        self.left_out = tuple(place for place, explain in enumerate(ready) if explain is None)
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
        if not bases:
            return None
        base: Floats = np.sum(bases, axis=0) + self._blend.judgement.shift
        parts: Floats = np.sum(pooled, axis=0)
        off: Floats = np.abs(base + parts.sum(axis=1) - self._scores(values)).mean(axis=1)
        return Explanation(self._columns, base, parts, off, self.share)

    def _scores(self, values: Matrix) -> Floats:
        """The number, the log odds, or the logarithms of several probabilities less their mean, of what the blend answers."""
        pairs = zip(self._blend.members, self._blend.weights, strict=True)
        answers: Floats = np.sum([member.predict(values) * weight for member, weight in pairs], axis=0)
        if self._classes == 1:
            return answers + self._blend.judgement.shift
        logs: Floats = np.log(np.maximum(answers, _SMALLEST))
        odds: Floats = (
            logs[:, 1:] - logs[:, :1] if self._classes == 2 else logs - logs.mean(axis=1, keepdims=True)
        )
        return odds
