"""Currencies and percent signs beside numbers: said where they make different amounts of equal figures, and else not."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.journey import glance, make

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import Finding, Task

ROWS = 400


def frame(make_one: Callable[[random.Random], str]) -> pl.DataFrame:
    chance = random.Random(5)
    amounts = [make_one(chance) for _ in range(ROWS)]
    return pl.DataFrame(
        {"amount": amounts, "x": list(range(ROWS)), "y": [str(row % 2) for row in range(ROWS)]}
    )


def found(make_one: Callable[[random.Random], str], target: str = "y") -> list[Finding]:
    task: Task = "binary" if target == "y" else "regression"
    made = make(frame(make_one), target, task, checks=("units",))
    return [one for one in made.dataset.findings if one.check == "units"]


MIXED: list[tuple[Callable[[random.Random], str], set[str]]] = [
    (lambda c: f"{c.choice('$€¥£')}{c.uniform(10, 9_000):,.2f}", {"in $", "in €", "in ¥", "in £"}),
    (lambda c: f"{c.uniform(10, 9_000):.2f} {c.choice(['USD', 'JPY'])}", {"in $", "in ¥"}),
    (lambda c: f"{c.choice(['$', 'CHF '])}{c.randint(10, 90)}{c.choice(['', 'k'])}", {"in $", "in CHF"}),
    (
        lambda c: f"{c.uniform(10, 99):.2f}{c.choice([' EUR', ' €', '', '', ' PLN'])}",
        {"in €", "in PLN"},
    ),
    (
        lambda c: f"{c.uniform(5, 90):.1f}%" if c.random() < 0.5 else f"{c.uniform(0.05, 0.9):.3f}",
        {"in %", "without a mark"},
    ),
]


@pytest.mark.parametrize(("make_one", "marks"), MIXED)
@pytest.mark.parametrize("target", ["y", "amount"])
def test_amounts_that_are_not_of_one_kind_are_said(
    make_one: Callable[[random.Random], str], marks: set[str], target: str
) -> None:
    assert glance(frame(make_one), target).column("amount").kind == "number"
    (finding,) = found(make_one, target)
    assert finding.severity == "warning"
    assert finding.columns == ("amount",)
    assert {*finding.figures} == {"values", *marks}
    assert finding.figures["values"] == sum(int(finding.figures[mark] or 0) for mark in marks)
    assert finding.question


ALIKE: list[Callable[[random.Random], str]] = [
    lambda c: f"${c.uniform(10, 9_000):,.2f}",
    lambda c: f"{c.choice(['$', 'US$'])}{c.randint(10, 9_000)}",
    lambda c: f"{c.randint(10, 9_000)}{c.choice([' EUR', ' €', ''])}",
    lambda c: f"€{c.randint(10, 9_000)}" if c.random() > 0.002 else "$5",  # a slip
    lambda c: f"{c.uniform(5, 90):.1f}{c.choice(['%', ''])}",  # the sign was left out here and there
    lambda c: f"{c.uniform(0, 0.9):.2f}{c.choice(['%', ''])}",  # so few of a hundred
    lambda c: f"{c.randint(2, 90)}%" if c.random() < 0.9 else c.choice("01"),  # none, and one of a hundred
    lambda c: f"{c.uniform(5, 90):.1f} kg",
    lambda c: f"{c.uniform(5, 90):.3f}",
]


@pytest.mark.parametrize("make_one", ALIKE)
@pytest.mark.parametrize("target", ["y", "amount"])
def test_amounts_of_one_kind_are_left_alone(make_one: Callable[[random.Random], str], target: str) -> None:
    assert glance(frame(make_one), target).column("amount").kind == "number"
    assert not found(make_one, target)
