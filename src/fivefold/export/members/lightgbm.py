"""LightGBM's text: its own ways with missing values and with sets of categories.

A question about a set of categories becomes a feature of its own behind those of the matrix, 1 where the code is in the set:
ONNX's trees know only one value at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import InputError
from fivefold.export.forest import Tree, floor32, sums
from fivefold.export.graph import INSTEAD
from fivefold.export.links import linked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.export.graph import Graph

__all__ = ["lightgbm"]

_LINKS = {
    "binary": "logistic", "cross_entropy": "logistic", "xentropy": "logistic",
    "multiclass": "softmax", "softmax": "softmax",
    "regression": "identity", "regression_l1": "identity", "huber": "identity", "fair": "identity",
    "quantile": "identity", "mape": "identity",
}  # fmt: skip
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_NONE, _NAN = 0, 2
"""How a node takes missing values: as 0, or as missing; a third way, zeros as missing ones, is never trained here."""


def lightgbm(graph: Graph, payload: bytes, matrix: str) -> str:
    """Return the scores, shape (rows, outputs).

    Raises
    ------
    InputError
        When the model does what is not known here: another link, averaged or linear trees, zeros as missing values.
    """
    text = payload.decode("utf-8")
    head, *blocks = text.partition("\nend of trees")[0].split("\nTree=")
    facts = dict(line.partition("=")[::2] for line in head.splitlines())
    objective, *details = facts["objective"].split()
    outputs = int(facts["num_tree_per_iteration"])
    usual = set(details) <= {"sigmoid:1", f"num_class:{outputs}"}
    if objective not in _LINKS or not usual or "average_output" in facts:
        raise _unknown(f"the objective {facts['objective']}")
    sets = _Sets(int(facts["max_feature_idx"]) + 1)
    trees = [_tree(block, sets, place % outputs) for place, block in enumerate(blocks)]
    raw = sums(graph, sets.beside(graph, matrix), trees, np.zeros(outputs))
    return linked(graph, _LINKS[objective], raw)


@dataclass(slots=True)
class _Sets:
    """The sets of categories that are asked for.

    Attributes
    ----------
    width : int
        Features of the matrix.
    """

    width: int
    asked: dict[tuple[int, bytes], int] = field(default_factory=dict)

    def feature(self, code: int, bits: NDArray[np.uint32]) -> int:
        """Number of the feature that says whether a code is in a set."""
        return self.asked.setdefault((code, bits.tobytes()), self.width + len(self.asked))

    def beside(self, graph: Graph, matrix: str) -> str:
        """The matrix with these features behind its own."""
        parts = [matrix]
        order: list[int] = []
        for code in dict.fromkeys(code for code, _ in self.asked):
            held = {place: bits for (one, bits), place in self.asked.items() if one == code}
            masks = [
                np.unpackbits(np.frombuffer(bits, np.uint8), bitorder="little") for bits in held.values()
            ]
            levels = max(map(len, masks))
            # The last row is for missing values and for codes beyond all sets: they are in none.
            table = np.zeros((levels + 1, len(held)), dtype=np.uint8)
            for column, mask in enumerate(masks):
                table[: len(mask), column] = mask
            parts.append(_looked_up(graph, matrix, code, table))
            order += held
        if not order:
            return matrix
        wide = graph.join(parts)
        places = [*range(self.width), *(self.width + order.index(self.width + k) for k in range(len(order)))]
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


def _tree(block: str, sets: _Sets, first: int) -> Tree:
    """Read one tree; its leaves stand behind its questions."""
    facts = dict(line.partition("=")[::2] for line in block.splitlines())
    if facts.get("is_linear", "0") != "0":
        raise _unknown("trees with linear leaves")
    leaves = np.array(facts["leaf_value"].split(), dtype=np.float64)
    inner = leaves.size - 1
    if not inner:
        none = np.array([-1])
        root = np.zeros(1, dtype=np.intp)
        return Tree(none, none, root, np.zeros(1, np.float32), np.zeros(1, bool), leaves[:, None], first)
    kinds, feature = _whole(facts["decision_type"]), _whole(facts["split_feature"])
    threshold = np.array(facts["threshold"].split(), dtype=np.float64)
    missing = (kinds >> 2) & 3
    if not np.isin(missing, (_NONE, _NAN)).all():
        raise _unknown("zeros that count as missing values")
    low = threshold.copy()
    missing_left = np.where(missing == _NAN, (kinds & _DEFAULT_LEFT) > 0, threshold >= 0)
    children = [_children(facts[name], inner) for name in ("left_child", "right_child")]
    for node in np.flatnonzero(kinds & _CATEGORICAL):
        feature[node] = sets.feature(int(feature[node]), _bits(facts, int(threshold[node])))
        low[node], missing_left[node] = 0.5, False  # never missing
        children[0][node], children[1][node] = children[1][node], children[0][node]  # in the set: to the left
    ends = np.full(leaves.size, -1)
    nothing = np.zeros(leaves.size)
    return Tree(
        left=np.concatenate([children[0], ends]),
        right=np.concatenate([children[1], ends]),
        feature=np.concatenate([feature, nothing.astype(np.intp)]),
        threshold=floor32(np.concatenate([low, nothing])),
        missing_left=np.concatenate([missing_left, nothing.astype(bool)]),
        value=np.concatenate([np.zeros(inner), leaves])[:, None],
        first=first,
    )


def _bits(facts: dict[str, str], number: int) -> NDArray[np.uint32]:
    """The set of categories of a question, one bit each."""
    bounds = _whole(facts["cat_boundaries"])
    words = np.array(facts["cat_threshold"].split(), dtype=np.uint32)
    return words[bounds[number] : bounds[number + 1]].astype("<u4")


def _children(numbers: str, inner: int) -> NDArray[np.intp]:
    """Nodes below; a leaf is written as the complement of its number."""
    below = _whole(numbers)
    return np.where(below < 0, inner + ~below, below)


def _whole(numbers: str) -> NDArray[np.intp]:
    """Read a line of whole numbers."""
    return np.array(numbers.split(), dtype=np.intp)


def _unknown(seen: str) -> InputError:
    """Say that a model cannot be written."""
    return InputError(
        "A LightGBM member cannot be written as ONNX",
        seen=seen,
        expected="trees as Fivefold trains them",
        todo=INSTEAD,
    )
