"""The step as the workflow calls it: a brief, two files, no network."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.research.profiles import bench, binary, column, dates, multiclass, regression

from fivefold.core import records
from fivefold.core.artefacts import Brief, Profile, Question
from fivefold.core.costs import read_costs
from fivefold.core.errors import MisuseError, SettingsError
from fivefold.core.train_settings import TrainSettings
from fivefold.research.evidence.library import bundled
from fivefold.research.page import MOST_CARDS
from fivefold.research.plan import KEYS
from fivefold.research.step import PlanFile, research

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES = {
    "appointments": binary(
        dates("scheduled", ordered=0.5), column("patient_id", "category", "string", distinct=900), share=0.12
    ),
    "prices": regression(
        column("area", heavy_tailed=True), column("zone", "category", "string", distinct=60)
    ),
    "land": multiclass(column("lat"), column("lon"), column("gap", missing=30)),
}


def brief_of(
    folder: Path,
    profile: Profile,
    question: Question | None = None,
    answers: Mapping[str, str | bool | int | float] | None = None,
) -> Brief:
    asked = question or Question("y", description="Which patients will miss their appointment?")
    return research(asked, profile, bench(folder), answers=answers or {})


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach out fails the test."""

    def refuse(*_: object) -> None:
        pytest.fail("the research step tried to open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("name", TABLES)
def test_it_gives_a_brief_and_writes_it_for_people_and_machines(name: str, tmp_path: Path) -> None:
    brief = brief_of(tmp_path, TABLES[name])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brief.md", "plan.json"]
    assert [item.key for item in brief.plan] == list(KEYS)
    assert brief.sources == (("library", "bundled"),)
    assert brief.evidence_as_of == bundled().as_of
    assert records.load(Brief, records.dump(brief), label="brief") == brief


def test_the_plan_file_holds_what_the_brief_holds(tmp_path: Path) -> None:
    brief = brief_of(tmp_path, TABLES["appointments"])
    plan = records.load(PlanFile, (tmp_path / "plan.json").read_bytes(), label="plan.json")
    assert (plan.task, plan.items, plan.questions) == (brief.task, brief.plan, brief.questions)
    assert plan.citations == tuple(card.id for card in brief.citations)
    assert plan.facts["domain"] == ("no-show", "medical")
    assert plan.facts["time_ordered"] is None
    assert {name for name, _ in plan.advice} <= set(plan.citations)
    assert "explain" in plan.not_found
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["schema"] == 1


@pytest.mark.parametrize("name", TABLES)
def test_every_sentence_of_evidence_is_a_cards_own_with_its_address(name: str, tmp_path: Path) -> None:
    brief = brief_of(tmp_path, TABLES[name])
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    known = {card.url: card for card in bundled().cards}
    links = re.findall(r"\[([^\]]+), (\d{4})\]\((\S+?)\)", text)
    assert links
    for authors, year, url in links:
        assert str(known[url].year) == year
        assert authors.removesuffix(" et al.").split()[-1] in known[url].authors
    told = re.findall(r"^\d+\. \*\*.+?\*\* (.+?) \[", text, flags=re.MULTILINE)
    findings = [card.finding for card in brief.citations[:MOST_CARDS]]
    assert told == findings
    assert all(card.consequence in text for card in brief.citations[:MOST_CARDS])


def test_the_brief_names_facets_without_evidence_and_the_date_of_the_last_check(tmp_path: Path) -> None:
    brief_of(tmp_path, TABLES["prices"])
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    assert re.search(r"No evidence found on: .*explanation", text)
    assert f"last checked {bundled().as_of}" in text
    assert "Decision threshold" not in text  # means nothing for a number


def test_the_brief_names_open_questions_and_how_to_answer_them(tmp_path: Path) -> None:
    brief_of(tmp_path, TABLES["appointments"])
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    assert "'scheduled'" in text
    assert "`time_ordered`" in text
    assert "[answers]" in text


def test_answers_settle_questions(tmp_path: Path) -> None:
    brief = brief_of(tmp_path, TABLES["appointments"], answers={"time_ordered": True})
    assert (brief.text("split.kind"), brief.text("split.by")) == ("time_group", "scheduled")
    assert brief.text("split.group") == "patient_id"
    assert brief.item("split.kind").decided_by == "rule"
    assert "time_ordered" not in {question.field for question in brief.questions}


def test_the_same_question_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        brief_of(tmp_path / name, TABLES["land"])
    for file in ("brief.md", "plan.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_pipe_in_a_name_does_not_break_the_table(tmp_path: Path) -> None:
    brief_of(tmp_path, binary(dates("a|b", ordered=1.0)))
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert any(r"a\|b" in row for row in rows)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 4 for row in rows)


@pytest.mark.parametrize(
    ("question", "answers", "error"),
    [
        (Question("y", metric="rmse"), {}, MisuseError),
        (Question("y", metric="pinball_0.9"), {}, MisuseError),
        (Question("y", task="regression"), {}, MisuseError),
        (Question("y"), {"colour": "blue"}, SettingsError),
    ],
)
def test_misuse_leaves_nothing_behind(
    question: Question, answers: dict[str, str], error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error):
        brief_of(tmp_path, binary(), question, answers)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", TABLES)
def test_what_nobody_asked_for_is_not_told(name: str, tmp_path: Path) -> None:
    brief_of(tmp_path, TABLES[name])
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    assert "The score never falls with" not in text
    assert "the score never falls with" not in text
    assert "rows that the served model learns from: all rows" in text


def test_evidence_for_parts_of_words_is_not_cited_for_whole_ones(tmp_path: Path) -> None:
    brief = brief_of(tmp_path, binary(column("note", "text", "string", distinct=2_900)))
    assert "cerda2022" in [card.id for card in brief.citations]
    assert brief.item("preprocess.text").because == ()


def test_costs_are_planned_and_told_in_words(tmp_path: Path) -> None:
    train = TrainSettings(costs=(("yes", "no", 10.0),))
    brief = research(Question("y"), TABLES["appointments"], bench(tmp_path), answers={}, train=train)
    assert brief.text("metric.threshold") == "costs"
    assert brief.item("metric.costs").decided_by == "user"
    assert read_costs(brief.text("metric.costs")) == train.costs
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    assert "| Costs of answers | 'no' where 'yes' is true costs 10 |" in text
    assert "a wrong answer that is not named costs 1" in text


def test_classes_are_named_as_the_snapshots_have_them(tmp_path: Path) -> None:
    target = column("y", "boolean", "integer", distinct=2, top=(("0.0", 40), ("1.0", 30)))
    train = TrainSettings(costs=(("1", "0", 10.0),))
    profile = Profile(70, (target, column("x")), 2, 0.4, 70)
    brief = research(Question("y"), profile, bench(tmp_path), answers={}, train=train)
    assert read_costs(brief.text("metric.costs")) == train.costs


@pytest.mark.parametrize(
    ("name", "costs", "seen"),
    [
        ("appointments", ("yess", "no", 10.0), "did you mean 'yes'"),
        ("prices", ("yes", "no", 10.0), "a regression of 'y'"),
    ],
)
def test_costs_that_the_target_cannot_have_are_refused_before_anything_is_read(
    name: str, costs: tuple[str, str, float], seen: str, tmp_path: Path
) -> None:
    train = TrainSettings(costs=(costs,))
    with pytest.raises(SettingsError, match=seen):
        research(Question("y"), TABLES[name], bench(tmp_path), answers={}, train=train)


def test_a_brief_without_costs_does_not_speak_of_them(tmp_path: Path) -> None:
    assert brief_of(tmp_path, TABLES["appointments"]).text("metric.costs") == ""
    assert "osts of answers" not in (tmp_path / "brief.md").read_text(encoding="utf-8")
