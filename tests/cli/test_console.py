"""What is printed is what was said."""

from __future__ import annotations

import pytest

from fivefold.cli.console import Bar, note, say


def test_words_between_colons_are_no_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    said = '{"path": "a:on:b", "label": "[red]:car:[/red]"}'
    say(said)
    note(said)
    Bar().say(said)
    found = capsys.readouterr()
    assert found.out == f"{said}\n"
    assert found.err == f"{said}\n{said}\n"
