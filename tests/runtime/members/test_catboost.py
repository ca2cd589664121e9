"""The CatBoost member against CatBoost itself."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import catboost
import numpy as np
import pytest

from fivefold.core.errors import ArtefactError
from fivefold.runtime.members.catboost import CatBoostMember, joined, trimmed
from fivefold.runtime.members.leaves import rounded
from fivefold.testing.members import MemberKindSuite

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

TOLERANCE = 1e-9


def table(rows: int, *, seed: int) -> Matrix:
    """Four numbers; the first two have missing values."""
    generator = np.random.default_rng(seed)
    values: Floats = generator.normal(size=(rows, 4)) * np.array([1.0, 1.0, 1e6, 1e-3])
    values[:, :2][generator.random((rows, 2)) < 0.15] = np.nan
    return values.astype(np.float32)


@functools.cache
def fitted(loss: str, depth: int = 4, nan_mode: str = "Min") -> tuple[Any, bytes]:
    """Fit a small model; returns it and its JSON export."""
    values = table(500, seed=1)
    signal = np.nan_to_num(values[:, 0]) + np.isnan(values[:, 1]) - values[:, 2] / 1e6
    target = np.digitize(signal, [-1.0, 1.0]) if loss == "MultiClass" else signal * 3 + 20
    target = (signal > 0).astype(int) if loss in {"Logloss", "CrossEntropy"} else target
    model = catboost.CatBoost(
        {
            "loss_function": loss, "iterations": 30, "depth": depth, "thread_count": 1, "random_seed": 0,
            "verbose": False, "allow_writing_files": False, "nan_mode": nan_mode,
        }
    ).fit(values, target)  # fmt: skip
    return model, export(model)


def export(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return path.read_bytes()


def answers(model: Any, loss: str, values: Matrix) -> Floats:
    """What CatBoost says."""
    regression = loss not in {"Logloss", "CrossEntropy", "MultiClass"}
    kind = "RawFormulaVal" if regression else "Probability"
    return np.asarray(model.predict(values, prediction_type=kind), dtype=np.float64).reshape(len(values), -1)


class TestBinary(MemberKindSuite):
    kind = CatBoostMember
    outputs = 2

    def payload(self) -> bytes:
        return fitted("Logloss")[1]

    def values(self) -> Matrix:
        return table(60, seed=2)


class TestMulticlass(TestBinary):
    outputs = 3

    def payload(self) -> bytes:
        return trimmed(fitted("MultiClass")[1])


class TestRegression(TestBinary):
    outputs = 1

    def payload(self) -> bytes:
        return fitted("RMSE")[1]


@pytest.mark.parametrize("loss", ["Logloss", "CrossEntropy", "MultiClass", "RMSE", "MAE"])
@pytest.mark.parametrize("nan_mode", ["Min", "Max"])
@pytest.mark.parametrize("rows", [5, 300])
def test_it_answers_as_catboost_does(loss: str, nan_mode: str, rows: int) -> None:
    model, payload = fitted(loss, nan_mode=nan_mode)
    values = table(rows, seed=3)
    expected = answers(model, loss, values)
    assert np.allclose(CatBoostMember.load(payload).predict(values), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("depth", [1, 9])
def test_trees_of_any_depth_agree(depth: int) -> None:
    model, payload = fitted("Logloss", depth=depth)
    values = table(300, seed=4)
    expected = answers(model, "Logloss", values)
    member = CatBoostMember.load(payload)
    assert np.allclose(member.predict(values), expected, rtol=0, atol=TOLERANCE)
    assert (member.predict(values[:5]) == member.predict(values)[:5]).all()


def test_trees_deeper_than_two_bytes_are_answered_for_a_row_too() -> None:
    _, payload = fitted("RMSE", depth=1)
    export = json.loads(payload)
    tree = export["oblivious_trees"][0]
    splits = tree["splits"] * 17
    export["oblivious_trees"] = [{"splits": splits, "leaf_values": list(range(1 << 17))}]
    export["scale_and_bias"] = [1.0, [0.0]]
    member = CatBoostMember(export)
    above = np.full((1, 4), 3e38, dtype=np.float32)
    assert member.predict(above).tolist() == [[float((1 << 17) - 1)]]
    assert member.predict(-above).tolist() == [[0.0]]


def test_values_that_lie_on_a_border_go_catboosts_way() -> None:
    model, payload = fitted("RMSE")
    borders = [feature["borders"] for feature in json.loads(payload)["features_info"]["float_features"]]
    count = min(map(len, borders))
    values = np.column_stack([column[:count] for column in borders]).astype(np.float32)
    expected = answers(model, "RMSE", values)
    assert np.allclose(CatBoostMember.load(payload).predict(values), expected, rtol=0, atol=TOLERANCE)


def test_missing_values_where_training_saw_none_go_down_the_lower_branch() -> None:
    _, payload = fitted("RMSE")
    values = np.full((1, 4), np.nan, dtype=np.float32)
    lowest = np.array([[np.nan, np.nan, -3e38, -3e38]], dtype=np.float32)
    member = CatBoostMember.load(payload)
    assert (member.predict(values) == member.predict(lowest)).all()


def test_a_model_without_trees_gives_its_bias() -> None:
    plain = json.loads(trimmed(fitted("RMSE")[1]))
    plain["oblivious_trees"] = []
    member = CatBoostMember.load(json.dumps(plain).encode())
    for rows in (1, 100):
        assert (member.predict(table(rows, seed=5)) == plain["scale_and_bias"][1]).all()


def test_trimming_changes_no_answer_but_in_its_last_digits_and_is_smaller_and_always_the_same() -> None:
    _, full = fitted("Logloss")
    small = trimmed(full)
    values = table(100, seed=6)
    plain = json.loads(full)
    for tree in plain["oblivious_trees"]:
        tree["leaf_values"] = rounded(tree["leaf_values"])
    same, found = CatBoostMember.load(json.dumps(plain).encode()), CatBoostMember.load(small)
    assert (found.predict(values) == same.predict(values)).all()
    np.testing.assert_allclose(
        found.predict(values), CatBoostMember.load(full).predict(values), rtol=0, atol=1e-7
    )
    assert len(small) < 0.6 * len(full)
    assert trimmed(small) == small
    assert b"train_finish_time" not in small


def changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(trimmed(fitted("Logloss")[1])), **changes}).encode()


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (changed(model_info={"params": {"loss_function": {"type": "Poisson"}}}), "Poisson"),
        (changed(features_info={"float_features": [], "categorical_features": [{}]}), "no numbers"),
        (changed(oblivious_trees=[{"splits": [{"split_type": "OneHotFeature"}], "leaf_values": [0, 0]}]), "OneHot"),
        (changed(oblivious_trees=[{"splits": [], "leaf_values": [0.0, 1.0]}]), "2 leaf values"),
        (changed(trees=[], oblivious_trees=None), "TypeError"),
        (changed(scale_and_bias=[float("inf"), [0.0]]), "no number"),
        (changed(scale_and_bias=[1.0, [float("-inf")]]), "no number"),
        (b"[]", "TypeError"),
    ],
)  # fmt: skip
def test_what_cannot_be_evaluated_is_refused(payload: bytes, what: str) -> None:
    with pytest.raises(ArtefactError, match=what):
        CatBoostMember.load(payload)


def test_too_narrow_a_matrix_is_refused() -> None:
    with pytest.raises(ArtefactError, match="1 features"):
        CatBoostMember.load(fitted("Logloss")[1]).predict(np.zeros((1, 1), dtype=np.float32))


@pytest.mark.parametrize("loss", ["Logloss", "MultiClass", "RMSE"])
def test_joined_models_answer_with_the_mean_of_their_scores(loss: str) -> None:
    values = table(60, seed=4)
    models = [fitted(loss), fitted(loss, depth=2)]
    member = CatBoostMember.load(joined([payload for _, payload in models]))
    raw = np.mean([model.predict(values, prediction_type="RawFormulaVal") for model, _ in models], axis=0)
    if loss == "Logloss":
        expected = 1 / (1 + np.exp(-raw))
        np.testing.assert_allclose(member.predict(values)[:, 1], expected, rtol=1e-9)
    elif loss == "MultiClass":
        shares = np.exp(raw - raw.max(axis=1, keepdims=True))
        np.testing.assert_allclose(
            member.predict(values), shares / shares.sum(axis=1, keepdims=True), rtol=1e-9
        )
    else:
        np.testing.assert_allclose(member.predict(values)[:, 0], raw, rtol=1e-9)
