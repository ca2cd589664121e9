"""Trees as plain arrays, whoever grew them, answered in NumPy: no training library is needed to serve.

The nodes of a tree stand level by level. Every node that asks a question has two children, so the children of the k-th of
them are the nodes 2k + 1 and 2k + 2, and one bit per node (is it a leaf?) tells the shape of the whole tree.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.runtime.explained import Explained
from fivefold.runtime.members.forest import Forest, Trees
from fivefold.runtime.members.links import linked, two_columns
from fivefold.runtime.members.packed import unpack
from fivefold.runtime.members.shapley import Grove, parted, walk_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.explained import Explainer

__all__ = ["Link", "TreesMember"]

Link = Literal["identity", "logistic", "softmax", "shares"]
"""``shares``: the mean of the leaves is the answer; the others are links of a sum, as everywhere."""

_FEW = 8
_CHUNK = 4_096
_MANY = 512
"""Rows from which a forest of all trees is worth making."""
_MOST_LEAVES = 255
"""Leaves that trees may have in the mean for a forest: it looks at every node, and a walk only at those on the way."""


class TreesMember:
    """A sum of trees over numbers; a row goes right where its value is above the threshold.

    Parameters
    ----------
    head : dict
        ``link``, ``outputs`` (scores before the link), ``features``, ``base`` (a list, one per output) and ``scale``.
    arrays : dict of str to array
        ``sizes`` (nodes of each tree), ``leaf`` (one bit per node), ``feature`` and ``threshold`` (one per question; a
        feature number past ``features`` means that a missing value goes right), ``value`` of shape (leaves, width). With
        a width of 1 and several outputs, trees take turns.

    Raises
    ------
    ArtefactError
        When these do not fit together.
    """

    def __init__(self, head: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self._link, self._width = head["link"], int(head["features"])
        self._base = np.array(head["base"], dtype=np.float64)
        sizes = arrays["sizes"].astype(np.intp)
        leaf = np.unpackbits(arrays["leaf"], count=int(sizes.sum())).astype(bool)
        self._starts = np.cumsum(sizes) - sizes
        self._values: Floats = arrays["value"].astype(np.float64) * float(head["scale"])
        self._turns = self._base.size // max(1, self._values.shape[1])
        asking = np.flatnonzero(~leaf)
        self._feature = np.zeros(leaf.size, dtype=np.intp)
        self._threshold = np.full(leaf.size, np.inf, dtype=np.float32)
        self._feature[asking], self._threshold[asking] = arrays["feature"], arrays["threshold"]
        self._slot = np.cumsum(leaf) - 1
        # A leaf is its own left child, and its threshold sends nobody to the right.
        self._left = np.arange(leaf.size)
        tree = np.repeat(np.arange(sizes.size), sizes)
        before = (self._starts - np.arange(sizes.size)) // 2
        own = tree[asking]
        self._left[asking] = self._starts[own] + 1 + 2 * (np.arange(asking.size) - before[own])
        self._check(sizes, leaf, tree)
        self._depths = self._measure(leaf, tree)
        self._forest: Forest | None = None
        self._planting = threading.Lock()
        self._suits = (
            self._values.shape[1] == 1
            and len(self._values) <= _MOST_LEAVES * sizes.size
            and bool(np.isfinite(self._threshold[asking]).all())
        )

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read packed arrays.

        Raises
        ------
        ArtefactError
            When the payload is anything else.
        """
        head, arrays = unpack(payload)
        try:
            return cls(head, arrays)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise _misfit(f"{type(error).__name__}: {error}", "the arrays of whole trees") from error

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for binary."""
        if values.shape[1] != self._width:
            raise _misfit(f"{values.shape[1]} features", f"a matrix with {self._width}")
        if len(values) <= _FEW:
            raw = self._few(values)
        elif self._suits and len(values) > _MANY:
            raw = self._planted().sums(values)
        else:
            chunks = range(0, len(values), _CHUNK)
            raw = np.concatenate([self._many(values[start : start + _CHUNK]) for start in chunks])
        raw += self._base
        if self._link != "shares":
            return linked(self._link, raw)
        if raw.shape[1] == 1:
            return two_columns(raw.clip(0.0, 1.0))
        return np.asarray(raw / raw.sum(axis=1, keepdims=True))

    def explainer(self, background: Matrix) -> Explainer | None:
        """Get ready to take scores before the link apart; shares are no sum whose log odds could be.

        Rows go both ways as those of ``background`` do.
        """
        if self._link == "shares":
            return None
        flat, rows = _both_ways(background)
        visits = np.zeros(self._left.size, dtype=np.intp)
        for start, depth in zip(self._starts.tolist(), self._depths.tolist(), strict=True):
            node = np.full(len(background), start)
            visits[start] = len(background)
            for _ in range(depth):
                asking = self._left[node] != node
                above = flat.take(self._feature.take(node) + rows) > self._threshold.take(node)
                node = self._left.take(node) + above
                np.add.at(visits, node[asking], 1)
        return lambda values, stop: self._explain(values, visits, stop)

    def _explain(
        self, values: Matrix, visits: NDArray[np.intp], stop: Callable[[], bool]
    ) -> Explained | None:
        """Walk down tree by tree with all rows, and up again."""
        flat, rows = _both_ways(values)
        width = self._values.shape[1]
        base = self._base.copy()
        parts = np.zeros((self._width, len(values), base.size))
        for tree, start in enumerate(self._starts.tolist()):
            if stop():
                return None
            end = int(np.append(self._starts, self._left.size)[tree + 1])
            left, asked = self._left[start:end] - start, self._feature[start:end]
            leaf = left == np.arange(left.size)
            worth = np.where(leaf[:, None], self._values[self._slot[start:end].clip(0)], 0.0)
            grove = Grove.of(left, asked % self._width, worth)
            right = (
                flat[(rows[:, None] + asked[grove.above]).T]
                > self._threshold[start:end][grove.above][:, None]
            )
            second = (np.arange(left.size) - left[grove.above]) == 1
            shares = parted(visits[start:end], visits[start:end][grove.above])
            shares[0] = 1.0
            place = slice(tree % self._turns * width, tree % self._turns * width + width)
            parts[:, :, place] += walk_tree(grove, right == second[:, None], shares, self._width)
            weight = shares.copy()
            for level in grove.levels:
                weight[level] *= weight[grove.above[level]]
            base[place] += (weight[:, None] * worth).sum(axis=0)
        return Explained(base, parts.transpose(1, 0, 2))

    def _planted(self) -> Forest:
        """The trees for many rows, made when they are first needed."""
        with self._planting:
            if self._forest is None:
                asking = self._left != np.arange(self._left.size)
                number = np.cumsum(asking) - 1
                goes_on = np.where(asking, number, ~self._slot)
                left, feature = self._left[asking], self._feature[asking]
                ends = np.append(self._starts[1:], self._left.size)
                trees = Trees(
                    sizes=(ends - self._starts) // 2,
                    left=goes_on[left],
                    right=goes_on[left + 1],
                    feature=feature % self._width,
                    threshold=self._threshold[asking],
                    missing_left=feature < self._width,
                    value=self._values[:, 0],
                )
                self._forest = Forest(trees, self._width, self._base.size)
            return self._forest

    def _few(self, values: Matrix) -> Floats:
        """Walk down all trees at once; add up in the trees' order, so that a row gets what its batch gets."""
        flat, rows = _both_ways(values)
        node = np.tile(self._starts, (len(values), 1))
        for _ in range(int(self._depths.max(initial=0))):
            node = self._left[node] + (flat[rows[:, None] + self._feature[node]] > self._threshold[node])
        leaves = self._values[self._slot[node]]
        rounds = leaves.reshape(len(values), self._starts.size // self._turns, self._base.size)
        totals: Floats = rounds.cumsum(axis=1)[:, -1]
        return totals

    def _many(self, values: Matrix) -> Floats:
        """Walk down tree by tree with all rows."""
        flat, rows = _both_ways(values)
        totals = np.zeros((len(values), self._base.size))
        width = self._values.shape[1]
        for tree, (start, depth) in enumerate(zip(self._starts.tolist(), self._depths.tolist(), strict=True)):
            node = np.full(len(values), start)
            for _ in range(depth):
                above = flat.take(self._feature.take(node) + rows) > self._threshold.take(node)
                node = self._left.take(node) + above
            place = tree % self._turns * width
            totals[:, place : place + width] += self._values.take(self._slot.take(node), axis=0)
        return totals

    def _check(self, sizes: NDArray[np.intp], leaf: NDArray[np.bool_], tree: NDArray[np.intp]) -> None:
        """Refuse what is no forest."""
        ends, asking = (self._starts + sizes)[tree], ~leaf
        inside = (self._left[asking] + 1 < ends[asking]) & (self._left[asking] > np.flatnonzero(asking))
        whole = (
            self._link in get_args(Link)
            and sizes.size > 0
            and bool(inside.all())
            and len(self._values) == np.count_nonzero(leaf) == (leaf.size + sizes.size) // 2
            and self._turns * self._values.shape[1] == self._base.size
            and sizes.size % self._turns == 0
            and bool(((self._feature >= 0) & (self._feature < 2 * self._width)).all())
            and bool(np.isfinite(self._values).all() and np.isfinite(self._base).all())
        )
        if not whole:
            raise _misfit(f"{sizes.size} trees of {leaf.size} nodes", "whole trees with finite leaves")

    def _measure(self, leaf: NDArray[np.bool_], tree: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the depth of every tree."""
        depths = np.zeros(self._starts.size, dtype=np.intp)
        level, depth = self._starts[~leaf[self._starts]], 0
        while level.size:
            depth += 1
            depths[tree[level]] = depth
            below = np.concatenate([self._left[level], self._left[level] + 1])
            level = below[~leaf[below]]
        return depths


def _both_ways(values: Matrix) -> tuple[Matrix, NDArray[np.intp]]:
    """Return every row twice, flat, and where it starts: first with missing values lowest, then highest."""
    missing = np.isnan(values)
    low, high = np.where(missing, -np.inf, values), np.where(missing, np.inf, values)
    both = np.concatenate([low, high], axis=1, dtype=np.float32)
    return both.ravel(), np.arange(len(values)) * both.shape[1]


def _misfit(seen: str, expected: str) -> ArtefactError:
    """Say that the trees cannot be used."""
    return ArtefactError(
        "A member of trees cannot be used", seen=seen, expected=expected, todo="train the model again"
    )
