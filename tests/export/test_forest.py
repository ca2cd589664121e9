"""Trees by hand: thresholds at the ends of the range, gaps both ways, trees that are one leaf, outputs that take turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from fivefold.export.forest import Tree, sums
from fivefold.export.graph import Graph
from fivefold.export.members.lightgbm import lightgbm
from fivefold.export.members.trees import trees
from fivefold.export.parity import run_graph
from fivefold.runtime.members.forest import floor32
from fivefold.runtime.members.lightgbm import LightGBMMember, joined
from fivefold.runtime.members.trees import TreesMember
from fivefold.training.families.forest import Forest, Grown
from tests.runtime.members.test_lightgbm import payload, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats, Matrix


def asked(values: Matrix, outputs: int, write: Callable[[Graph, str], str]) -> Floats:
    """What a graph over a matrix answers."""
    graph = Graph()
    names = [graph.feed(f"x{place}", np.float32) for place in range(values.shape[1])]
    graph.give(write(graph, graph.join(names)), "scores", np.float64, outputs)
    columns = {name: values[:, [place]] for place, name in enumerate(names)}
    found: Floats = run_graph(graph.finish("trees", {}), columns)[0]
    return found


def test_ends_of_the_range_and_gaps_that_go_either_way() -> None:
    left, right, feature = np.array([[1, -1, -1], [2, -1, -1], [0, -1, -1]])
    forest, places = Forest(2), []
    for number, threshold in enumerate((np.inf, -np.inf, 0.0, 1e-45, 3.4e38, -3.4e38)):
        for missing_left in (True, False):
            value = np.array([[0.0], [2.0**number], [3.0**number]])
            places.append(value)
            gone = np.full(3, missing_left)
            forest.add(Grown(left, right, feature + number % 2, np.full(3, threshold), gone, value))
    whole = forest.payload("identity", [0.5], 1.0)
    ends = np.array([np.nan, -3.4028235e38, -1.0, -0.0, 0.0, 1e-45, 2e-45, 1.0, 3.4028235e38], np.float32)
    values = np.array(np.meshgrid(ends, ends)).reshape(2, -1).T.astype(np.float32)
    found = asked(values, 1, lambda graph, matrix: trees(graph, whole, matrix))
    np.testing.assert_allclose(found, TreesMember.load(whole).predict(values), rtol=1e-6)


def test_trees_of_one_leaf_are_added_to_the_sum() -> None:
    leaf, none = np.array([-1]), np.zeros(1, dtype=np.intp)
    one = Tree(leaf, leaf, none, np.zeros(1, np.float32), np.zeros(1, bool), np.array([[0.25, 4.0]]))
    values = np.zeros((3, 1), dtype=np.float32)
    found = asked(values, 2, lambda graph, matrix: sums(graph, matrix, [one, one], np.array([1.0, 0.0])))
    assert found.tolist() == [[1.5, 8.0]] * 3


def test_thresholds_round_down() -> None:
    found = floor32(np.array([0.1, 1e300, -1e300, 1.0, 1e-300, -1e-300]))
    assert (found.astype(np.float64) <= [0.1, 1e300, -1e300, 1.0, 1e-300, -1e-300]).all()
    assert np.isfinite(found[1])
    assert float(np.nextafter(found[0], np.float32(1))) > 0.1


@pytest.mark.parametrize(
    "objective", ["binary", "cross_entropy", "multiclass", "regression", "regression_l1"]
)
def test_lightgbms_ways_with_gaps_and_sets_of_categories(objective: str) -> None:
    text = payload(objective)
    assert b"cat_threshold" in text
    values = table(2_000, seed=3, codes=40)  # codes that training did not see among them
    values[0] = np.nan
    expected = LightGBMMember.load(text).predict(values)
    found = asked(values, expected.shape[1], lambda graph, matrix: lightgbm(graph, text, matrix))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_values_on_thresholds_fall_on_the_same_side() -> None:
    text = payload("regression")
    lines = [line for line in text.decode().splitlines() if line.startswith("threshold=")]
    cuts = np.unique(np.array([cut for line in lines for cut in line[10:].split()], np.float32))
    cuts = cuts[
        np.abs(cuts) > 1e-30
    ]  # LightGBM reads its own mark of zero, -1e-35, with an error in the last digit
    around = np.concatenate(
        [cuts, np.nextafter(cuts, np.float32(np.inf)), np.nextafter(cuts, np.float32(-np.inf))]
    )
    values = np.random.default_rng(0).choice(around, (3_000, 4)).astype(np.float32)
    values[:, 3] = np.arange(3_000) % 8
    expected = LightGBMMember.load(text).predict(values)
    found = asked(values, 1, lambda graph, matrix: lightgbm(graph, text, matrix))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_many_trees_lose_nothing_in_single_precision() -> None:
    text, values = joined([payload("binary")] * 30), table(500, seed=6)
    expected = LightGBMMember.load(text).predict(values)
    found = asked(values, 2, lambda graph, matrix: lightgbm(graph, text, matrix))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_large_leaves_that_cancel_out_lose_nothing_in_single_precision() -> None:
    rng, grown = np.random.default_rng(0), []
    for _ in range(500):
        value = np.array([[0.0], [rng.normal() * 5_000], [rng.normal() * 5_000]])
        left, right = np.array([1, -1, -1]), np.array([2, -1, -1])
        threshold = np.full(3, rng.normal(), np.float32)
        grown.append(Tree(left, right, np.zeros(3, np.intp), threshold, np.zeros(3, bool), value))
    values = rng.normal(size=(200, 1)).astype(np.float32)
    expected = sum(np.where(values <= tree.threshold[0], tree.value[1], tree.value[2]) for tree in grown)
    found = asked(values, 1, lambda graph, matrix: sums(graph, matrix, grown, np.zeros(1)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
