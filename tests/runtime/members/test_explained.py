"""Contributions: with their base they add up to the score, and they are those of the libraries, or of the definition."""

from __future__ import annotations

import itertools
import json
import math
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.runtime.members import test_catboost, test_lightgbm, test_trees

from fivefold.runtime.explained import Explainable
from fivefold.runtime.members.catboost import CatBoostMember, joined, trimmed
from fivefold.runtime.members.lightgbm import LightGBMMember
from fivefold.runtime.members.linear import CodeTerm, LinearMember, LinearSpec, NumberTerm
from fivefold.runtime.members.mlp import MLPMember
from fivefold.runtime.members.packed import pack, unpack
from fivefold.runtime.members.trees import TreesMember

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix, Member
    from fivefold.runtime.explained import Explained

EXACT = 1e-9


def never() -> bool:
    return False


def explained(member: Member, values: Matrix, background: Matrix) -> Explained:
    assert isinstance(member, Explainable)
    explainer = member.explainer(background)
    assert explainer is not None
    found = explainer(values, never)
    assert found is not None
    assert found.parts.shape == (len(values), values.shape[1], found.base.size)
    assert explainer(values, lambda: True) is None
    return found


def check_sum(member: Member, found: Explained, values: Matrix) -> None:
    """Base and contributions are the score before the link."""
    raw, answers = found.base + found.parts.sum(axis=1), member.predict(values)
    if answers.shape[1] == 1:
        assert np.abs(raw - answers).max() <= EXACT * max(1.0, np.abs(answers).max())
    elif raw.shape[1] == 1:
        assert np.abs(raw[:, 0] - np.log(answers[:, 1] / answers[:, 0])).max() < 1e-6
    else:
        logs = np.log(answers)
        apart = raw - raw.mean(axis=1, keepdims=True) - (logs - logs.mean(axis=1, keepdims=True))
        assert np.abs(apart).max() < 1e-6


@pytest.mark.parametrize("loss", ["Logloss", "MultiClass", "RMSE"])
def test_catboost_says_what_catboost_says(loss: str) -> None:
    import catboost

    model, payload = test_catboost.fitted(loss)
    background, values = test_catboost.table(500, seed=1), test_catboost.table(60, seed=2)
    member = CatBoostMember.load(payload)
    found = explained(member, values, background)
    check_sum(member, found, values)
    theirs = np.asarray(model.get_feature_importance(catboost.Pool(values), type="ShapValues"))
    theirs = theirs.reshape(len(values), -1, values.shape[1] + 1).transpose(0, 2, 1)
    assert np.abs(found.parts - theirs[:, :-1]).max() < 1e-6
    assert np.abs(found.base - theirs[0, -1]).max() < 1e-6


def test_catboost_of_several_seeds_and_with_missing_values_at_the_top() -> None:
    payloads = [trimmed(test_catboost.fitted("RMSE", depth, "Max")[1]) for depth in (3, 6)]
    member = CatBoostMember.load(joined(payloads))
    values = test_catboost.table(80, seed=3)
    check_sum(member, explained(member, values, test_catboost.table(30, seed=4)), values)


def test_a_large_background_is_never_held_beside_all_trees_of_catboost() -> None:
    export = joined([trimmed(test_catboost.fitted("RMSE")[1])] * 10)
    member, trees = CatBoostMember.load(export), len(json.loads(export)["oblivious_trees"])
    background = test_catboost.table(5_000, seed=1)
    tracemalloc.start()
    try:
        member.explainer(background)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000 * trees  # a byte for each row and tree


@pytest.mark.parametrize("objective", ["binary", "multiclass", "regression"])
def test_lightgbm_says_what_lightgbm_says(objective: str) -> None:
    booster, values = test_lightgbm.booster(objective), test_lightgbm.table(60, seed=2)
    member = LightGBMMember.load(test_lightgbm.payload(objective))
    found = explained(member, values, values)
    check_sum(member, found, values)
    theirs = np.asarray(booster.predict(values, pred_contrib=True))
    theirs = theirs.reshape(len(values), -1, values.shape[1] + 1).transpose(0, 2, 1)
    assert np.abs(found.parts - theirs[:, :-1]).max() < EXACT


