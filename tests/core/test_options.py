"""Options of a target: known, of the right kind, and whole."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.options import check_options, no_options, read_options
from fivefold.core.orders import Option, Order


@dataclass(frozen=True)
class Moon:
    crater: str
    depth: float = 1.0
    lit: bool = False


def test_options_become_a_record() -> None:
    assert read_options(Moon, "moon", Order(options={"crater": 7, "depth": 2})) == Moon("7", 2.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"crater": "a", "colour": "grey"}, "knows no option 'colour'.*crater, depth, lit"),
        (
            {"crater": "a", "log": "x.sqlite"},
            r"knows no option 'log'.*move it to .* such as \[deploy\.local\] log",
        ),
        (
            {"depth": 1.0},
            r"needs the option 'crater'.*Seen: depth.*\[deploy.moon\], or give --set crater=\.\.\.",
        ),
        ({"crater": 1.5}, "in quotes, as in --set crater='\"1.5\"'"),
        ({"crater": "a", "depth": True}, "'depth'.*a number"),
        ({"crater": "a", "lit": "yes"}, "'lit'.*true or false"),
    ],
)
def test_a_slip_is_named(options: dict[str, Option], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_options(Moon, "moon", Order(options=options))


def test_what_cannot_be_meant_is_named_with_what_is_expected() -> None:
    moon = Moon("a", depth=-1.0)
    check_options("moon", moon, [("crater", moon.crater, "a name")])
    with pytest.raises(SettingsError, match=r"'depth'.*-1\.0.*at least 0.*\[deploy\.moon\]"):
        check_options("moon", moon, [("crater", True, "a name"), ("depth", moon.depth >= 0, "at least 0")])


def test_a_target_without_options_says_so() -> None:
    with pytest.raises(SettingsError, match="no option at all"):
        no_options("none", Order(options={"crater": "a"}))


@dataclass(frozen=True)
class Mars:
    crater: str
    depth: float


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(
        SettingsError, match=r"needs the options 'crater', 'depth'.*--set crater=\.\.\. --set depth="
    ) as caught:
        read_options(Mars, "mars", Order())
    assert caught.value.expected == "crater: text, depth: a number"
