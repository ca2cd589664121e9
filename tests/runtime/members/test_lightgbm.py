"""The LightGBM member against LightGBM itself, with missing values and categories that training did not see."""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import lightgbm
import numpy as np
import pytest

from fivefold.core.errors import ArtefactError, MissingExtraError
from fivefold.runtime.members import lightgbm_library
from fivefold.runtime.members.forest import Forest
from fivefold.runtime.members.leaves import rounded
from fivefold.runtime.members.lightgbm import LightGBMMember, joined, trimmed
from fivefold.runtime.members.lightgbm_trees import read_text
from fivefold.testing.members import MemberKindSuite

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.protocols import Matrix

TOLERANCE = 1e-12
CODES = 6


def table(rows: int, *, seed: int, codes: int = CODES) -> Matrix:
    """Three numbers, one of them large, and a code; a tenth is missing."""
    generator = np.random.default_rng(seed)
    values = np.column_stack(
        [
            generator.normal(size=(rows, 2)),
            generator.normal(1e6, 1e5, rows),
            generator.integers(0, codes, rows),
        ]
    )
    values[generator.random(values.shape) < 0.1] = np.nan
    return values.astype(np.float32)


@functools.cache
def booster(objective: str) -> lightgbm.Booster:
    """Fit a small model."""
    values = table(600, seed=1)
    signal = np.nan_to_num(values[:, 0]) + np.where(values[:, 3] % 2 == 1, 1.0, -1.0)
    target = np.digitize(signal, [-1.0, 1.0]) if objective == "multiclass" else signal
    target = (signal > 0).astype(float) if objective in {"binary", "cross_entropy"} else target
    settings = {"objective": objective, "num_threads": 1, "verbosity": -1, "num_leaves": 15, "seed": 0}
    if objective == "multiclass":
        settings["num_class"] = 3
    return lightgbm.train(settings, lightgbm.Dataset(values, target, categorical_feature=[3]), 40)


def payload(objective: str) -> bytes:
    return booster(objective).model_to_string().encode()


class TestBinary(MemberKindSuite):
    kind = LightGBMMember
    outputs = 2

    def payload(self) -> bytes:
        return payload("binary")

    def values(self) -> Matrix:
        return table(60, seed=2, codes=CODES + 3)


class TestMulticlass(TestBinary):
    outputs = 3

    def payload(self) -> bytes:
        return payload("multiclass")


class TestRegression(TestBinary):
    outputs = 1

    def payload(self) -> bytes:
        return payload("regression")


