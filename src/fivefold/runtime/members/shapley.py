"""Exact Shapley values of trees (path-dependent, Lundberg et al., 2020), by an integral that a few points give exactly.

Nothing known of a feature means: at its questions, go both ways in the shares in which rows go. A leaf's part in the score is then a
product with one factor per feature on its path: 1 or 0 where the feature is known and leads there or not (``met``), the share of
rows that go there where it is not (``share``). The Shapley value of such a product is the integral over t from 0 to 1 of the other
features' factors t * met + (1 - t) * share (Owen, 1972): a polynomial in t, for which Gauss's points are exact.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["Grove", "ObliviousTrees", "parted", "walk_tree"]

_EACH = 32
"""Trees between two looks at the clock."""


class ObliviousTrees:
    """Symmetric trees, ready to be taken apart: every branch of one depth asks the same question.

    Parameters
    ----------
    features : array of int, shape (trees, depth)
        The question of the highest bit stands first.
    leaves : Floats
        Shape (trees, 2 ** depth, scores).
    counts : array of int, shape (trees, 2 ** depth)
        Rows that fall into each leaf.
    """

    def __init__(self, features: NDArray[np.intp], leaves: Floats, counts: NDArray[np.intp]) -> None:
        self._features, self._leaves = features, leaves
        depth = features.shape[1]
        numbers = np.arange(1 << depth)
        self._bits = (numbers >> np.arange(depth)[::-1, None]) & 1
        self._shares = _ways(counts, depth)
        self.base: Floats = (self._shares.prod(axis=1)[:, :, None] * leaves).sum(axis=(0, 1))

    def parts(self, places: NDArray[np.intp], width: int, stop: Callable[[], bool]) -> Floats | None:
        """What each feature contributes.

        Parameters
        ----------
        places : array of int, shape (rows, trees)
            The leaf that each row falls into.
        width : int
            Number of features.
        stop : callable
        """
        parts = np.zeros((width, len(places), self._leaves.shape[2]))
        for tree, features in enumerate(self._features.tolist()):
            if tree % _EACH == 0 and stop():
                return None
            fallen, back = np.unique(places[:, tree], return_inverse=True)
            for feature, part in self._of_tree(tree, features, fallen):
                parts[feature] += part[back]
        return parts.transpose(1, 0, 2)

    def _of_tree(self, tree: int, features: list[int], fallen: NDArray[np.intp]) -> list[tuple[int, Floats]]:
        """For each feature of a tree, its contribution in each of some leaves."""
        met: dict[int, NDArray[np.bool_]] = {}
        share: dict[int, Floats] = {}
        for level, feature in enumerate(features):
            same = self._bits[level, fallen, None] == self._bits[level]
            known = feature in met
            met[feature] = met[feature] & same if known else same
            ways = self._shares[tree, level]
            share[feature] = share[feature] * ways if known else ways
        if not met:
            return []
        points, weights = _gauss(len(met))
        factors = [points * met[one] + (1.0 - points) * share[one] for one in met]
        before, behind = _others(factors)
        leaves, found = self._leaves[tree], []
        for feature, first, last in zip(met, before, behind, strict=True):
            within = np.tensordot(weights, first * last, axes=1)
            found.append((feature, ((met[feature] - share[feature]) * within) @ leaves))
        return found


@dataclass(frozen=True, slots=True)
class Grove:
    """The nodes of one tree of any shape; the first one is its root.

    Attributes
    ----------
    levels : tuple of array of int
        The nodes of each level below the root.
    above : array of int, shape (nodes,)
        The node above each; the root's own number for the root.
    feature : array of int, shape (nodes,)
        What the node above asks about.
    last : array of int, shape (nodes,)
        The nearest node on the way up that another question about the same feature led to; -1 for none.
    values : Floats
        Shape (nodes, scores); nothing for nodes that ask.
    """

    levels: tuple[NDArray[np.intp], ...]
    above: NDArray[np.intp]
    feature: NDArray[np.intp]
    last: NDArray[np.intp]
    values: Floats

    @classmethod
    def of(cls, left: NDArray[np.intp], asked: NDArray[np.intp], values: Floats) -> Grove:
        """Find the ways through a tree.

        Parameters
        ----------
        left : array of int, shape (nodes,)
            The first of two children; a leaf's own number for a leaf.
        asked : array of int, shape (nodes,)
            The feature of each question.
        values : Floats
            Shape (nodes, scores).
        """
        numbers = np.arange(left.size)
        above, feature, last = numbers.copy(), np.full(left.size, -1), np.full(left.size, -1)
        path = np.zeros((1, 0), dtype=np.intp)
        levels: list[NDArray[np.intp]] = []
        level = numbers[:1]
        while True:
            inner = left[level] != level
            path, level = path[inner], level[inner]
            if not level.size:
                return cls(tuple(levels), above, feature, last, values)
            for child in (left[level], left[level] + 1):
                above[child], feature[child] = level, asked[level]
                same = feature[path] == asked[level][:, None]
                place = path.shape[1] - 1 - same[:, ::-1].argmax(axis=1) if path.shape[1] else None
                if place is not None:
                    found = path[np.arange(level.size), place]
                    last[child] = np.where(same.any(axis=1), found, -1)
            below = np.concatenate([left[level], left[level] + 1])
            path = np.concatenate([np.tile(path, (2, 1)), below[:, None]], axis=1)
            level = below
            levels.append(below)


def walk_tree(grove: Grove, met: NDArray[np.bool_], shares: Floats, width: int) -> Floats:
    """What each feature contributes to the answer of one tree of any shape, shape (features, rows, scores).

    Every node below the root gets the product of the factors on its path, level by level; sums of the leaves come back up.

    Parameters
    ----------
    grove : Grove
        The nodes.
    met : array of bool, shape (nodes, rows)
        Whether a row goes to the node once it is at the node above.
    shares : Floats
        Shape (nodes,): share of the rows at the node above that go there.
    width : int
        Number of features.
    """
    points, weights = _gauss(len(grove.levels))
    points = points.reshape(1, 1, -1)
    rows = met.shape[1]
    product = np.ones((grove.above.size, rows, points.size))
    known, unknown = np.ones((grove.above.size, rows)), np.ones(grove.above.size)
    own, former = np.ones_like(product), np.ones_like(product)
    for level in grove.levels:
        last = grove.last[level]
        again = last >= 0
        known[level] = met[level] * np.where(again[:, None], known[last], 1.0)
        unknown[level] = shares[level] * np.where(again, unknown[last], 1.0)
        own[level] = points * known[level][:, :, None] + (1.0 - points) * unknown[level][:, None, None]
        former[level] = np.where(again[:, None, None], own[last], 1.0)
        product[level] = _over(product[grove.above[level]] * own[level], former[level])
    sums = product[:, :, :, None] * grove.values[:, None, None, :]
    parts = np.zeros((width, rows, grove.values.shape[1]))
    for level in reversed(grove.levels):
        last = grove.last[level]
        again = (last >= 0)[:, None]
        now = _over((known[level] - unknown[level][:, None])[:, :, None], own[level])
        earlier = np.where(again, known[last] - unknown[last][:, None], 0.0)
        change = (now - _over(earlier[:, :, None], former[level])) * weights
        np.add.at(parts, grove.feature[level], (change[:, :, :, None] * sums[level]).sum(axis=2))
        np.add.at(sums, grove.above[level], sums[level])
    return parts


def _ways(counts: NDArray[np.intp], depth: int) -> Floats:
    """Share of the rows that go the way of each leaf at every level, shape (trees, depth, leaves); half where there are none."""
    ways = np.empty((len(counts), depth, 1 << depth))
    for level in range(depth):
        above = counts.reshape(len(counts), 1 << level, -1).sum(axis=2)
        below = counts.reshape(len(counts), 2 << level, -1).sum(axis=2)
        ways[:, level] = np.repeat(
            parted(below, np.repeat(above, 2, axis=1)), 1 << (depth - level - 1), axis=1
        )
    return ways


def parted(below: NDArray[np.intp], above: NDArray[np.intp]) -> Floats:
    """Share of the rows above that are below; half where there are none above."""
    return np.where(above > 0, below / np.maximum(above, 1), 0.5)


@functools.cache
def _gauss(factors: int) -> tuple[Floats, Floats]:
    """Points between 0 and 1, shape (points, 1, 1), and their weights: exact for a product of one factor less."""
    points, weights = np.polynomial.legendre.leggauss(max(1, (factors + 1) // 2))
    return (points.reshape(-1, 1, 1) + 1.0) / 2.0, weights / 2.0


def _others(factors: list[Floats]) -> tuple[list[Floats], list[Floats]]:
    """For each factor the product of those before it, and of those behind it."""
    before, behind = [np.ones_like(factors[0])], [np.ones_like(factors[0])]
    for factor in factors[:-1]:
        before.append(before[-1] * factor)
    for factor in factors[:0:-1]:
        behind.append(behind[-1] * factor)
    return before, behind[::-1]


def _over(above: Floats, below: Floats) -> Floats:
    """Divide; nothing over nothing is nothing, since a path that cannot be gone stays one."""
    return np.divide(
        above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)), where=below != 0
    )
