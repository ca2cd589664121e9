"""Costs on the sealed part: what the labels cost per row, beside those that nobody would have had to think about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import CostRival, Costs, Score
from fivefold.measure.intervals import mean_interval
from fivefold.runtime.costs import expected_costs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.training.rows import Terms

__all__ = ["judge_costs"]


def judge_costs(
    terms: Terms,
    truth: Floats,
    said: tuple[Floats, Floats, Floats],
    groups: NDArray[np.generic] | None = None,
    weight: Floats | None = None,
) -> Costs:
    """Return the mean cost per row of the model's labels, beside those of usual ones, with intervals.

    Parameters
    ----------
    terms : Terms
        Its costs say what an answer costs.
    truth : array, shape (rows,)
        Class positions.
    said : three arrays of shape (rows, classes)
        Scores whose largest one is the model's label; the model's probabilities; and the baseline's, the same in every row.
    groups : array, shape (rows,), optional
        Rows with one value are drawn together.
    weight : array, shape (rows,), optional
        How much each row counts.
    """
    decided, scores, baseline = said
    matrix = np.array(terms.costs)

    def paid(labels: NDArray[np.intp]) -> Floats:
        each: Floats = matrix[truth.astype(np.intp), labels]
        return each

    def mean(values: Floats, lowest: float | None) -> Score:
        ends = mean_interval(values, seed=terms.seed, groups=groups, limits=(lowest, None), weight=weight)
        return Score(
            "cost", float(np.average(values, weights=weight)), *ends, greater_is_better=lowest is None
        )

    ours = paid(decided.argmax(axis=1))

    def beside(name: str, labels: NDArray[np.intp], answer: str = "") -> CostRival:
        theirs = paid(labels)
        return CostRival(name, answer, mean(theirs, 0.0), mean(theirs - ours, None))

    frequent = baseline.argmax(axis=1)
    cheapest = expected_costs(baseline, terms.costs).argmin(axis=1)
    names = terms.contract.classes
    rivals = [
        beside("most probable class", scores.argmax(axis=1)),
        beside("most frequent class", frequent, names[frequent[0]]),
    ]
    if cheapest[0] != frequent[0]:
        rivals.append(beside("cheapest single answer", cheapest, names[cheapest[0]]))
    return Costs(terms.costs, mean(ours, 0.0), tuple(rivals))