@pytest.mark.parametrize(
    "objective", ["binary", "cross_entropy", "multiclass", "regression", "regression_l1"]
)
def test_it_answers_as_lightgbm_does(objective: str) -> None:
    values = table(400, seed=3, codes=CODES + 3)
    values[0] = np.nan
    expected = np.asarray(booster(objective).predict(values))
    scores = LightGBMMember.load(payload(objective)).predict(values)
    if objective in {"binary", "cross_entropy"}:
        assert np.allclose(scores[:, 0], 1 - expected, rtol=0, atol=TOLERANCE)
        scores = scores[:, 1:]
    assert np.allclose(scores, expected.reshape(len(values), -1), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(
    "objective", ["binary", "regression", pytest.param("multiclass", marks=pytest.mark.slow)]
)
def test_many_rows_and_trees_are_answered_as_lightgbm_does(objective: str) -> None:
    member = LightGBMMember.load(joined([payload(objective)] * 40))
    values = table(9_000, seed=5)
    text = joined([payload(objective)] * 40).decode()
    expected = np.asarray(lightgbm.Booster(model_str=text).predict(values))
    scores = member.predict(values)[:, 1 if objective == "binary" else 0 :]
    assert np.allclose(scores, expected.reshape(len(values), -1), rtol=1e-12, atol=TOLERANCE)
    assert np.allclose(member.predict(values[8_990:]), member.predict(values)[8_990:], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("objective", ["binary", "regression", "multiclass"])
def test_many_rows_get_bit_for_bit_the_librarys_sums(objective: str) -> None:
    values = table(700, seed=5, codes=CODES + 3)
    read = read_text(payload(objective))
    assert not isinstance(read, str)
    assert read.trees.sets
    expected = np.asarray(booster(objective).predict(values, raw_score=True)).reshape(len(values), -1)
    np.testing.assert_array_equal(Forest(read.trees, read.width, read.outputs).sums(values), expected)


def test_what_only_the_library_knows_is_left_to_it() -> None:
    values = np.nan_to_num(table(600, seed=1))
    settings = {"objective": "regression", "num_threads": 1, "verbosity": -1, "linear_tree": True}
    linear = lightgbm.train(settings, lightgbm.Dataset(values, values[:, 0] ** 2), 5)
    text = linear.model_to_string().encode()
    assert read_text(text) == "trees with linear leaves"
    zeros = re.sub(
        rb"^decision_type=.*$",
        lambda line: line[0].replace(b" 8", b" 4"),
        payload("regression"),
        flags=re.MULTILINE,
    )
    assert read_text(zeros) == "zeros that count as missing values"
    found = LightGBMMember.load(zeros).predict(values)[:, 0]
    np.testing.assert_allclose(found, lightgbm.Booster(model_str=zeros.decode()).predict(values))


def test_many_rows_do_not_disturb_who_asks_for_one_or_many_at_the_same_time() -> None:
    member = LightGBMMember.load(joined([payload("binary")] * 40))
    values = table(20_000, seed=5)
    alone, whole = member.predict(values[:1]), LightGBMMember.load(joined([payload("binary")] * 40))
    expected = np.concatenate([whole.predict(values[row : row + 50]) for row in range(0, 20_000, 50)])
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(member.predict, np.array_split(values, 8)))
    np.testing.assert_allclose(np.concatenate(found), expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(member.predict(values[:1]), alone)


def test_a_link_of_another_slope_and_averaged_trees_are_answered_as_lightgbm_does() -> None:
    values, odd = table(200, seed=6), payload("binary").replace(b"sigmoid:1\n", b"sigmoid:2\n")
    averaged = payload("regression").replace(b"max_feature_idx", b"average_output\nmax_feature_idx")
    for text in (odd, averaged):
        expected = np.asarray(lightgbm.Booster(model_str=text.decode()).predict(values))
        assert np.allclose(LightGBMMember.load(text).predict(values)[:, -1], expected, rtol=0, atol=TOLERANCE)


def test_a_matrix_of_another_width_is_refused_before_memory_is_read() -> None:
    member = LightGBMMember.load(payload("binary"))
    for rows in (1, 5):
        with pytest.raises(ArtefactError, match="3 features"):
            member.predict(np.zeros((rows, 3), dtype=np.float32))


def test_a_view_that_is_not_contiguous_is_read_rightly() -> None:
    member = LightGBMMember.load(payload("binary"))
    values = table(50, seed=4)
    assert (member.predict(np.asfortranarray(values)) == member.predict(values)).all()
    assert (member.predict(np.repeat(values, 2, axis=0)[::2]) == member.predict(values)).all()


def test_a_text_without_objective_is_refused() -> None:
    text = payload("binary").replace(b"objective=binary sigmoid:1\n", b"")
    with pytest.raises(ArtefactError, match="no objective"):
        LightGBMMember.load(text)


def test_the_librarys_own_words_reach_the_error() -> None:
    text = payload("binary").replace(b"max_feature_idx=3\n", b"")
    with pytest.raises(ArtefactError, match="LightGBM cannot use"):
        LightGBMMember.load(text)


def test_without_the_library_the_error_prints_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightgbm_library, "find_spec", lambda name: None)
    lightgbm_library.library.cache_clear()
    with pytest.raises(MissingExtraError, match="pip install lightgbm"):
        lightgbm_library.library()
    monkeypatch.setattr(lightgbm_library, "find_spec", importlib.util.find_spec)
    lightgbm_library.library.cache_clear()
    assert lightgbm_library.library() is lightgbm_library.library()


def test_a_library_that_the_system_cannot_load_is_no_damaged_bundle(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lib_lightgbm.so").write_bytes(b"not an object of this machine")
    spec = importlib.machinery.ModuleSpec("lightgbm", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(lightgbm_library, "find_spec", lambda name: spec)
    lightgbm_library.library.cache_clear()
    with pytest.raises(MissingExtraError, match=r"cannot be loaded.*lib_lightgbm\.so.*libgomp1"):
        LightGBMMember.load(payload("binary"))
    lightgbm_library.library.cache_clear()


@pytest.mark.parametrize("objective", ["binary", "multiclass", "regression"])
def test_joined_boosters_answer_with_the_mean_of_their_scores(objective: str) -> None:
    first, values = booster(objective), table(50, seed=3)
    other = lightgbm.Booster(model_str=first.model_to_string())
    for tree in range(other.num_trees()):
        other.set_leaf_output(tree, 0, 0.5)
    boosters = [first, other, first]
    text = joined([one.model_to_string().encode() for one in boosters])
    mean = np.mean([one.predict(values, raw_score=True) for one in boosters], axis=0)
    again = lightgbm.Booster(model_str=text.decode())
    np.testing.assert_allclose(again.predict(values, raw_score=True), mean, rtol=1e-9, atol=1e-9)
    expected = np.asarray(again.predict(values))
    found = LightGBMMember.load(text).predict(values)
    np.testing.assert_allclose(
        found[:, 1] if objective == "binary" else found.reshape(expected.shape), expected
    )


@pytest.mark.parametrize("objective", ["binary", "multiclass", "regression"])
def test_a_trimmed_text_is_shorter_and_says_the_same_but_for_the_digits_of_its_leaves(objective: str) -> None:
    text, values = payload(objective), table(400, seed=3, codes=CODES + 3)
    short = trimmed(text)
    assert len(short) < 0.55 * len(text)
    whole, again = LightGBMMember.load(text), LightGBMMember.load(short)
    # To the bit, once the leaves are the same.
    rounding = LightGBMMember.load(with_rounded_leaves(text))
    np.testing.assert_array_equal(again.predict(values), rounding.predict(values))
    assert again.predict_row(values[:1]) == rounding.predict_row(values[:1])
    np.testing.assert_allclose(again.predict(values), whole.predict(values), rtol=0, atol=1e-7)
    explainers = [member.explainer(values) for member in (rounding, again)]
    explained = [explainer(values[:9], lambda: False) for explainer in explainers if explainer is not None]
    assert len(explained) == 2
    assert explained[0] is not None
    assert explained[1] is not None
    np.testing.assert_array_equal(explained[1].parts, explained[0].parts)
    np.testing.assert_array_equal(explained[1].base, explained[0].base)
    reads = [
        lightgbm.Booster(model_str=each.decode()) for each in (with_rounded_leaves(text), joined([short]))
    ]
    np.testing.assert_allclose(reads[1].predict(values), reads[0].predict(values), rtol=1e-12)
    assert trimmed(short) == short


def with_rounded_leaves(text: bytes) -> bytes:
    """The text with nothing else changed."""
    booster = lightgbm.Booster(model_str=text.decode())
    for tree in range(booster.num_trees()):
        leaves = [booster.get_leaf_output(tree, leaf) for leaf in range(leaves_of(booster, tree))]
        for leaf, value in enumerate(rounded(leaves)):
            booster.set_leaf_output(tree, leaf, value)
    return booster.model_to_string().encode()


def leaves_of(booster: lightgbm.Booster, tree: int) -> int:
    return int(booster.dump_model()["tree_info"][tree]["num_leaves"])


def test_a_shorter_threshold_splits_single_precision_as_the_long_one_does() -> None:
    read, short = read_text(payload("regression")), read_text(trimmed(payload("regression")))
    assert not isinstance(read, str)
    assert not isinstance(short, str)
    for name in ("threshold", "missing_left", "feature", "left", "right", "sizes"):
        np.testing.assert_array_equal(getattr(short.trees, name), getattr(read.trees, name))


@pytest.mark.parametrize("beyond", [b"-1.7976931348623157e+308", b"-1e+300", b"1e+300", b"inf"])
def test_a_threshold_beyond_single_precision_stays_as_it_is(beyond: bytes) -> None:
    parted = with_rounded_leaves(parted_by_what_is_missing())
    changed = re.sub(rb"^threshold=\S+", b"threshold=" + beyond, parted, flags=re.MULTILINE)
    text = joined([changed])  # with the sizes that its trees have by now
    short, values = trimmed(text), table(3_000, seed=2)[:, :3]
    assert re.findall(rb"^threshold=(\S+)", short, flags=re.MULTILINE) == [beyond] * 3
    expected = np.asarray(lightgbm.Booster(model_str=text.decode()).predict(values))
    for rows in (values, values[:50]):
        np.testing.assert_array_equal(LightGBMMember.load(short).predict(rows)[:, 0], expected[: len(rows)])


def test_what_is_parted_by_being_missing_alone_is_answered_as_lightgbm_does() -> None:
    text, values = with_rounded_leaves(parted_by_what_is_missing()), table(3_000, seed=2)[:, :3]
    assert b"threshold=inf" in text
    expected = np.asarray(lightgbm.Booster(model_str=text.decode()).predict(values))
    for each in (text, trimmed(text), joined([text])):
        member = LightGBMMember.load(each)
        for rows in (values, values[:50], values[:1]):
            np.testing.assert_array_equal(member.predict(rows)[:, 0], expected[: len(rows)])


@functools.cache
def parted_by_what_is_missing() -> bytes:
    """The text of a booster of a target that one missing number tells: LightGBM's threshold is infinite then."""
    values = table(600, seed=1)[:, :3]
    settings = {"objective": "regression", "num_threads": 1, "verbosity": -1, "num_leaves": 4}
    target = np.isnan(values[:, 0]) + np.nan_to_num(values[:, 1]) / 100
    return lightgbm.train(settings, lightgbm.Dataset(values, target), 3).model_to_string().encode()


def test_one_booster_alone_is_joined_to_itself() -> None:
    values, text = table(50, seed=3), payload("regression")
    np.testing.assert_array_equal(
        LightGBMMember.load(joined([text])).predict(values), LightGBMMember.load(text).predict(values)
    )
