"""Artefacts in words for a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from tests.report.stories import story

from fivefold.cli.summary import show, show_step
from fivefold.core.artefacts import Finding
from fivefold.result import Summary

if TYPE_CHECKING:
    import pytest

    from fivefold.core.store import Stored
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


class Finished:
    """A run that has left columns out."""

    def summary(self) -> Summary:
        dropped = tuple((f"leak_{number}", "gives the answer away") for number in range(7))
        return Summary("a1b2", "done", "", {}, dropped, None, None, None, (), "", "", None, "")


def test_columns_that_were_left_out_are_named_with_their_reason(capsys: pytest.CaptureFixture[str]) -> None:
    show(cast("Result", Finished()), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert "left out: 'leak_0' (gives the answer away)" in lines
    assert lines[-1] == "left out: 2 more columns; 'fivefold show a1b2 data' names them"
