"""Values that mark a class: an indicator of one class of several, or another word than the usual one for one class alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column, Task
from fivefold.data.findings.filled_later import FilledLater
from fivefold.testing.findings import checked, healthy

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import Finding, Kind, Role
    from fivefold.core.protocols import CheckedTable

    Made = tuple[pl.Series, tuple[Role, Kind]]

TABLES = 20
ROWS = 1200


def codes(table: CheckedTable) -> np.ndarray:
    """The classes as 0, 1, ..."""
    return table.frame["outcome"].rank("dense").to_numpy().astype(int) - 1


def indicator(truth: np.ndarray, chance: np.random.Generator) -> Made:
    """Whether a row is of the middle class."""
    return pl.Series(truth == truth.max() // 2 + (truth.max() == 1)), ("boolean", "boolean")


def number_of_one_class(truth: np.ndarray, chance: np.random.Generator) -> Made:
    """3 for one class, 1, 2 and 4 for the others."""
    others = chance.choice([1, 2, 4], truth.size)
    return pl.Series(np.where(truth == truth.max(), 3, others)), ("number", "integer")


def words_for_most_of_one_class(truth: np.ndarray, chance: np.random.Generator) -> Made:
    """Two words for nine in ten of a class, and the usual one for all others."""
    mine = (truth == truth.max()) & (chance.random(truth.size) < 0.9)
    return pl.Series(np.where(mine, chance.choice(["moved", "ill"], truth.size), "home")), (
        "category",
        "string",
    )


def a_good_word(truth: np.ndarray, chance: np.random.Generator) -> Made:
    """More than eight in ten of the rows with a word are of its class."""
    right = chance.random(truth.size) < 0.8
    return pl.Series(np.where(right, truth, chance.integers(0, 3, truth.size)).astype(str)), (
        "category",
        "string",
    )


def a_rare_word(truth: np.ndarray, chance: np.random.Generator) -> Made:
    """A word that only one class has, in a tenth of its rows."""
    rare = (truth == truth.max()) & (chance.random(truth.size) < 0.1)
    return pl.Series(np.where(rare, "rare", chance.choice(["one", "other"], truth.size))), (
        "category",
        "string",
    )


def found(task: Task, seed: int, made: Callable[[np.ndarray, np.random.Generator], Made]) -> list[Finding]:
    table = healthy(task, ROWS, seed=seed)
    values, (role, kind) = made(codes(table), np.random.default_rng(seed))
    frame = table.frame.with_columns(values.alias("extra"))
    column = Column("extra", role, kind, nullable=False)
    findings = FilledLater().inspect(checked(task, frame, (*table.contract.columns, column)))
    return [finding for finding in findings if finding.columns == ("extra",)]


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("made", [indicator, number_of_one_class, words_for_most_of_one_class])
def test_a_value_that_gives_a_class_away_is_left_out(
    task: Task, made: Callable[[np.ndarray, np.random.Generator], Made]
) -> None:
    out = [any(finding.leave_out for finding in found(task, seed, made)) for seed in range(TABLES)]
    assert sum(out) >= 0.95 * TABLES


@pytest.mark.parametrize("task", ["binary", "multiclass"])
@pytest.mark.parametrize("made", [a_good_word, a_rare_word])
def test_a_value_that_only_says_much_stays_without_a_word(
    task: Task, made: Callable[[np.ndarray, np.random.Generator], Made]
) -> None:
    assert sum(bool(found(task, seed, made)) for seed in range(TABLES)) <= 0.05 * TABLES


def test_an_easy_question_is_no_leak() -> None:
    """The class follows from two other columns, and so does what marks it."""
    alarms = 0
    for seed in range(TABLES):
        chance = np.random.default_rng(seed)
        one, other = chance.normal(size=(2, ROWS))
        high = one + other + chance.normal(0, 0.03, ROWS) > 0.3
        frame = healthy("binary", ROWS, seed=seed).frame.with_columns(
            pl.Series("outcome", np.where(high, "yes", "no")),
            pl.Series("one", one),
            pl.Series("other", other),
            pl.Series("plan", np.where(one + other > 0.3, "b", "a")),
        )
        columns = (
            Column("one", "number", "number", nullable=False),
            Column("other", "number", "number", nullable=False),
            Column("plan", "category", "string", nullable=False),
        )
        alarms += bool(FilledLater().inspect(checked("binary", frame, columns)))
    assert alarms <= 0.05 * TABLES