def test_objectives_with_another_link_are_not_taken_apart() -> None:
    text = test_lightgbm.payload("regression").replace(b"objective=regression", b"objective=poisson")
    assert LightGBMMember.load(text).explainer(test_lightgbm.table(5, seed=0)) is None


@pytest.mark.parametrize("link", ["identity", "logistic", "softmax"])
def test_linear_models_give_each_term_less_its_mean(link: Any) -> None:
    scores = 3 if link == "softmax" else 1
    rng = np.random.default_rng(0)

    def weights() -> tuple[float, ...]:
        return tuple(rng.normal(size=scores).tolist())

    terms = (
        NumberTerm(0.0, 1.0, 0.3, weights(), weights()),
        CodeTerm((weights(), weights(), weights()), weights()),
        NumberTerm(5.0, 2.0, 0.0, weights(), weights()),
    )
    member = LinearMember(LinearSpec(link, weights(), terms))
    values = np.column_stack([rng.normal(size=400), rng.integers(0, 4, 400), rng.normal(5, 9, 400)])
    values[rng.random(values.shape) < 0.1] = np.nan
    matrix = values.astype(np.float32)
    found = explained(member, matrix, matrix)
    check_sum(member, found, matrix)
    assert np.abs(found.parts.mean(axis=0)).max() < EXACT
    first, both = matrix[:, 0], ~np.isnan(matrix[:, 0])
    slope = np.polyfit(first[both], found.parts[both, 0, 0], 1)[0]
    assert slope == pytest.approx(terms[0].weights[0], rel=1e-6)


def test_trees_of_any_shape_follow_the_definition() -> None:
    models, payload = test_trees.grown(0)
    background, values = test_trees.table(600, seed=1), test_trees.table(12, seed=2)
    member = TreesMember.load(payload)
    found = explained(member, values, background)
    check_sum(member, found, values)
    for row in range(len(values)):
        wanted = np.mean([by_definition(model.tree_, values[row]) for model in models], axis=0)
        assert found.parts[row, :, 0] == pytest.approx(wanted, abs=1e-5)  # leaves are kept as float32


@pytest.mark.parametrize(("link", "outputs"), [("logistic", 1), ("softmax", 2)])
def test_trees_with_a_link_and_in_turns_add_up(link: str, outputs: int) -> None:
    head, arrays = unpack(test_trees.grown(0)[1])
    head |= {"link": link, "base": [0.2, -0.1][:outputs], "scale": 0.1}
    member = TreesMember.load(pack(head, arrays))
    values = test_trees.table(50, seed=2)
    check_sum(member, explained(member, values, test_trees.table(20, seed=5)), values)


def test_shares_and_nets_are_not_taken_apart() -> None:
    member = TreesMember.load(test_trees.grown(2)[1])
    assert member.explainer(test_trees.table(9, seed=0)) is None
    assert not issubclass(MLPMember, Explainable)


def by_definition(tree: Any, row: Floats) -> Floats:
    """Shapley values by every subset; where a feature is not known, both ways by the rows that went there."""

    def worth(known: frozenset[int], node: int = 0) -> float:
        left, right = tree.children_left[node], tree.children_right[node]
        if left < 0:
            return float(tree.value[node, 0, 0])
        feature = tree.feature[node]
        if feature in known:
            value = row[feature]
            leftward = tree.missing_go_to_left[node] if np.isnan(value) else value <= tree.threshold[node]
            return worth(known, left if leftward else right)
        counts = tree.n_node_samples
        sums = [counts[child] * worth(known, child) for child in (left, right)]
        return float(sum(sums) / counts[node])

    width, found = row.size, np.zeros(row.size)
    for feature in range(width):
        others = [one for one in range(width) if one != feature]
        for size in range(width):
            for chosen in itertools.combinations(others, size):
                share = math.factorial(size) * math.factorial(width - size - 1) / math.factorial(width)
                known = frozenset(chosen)
                found[feature] += share * (worth(known | {feature}) - worth(known))
    return found
