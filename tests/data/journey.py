"""The way from a table to a Dataset with a plan written by hand."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Brief, Dataset, PlanItem, Profile, Question, Task
from fivefold.core.budget import Budget
from fivefold.core.clock import Deadline
from fivefold.core.extract import DataSettings, Extract
from fivefold.core.store import Header, Stored
from fivefold.core.tables import read_parquet
from fivefold.core.workbench import Silence, Workbench
from fivefold.data.gather import gather
from fivefold.data.look import look
from fivefold.data.step import data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.artefacts import DecidedBy, PlanValue
    from fivefold.core.extract import ColumnWish
    from fivefold.core.tables import Frame

CHECKS = ("targets", "duplicates", "constants", "identifiers", "leaks", "pair_leaks", "balance")


@dataclass(frozen=True)
class Made:
    """A Dataset and its payloads."""

    dataset: Dataset
    train: Frame
    test: Frame
    contract: bytes
    said: list[str]

    @property
    def names(self) -> list[str]:
        """The features."""
        return [column.name for column in self.dataset.contract.columns]


def glance(address: object, question: Question | str) -> Profile:
    """Gather a table and look at it."""
    asked = Question(question) if isinstance(question, str) else question
    with tempfile.TemporaryDirectory() as folder:
        return look(gather(Extract(address), Path(folder)), asked)


def plan_of(
    question: Question, profile: Profile, task: Task, decided_by: DecidedBy = "rule", **values: PlanValue
) -> Brief:
    """A Brief with the plan items that the data step reads; dots in their keys are written as two underscores."""
    items: dict[str, PlanValue] = {
        "split.kind": "random" if task == "regression" else "stratified",
        "split.by": "",
        "split.group": "",
        "split.gap": "",
        "evaluate.fairness": (),
        "split.folds": 5,
        "split.test_share": 0.2,
        "checks": CHECKS,
    }
    items |= {key.replace("__", "."): value for key, value in values.items()}
    plan = tuple(PlanItem(key, value, (), decided_by, "the test says so") for key, value in items.items())
    return Brief(question, profile, task, (), plan, (), (), "2026-01-01")


class Ear(Silence):
    """Progress that keeps what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def say(self, text: str) -> None:
        """Keep it."""
        self.heard.append(text)


def bench_in(folder: Path, *, seed: int = 0, seconds: float = 60.0, time: str = "60s") -> Workbench:
    """A bench whose folders lie in this one."""
    payload, scratch, live = (folder / inside for inside in ("payload", "scratch", "live"))
    for place in (payload, scratch, live):
        place.mkdir()
    budget = Budget.parse({"time": time})
    return Workbench(payload, scratch, live, Deadline.after(seconds), budget, seed, Silence())


def make(  # noqa: PLR0913 - what tests say about a table, each by its name
    address: object,
    question: Question | str,
    task: Task,
    *,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    seed: int = 0,
    seconds: float = 60.0,
    decided_by: DecidedBy = "rule",
    wishes: Mapping[str, ColumnWish] | None = None,
    **plan: PlanValue,
) -> Made:
    """Carry a table through gathering, looking and the data step."""
    asked = Question(question) if isinstance(question, str) else question
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "gather").mkdir()
        fetched = gather(Extract(address), folder / "gather")
        body = plan_of(
            asked, look(fetched, asked, DataSettings(columns=dict(wishes or {}))), task, decided_by, **plan
        )
        brief = Stored(Header("Brief", 1, "key", "digest", {}, {}, "", 0.0), body, folder)
        ear = Ear()
        bench = replace(bench_in(folder, seed=seed, seconds=seconds), progress=ear)
        settings = DataSettings(include=include, exclude=exclude, columns=dict(wishes or {}))
        dataset = data(brief, fetched, bench, settings=settings)
        return Made(
            dataset,
            read_parquet(bench.folder / "train.parquet"),
            read_parquet(bench.folder / "test.parquet"),
            (bench.folder / "contract.json").read_bytes(),
            ear.heard,
        )
