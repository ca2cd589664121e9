"""The sheet: every letter can be read, in light, in dark and on paper."""

from __future__ import annotations

import re

import pytest

from fivefold.report.style import STYLE

LETTERS = ("ink", "soft", "accent", "good", "warn", "bad")
GROUNDS = ("paper", "sheet", "wash", "accent-wash")
ENOUGH = 4.5
"""Contrast that WCAG 2.2 asks of small letters."""


def palettes() -> list[dict[str, str]]:
    """Colours of the light sheet, then those that dark and paper put in their place."""
    found = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block))
        for block in re.findall(r":root \{([^}]*)\}", STYLE)
    ]
    assert len(found) == 3
    return [found[0], found[0] | found[1], found[0] | found[2]]


def channels(colour: str) -> tuple[float, float, float]:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def luminance(colour: tuple[float, float, float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark", "print"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_stands_out_from_its_ground(palette: dict[str, str], letter: str, ground: str) -> None:
    assert contrast(channels(palette[letter]), channels(palette[ground])) >= ENOUGH


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark", "print"])
@pytest.mark.parametrize(
    ("depth", "letter"), [(0.06, "ink"), (0.31, "ink"), (0.8, "on-accent"), (1.0, "on-accent")]
)
def test_counts_in_a_heat_map_can_be_read(palette: dict[str, str], depth: float, letter: str) -> None:
    accent, sheet = channels(palette["accent"]), channels(palette["sheet"])
    red, green, blue = (depth * over + (1 - depth) * under for over, under in zip(accent, sheet, strict=True))
    assert contrast(channels(palette[letter]), (red, green, blue)) >= ENOUGH


def test_the_sheet_can_stand_in_a_page_and_asks_for_nothing() -> None:
    assert "<" not in STYLE
    assert "url(" not in STYLE
    assert "@import" not in STYLE
