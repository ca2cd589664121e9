"""A text of LightGBM's that is not whole is refused by name: its library, asked to read it, would end this process."""

from __future__ import annotations

import re
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runtime.members.test_lightgbm import payload, table

from fivefold.core.errors import ArtefactError
from fivefold.runtime.bundle import read_bundle
from fivefold.runtime.members.lightgbm import LightGBMMember, joined, trimmed
from fivefold.runtime.members.lightgbm_text import check_text

KEPT = sorted((Path(__file__).parents[1] / "bundles").glob("*.zip"))
LINE = re.compile(rb"(?<=[= ])[^ \n=]+")
ODD = [
    b"",
    b"-1",
    b"0",
    b"1",
    b"7",
    b"99",
    b"nan",
    b"inf",
    b"1e999",
    b"1" * 400,
    b"2.5",
    b"[",
    b"\n",
    b"\xff",
]


@pytest.mark.parametrize(
    "objective", ["binary", "cross_entropy", "multiclass", "regression", "regression_l1"]
)
def test_what_lightgbm_writes_is_whole(objective: str) -> None:
    check_text(payload(objective))
    check_text(joined([payload(objective)] * 3))


@pytest.mark.parametrize(
    "boosting", [{}, {"boosting": "dart"}, {"extra_trees": True}, {"data_sample_strategy": "goss"}]
)
def test_so_it_is_however_it_was_trained(boosting: dict[str, object]) -> None:
    values = table(300, seed=1)
    target = np.nan_to_num(values[:, 0]) * 1e-9
    quiet = {"objective": "regression", "num_threads": 1, "verbosity": -1, "seed": 0}
    booster = lightgbm.train(quiet | boosting, lightgbm.Dataset(values, target, categorical_feature=[3]), 5)
    check_text(booster.model_to_string().encode())


@pytest.mark.parametrize("objective", ["binary", "multiclass", "regression"])
def test_so_are_trees_that_are_one_leaf(objective: str) -> None:
    target = np.arange(60) % 3 if objective == "multiclass" else np.arange(60) % 2
    quiet = {"objective": objective, "num_threads": 1, "verbosity": -1, "min_data_in_leaf": 50}
    quiet |= {"num_class": 3} if objective == "multiclass" else {}
    booster = lightgbm.train(quiet, lightgbm.Dataset(np.zeros((60, 2)), target.astype(float)), 3)
    text = booster.model_to_string().encode()
    assert b"num_leaves=1\n" in text
    scores = LightGBMMember.load(text).predict(np.zeros((1, 2), np.float32))
    expected = np.asarray(booster.predict(np.zeros((1, 2)))).reshape(1, -1)
    np.testing.assert_allclose(scores[:, -expected.shape[1] :], expected)


