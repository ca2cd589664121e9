"""From the members' scores to what a person reads: the blend, the judgement and the outputs of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.judgement import SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Contract
    from fivefold.export.graph import Graph
    from fivefold.runtime.judgement import Judgement, Recalibration
    from fivefold.runtime.labels import Label

__all__ = ["answer", "blended"]

_KINDS: dict[str, type[np.generic]] = {
    "string": np.object_,
    "datetime": np.object_,
    "integer": np.int64,
    "number": np.float64,
    "boolean": np.bool_,
}


def blended(graph: Graph, scores: Sequence[str], weights: Sequence[float], judgement: Judgement) -> str:
    """The weighted mean of the members' scores, put right where that helps."""
    total = sum(weights)
    parts = [
        graph.add("Mul", score, graph.constant(weight / total, np.float64))
        for score, weight in zip(scores, weights, strict=True)
    ]
    mean = parts[0]
    for part in parts[1:]:
        mean = graph.add("Add", mean, part)
    if judgement.shift:
        mean = graph.add("Add", mean, graph.constant(judgement.shift, np.float64))
    return mean if judgement.recalibration is None else _put_right(graph, mean, judgement.recalibration)


def answer(
    graph: Graph, scores: str, contract: Contract, labels: Sequence[Label], judgement: Judgement
) -> tuple[str, ...]:
    """Add the outputs, ``label`` and ``probabilities`` or ``value``; return their names."""
    if not labels:
        return (graph.give(scores, "value", np.float64, 1),)
    decided = _decided(graph, scores, judgement)
    best = graph.add("ArgMax", decided, axis=1, keepdims=0)
    kind = _KINDS[contract.target_kind]
    table = (
        graph.texts([str(label) for label in labels]) if kind is np.object_ else graph.constant(labels, kind)
    )
    label = graph.give(graph.add("Gather", table, best, axis=0), "label", kind, None)
    return label, graph.give(scores, "probabilities", np.float64, len(labels))


def _put_right(graph: Graph, scores: str, recalibration: Recalibration) -> str:
    """Stretch and shift the logarithms of probabilities."""
    held = graph.add("Max", scores, graph.constant(SMALLEST, np.float64))
    raised = graph.add("Mul", graph.add("Log", held), graph.constant([recalibration.stretch], np.float64))
    raised = graph.add("Add", raised, graph.constant([recalibration.shift], np.float64))
    return graph.add("Softmax", raised, axis=1)


def _decided(graph: Graph, scores: str, judgement: Judgement) -> str:
    """What is the largest for the label."""
    if judgement.threshold is not None:
        # The positive class where its chance is above the threshold, and nowhere else.
        chance = graph.columns(scores, [1])
        cut = graph.constant(judgement.threshold, np.float64)
        above = graph.add("Sub", chance, cut)
        return graph.join([graph.add("Sub", chance, chance), above])
    if judgement.costs:
        return graph.add("Neg", graph.add("MatMul", scores, graph.constant(judgement.costs, np.float64)))
    return scores
