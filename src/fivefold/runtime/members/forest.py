"""Many rows through many trees, a bit for each row: what a batch of trees is answered with, whoever grew them.

A walk down a tree waits for memory at every step, row after row. Here every different question of all trees is asked of every row
once, and its answers are packed, 64 rows to a word. One AND of words then says which of 64 rows reach a node. The leaves of a tree are
numbered from left to right; a bit of the numbers that rows arrive at is the OR of a few nodes whose leaves all have it, and the numbers
look the leaves up (in the manner of Lucchese et al., "QuickScorer", 2015). Every row gets the sum that a walk gives it, in the same order.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix

    Whole: TypeAlias = NDArray[np.intp]
    Words: TypeAlias = NDArray[np.uint64]

__all__ = ["Forest", "Questions", "Trees", "floor32", "joined_bits"]

_ROWS = 4_096
"""Rows that are worked through together, at most."""
_NODES = 4_096
"""Nodes of trees that are worked through together, about: with as many rows they take two megabytes, which stay near the core."""
_ROOM = 32
"""Nodes that a tree counts as beside its own: what it gives to each row must be held as well."""
_ANSWERS = 16_777_216
"""Bytes that the answers to all questions may take; there are fewer rows at once where there are very many questions."""


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees as they are read, all in one.

    Attributes
    ----------
    sizes : array of int, shape (trees,)
        Questions of each tree; it has one leaf more.
    left, right : array of int, shape (questions,)
        Where a row goes on: the number of a question among those of all trees, or the complement of the number of a leaf. Questions
        stand behind those that lead to them; those and the leaves of a tree stand together, and the first question is its root.
    feature : array of int, shape (questions,)
        A column of the matrix, or behind these a set.
    threshold : array of float32, shape (questions,)
        A row goes right where its value is above.
    missing_left : array of bool, shape (questions,)
        Where rows without a value go.
    value : Floats
        Shape (leaves,).
    sets : tuple of (int, array of bool)
        A column that holds codes, and which codes are in; a row goes right where its own is.
    """

    sizes: Whole
    left: Whole
    right: Whole
    feature: Whole
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    value: Floats
    sets: tuple[tuple[int, NDArray[np.bool_]], ...] = ()

    def whole(self, width: int) -> bool:
        """Whether these are trees over so many columns: each question and each leaf is reached in one way."""
        asked, last = self.left.size, len(self.value)
        others = self.right.size, self.feature.size, self.threshold.size, self.missing_left.size
        if (self.sizes < 0).any() or {int(self.sizes.sum()), *others} != {asked}:
            return False
        starts = np.cumsum(self.sizes) - self.sizes
        number = np.arange(asked)
        below = np.concatenate([self.left, self.right])
        roots = starts[self.sizes > 0]
        tree = np.repeat(np.arange(self.sizes.size), self.sizes)
        leaves = starts + np.arange(self.sizes.size)
        ends = np.append(starts, asked), np.append(leaves, last)
        own = np.tile(tree, 2)
        within = np.where(
            below >= 0,
            (below > np.tile(number, 2)) & (below < ends[0][own + 1]),
            (~below >= ends[1][own]) & (~below < ends[1][own + 1]),
        )
        reached = np.concatenate([np.sort(below[below >= 0]), np.sort(~below[below < 0])])
        alone = leaves[self.sizes == 0]
        expected = np.concatenate([np.setdiff1d(number, roots), np.setdiff1d(np.arange(last), alone)])
        return (
            bool(within.all())
            and last == asked + self.sizes.size
            and np.array_equal(reached, expected)
            and bool(((self.feature >= 0) & (self.feature < width + len(self.sets))).all())
            and all(0 <= column < width for column, _ in self.sets)
        )


