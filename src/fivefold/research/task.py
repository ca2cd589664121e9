"""What kind of prediction the question asks for: read from the target, unless the person says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError, MisuseError
from fivefold.measure.metrics import metric_of, metrics_for

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnProfile, Profile, Question, Task

__all__ = ["TaskChoice", "check_metric", "choose_task"]

_CLASSES = 20
"""Up to so many different whole numbers may be classes; more are a quantity."""
_CLASS_SHARE = 0.05
"""Whole numbers that are different in more rows than this share are a quantity as well."""
_MOST_CLASSES = 1_000
"""More classes than these cannot be told apart by anything that Fivefold fits."""


@dataclass(frozen=True, slots=True)
class TaskChoice:
    """The task and the reason for it."""

    task: Task
    why: str
    by_person: bool


def choose_task(question: Question, profile: Profile) -> TaskChoice:
    """Decide the task.

    Two different values make it binary; words, or a few whole numbers, multiclass; other numbers regression.

    Raises
    ------
    InputError
        When the target is a date.
    MisuseError
        When the person's task cannot be done with this target, or it has too many classes.
    """
    target = profile.column(question.target)
    distinct = profile.target_distinct
    if target.kind == "datetime":
        raise InputError(
            f"The target '{target.name}' is a date, which no task predicts",
            seen=f"{distinct:,} different dates",
            expected="a category or a number",
            todo="predict a number instead, for example the days until that date",
        )
    if question.task is not None:
        _check_task(question.task, target, distinct)
        return TaskChoice(question.task, "the person said so", by_person=True)
    if distinct == 2:
        return TaskChoice("binary", "the target has two different values", by_person=False)
    if target.kind in {"string", "boolean"}:
        _check_task("multiclass", target, distinct)
        return TaskChoice("multiclass", f"the target has {distinct:,} different words", by_person=False)
    few = target.kind == "integer" and distinct <= min(_CLASSES, _CLASS_SHARE * profile.usable_rows)
    if few:
        why = f"the target has only {distinct:,} different whole numbers; say --task regression if they are amounts"
        return TaskChoice("multiclass", why, by_person=False)
    return TaskChoice(
        "regression", f"the target is a number with {distinct:,} different values", by_person=False
    )


def check_metric(question: Question, profile: Profile, task: Task) -> None:
    """Refuse a metric that does not fit the task.

    Raises
    ------
    MisuseError
    """
    if question.metric is not None and task not in metric_of(question.metric).tasks:
        raise MisuseError(
            f"The metric '{question.metric}' cannot judge a {task} task",
            seen=f"target '{question.target}' with {profile.target_distinct:,} different values",
            expected=", ".join(metrics_for(task)),
            todo="choose one of these with --metric, or another --task",
            code="wrong_metric",
        )
    target = profile.column(question.target)
    if question.metric is not None and metric_of(question.metric).ordered and not _in_order(target):
        raise MisuseError(
            f"The metric '{question.metric}' counts steps, and nobody knows the order of the classes",
            seen=f"target '{target.name}', taken for {target.role}",
            expected="classes from low to high",
            todo=f'write levels = ["...", "..."] under [data.columns.{target.name}], or choose another metric',
            code="wrong_metric",
        )


def _in_order(target: ColumnProfile) -> bool:
    """Whether classes are grades, or numbers, which whoever asks for their steps takes for grades."""
    return target.role == "ordinal" or target.kind in {"integer", "number"}


def _check_task(task: Task, target: ColumnProfile, distinct: int) -> None:
    """Refuse a task that this target does not allow."""
    is_number = target.kind in {"number", "integer"}
    wrong, expected = "", ""
    todo = "leave --task out to let Fivefold decide, or choose another target"
    if task == "regression" and not is_number:
        wrong, expected = (
            "A regression predicts numbers",
            "a target of numbers, or --task binary or multiclass",
        )
    elif task == "binary" and distinct != 2:
        wrong, expected = "A binary task tells two classes apart", "exactly two different values"
    elif task == "multiclass" and distinct == 2:
        wrong, expected = "A multiclass task tells three or more classes apart", "--task binary"
    elif task == "multiclass" and distinct > _MOST_CLASSES:
        wrong, expected = "These are too many classes", f"at most {_MOST_CLASSES:,} different values"
        todo = "join classes of which there are few rows, or choose another target"
    if wrong:
        sample = ", ".join(repr(value) for value, _ in target.top[:3])
        raise MisuseError(
            wrong,
            seen=f"'{target.name}' holds {distinct:,} different values"
            + (f", such as {sample}" if sample else ""),
            expected=expected,
            todo=todo,
            code="wrong_task",
        )
