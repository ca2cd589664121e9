"""A question is asked only if its answer would change the plan, and what is assumed until then changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.research.profiles import binary, column, dates, decided, regression, value

from fivefold.core.artefacts import OpenQuestion, Profile, Question
from fivefold.research.decision import Decision
from fivefold.research.facts import FACTS, read_answers
from fivefold.research.questions import open_questions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.protocols import Fact


def asked(profile: Profile, **answers: bool | float | str) -> tuple[OpenQuestion, ...]:
    def again(told: Mapping[str, Fact]) -> Decision:
        return decided(
            profile,
            answers={name: fact for name, fact in told.items() if isinstance(fact, bool | float | str)},
        )

    return open_questions(decided(profile, answers=answers), read_answers(answers), again)


def test_the_question_that_changes_most_is_asked_first() -> None:
    questions = asked(binary(dates("when", ordered=0.5), rows=30_000))
    assert questions[0].field == "time_ordered"
    sizes = [len(question.affects) for question in questions]
    assert sizes == sorted(sizes, reverse=True)
    assert {"split.kind", "split.by"} <= set(questions[0].affects)
    assert "'when'" in questions[0].text


def test_an_answered_question_is_not_asked_again_and_changes_what_it_said_it_would() -> None:
    table = binary(column("store_id", "category", "string", distinct=30))
    first = asked(table)
    question = next(question for question in first if question.field == "group_key")
    assert "'store_id'" in question.text
    assert "group_key" not in {one.field for one in asked(table, group_key=True)}
    before, after = decided(table), decided(table, answers={"group_key": True})
    changed = {key for key in question.affects if value(before, key) != value(after, key)}
    assert changed == set(question.affects)


def test_what_would_change_nothing_is_not_asked() -> None:
    fields = {question.field for question in asked(binary())}
    assert "commercial_use" not in fields
    assert "costs_known" not in fields
    assert "time_ordered" not in fields
    assert "probabilities_needed" not in fields | {question.field for question in asked(regression())}


def test_a_fast_answer_is_asked_about_only_where_the_blend_would_shrink() -> None:
    def blend(budget: str) -> set[str]:
        decision = decided(binary(), budget=budget)
        questions = open_questions(
            decision,
            {},
            lambda told: decided(
                binary(), budget=budget, answers={"latency_ms": 10} if "latency_ms" in told else {}
            ),
        )
        return {question.field for question in questions}

    assert "latency_ms" in blend("2h")
    assert "latency_ms" not in blend("60s")


def test_what_is_assumed_leaves_the_plan_as_it_is() -> None:
    table = binary(
        dates("when", ordered=0.5), column("store_id", "category", "string", distinct=30), share=0.1
    )
    plan = [(item.key, item.value) for item in decided(table).plan]
    questions = asked(table)
    assert all(question.assumed == FACTS[question.field].assumed for question in questions)
    denied = [question.field for question in questions if question.assumed == "no"]
    assert denied
    for field in denied:
        assumed = decided(table, answers={field: False}).plan
        assert [(item.key, item.value) for item in assumed] == plan


def test_named_columns_leave_nothing_to_ask() -> None:
    question = Question("y", time_column="when")
    decision = decided(binary(dates("when", ordered=0.5)), question=question)
    assert "time_ordered" not in decision.unknown()
