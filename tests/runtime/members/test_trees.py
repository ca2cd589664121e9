"""The member of trees: what the suite asks of every kind, and the answers of the libraries that grew the trees."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from fivefold.core.errors import ArtefactError
from fivefold.runtime.members.packed import pack, unpack
from fivefold.runtime.members.trees import TreesMember
from fivefold.testing.members import MemberKindSuite
from fivefold.training.families.forest import Forest, Grown

if TYPE_CHECKING:
    from typing import Any

    from fivefold.core.protocols import Floats, Matrix, MemberKind


def table(rows: int, *, seed: int) -> Matrix:
    """Four numbers; the first two have missing values, and many values lie on thresholds."""
    generator = np.random.default_rng(seed)
    values: Floats = generator.normal(size=(rows, 4)) * np.array([1.0, 1.0, 1e6, 1e-3])
    values[:, :2][generator.random((rows, 2)) < 0.15] = np.nan
    values[:, 3] = generator.integers(0, 9, rows)
    return values.astype(np.float32)


@functools.cache
def grown(classes: int) -> tuple[tuple[Any, ...], bytes]:
    """Trees of scikit-learn, and our payload of them; 0 classes for numbers."""
    values = table(600, seed=1)
    signal = np.nan_to_num(values[:, 0]) + 2 * np.isnan(values[:, 1]) - values[:, 2] / 1e6 + values[:, 3] / 4
    target = np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes)) if classes else signal
    kind = DecisionTreeClassifier if classes else DecisionTreeRegressor
    models = tuple(
        kind(splitter="random", min_samples_leaf=depth, max_depth=depth, random_state=depth).fit(
            values, target
        )
        for depth in (1, 3, 7, 12)
    )
    forest = Forest(4)
    for model in models:
        tree = model.tree_
        leaves = tree.value[:, 0, 1:] if classes == 2 else tree.value[:, 0]
        missing_left = tree.missing_go_to_left.astype(bool)
        forest.add(
            Grown(tree.children_left, tree.children_right, tree.feature, tree.threshold, missing_left, leaves)
        )
    payload = forest.payload(
        "shares" if classes else "identity", [0.0] * max(1, classes - (classes == 2)), 0.25
    )
    return models, payload


class TestTreesMemberForTwoClasses(MemberKindSuite):
    kind: ClassVar[MemberKind] = TreesMember
    outputs: ClassVar[int] = 2

    def payload(self) -> bytes:
        return grown(2)[1]

    def values(self) -> Matrix:
        return table(40, seed=2)


class TestTreesMemberForManyClasses(TestTreesMemberForTwoClasses):
    outputs: ClassVar[int] = 4

    def payload(self) -> bytes:
        return grown(4)[1]


class TestTreesMemberForANumber(TestTreesMemberForTwoClasses):
    outputs: ClassVar[int] = 1

    def payload(self) -> bytes:
        return grown(0)[1]


@pytest.mark.parametrize("classes", [0, 2, 4])
def test_it_answers_what_the_library_answers(classes: int) -> None:
    models, payload = grown(classes)
    values = table(5_000, seed=3)
    asked = [model.predict_proba(values) if classes else model.predict(values)[:, None] for model in models]
    np.testing.assert_allclose(TreesMember.load(payload).predict(values), np.mean(asked, axis=0), rtol=1e-5)


@pytest.mark.parametrize("classes", [0, 2])
def test_many_rows_get_bit_for_bit_what_a_few_get(classes: int) -> None:
    member, values = TreesMember.load(grown(classes)[1]), table(1_500, seed=4)
    values[0] = np.nan
    few = np.concatenate([member.predict(values[start : start + 100]) for start in range(0, 1_500, 100)])
    np.testing.assert_array_equal(member.predict(values), few)


def test_trees_of_one_score_take_turns_where_there_are_several_outputs() -> None:
    left, right, feature = np.array([[1, -1, -1], [2, -1, -1], [0, -1, -1]])
    forest = Forest(1)
    for score in (1.0, 2.0, 3.0, 4.0):
        value = np.array([[0.0], [0.0], [score]])
        forest.add(Grown(left, right, feature, np.full(3, 0.5), np.ones(3, dtype=bool), value))
    member = TreesMember.load(forest.payload("softmax", [0.0, 0.0], 1.0))
    odds = np.exp([4.0, 6.0])  # the first and the third tree, the second and the fourth
    np.testing.assert_allclose(member.predict(np.ones((1, 1), np.float32)), [odds / odds.sum()])
    np.testing.assert_allclose(member.predict(np.full((1, 1), np.nan, np.float32)), [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("sizes", lambda sizes: sizes + 2),
        ("leaf", lambda leaf: leaf * 0),
        ("feature", lambda feature: feature + 8),
        ("value", lambda value: value[:-1]),
        ("value", lambda value: value * np.inf),
    ],
)
def test_trees_that_are_not_whole_are_refused(name: str, change: Any) -> None:
    head, arrays = unpack(grown(2)[1])
    with np.errstate(invalid="ignore"):
        arrays[name] = change(arrays[name])
    with pytest.raises(ArtefactError):
        TreesMember.load(pack(head, arrays))


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(ArtefactError):
        TreesMember.load(grown(2)[1]).predict(np.zeros((1, 3), np.float32))