@pytest.mark.parametrize(
    ("found", "instead", "seen"),
    [
        (rb"left_child=\S+", b"left_child=0", "left_child"),  # round and round
        (rb"right_child=\S+", b"right_child=9999", "right_child"),
        (rb"left_child=\S+", b"left_child=-9999", "left_child"),
        (rb"left_child=(\S+ )\S+", rb"left_child=\1-1", "two parents"),
        (rb"split_feature=\S+", b"split_feature=4", "a feature that there is not"),
        (rb"decision_type=\S+", b"decision_type=99", "no known kind"),
        (rb"decision_type=\S+", b"decision_type=-1", "no known kind"),
        (rb"leaf_value=\S+", b"leaf_value=1e999", "no number"),
        (rb"leaf_value=\S+", b"leaf_value=nan", "not as LightGBM writes one"),
        (rb"leaf_value=\S+ ", b"leaf_value=", "says nothing"),
        (rb"threshold=\S+", b"threshold=x", "not as LightGBM writes one"),
        (rb"threshold=\S+", b"threshold=nan", "not as LightGBM writes one"),
        (rb"split_gain=\S+ ", b"split_gain=", "split_gain"),
        (rb"internal_count=\S+ ", b"internal_count=", "internal_count"),
        (rb"num_leaves=15", b"num_leaves=14", "too many or too few"),
        (rb"cat_boundaries=0 \d+", b"cat_boundaries=0 99", "set"),
        (rb"cat_boundaries=0 ", b"cat_boundaries=5 ", "does not begin"),
        (rb"cat_threshold=\d+", b"cat_threshold=9999999999", "no bits"),
        (rb"num_cat=\d+", b"num_cat=0", "set"),
        (rb"is_linear=0", b"is_linear=1", "not as LightGBM writes one"),
        (rb"tree_sizes=\d+", b"tree_sizes=17", "not as LightGBM writes one"),
        (rb"tree_sizes=", b"sizes=", "0 lines with the sizes"),
        (rb"\ntree_sizes=.*", b"\ntree_sizes=1", "not as LightGBM writes one"),
        (rb"num_class=\d+", b"num_class=70000", "an objective of"),
        (rb"num_class=\d+", b"num_class=9999999999999", "a count that is none"),
        (rb"num_tree_per_iteration=\d+", b"other=1", "a count that is none"),
        (rb"Tree=1\n", b"Tree=1\r", "do not hold trees"),
        (rb"shrinkage=\S+", b"shrinkage=1\x00", "do not hold trees"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused(found: bytes, instead: bytes, seen: str) -> None:
    text = payload("binary")
    changed = re.sub(found, instead, text, count=1)
    assert changed != text
    # Sizes that fit again, so that nothing but the change itself is wrong.
    if b"tree_sizes" not in instead and b"tree_sizes" in changed and len(changed) != len(text):
        changed = resized(changed)
    with pytest.raises(ArtefactError, match=seen):
        LightGBMMember.load(changed)


def test_an_infinite_threshold_asks_whether_there_is_a_value() -> None:
    """As LightGBM writes it where a split only parts what is missing from all else."""
    text = trimmed(resized(re.sub(rb"threshold=\S+", b"threshold=inf", payload("regression"), count=1)))
    member, values = LightGBMMember.load(text), table(3_000, seed=5)
    by_row = [LightGBMMember.load(text).predict(values[[row]])[0] for row in range(200)]
    np.testing.assert_array_equal(member.predict(values)[:200], by_row)


def resized(text: bytes) -> bytes:
    """The same text, with the sizes of its trees as they are."""
    start, end = text.index(b"Tree=0\n"), text.index(b"end of trees")
    places = [start + match.start() for match in re.finditer(rb"^Tree=", text[start:end], re.MULTILINE)]
    sizes = [b"%d" % (after - place) for place, after in zip(places, [*places[1:], end], strict=True)]
    return re.sub(rb"^tree_sizes=.*$", b"tree_sizes=" + b" ".join(sizes), text, flags=re.MULTILINE)


@pytest.mark.parametrize("count", [60, pytest.param(5_000, marks=pytest.mark.slow)])
def test_whatever_is_changed_it_is_refused_or_answers(count: int) -> None:
    contents = [read_bundle(path) for path in KEPT]
    texts = [
        each.payload(entry)
        for each in contents
        for entry in each.manifest.members
        if entry.kind == "lightgbm"
    ]

    @settings(max_examples=count, deadline=None)
    @given(st.sampled_from(texts), st.floats(0, 1), st.sampled_from(ODD), st.booleans())
    def change(text: bytes, place: float, odd: bytes, fitting: bool) -> None:
        words = list(LINE.finditer(text))
        word = words[int(place * (len(words) - 1))]
        changed = text[: word.start()] + odd + text[word.end() :]
        whole = b"\nTree=0\n" in changed and b"end of trees" in changed
        try:
            member = LightGBMMember.load(resized(changed) if fitting and whole else changed)
            member.predict(np.zeros((1, 24), np.float32)[:, : member._width])
        except ArtefactError:
            pass

    change()
