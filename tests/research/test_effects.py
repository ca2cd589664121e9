"""Effects are typed: what no step could follow is refused when a card is read, not when a model is trained."""

from __future__ import annotations

import pytest

from fivefold.core.errors import PartError
from fivefold.research.effects import Effect, parse_effect
from fivefold.research.plan import KEYS, check_value, read_value
from fivefold.research.predicates import Condition


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("metric.primary = log_loss", Effect("=", "metric.primary", "log_loss")),
        ("metric.primary != accuracy", Effect("!=", "metric.primary", "accuracy")),
        ("checks += leaks, duplicates", Effect("+=", "checks", ("leaks", "duplicates"))),
        ("model.candidates -= linear", Effect("-=", "model.candidates", ("linear",))),
        ("model.candidates first catboost", Effect("first", "model.candidates", ("catboost",))),
        ("split.folds >= 3", Effect(">=", "split.folds", 3)),
        ("ensemble.max_members <= 5", Effect("<=", "ensemble.max_members", 5)),
        ("split.test_share = 0.25", Effect("=", "split.test_share", 0.25)),
        ("backs split.folds", Effect("backs", "split.folds")),
        ("advice: tune.search != grid", Effect("advice", "tune.search != grid")),
        (
            "split.kind = time if time_ordered == true",
            Effect("=", "split.kind", "time", Condition("time_ordered", "==", value=True)),
        ),
    ],
)
def test_an_effect_is_read(text: str, effect: Effect) -> None:
    assert parse_effect(text) == effect


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log_loss",
        "metric.primery = log_loss",
        "metric.primary = auc",
        "metric.primary += log_loss",
        "metric.primary >= 3",
        "model.candidates += prophet",
        "model.candidates = linear, linear",
        "split.folds = three",
        "split.folds = 0",
        "split.folds first 3",
        "split.test_share = 1",
        "split.test_share = 0.5.5",
        "backs nothing",
        "split.kind = time if rows > 3",
        "split.kind = time if time_ordered",
    ],
)
def test_what_no_step_could_follow_is_refused(text: str) -> None:
    with pytest.raises(PartError):
        parse_effect(text)


def test_every_key_has_a_label_a_step_and_legal_values() -> None:
    for key, spec in KEYS.items():
        assert spec.label
        assert spec.step in {"data", "train", "monitor"}
        assert bool(spec.legal) == (spec.kind in {"word", "names", "metric"}), key
        for word in spec.legal:
            check_value(key, (word,) if spec.kind == "names" else word)


def test_a_refused_value_names_the_legal_ones() -> None:
    with pytest.raises(PartError, match="stratified, random, group, stratified_group, time, time_group"):
        read_value("split.kind", "by_structure")
