"""LightGBM's text form, checked before its library reads it: over nonsense the library ends the process, or never comes back.

It reads trees in threads of its own, out of which no error finds its way, and follows children and features wherever they lead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from fivefold.core.errors import ArtefactError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["END", "FIRST", "check_text", "damaged"]

FIRST, END = b"Tree=0\n", b"end of trees"
"""What the trees begin with, and what comes behind the last."""

_COUNTED = (b"num_class", b"num_tree_per_iteration", b"max_feature_idx")
_COUNTS = re.compile(rb"^(%b)=(.*)$" % b"|".join(_COUNTED), re.MULTILINE)
_CLASSES = re.compile(rb"^objective=.* num_class:(\d{1,9})(?: |$)", re.MULTILINE)
_SIZES = re.compile(rb"^tree_sizes=(\d{1,12}(?: \d{1,12})*+)$", re.MULTILINE)
_A_COUNT = re.compile(rb"\d{1,9}")
_WHOLE = rb"(?:-?\d{1,10}(?: -?\d{1,10})*+)?+"
_NUMBER = rb"-?\d++(?:\.\d++)?+(?:e[-+]?\d++)?+"
_NUMBERS = rb"(?:%b(?: %b)*+)?+" % (_NUMBER, _NUMBER)
_EDGE = rb"-?(?:inf|\d++(?:\.\d++)?+(?:e[-+]?\d++)?+)"
_EDGES = rb"(?:%b(?: %b)*+)?+" % (_EDGE, _EDGE)
"""A threshold may be infinite: it parts missing values from all others."""
_FIGURE = rb"-?(?:inf|nan|\d++(?:\.\d++)?+(?:e[-+]?\d++)?+)"
_FIGURES = rb"(?:%b(?: %b)*+)?+" % (_FIGURE, _FIGURE)
"""What is told of a tree and not asked for an answer may be no number at all."""
_LINES = {
    "num_leaves": rb"\d{1,6}", "num_cat": rb"\d{1,6}", "split_feature": _WHOLE, "split_gain": _FIGURES,
    "threshold": _EDGES, "decision_type": _WHOLE, "left_child": _WHOLE, "right_child": _WHOLE,
    "leaf_value": _NUMBERS, "leaf_weight": _FIGURES, "leaf_count": _WHOLE, "internal_value": _FIGURES,
    "internal_weight": _FIGURES, "internal_count": _WHOLE,
}  # fmt: skip
_UNREAD = dict.fromkeys(("split_gain", "internal_value", "internal_weight"), "split_feature") | {
    "leaf_weight": "leaf_value"
}
"""Lines that no answer and no contribution needs, and one that is as long: bundles are written without them."""
_TREE = re.compile(
    rb"Tree=\d+\n"
    + b"".join(
        (rb"(?:%b=(?P<%b>%b)\n)?" if name in _UNREAD else rb"%b=(?P<%b>%b)\n")
        % (name.encode(), name.encode(), line)
        for name, line in _LINES.items()
    )
    + rb"(?:cat_boundaries=(?P<cat_boundaries>%b)\ncat_threshold=(?P<cat_threshold>%b)\n)?" % (_WHOLE, _WHOLE)
    + rb"is_linear=0\nshrinkage=%b\n+" % _NUMBER
)
_OF_NODES = ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
_TOLD_OF_NODES = ("internal_value", "internal_weight", "internal_count")
_TOLD_OF_LEAVES = ("leaf_weight", "leaf_count")
_CATEGORICAL, _KINDS_OF_DECISION = 1, 16
_WORD = 2**32


def check_text(text: bytes) -> None:
    """Refuse a text whose trees are not whole; what the head lacks, the library says by name.

    Parameters
    ----------
    text : bytes
        A model in LightGBM's own text form.

    Raises
    ------
    ArtefactError
        When it is anything else.
    """
    start, end = text.find(b"\n" + FIRST) + 1, text.find(b"\n" + END) + 1
    head = text[:start]
    # What ends a line or a text for the library, and for nobody here, would be read as something else there.
    whole = 0 < start < end and not any(odd in text for odd in (b"\0", b"\r")) and b"\nTree=" not in head
    whole = whole and head.count(b"\nobjective=") == 1
    _demand(whole, f"{len(text)} bytes that do not hold trees between a head and an end")
    told = _COUNTS.findall(head)
    counts = {name.decode(): int(count) for name, count in told if _A_COUNT.fullmatch(count)}
    if not {b"num_class", b"max_feature_idx"} <= {name for name, _ in told}:
        return
    _demand(len(told) == len(counts) == len(_COUNTED), "a count that is none, or comes twice")
    classes = _CLASSES.search(head)
    outputs = int(classes[1]) if classes else 1
    fits = 0 < outputs == counts["num_class"] == counts["num_tree_per_iteration"]
    _demand(fits, f"{counts['num_class']} classes, and an objective of {outputs}")
    trees = _Trees.of(text, start, end)
    _demand(len(trees.leaves) % outputs == 0, f"{len(trees.leaves)} trees for {outputs} outputs")
    trees.check(counts["max_feature_idx"])


@dataclass(frozen=True, slots=True)
class _Trees:
    """All trees of a text: how many leaves and sets of categories each has, and its lines."""

    leaves: NDArray[np.int64]
    sets: NDArray[np.int64]
    lines: Mapping[str, Sequence[bytes]]

    @classmethod
    def of(cls, text: bytes, start: int, end: int) -> Self:
        """Take the trees apart, each as long as the head says."""
        sizes = _SIZES.findall(text[:start])
        _demand(len(sizes) == 1, f"{len(sizes)} lines with the sizes of the trees")
        found: list[dict[str, bytes]] = []
        for size in map(int, sizes[0].split()):
            tree = _TREE.fullmatch(text, start, start + size)
            if tree is None:
                raise damaged(f"tree {len(found)}, which is not as LightGBM writes one")
            unread = {name: tree[like] for name, like in _UNREAD.items() if tree[name] is None}
            found.append(tree.groupdict(b"") | unread)
            start += size
        _demand(start == end, f"{len(found)} trees, and {end - start} bytes more")
        lines = {name: [tree[name] for tree in found] for name in found[0]}
        leaves, sets = (
            np.array([int(count) for count in lines.pop(name)]) for name in ("num_leaves", "num_cat")
        )
        return cls(leaves, sets, lines)

    def check(self, last_feature: int) -> None:
        """Refuse trees that lead out of themselves, or anywhere twice."""
        nodes = self.leaves - 1
        _demand((nodes >= 0).all(), "a tree without a leaf")
        for name in (*_OF_NODES, *_TOLD_OF_NODES):
            _demand((self._counts(name) == nodes).all(), f"a tree with too many or too few of {name}")
        _demand((self._counts("leaf_value") == self.leaves).all(), "a tree with a leaf that says nothing")
        for name in _TOLD_OF_LEAVES:  # of one leaf alone some versions tell nothing
            told = self._counts(name) == self.leaves
            _demand((told | (self.leaves == 1)).all(), f"a tree with too many or too few of {name}")
        _demand(np.isfinite(self._figures("leaf_value")).all(), "a leaf that is no number")
        features, decisions = self._figures("split_feature"), self._figures("decision_type")
        _demand(((features >= 0) & (features <= last_feature)).all(), "a feature that there is not")
        _demand(((decisions >= 0) & (decisions < _KINDS_OF_DECISION)).all(), "a decision of no known kind")
        self._check_children(nodes)
        self._check_sets(nodes, decisions.astype(np.int64) & _CATEGORICAL == 1)

    def _check_children(self, nodes: NDArray[np.int64]) -> None:
        """Each node but the first, and each leaf, has one parent, which stands before it."""
        starts = np.repeat(np.cumsum(nodes) - nodes, nodes)
        own, count = np.arange(len(starts)) - starts, np.repeat(nodes, nodes)
        met = []
        for name in ("left_child", "right_child"):
            child = self._figures(name)
            inner = child >= 0
            _demand(
                np.where(inner, (own < child) & (child < count), -child <= count + 1).all(), f"a wrong {name}"
            )
            # In one row: the nodes of all trees, then their leaves, of which each tree has one more than nodes.
            leaf = nodes.sum() + starts + np.repeat(np.arange(len(nodes)), nodes) - child - 1
            met.append(np.where(inner, starts + child, leaf))
        places = np.concatenate(met)
        _demand(len(np.unique(places)) == len(places), "a node or a leaf with two parents")

    def _check_sets(self, nodes: NDArray[np.int64], categorical: NDArray[np.bool_]) -> None:
        """Categories that go left are bits in words, from one border to the next; the threshold says which set is meant."""
        thresholds, sets = self._figures("threshold"), np.repeat(self.sets, nodes)
        meant = (thresholds >= 0) & (thresholds < sets) & (thresholds == np.floor(thresholds))
        _demand((meant | ~categorical).all(), "a set of categories that there is not")
        borders, words = self._figures("cat_boundaries"), self._counts("cat_threshold")
        counts = np.where(self.sets > 0, self.sets + 1, 0)
        _demand((self._counts("cat_boundaries") == counts).all(), "too many or too few sets of categories")
        _demand((words[self.sets == 0] == 0).all(), "categories of no set")
        ends = np.cumsum(counts)[self.sets > 0]
        starts = ends - counts[self.sets > 0]
        _demand((borders[starts] == 0).all(), "a set of categories that does not begin")
        _demand((borders[ends - 1] == words[self.sets > 0]).all(), "a set of categories that does not end")
        steps = np.diff(borders)
        steps[starts[1:] - 1] = 0  # from one tree to the next
        _demand((steps >= 0).all(), "sets of categories in no order")
        bits = self._figures("cat_threshold")
        _demand(((bits >= 0) & (bits < _WORD)).all(), "categories that are no bits")

    def _counts(self, name: str) -> NDArray[np.int64]:
        """How many values each tree's line has."""
        return np.array([line.count(b" ") + 1 if line else 0 for line in self.lines[name]])

    def _figures(self, name: str) -> Floats:
        """The values of all trees' lines, one after the other."""
        whole = b" ".join(line for line in self.lines[name] if line)
        return np.fromstring(whole, dtype=np.float64, sep=" ") if whole else np.empty(0)


def damaged(seen: str, expected: str = "the whole text of a LightGBM model") -> ArtefactError:
    """Say that a model cannot be used."""
    return ArtefactError(
        "A LightGBM member cannot be used", seen=seen, expected=expected, todo="train the model again"
    )


def _demand(holds: object, seen: str) -> None:
    """Refuse a text of which something does not hold."""
    if not holds:
        raise damaged(seen)
