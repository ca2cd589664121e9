"""The plan as a whole: complete, legal, cited, and following the table, the budget and the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.research.profiles import bench, binary, column, dates, decided, multiclass, regression, value

from fivefold.core.artefacts import Profile, Question
from fivefold.core.clock import Deadline
from fivefold.core.errors import PartError, SettingsError
from fivefold.core.evidence import EvidenceAnswer
from fivefold.core.train_settings import TrainSettings
from fivefold.research.decision import decide
from fivefold.research.evidence.library import BundledLibrary
from fivefold.research.facts import Request
from fivefold.research.merge import rank
from fivefold.research.plan import KEYS, check_value
from fivefold.research.step import research
from fivefold.research.task import choose_task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fivefold.core.protocols import Fact

columns = st.lists(
    st.sampled_from(
        [
            column("x"),
            column("tail", heavy_tailed=True),
            column("gap", missing=500),
            column("city", "category", "string", distinct=80),
            column("code", "category", "string", distinct=2_000),
            column("note", "text", "string", distinct=2_900),
            column("patient_id", "category", "string", distinct=900),
            dates("when", ordered=1.0),
            dates("day", ordered=0.5),
            column("sex", "category", "string", distinct=2),
        ]
    ),
    min_size=1,
    unique_by=lambda one: one.name,
)
profiles = st.one_of(
    st.builds(lambda made, rows, share: binary(*made, rows=rows, share=share), columns, st.sampled_from([40, 800, 9_000, 400_000]), st.floats(0.001, 0.5)),
    st.builds(lambda made, rows: regression(*made, rows=rows), columns, st.sampled_from([40, 800, 9_000, 400_000])),
    st.builds(lambda made: multiclass(*made), columns),
)  # fmt: skip
answers = st.fixed_dictionaries(
    {},
    optional={
        "probabilities_needed": st.booleans(), "drift_expected": st.booleans(), "time_ordered": st.booleans(),
        "group_key": st.booleans(), "latency_ms": st.sampled_from([1, 40, 500]), "costs_known": st.booleans(),
    },
)  # fmt: skip


@given(profiles, answers, st.sampled_from(["30s", "10min", "2h"]), st.booleans())
@settings(max_examples=80, deadline=None)
def test_every_plan_is_complete_legal_and_cited(
    profile: Profile, told: Mapping[str, bool | int], budget: str, deploys: bool
) -> None:
    decision = decided(profile, answers=told, budget=budget, deploys=deploys)
    assert [item.key for item in decision.plan] == list(KEYS)
    cited = {card.id for card in decision.citations}
    for item in decision.plan:
        check_value(item.key, item.value)
        assert item.why
        assert set(item.because) <= cited
        assert all(lost.because in cited and lost.why for lost in item.overruled)
        assert item.decided_by == "default" or item.because or item.decided_by in {"user", "rule"}
        assert not (item.decided_by == "default" and item.because)
    assert list(decision.citations) == sorted(decision.citations, key=rank)
    by = value(decision, "split.by")
    named = {one.name for one in profile.columns}
    assert (by in named) == (value(decision, "split.kind") not in {"stratified", "random"})
    assert (value(decision, "split.group") in named) == (value(decision, "split.kind") == "time_group")


@pytest.mark.parametrize(("share", "metric"), [(0.4, "roc_auc"), (0.1, "log_loss")])
def test_rare_classes_change_the_metric_and_are_not_resampled(share: float, metric: str) -> None:
    decision = decided(binary(share=share))
    assert value(decision, "metric.primary") == metric
    assert value(decision, "preprocess.resampling") == "none"


def test_each_task_has_its_usual_metric_and_reports_all_that_fit() -> None:
    assert value(decided(multiclass()), "metric.primary") == "log_loss"
    assert value(decided(regression()), "metric.primary") == "rmse"
    assert value(decided(regression()), "metric.report") == ("rmse", "mae", "r2")
    assert value(decided(binary()), "metric.report") == ("accuracy", "roc_auc", "log_loss", "f1")


def test_a_quantile_is_judged_by_its_own_metric_and_left_to_those_who_can_learn_it() -> None:
    decision = decided(regression(column("x")), question=Question("y", metric="pinball_0.9"))
    assert value(decision, "metric.primary") == "pinball_0.9"
    assert value(decision, "metric.report") == ("rmse", "mae", "r2")
    assert value(decision, "model.candidates") == ("lightgbm", "catboost", "linear", "mlp")
    reason = next(item.why for item in decision.plan if item.key == "model.candidates")
    assert reason == "they can learn a quantile"


@pytest.mark.parametrize(
    ("families", "increasing", "kept"),
    [
        (("xgboost", "linear"), (), ("xgboost", "linear")),
        (("lightgbm", "extra_trees"), (), "'extra_trees'"),
        ((), ("x",), ("catboost",)),
        (("lightgbm", "catboost"), ("x",), "'lightgbm'"),
    ],
)
def test_who_cannot_learn_a_quantile_is_refused_by_name(
    tmp_path: Path, families: tuple[str, ...], increasing: tuple[str, ...], kept: tuple[str, ...] | str
) -> None:
    question, profile = Question("y", metric="pinball_0.1"), regression(column("x"))
    train = TrainSettings(families=families, increasing=increasing)

    def chosen() -> object:
        brief = research(question, profile, bench(tmp_path), answers={}, train=train)
        return brief.item("model.candidates").value

    if isinstance(kept, str):
        with pytest.raises(SettingsError, match=kept):
            chosen()
    else:
        assert chosen() == kept


@pytest.mark.parametrize("told", ["balanced", "none"])
def test_the_persons_class_weight_wins(tmp_path: Path, told: str) -> None:
    question, train = Question("y"), TrainSettings(class_weight=told)
    brief = research(question, binary(share=0.1), bench(tmp_path), answers={}, train=train)
    item = brief.item("model.class_weight")
    assert (item.value, item.decided_by) == (told, "user")


def test_numbers_have_no_classes_to_weigh(tmp_path: Path) -> None:
    train = TrainSettings(class_weight="balanced")
    with pytest.raises(SettingsError, match="a regression of"):
        research(Question("y"), regression(column("x")), bench(tmp_path), answers={}, train=train)


def test_the_persons_metric_wins_and_the_evidence_against_it_is_kept() -> None:
    decision = decided(binary(share=0.1), question=Question("y", metric="f1"))
    item = next(item for item in decision.plan if item.key == "metric.primary")
    assert (item.value, item.decided_by) == ("f1", "user")
    assert [lost.because for lost in item.overruled] == ["mcdermott2024"]


@pytest.mark.parametrize(
    ("rows", "budget", "ordered", "folds", "test_share"),
    [
        (200, "60s", False, 5, 0.2),
        (20_000, "60s", False, 5, 0.2),
        (20_001, "60s", False, 3, 0.2),
        (100_001, "5min", False, 1, 0.1),
        (100_001, "10min", False, 3, 0.1),
        (5_000, "60s", True, 3, 0.2),
        (100_001, "60s", True, 1, 0.1),
    ],
)
def test_folds_follow_rows_and_budget(
    rows: int, budget: str, ordered: bool, folds: int, test_share: float
) -> None:
    made = regression(dates("when", ordered=1.0, rows=rows) if ordered else column("x"), rows=rows)
    decision = decided(made, budget=budget)
    assert value(decision, "split.folds") == folds
    assert value(decision, "split.test_share") == test_share


def test_a_time_split_on_a_huge_table_keeps_the_advice_that_lost() -> None:
    decision = decided(regression(dates("when", ordered=1.0), rows=200_000))
    item = next(item for item in decision.plan if item.key == "split.folds")
    assert [lost.because for lost in item.overruled] == ["cerqueira2020"]
    assert "budget" in item.overruled[0].why


def test_few_events_per_column_put_the_linear_model_first() -> None:
    assert value(decided(binary(rows=60)), "model.candidates") == ("linear", "lightgbm", "catboost", "mlp")
    assert value(decided(binary()), "model.candidates") == ("lightgbm", "catboost", "linear", "mlp")


def test_wide_categories_are_encoded_by_cross_fitted_rates() -> None:
    wide = binary(column("city", "category", "string", distinct=50))
    assert value(decided(wide), "preprocess.high_cardinality") == "crossfit_target"
    assert value(decided(binary()), "preprocess.high_cardinality") == "code"


def test_little_time_asks_for_a_small_blend_and_so_does_a_quick_answer() -> None:
    quick, patient = decided(binary()), decided(binary(), budget="2h")
    assert (value(quick, "ensemble.max_members"), value(patient, "ensemble.max_members")) == (5, 10)
    hurried = decided(binary(), budget="2h", latency="20ms")
    assert value(hurried, "ensemble.max_members") == 5


def test_what_no_step_follows_is_advice_and_leaves_the_plan_alone() -> None:
    answers = {"probabilities_needed": True, "drift_expected": True}
    plain, told = decided(binary(share=0.1)), decided(binary(share=0.1), answers=answers)
    assert [(item.key, item.value) for item in told.plan] == [(item.key, item.value) for item in plain.plan]
    assert ("niculescu2005", "calibrate.method = by_rows") in told.advice
    assert ("liu2023", "monitor.labels = required") in told.advice
    assert ("elor2022", "metric.threshold = tuned") in told.advice
    assert not {"niculescu2005", "liu2023"} & {name for name, _ in plain.advice}


class Talker:
    """A source that asks for a change in the name of a card that it does not give."""

    def search(self, facts: Mapping[str, Fact], until: Deadline) -> EvidenceAnswer:
        return EvidenceAnswer((), (("hearsay2026", "metric.primary = f1"),), (), "live", "2026-11")


def test_a_change_without_evidence_is_refused(tmp_path: Path) -> None:
    question, profile = Question("y"), binary()
    task = choose_task(question, profile)
    request = Request(question, profile, task.task, bench(tmp_path).budget, deploys=False)
    with pytest.raises(PartError, match=r"'talker' asks for changes without evidence.*hearsay2026"):
        decide(request, task, {}, {"talker": Talker()}, Deadline.after(10))


def test_a_card_that_two_sources_give_counts_once(tmp_path: Path) -> None:
    question, profile = Question("y"), binary()
    task = choose_task(question, profile)
    request = Request(question, profile, task.task, bench(tmp_path).budget, deploys=False)
    twice = decide(request, task, {}, {"one": BundledLibrary(), "two": BundledLibrary()}, Deadline.after(10))
    once = decide(request, task, {}, {"one": BundledLibrary()}, Deadline.after(10))
    assert twice.citations == once.citations
    assert twice.plan == once.plan
