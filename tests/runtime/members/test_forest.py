"""Many rows through many trees at once, against a walk down each tree, row by row."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fivefold.runtime.members.forest import Forest, Trees

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

WIDTH = 4
SETS = (
    (3, np.array([True, False, True])),
    (3, np.array([False, True])),
    (2, np.array([False, True, True, True])),
)


def grown(sizes: list[int], *, deep: bool = False) -> Trees:
    """Trees of so many questions each, drawn; the deep ones go on at one side only."""
    generator = np.random.default_rng(0)
    left: list[int] = []
    right: list[int] = []
    questions = leaves = 0
    for size in sizes:
        ends: list[tuple[list[int], int]] = []
        for asked in range(questions, questions + size):
            if asked > questions:
                below, place = ends.pop(-1 if deep else int(generator.integers(len(ends))))
                below[place] = asked
            for below in (left, right):
                below.append(0)
                ends.append((below, asked))
        for number, place in enumerate(generator.permutation(len(ends)).tolist()):
            below, asked = ends[place]
            below[asked] = ~(leaves + number)
        questions, leaves = questions + size, leaves + size + 1
    feature = generator.integers(0, WIDTH + len(SETS), questions)
    threshold = generator.choice([-1.0, 0.0, 0.25, 2.0], questions).astype(np.float32)
    return Trees(
        sizes=np.array(sizes, dtype=np.intp),
        left=np.array(left, dtype=np.intp),
        right=np.array(right, dtype=np.intp),
        feature=feature,
        threshold=np.where(feature < WIDTH, threshold, np.float32(0.5)),
        missing_left=(generator.random(questions) < 0.5) & (feature < WIDTH),
        value=generator.normal(size=leaves),
        sets=SETS,
    )


def table(rows: int) -> Matrix:
    """Numbers on and beside the thresholds, and codes, some of them in no set; a tenth is missing."""
    generator = np.random.default_rng(1)
    values = generator.choice([-1.5, -1.0, 0.0, 0.25, 1.0, 2.0, 3.0, np.inf, -np.inf], (rows, WIDTH))
    values[:, 2:] = generator.integers(0, 6, (rows, 2))
    values[generator.random(values.shape) < 0.1] = np.nan
    return values.astype(np.float32)


def walked(trees: Trees, values: Matrix, outputs: int) -> Floats:
    """What each row gets on its way down each tree, added up in the trees' order."""
    sums = np.zeros((len(values), outputs))
    question = leaf = 0
    for tree, size in enumerate(trees.sizes.tolist()):
        for row, numbers in enumerate(values.tolist()):
            place = question if size else ~leaf
            while place >= 0:
                place = int((trees.right if goes_right(trees, place, numbers) else trees.left)[place])
            sums[row, tree % outputs] += trees.value[~place]
        question, leaf = question + size, leaf + size + 1
    return sums


def goes_right(trees: Trees, place: int, numbers: list[float]) -> bool:
    """Answer one question of one row."""
    feature = int(trees.feature[place])
    if feature >= WIDTH:
        code, held = trees.sets[feature - WIDTH]
        return 0 <= numbers[code] < len(held) and bool(held[int(numbers[code])])
    number = numbers[feature]
    return not trees.missing_left[place] if np.isnan(number) else number > trees.threshold[place]


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize(
    ("sizes", "deep"),
    [
        ([0, 1, 0], False),
        ([3, 0, 7, 30, 12, 1], False),
        ([40, 5, 40], True),
        ([300, 2, 0], False),
        ([1] * 300, False),
    ],
)
def test_every_row_gets_bit_for_bit_what_a_walk_gives(sizes: list[int], deep: bool, outputs: int) -> None:
    trees, values = grown(sizes, deep=deep), table(131)
    assert trees.whole(WIDTH)
    np.testing.assert_array_equal(Forest(trees, WIDTH, outputs).sums(values), walked(trees, values, outputs))


def test_it_does_not_matter_how_many_rows_are_asked_together() -> None:
    forest, values = Forest(grown([20, 30, 10]), WIDTH, 1), table(9_000)
    whole = forest.sums(values)
    apart = [forest.sums(values[start : start + 700]) for start in range(0, 9_000, 700)]
    np.testing.assert_array_equal(whole, np.concatenate(apart))
    assert forest.sums(values[:0]).shape == (0, 1)


@pytest.mark.parametrize(
    ("name", "place", "number"),
    [
        ("left", 0, 0),
        ("left", 0, 10**6),
        ("right", 2, ~0),
        ("left", 0, ~(10**6)),
        ("feature", 1, 99),
        ("sizes", 0, 2),
    ],
)
def test_what_is_no_tree_is_told_from_one(name: str, place: int, number: int) -> None:
    trees = grown([4, 4])
    assert trees.whole(WIDTH)
    changed = getattr(trees, name).copy()
    changed[place] = number
    assert not dataclasses.replace(trees, **{name: changed}).whole(WIDTH)
    assert not dataclasses.replace(trees, value=trees.value[1:]).whole(WIDTH)
    assert not trees.whole(2)
