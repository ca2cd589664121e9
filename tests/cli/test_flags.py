"""Flags and keywords arrive where they are meant to: what a run keeps of them, and what they do to an output."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.commands import Call, valid

import fivefold as ff
from fivefold.core.objective import pinball
from fivefold.core.store import Store
from fivefold.deployment.rehearsal.platform import PLATFORMS
from fivefold.result import Result, RunRecord
from fivefold.testing.tables import visits, write_csv
from fivefold.testing.targets import tiny_bundle
from fivefold.workflow import Journey

_BEGUN = date(2024, 1, 1)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Visits of patients, several each, on days of their own."""
    rows = [
        row | {"day": (_BEGUN + timedelta(days=place)).isoformat(), "patient": f"p{place % 40}"}
        for place, row in enumerate(visits(200))
    ]
    return write_csv(tmp_path / "visits.csv", rows)


@pytest.fixture
def only_research(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a whole run end after its first step: what it keeps of its flags is written before."""

    def first(journey: Journey) -> Result:
        journey.research()
        return Result(journey.run)

    monkeypatch.setattr(Journey, "all", first)


@pytest.mark.usefixtures("only_research")
@pytest.mark.parametrize("command", ["research", "run"])
@pytest.mark.parametrize(
    ("flag", "value", "kept", "expected"),
    [
        ("--quantile", "0.9", lambda record: record.question.metric, pinball(0.9)),
        ("--time-column", "day", lambda record: record.question.time_column, "day"),
        ("--group-column", "patient", lambda record: record.question.group_column, "patient"),
        ("--seed", "7", lambda record: record.seed, 7),
    ],
)
def test_a_run_keeps_what_its_flags_say(
    command: str,
    flag: str,
    value: str,
    kept: Callable[[RunRecord], object],
    expected: object,
    fivefold: Call,
    table: Path,
) -> None:
    called = fivefold(command, table.name, "--target", "age", "--budget", "20s", flag, value)
    assert called.code == 0, called
    assert kept(RunRecord.read(Store(Path("fivefold-runs")).find("latest"))) == expected


@pytest.mark.usefixtures("only_research")
def test_a_run_keeps_what_its_keywords_say(table: Path, tmp_path: Path) -> None:
    made = ff.run(
        table,
        target="age",
        budget="20s",
        quantile=0.9,
        time_column="day",
        group_column="patient",
        seed=7,
        out=str(tmp_path / "runs"),
    )
    question = made.record.question
    assert (question.metric, question.time_column, question.group_column) == (pinball(0.9), "day", "patient")
    assert made.record.seed == 7


def test_only_the_columns_that_are_named_stand_beside_the_predictions(
    fivefold: Call, finished_run: Path
) -> None:
    write_csv(Path("new.csv"), [row | {"key": place} for place, row in enumerate(visits(20, seed=5))])
    words = ("--out", "scored.csv", "--columns", "key", "--columns", "age")
    called = fivefold("predict", str(finished_run), "new.csv", *words)
    assert called.code == 0, called
    scored = pl.read_csv("scored.csv")
    assert scored.columns == ["age", "key", "prediction", "probability: no", "probability: yes"]
    assert scored["key"].to_list() == list(range(20))
    called = fivefold("predict", str(finished_run), "new.csv", "--out", "scored.csv", "--columns", "keys")
    assert (called.code, "'keys'" in called.err, "--columns" in called.err) == (2, True, True)


@pytest.mark.parametrize("words", [("serve",), ("deploy", "--target", "local")])
def test_what_no_host_is_called_is_refused_by_whoever_serves(
    words: tuple[str, ...], fivefold: Call, finished_run: Path
) -> None:
    told = ("--port", "0", "--allow-host", "shop.example", "--allow-host", "https://x")
    called = fivefold(words[0], finished_run.name, *words[1:], *told, "--out", str(finished_run.parent))
    assert (called.code, "'https://x'" in called.err, "--allow-host" in called.err) == (2, True, True), called


def test_a_thorough_check_keeps_a_service_silent_for_as_long_as_the_platform_waits(
    fivefold: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLATFORMS, "native", replace(PLATFORMS["native"], health_seconds=0.75, failures=1))
    bundle = tiny_bundle(tmp_path / "bundle").folder
    called = fivefold("deploy", "check", str(bundle), "--as", "native", "--json", "--thorough")
    valid(called.out, "rehearsals")
    scenes = {scene["name"]: scene["seen"] for scene in json.loads(called.out)["rehearsals"][0]["scenes"]}
    assert scenes["silence and recovery"].startswith("1 checks of 0.75 s in vain")
