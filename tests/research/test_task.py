"""The task is read from the target; the person's word wins where it can."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from tests.research.profiles import column

from fivefold.core.artefacts import Kind, Profile, Question, Task
from fivefold.core.errors import FivefoldError, InputError, MisuseError
from fivefold.measure.metrics import METRICS, metrics_for
from fivefold.research.task import check_metric, choose_task


@pytest.mark.parametrize("metric", ["quadratic_weighted_kappa", "mae_in_steps"])
def test_steps_need_classes_in_an_order(metric: str) -> None:
    question = Question("y", metric=metric)
    with pytest.raises(MisuseError, match=r"nobody knows the order.*taken for .*levels = .*data.columns.y"):
        check_metric(question, table("string", 3), "multiclass")
    check_metric(question, table("integer", 5), "multiclass")
    graded = table("string", 3)
    target = replace(graded.column("y"), role="ordinal", levels=("a", "b", "c"))
    check_metric(question, replace(graded, columns=(target, column("x"))), "multiclass")


def table(kind: Kind, distinct: int, rows: int = 1_000) -> Profile:
    """A table whose target has so many values of a kind."""
    target = column("y", kind=kind, distinct=distinct, top=(("a", 3), ("b", 2)))
    return Profile(rows, (target, column("x")), distinct, None, rows)


@pytest.mark.parametrize(
    ("kind", "distinct", "rows", "task"),
    [
        ("string", 2, 1_000, "binary"),
        ("boolean", 2, 1_000, "binary"),
        ("integer", 2, 1_000, "binary"),
        ("number", 2, 1_000, "binary"),
        ("string", 3, 1_000, "multiclass"),
        ("string", 200, 1_000, "multiclass"),
        ("integer", 3, 1_000, "multiclass"),
        ("integer", 20, 1_000, "multiclass"),
        ("integer", 21, 1_000, "regression"),
        ("integer", 10, 100, "regression"),
        ("number", 3, 1_000, "regression"),
        ("number", 900, 1_000, "regression"),
    ],
)
def test_the_target_tells_the_task(kind: Kind, distinct: int, rows: int, task: Task) -> None:
    choice = choose_task(Question("y"), table(kind, distinct, rows))
    assert (choice.task, choice.by_person) == (task, False)
    assert choice.why


@pytest.mark.parametrize(
    ("kind", "distinct", "task"),
    [
        ("integer", 5, "regression"),
        ("integer", 2, "regression"),
        ("number", 7, "multiclass"),
        ("string", 2, "binary"),
    ],
)
def test_the_persons_word_wins(kind: Kind, distinct: int, task: Task) -> None:
    choice = choose_task(Question("y", task=task), table(kind, distinct))
    assert (choice.task, choice.by_person) == (task, True)


@pytest.mark.parametrize(
    ("kind", "distinct", "task", "words"),
    [
        ("string", 5, "regression", "predicts numbers.*'a'"),
        ("boolean", 2, "regression", "predicts numbers"),
        ("string", 5, "binary", "exactly two"),
        ("string", 2, "multiclass", "--task binary"),
        ("number", 5_000, "multiclass", "at most 1,000"),
        ("string", 1_001, None, "at most 1,000.*join classes"),
    ],
)
def test_a_task_that_the_target_does_not_allow_is_refused(
    kind: Kind, distinct: int, task: Task, words: str
) -> None:
    with pytest.raises(MisuseError, match=words):
        choose_task(Question("y", task=task), table(kind, distinct))


def test_a_date_is_no_target() -> None:
    with pytest.raises(InputError, match="date"):
        choose_task(Question("y"), table("datetime", 50))


@pytest.mark.parametrize("task", get_args(Task))
@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_must_fit_the_task(metric: str, task: Task) -> None:
    question = replace(Question("y"), metric=metric)
    if metric in metrics_for(task):
        check_metric(question, table("integer", 3), task)
    else:
        with pytest.raises(FivefoldError, match=metrics_for(task)[0]) as raised:
            check_metric(question, table("string", 3), task)
        assert raised.value.exit_code == 2
