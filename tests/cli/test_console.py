"""What is printed is what was said."""

from __future__ import annotations

import io
import sys

import pytest

from fivefold.cli.console import ERRORS, Bar, note, say


class Terminal(io.StringIO):
    """Where a bar is drawn."""

    def isatty(self) -> bool:
        return True


def test_words_between_colons_are_no_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    said = '{"path": "a:on:b", "label": "[red]:car:[/red]"}'
    say(said)
    note(said)
    Bar().say(said)
    found = capsys.readouterr()
    assert found.out == f"{said}\n"
    assert found.err == f"{said}\n{said}\n"


def test_brackets_in_a_name_are_no_markup_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(
        ERRORS, "is_interactive", True
    )  # found out when it was made, for the tests' own output
    monkeypatch.setenv("TERM", "xterm")
    with Bar() as bar:
        bar.advance(0.5, "fit [red]5[/x]")
    assert "fit [red]5[/x]" in terminal.getvalue()
