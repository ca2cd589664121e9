"""LightGBM's text: its own ways with missing values and with sets of categories.

A question about a set of categories becomes a feature of its own behind those of the matrix, 1 where the code is in the set:
ONNX's trees know only one value at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import InputError
from fivefold.export.forest import Tree, sums
from fivefold.export.graph import INSTEAD
from fivefold.export.links import linked
from fivefold.runtime.members.lightgbm_trees import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from fivefold.export.graph import Graph
    from fivefold.runtime.members.forest import Trees

__all__ = ["lightgbm"]

_LINKS = {
    "binary": "logistic", "cross_entropy": "logistic", "xentropy": "logistic",
    "multiclass": "softmax", "softmax": "softmax",
    "regression": "identity", "regression_l1": "identity", "huber": "identity", "fair": "identity",
    "quantile": "identity", "mape": "identity",
}  # fmt: skip


def lightgbm(graph: Graph, payload: bytes, matrix: str) -> str:
    """Return the scores, shape (rows, outputs).

    Raises
    ------
    InputError
        When the model does what is not known here: another link, averaged or linear trees, zeros as missing values.
    """
    read = read_text(payload)
    if isinstance(read, str):
        raise _unknown(read)
    objective, *details = read.objective.split()
    if objective not in _LINKS or not set(details) <= {"sigmoid:1", f"num_class:{read.outputs}"}:
        raise _unknown(f"the objective {read.objective}")
    beside = _beside(graph, matrix, read.width, read.trees.sets)
    raw = sums(graph, beside, [*_each(read.trees, read.outputs)], np.zeros(read.outputs))
    return linked(graph, _LINKS[objective], raw)


def _beside(graph: Graph, matrix: str, width: int, sets: Sequence[tuple[int, NDArray[np.bool_]]]) -> str:
    """The matrix with what says whether a code is in a set behind its own features."""
    parts = [matrix]
    order: list[int] = []
    for code in dict.fromkeys(code for code, _ in sets):
        held = [place for place, (one, _) in enumerate(sets) if one == code]
        levels = max(len(sets[place][1]) for place in held)
        # The last row is for missing values and for codes beyond all sets: they are in none.
        table = np.zeros((levels + 1, len(held)), dtype=np.uint8)
        for column, place in enumerate(held):
            table[: len(sets[place][1]), column] = sets[place][1]
        parts.append(_looked_up(graph, matrix, code, table))
        order += held
    if not order:
        return matrix
    wide = graph.join(parts)
    places = [*range(width), *(width + order.index(place) for place in range(len(order)))]
    return wide if places == list(range(len(places))) else graph.columns(wide, places)


def _looked_up(graph: Graph, matrix: str, code: int, table: NDArray[np.uint8]) -> str:
    """The rows of a table of sets by the codes of a column, as float32."""
    values = graph.columns(matrix, [code])
    beyond = graph.constant(len(table) - 1, np.float32)
    inside = graph.add(
        "And",
        graph.add("Less", values, beyond),
        graph.add("Greater", values, graph.constant(-1.0, np.float32)),
    )
    row = graph.cast(graph.add("Where", inside, values, beyond), np.int64)
    row = graph.add("Squeeze", row, graph.constant([1], np.int64))
    return graph.cast(graph.add("Gather", graph.constant(table, np.uint8), row, axis=0), np.float32)


def _each(trees: Trees, outputs: int) -> Iterator[Tree]:
    """Each tree by itself; its leaves stand behind its questions."""
    ends = np.cumsum(trees.sizes)
    for place, (start, end) in enumerate(zip((ends - trees.sizes).tolist(), ends.tolist(), strict=True)):
        own, leaves = slice(start, end), slice(start + place, end + place + 1)
        left, right = (
            np.where(below[own] < 0, ~below[own] - leaves.start + end - start, below[own] - start)
            for below in (trees.left, trees.right)
        )
        behind = end - start + 1
        yield Tree(
            left=np.concatenate([left, np.full(behind, -1)]),
            right=np.concatenate([right, np.full(behind, -1)]),
            feature=np.concatenate([trees.feature[own], np.zeros(behind, np.intp)]),
            threshold=np.concatenate([trees.threshold[own], np.zeros(behind, np.float32)]),
            missing_left=np.concatenate([trees.missing_left[own], np.zeros(behind, np.bool_)]),
            value=np.concatenate([np.zeros(end - start), trees.value[leaves]])[:, None],
            first=place % outputs,
        )


def _unknown(seen: str) -> InputError:
    """Say that a model cannot be written."""
    return InputError(
        "A LightGBM member cannot be written as ONNX",
        seen=seen,
        expected="trees as Fivefold trains them",
        todo=INSTEAD,
    )
