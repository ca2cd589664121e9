"""Artefacts in words for a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tests.report.stories import story

from fivefold.cli.summary import ledger_words, show, show_step
from fivefold.core.artefacts import CheckResult, Costs, Finding, Health, Score
from fivefold.core.budget import Budget
from fivefold.core.ledger import Entry, Ledger
from fivefold.core.store import Header, Stored
from fivefold.report.page import render
from fivefold.result import Summary

if TYPE_CHECKING:
    import pytest

    from fivefold.result import Result


class Shelf:
    """A run of one artefact."""

    def __init__(self, stored: Stored[object]) -> None:
        self.stored = stored

    def artefact(self, step: str) -> Stored[object]:
        return self.stored


def test_what_was_found_and_what_was_done_are_sentences_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dataset = story("binary").dataset
    assert dataset is not None
    found = (
        Finding("unmade", "severe", (), "2 of 9 checks were not made: drift, outliers", {}, done="time was over; buy more"),
        Finding("balance", "info", (), "One class is rare", {}),
    )  # fmt: skip
    told = replace(dataset, body=replace(dataset.body, findings=found))
    show_step(cast("Result", Shelf(cast("Stored[object]", told))), "data", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "  severe: 2 of 9 checks were not made: drift, outliers. Done: time was over; buy more." in lines
    assert "  info: One class is rare." in lines


def test_what_each_check_of_the_monitor_says_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    checks = (
        CheckResult("drift", "watch", "Drift: 'age' moved.", {}, advice="Find out why."),
        CheckResult("performance", "healthy", "Performance: log loss 0.4, 0.5 on the sealed test part.", {}),
        CheckResult("service", "healthy", "Service: all is well.", advice="Rest."),
    )
    health = Health("watch", ("Drift: 'age' moved.",), checks, 1, 0, "", "")
    stored = Stored(Header("Health", 1, "", "sha256:00aa11bb22", {}, {}, "", 1.0), health, Path())
    show_step(cast("Result", Shelf(cast("Stored[object]", stored))), "monitor", as_json=False)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  watch: 1 prediction, 0 of them with a known outcome",
        "  watch    Drift: 'age' moved.",
        "           Next: Find out why.",
        "  healthy  Performance: log loss 0.4, 0.5 on the sealed test part.",
        "  healthy  Service: all is well.",
    ]


def test_the_ledger_says_what_was_charged_and_scanned() -> None:
    budget = Budget(60, 10**9, 1, money=2.0, currency="EUR")
    entries = (Entry("start", 0.0, 1.0, money=0.0003, scan_bytes=10**7), Entry("train", 40.0, 30.0))
    _, start, train, _ = ledger_words(Ledger(budget, entries), {}).splitlines()
    assert start.endswith("  0.0003 EUR charged  10 MB scanned")
    assert "charged" not in train
    assert "0.0003 EUR charged, 10 MB scanned" in render(
        replace(story("binary"), ledger=Ledger(budget, entries))
    )


class Finished:
    """A run that has left columns out."""

    def summary(self) -> Summary:
        dropped = tuple((f"leak_{number}", "gives the answer away") for number in range(7))
        return Summary("a1b2", "done", "", {}, dropped, None, None, None, (), "", "", None, "")


class Costly:
    """A run whose labels were chosen by costs."""

    def summary(self) -> Summary:
        ours = Score("roc_auc", 0.8, 0.7, 0.9, greater_is_better=True)
        base = Score("roc_auc", 0.5, 0.5, 0.5, greater_is_better=True)
        found = Costs(((0.0, 1.0), (10.0, 0.0)), Score("cost", 0.5, 0.4, 0.6, greater_is_better=False), ())
        return Summary("a1b2", "done", "", {}, (), ours, base, True, (), "", "", None, "", found)


def test_what_labels_cost_stands_beside_the_headline(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Costly()), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "The model's labels cost 0.5000 per row, 95 % interval 0.4000 to 0.6000"


def test_columns_that_were_left_out_are_named_with_their_reason(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Finished()), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "left out: 'leak_0' (gives the answer away)" in lines
    assert lines[-1] == "left out: 2 more columns; 'fivefold show a1b2 data' names them"


class Suspected:
    """A run without a column that may be known in time."""

    def summary(self) -> Summary:
        dropped = (("row", "identifier: numbers the rows"), ("kwh", "leaks: 'kwh' alone nearly gives 'bill'"))
        return Summary("a1b2", "done", "", {}, dropped, None, None, None, (), "", "", None, "")


def test_how_to_keep_a_column_that_looks_like_a_leak_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Suspected()), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[-1]
        == "If 'kwh' is known when the question is asked, give it a role in [data.columns] to keep it"
    )
    show(cast("Result", Finished()), as_json=False)
    assert "[data.columns]" not in capsys.readouterr().out


class Perfect:
    """A run whose figure is too good to be true."""

    def summary(self) -> Summary:
        ours = Score("roc_auc", 1.0, 1.0, 1.0, greater_is_better=True)
        base = Score("roc_auc", 0.5, 0.5, 0.5, greater_is_better=True)
        said = "Too good to be true until you know why: ROC AUC 1 on 240 sealed rows."
        return Summary("a1b2", "done", "", {}, (), ours, base, True, (), "", "", None, "", doubt=said)


def test_a_perfect_figure_is_doubted_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Perfect()), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("Too good to be true until you know why")
    assert lines[-4].startswith("measured on rows it had never seen: ROC AUC 1")


class Done:
    """A run with a figure, that may have a service."""

    def __init__(
        self, report: str = "fivefold-runs/a1b2/report.html", *, address: str = "", better: bool = True
    ):
        self.told = report, address, better

    def summary(self) -> Summary:
        report, address, better = self.told
        ours = Score("roc_auc", 0.8123, 0.7701, 0.8502, greater_is_better=True)
        base = Score("roc_auc", 0.5, 0.5, 0.5, greater_is_better=True)
        return Summary("a1b2", "done", "", {}, (), ours, base, better, (), address, "unknown", None, report)


def test_the_last_lines_say_how_good_it_is_and_what_may_come_next(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Done()), as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "run a1b2: done",
        "measured on rows it had never seen: ROC AUC 0.8123 (95 % interval 0.7701 to 0.8502); how well rows are ranked: 0.5 is a coin, 1 is perfect",
        "a model that knows nothing, and always gives the same answer: ROC AUC 0.5000 (95 % interval 0.5000 to 0.5000)",
        "better than knowing nothing, beyond what chance explains",
        "health: unknown, since too little was asked of it to tell",
        "report: fivefold-runs/a1b2/report.html",
        "next: fivefold predict a1b2 NEW_ROWS.csv",
        "next: fivefold deploy a1b2",
    ]


def test_what_comes_next_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Done("other runs/a1b2/report.html", address="http://127.0.0.1:8080")), as_json=False)
    *_, predict, monitor = capsys.readouterr().out.splitlines()
    # A run of another folder is found by its own.
    assert predict == "next: fivefold predict 'other runs/a1b2' NEW_ROWS.csv"
    assert monitor == "next: fivefold monitor 'other runs/a1b2'"


def test_a_model_that_is_no_better_is_not_to_be_relied_on(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Done(better=False)), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "NOT clearly better than knowing nothing: do not rely on it" in lines
    assert [line for line in lines if line.startswith("next:")] == ["next: fivefold show a1b2 train"]


class Failed:
    """A run that could not be carried through."""

    def summary(self) -> Summary:
        return Summary("a1b2", "failed", "Port 80 is in use.", {}, (), None, None, None, (), "", "", None, "")


def test_why_a_run_failed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Failed()), as_json=False)
    assert capsys.readouterr().out.splitlines() == ["run a1b2: failed", "  Port 80 is in use."]