class Forest:
    """Sums of trees for many rows.

    Parameters
    ----------
    trees : Trees
    width : int
        Columns of the matrix.
    outputs : int
        Trees take turns: the first adds to the first output, and so on.

    Examples
    --------
    >>> one, left, right = np.array([1]), np.array([~0]), np.array([~1])
    >>> stump = Trees(one, left, right, one - 1, np.array([0.5], np.float32), one == 1, np.array([3.0, 4.0]))
    >>> Forest(stump, 1, 1).sums(np.array([[0.0], [1.0], [np.nan]], np.float32)).tolist()
    [[3.0], [4.0], [3.0]]
    """

    def __init__(self, trees: Trees, width: int, outputs: int) -> None:
        self._outputs = outputs
        self._questions, asked = Questions.of(
            trees.feature, trees.threshold, trees.missing_left, width, trees.sets
        )
        starts = np.cumsum(trees.sizes) - trees.sizes
        roots = np.where(trees.sizes > 0, starts, ~(starts + np.arange(trees.sizes.size)))
        rounds = trees.sizes.size // outputs
        room = (2 * trees.left.size) // max(1, rounds) + _ROOM * outputs
        step = outputs * max(1, _NODES // room)
        self._stands = tuple(
            _Stand.of(trees, asked, roots[start : start + step]) for start in range(0, rounds * outputs, step)
        )
        self._rows = self._questions.rows(_ROWS)

    def sums(self, values: Matrix) -> Floats:
        """Return what the trees add up to, shape (rows, outputs)."""
        sums = np.zeros((self._outputs, len(values)))
        parts = max(1, -(-len(values) // self._rows))
        step = max(64, -(-len(values) // parts // 64) * 64)  # as many in each, whole words
        for start in range(0, len(values), step):
            part = values[start : start + step]
            answers = self._questions.answers(part)
            for stand in self._stands:
                for place, leaf in enumerate(stand.leaves(answers, len(part))):
                    sums[place % self._outputs, start : start + len(part)] += leaf
        return np.ascontiguousarray(sums.T)


def floor32(thresholds: Floats) -> NDArray[np.float32]:
    """The greatest float32 that is not above each threshold: for float32 values it splits the same."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    above = rounded.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)


def joined_bits(bits: Words, numbers: int) -> NDArray[np.uint8 | np.uint32]:
    """Put whole numbers together of their bits, shape (numbers, 64 x words).

    Parameters
    ----------
    bits : array, shape (numbers x bits, words)
        The bits of the first number, the highest first, then those of the second.
    numbers : int
    """
    width, rows = len(bits) // numbers, bits.shape[1] * 64
    spread = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little").reshape(numbers, width, rows)
    whole = np.zeros((numbers, rows), dtype=np.uint8 if width <= 8 else np.uint32)
    for bit in range(width):
        np.add(whole, whole, out=whole)  # NumPy's shift takes ten times as long
        np.bitwise_or(whole, spread[:, bit], out=whole)
    return whole


@dataclass(frozen=True, slots=True)
class Questions:
    """The different questions of many trees, those about one column together.

    Attributes
    ----------
    count : int
    numbers : tuple of (int, bool, slice, array)
        A column, whether missing values go left, which questions these are, and their thresholds, shape (questions, 1).
    sets : tuple of (int, array, array)
        A column of codes, which questions these are, and which codes are in, shape (questions, codes).
    """

    count: int
    numbers: tuple[tuple[int, bool, slice, NDArray[np.float32]], ...]
    sets: tuple[tuple[int, Whole, NDArray[np.bool_]], ...]

    @classmethod
    def of(
        cls,
        feature: Whole,
        threshold: NDArray[np.float32],
        missing_left: NDArray[np.bool_],
        width: int,
        sets: Sequence[tuple[int, NDArray[np.bool_]]] = (),
    ) -> tuple[Self, Whole]:
        """Return these, and which of them each question is; all words are those of :class:`Trees`."""
        order = np.lexsort((threshold, missing_left, feature))
        feature, left, threshold = feature[order], missing_left[order], threshold[order]
        other = np.ones(order.size, dtype=np.bool_)  # another column, or missing values go elsewhere
        other[1:] = (feature[1:] != feature[:-1]) | (left[1:] != left[:-1])
        new = other.copy()
        new[1:] |= threshold[1:] != threshold[:-1]
        asked = np.empty(order.size, dtype=np.intp)
        asked[order] = np.cumsum(new) - 1
        feature, left, threshold = feature[new], left[new], threshold[new]
        cuts = [*np.flatnonzero(other[new]).tolist(), feature.size]
        numbers = []
        by_code: dict[int, list[tuple[int, NDArray[np.bool_]]]] = {}
        for start, end in itertools.pairwise(cuts):
            column, rows = int(feature[start]), slice(start, end)
            if column < width:
                thresholds = np.ascontiguousarray(threshold[rows])[:, None]
                numbers.append((column, bool(left[start]), rows, thresholds))
            else:
                code, held = sets[column - width]
                by_code.setdefault(code, []).append((start, held))
        tables = tuple(_table(code, held) for code, held in by_code.items())
        return cls(feature.size, tuple(numbers), tables), asked

    def rows(self, most: int) -> int:
        """How many rows to ask together, at most so many: fewer where there are very many questions."""
        return min(most, max(512, _ANSWERS // max(1, self.count) // 64 * 512))

    def answers(self, values: Matrix) -> Words:
        """Ask these rows: a bit is set where a row goes right, shape (questions, words); rows behind the last give anything."""
        words = -(-len(values) // 64)
        answers = np.zeros((self.count, words * 8), dtype=np.uint8)
        columns = np.ascontiguousarray(values.T)
        used = -(-len(values) // 8)
        for column, missing_left, rows, thresholds in self.numbers:
            right = columns[column] > thresholds if missing_left else ~(columns[column] <= thresholds)
            answers[rows, :used] = np.packbits(right, axis=1, bitorder="little")
        for code, places, held in self.sets:
            last = held.shape[1] - 1
            known = (columns[code] > -1) & (columns[code] < last)
            inside = held.take(np.where(known, columns[code], last).astype(np.intp), axis=1)
            answers[places, :used] = np.packbits(inside, axis=1, bitorder="little")
        return answers.view(np.uint64)


def _table(code: int, sets: Sequence[tuple[int, NDArray[np.bool_]]]) -> tuple[int, Whole, NDArray[np.bool_]]:
    """The sets of one column below each other, with a last code that is in none: for missing ones, and those beyond all sets."""
    table = np.zeros((len(sets), max(len(held) for _, held in sets) + 1), dtype=np.bool_)
    for row, (_, held) in enumerate(sets):
        table[row, : len(held)] = held
    return code, np.array([place for place, _ in sets], dtype=np.intp), table


@dataclass(frozen=True, slots=True)
class _Stand:
    """Some trees that are worked through together.

    Attributes
    ----------
    trees, nodes : int
    levels : tuple of (array, array)
        The nodes of a level that ask, and what. Their left children stand behind all nodes before, then their right ones.
    terms : tuple of array
        What is joined to each bit of the leaves' numbers, first one node each, then a second, and so on: bits with many stand first.
    order : array, shape (trees x bits,)
        Where the bits of the first tree stand, the highest first, then those of the second.
    values : Floats
        Leaves of all trees, from left to right.
    firsts : tuple of int
        Where the leaves of each tree begin, and where those of the last end.
    """

    trees: int
    nodes: int
    levels: tuple[tuple[Whole, Whole], ...]
    terms: tuple[Whole, ...]
    order: Whole
    values: Floats
    firsts: tuple[int, ...]

    @classmethod
    def of(cls, trees: Trees, asked: Whole, roots: Whole) -> _Stand:
        """Lay trees out level by level."""
        place, above = roots, [np.full(roots.size, -1)]
        found, levels, nodes = [roots], [], roots.size
        positions = np.arange(roots.size)
        while (asking := place >= 0).any():
            place, positions = place[asking], positions[asking]
            levels.append((positions, asked[place]))
            above += [positions, positions]
            place = np.concatenate([trees.left[place], trees.right[place]])
            found.append(place)
            positions = nodes + np.arange(place.size)
            nodes += place.size
        reference = np.concatenate(found)
        first, size = _numbered(roots.size, levels, reference < 0)
        tree = _rooted(np.concatenate(above))
        order, terms = _terms(tree, first, size, np.concatenate(above))
        leaf = reference < 0
        firsts = np.cumsum([0, *size[: roots.size].tolist()], dtype=np.intp)
        values = np.empty(firsts[-1])
        values[firsts[tree[leaf]] + first[leaf]] = trees.value[~reference[leaf]]
        return cls(roots.size, nodes, tuple(levels), terms, order, values, tuple(firsts.tolist()))

    def leaves(self, answers: Words, rows: int) -> Iterator[Floats]:
        """Yield what each tree gives each row."""
        words = answers.shape[1]
        reached = np.empty((self.nodes, words), dtype=np.uint64)
        reached[: self.trees] = ~np.uint64(0)
        start = self.trees
        for asking, questions in self.levels:
            here, middle, end = reached.take(asking, axis=0), start + asking.size, start + 2 * asking.size
            np.bitwise_and(here, answers.take(questions, axis=0), out=reached[middle:end])
            np.bitwise_xor(here, reached[middle:end], out=reached[start:middle])
            start = end
        bits = np.zeros((self.order.size, words), dtype=np.uint64)
        for term in self.terms:
            bits[: term.size] |= reached.take(term, axis=0)
        number = joined_bits(bits.take(self.order, axis=0), self.trees)
        for start, end, numbers in zip(self.firsts[:-1], self.firsts[1:], number[:, :rows], strict=True):
            yield self.values[start:end].take(numbers)


def _numbered(
    trees: int, levels: Sequence[tuple[Whole, Whole]], leaf: NDArray[np.bool_]
) -> tuple[Whole, Whole]:
    """For every node the number of its leftmost leaf, counted in its tree from the left, and how many leaves it has."""
    size = leaf.astype(np.intp)
    for asking, left, right in reversed([*_below(trees, levels)]):
        size[asking] = size[left] + size[right]
    first = np.zeros_like(size)
    for asking, left, right in _below(trees, levels):
        first[left] = first[asking]
        first[right] = first[asking] + size[left]
    return first, size


def _below(trees: int, levels: Sequence[tuple[Whole, Whole]]) -> Iterator[tuple[Whole, slice, slice]]:
    """For every level the nodes that ask, and where their children stand."""
    start = trees
    for asking, _ in levels:
        middle, end = start + asking.size, start + 2 * asking.size
        yield asking, slice(start, middle), slice(middle, end)
        start = end


def _rooted(above: Whole) -> Whole:
    """The tree of every node, by the nodes above, which stand before it."""
    tree = np.where(above < 0, np.arange(above.size), above)
    while True:
        further = tree[tree]
        if np.array_equal(further, tree):
            return tree
        tree = further


def _terms(tree: Whole, first: Whole, size: Whole, above: Whole) -> tuple[Whole, tuple[Whole, ...]]:
    """Which nodes are joined to which bit of the leaves' numbers; see ``order`` and ``terms`` of :class:`_Stand`.

    To a bit belong the nodes all of whose leaves have it, and the node above has others.
    """
    trees = int(np.count_nonzero(above < 0))
    depth = max(1, int(size[:trees].max() - 1).bit_length())
    last = first + size - 1
    nodes, bits = [], []
    for row, bit in enumerate(range(depth - 1, -1, -1)):
        same = (first >> bit) == (last >> bit)
        highest = same & (((first >> bit) & 1) == 1) & ~(same[above] & (above >= 0))
        chosen = np.flatnonzero(highest)
        nodes.append(chosen)
        bits.append(tree[chosen] * depth + row)
    node, bit_of = np.concatenate(nodes), np.concatenate(bits)
    counts = np.bincount(bit_of, minlength=trees * depth)
    by_count = np.argsort(-counts, kind="stable")
    order = np.empty_like(by_count)
    order[by_count] = np.arange(by_count.size)
    sorted_ = np.argsort(bit_of, kind="stable")
    node, bit_of = node[sorted_], bit_of[sorted_]
    rank = np.arange(bit_of.size) - (np.cumsum(counts) - counts)[bit_of]
    terms = []
    for number in range(int(counts.max(initial=0))):
        chosen = rank == number
        slots = order[bit_of[chosen]]
        terms.append(node[chosen][np.argsort(slots)])
    return order, tuple(terms)
