"""Profiles to plan for, built column by column."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivefold.core.artefacts import ColumnProfile, Kind, Profile, Question, Role
from fivefold.core.budget import Budget
from fivefold.core.clock import Deadline
from fivefold.core.extract import DataSettings
from fivefold.core.workbench import Silence, Workbench
from fivefold.research.decision import Decision, decide
from fivefold.research.evidence.library import BundledLibrary
from fivefold.research.facts import Request, read_answers
from fivefold.research.task import choose_task

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS = 3_000


def column(name: str, role: Role = "number", kind: Kind = "number", **other: Any) -> ColumnProfile:
    """A column without gaps, with a hundred values unless told otherwise."""
    made = ColumnProfile(name, "DOUBLE", kind, role, "made for a test", missing=0, distinct=100)
    return replace(made, **other)


def binary(*columns: ColumnProfile, rows: int = ROWS, share: float = 0.4) -> Profile:
    """A table whose target ``y`` is yes or no."""
    target = column("y", "category", "string", distinct=2, top=(("no", 2), ("yes", 1)))
    return Profile(rows, (target, *(columns or (column("x"),))), 2, share, rows)


def regression(*columns: ColumnProfile, rows: int = ROWS) -> Profile:
    """A table whose target ``y`` is an amount."""
    target = column("y", distinct=rows)
    return Profile(rows, (target, *(columns or (column("x"),))), rows, None, rows)


def multiclass(*columns: ColumnProfile, rows: int = ROWS, classes: int = 5) -> Profile:
    """A table whose target ``y`` is one of several words."""
    target = column("y", "category", "string", distinct=classes)
    return Profile(rows, (target, *(columns or (column("x"),))), classes, 1 / (2 * classes), rows)


def dates(name: str, *, ordered: float, rows: int = ROWS) -> ColumnProfile:
    """A date column that stands in order to this share."""
    return column(name, "date", "datetime", distinct=rows, sorted_share=ordered)


def bench(folder: Path, budget: str = "60s", latency: str | None = None) -> Workbench:
    """A workbench over a folder."""
    words = {"time": budget, "cores": "1", "memory": "1GB"} | (
        {} if latency is None else {"latency": latency}
    )
    return Workbench(folder, folder, folder, Deadline.after(60), Budget.parse(words), 0, Silence())


def decided(
    profile: Profile,
    *,
    question: Question | None = None,
    budget: str = "60s",
    latency: str | None = None,
    deploys: bool = False,
    answers: Mapping[str, str | bool | int | float] | None = None,
    said: DataSettings | None = None,
) -> Decision:
    """The decision about a table, from the bundled library alone."""
    asked = question or Question("y")
    task = choose_task(asked, profile)
    told = said or DataSettings()
    means = bench(Path(), budget, latency).budget
    request = Request(asked, profile, task.task, means, deploys, told)
    sources = {"library": BundledLibrary()}
    return decide(request, task, read_answers(answers or {}), sources, Deadline.after(60))


def value(decision: Decision, key: str) -> object:
    """The plan's value of a key."""
    return next(item.value for item in decision.plan if item.key == key)
