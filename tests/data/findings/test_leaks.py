"""One-column leaks: copies of the answer are found, and honest columns are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column, Finding, Kind, Role, Task
from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.data.findings.leaks import OneColumnLeaks
from fivefold.testing.findings import FindingSuite, checked, healthy

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 1200
NUMBER: tuple[Role, Kind] = ("number", "number")
WORD: tuple[Role, Kind] = ("category", "string")


def with_column(task: Task, values: pl.Series, kind: tuple[Role, Kind], table: CheckedTable) -> CheckedTable:
    column = Column("extra", kind[0], kind[1], nullable=True)
    frame = table.frame.with_columns(values.alias("extra"))
    return checked(task, frame, (*table.contract.columns, column))


def leaks(task: Task, values: object, kind: tuple[Role, Kind] = NUMBER, rows: int = ROWS) -> list[Finding]:
    """What is said about a column that a test makes from the target (given as numbers)."""
    table = healthy(task, rows)
    target = table.frame["outcome"]
    truth = target.to_numpy() if task == "regression" else target.rank("dense").to_numpy().astype(float)
    assert callable(values)
    made = pl.Series("extra", values(truth, np.random.default_rng(1)), strict=False)
    return list(OneColumnLeaks().inspect(with_column(task, made, kind, table)))


class TestOneColumnLeaks(FindingSuite):
    name = "leaks"

    def make(self) -> FindingCheck:
        return OneColumnLeaks()

    def troubled(self) -> CheckedTable:
        table = healthy("binary")
        return with_column("binary", table.frame["outcome"], WORD, table)


COPIES = [
    ("regression", lambda truth, chance: truth * 0.92, NUMBER),
    ("regression", lambda truth, chance: -np.exp(truth), NUMBER),
    ("regression", lambda truth, chance: np.round(truth, 2), NUMBER),
    ("regression", lambda truth, chance: truth + chance.normal(0, 0.01, truth.size), NUMBER),
    ("binary", lambda truth, chance: truth * 100 + chance.normal(0, 1, truth.size), NUMBER),
    ("binary", lambda truth, chance: np.where(truth == 1, np.nan, chance.normal(size=truth.size)), NUMBER),
    (
        "binary",
        lambda truth, chance: [f"{'left' if one == 1 else 'came'} {chance.integers(5)}" for one in truth],
        WORD,
    ),
    ("binary", lambda truth, chance: truth == 2, ("boolean", "boolean")),
    ("multiclass", lambda truth, chance: [f"room {one:.0f}" for one in truth], WORD),
    ("multiclass", lambda truth, chance: (truth * 7) % 5, NUMBER),
]


@pytest.mark.parametrize(("task", "values", "kind"), COPIES)
def test_a_copy_of_the_answer_is_left_out(task: Task, values: object, kind: tuple[Role, Kind]) -> None:
    (finding,) = leaks(task, values, kind)
    assert (finding.columns, finding.severity, finding.leave_out) == (("extra",), "severe", True)
    assert finding.question
    assert "extra" in finding.what
    assert finding.figures["rows"] == ROWS


HONEST = [
    ("regression", lambda truth, chance: truth + chance.normal(0, 0.2, truth.size), NUMBER),
    ("regression", lambda truth, chance: chance.normal(size=truth.size), NUMBER),
    ("regression", lambda truth, chance: [f"row {row}" for row in range(truth.size)], WORD),
    ("binary", lambda truth, chance: truth + chance.normal(0, 0.5, truth.size), NUMBER),
    ("binary", lambda truth, chance: [f"row {row}" for row in range(truth.size)], WORD),
    ("binary", lambda truth, chance: chance.integers(0, 700, truth.size), NUMBER),
    ("binary", lambda truth, chance: [f"c{number}" for number in chance.integers(0, 700, truth.size)], WORD),
    ("multiclass", lambda truth, chance: np.minimum(truth, 2), NUMBER),
]


@pytest.mark.parametrize(("task", "values", "kind"), HONEST)
def test_an_honest_column_is_left_alone(task: Task, values: object, kind: tuple[Role, Kind]) -> None:
    assert leaks(task, values, kind) == []


def test_a_few_giants_do_not_make_a_copy() -> None:
    table = healthy("regression", ROWS)
    giants = np.where(np.arange(ROWS) < 40, 1e6 * np.arange(ROWS), 0.0)
    noise = np.random.default_rng(2).normal(size=ROWS)
    frame = table.frame.with_columns(outcome=pl.Series(giants + noise))
    honest = checked("regression", frame, table.contract.columns)
    table = with_column("regression", pl.Series(giants), NUMBER, honest)
    assert not any(finding.leave_out for finding in OneColumnLeaks().inspect(table))


def test_a_near_copy_that_nothing_comes_near_is_left_out() -> None:
    (finding,) = leaks("regression", lambda truth, chance: truth + chance.normal(0, 0.06, truth.size))
    assert (finding.severity, finding.leave_out, finding.done) == (
        "severe",
        True,
        "left out of the features",
    )
    assert 0.995 <= float(finding.figures["score"] or 0) < 0.999
    assert 0.2 <= float(finding.figures["rest"] or 0) <= 0.6
    assert f"{finding.figures['rest']:.4f}" in finding.what
    assert "[data.columns]" in finding.question


def test_a_near_copy_is_warned_about_and_kept_where_the_rest_says_as_much() -> None:
    table = healthy("regression", ROWS)
    chance = np.random.default_rng(1)
    first, second = chance.lognormal(2, 0.5, ROWS), chance.lognormal(1, 0.5, ROWS)
    answer = first * 3 + second + chance.normal(0, 0.1, ROWS)
    frame = table.frame.with_columns(
        outcome=pl.Series(answer), height=pl.Series(first), weight=pl.Series(second)
    )
    easy = checked("regression", frame, table.contract.columns)
    noise = chance.normal(0, 0.5, ROWS)
    (finding,) = OneColumnLeaks().inspect(with_column("regression", pl.Series(answer + noise), NUMBER, easy))
    assert (finding.severity, finding.leave_out, finding.done) == ("warning", False, "")
    assert 0.995 <= float(finding.figures["score"] or 0) < 0.999


def noisy(truth: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    return truth + chance.normal(0, 0.09, truth.size)


@pytest.mark.parametrize("name", ["previous_outcome", "planned", "outcome_lag_1"])
def test_a_name_that_speaks_of_before_is_asked_about_and_not_left_out(name: str) -> None:
    table = healthy("regression", ROWS)
    values = noisy(table.frame["outcome"].to_numpy(), np.random.default_rng(3))
    for called, out in ((name, False), ("total", True)):
        column = Column(called, "number", "number", nullable=False)
        frame = table.frame.with_columns(pl.Series(called, values))
        found = OneColumnLeaks().inspect(checked("regression", frame, (*table.contract.columns, column)))
        assert any(finding.leave_out for finding in found) is out


def test_a_number_that_names_a_customer_is_no_copy() -> None:
    """Customers come back and do not change; what is known of each says nothing of how the column was made."""
    table = healthy("binary", ROWS)
    chance = np.random.default_rng(4)
    customer = chance.integers(0, 100, ROWS)
    kinds = chance.random(100) < 0.4
    truth = kinds[customer] ^ (chance.random(ROWS) < 0.01)
    frame = table.frame.with_columns(outcome=pl.Series(np.where(truth, "yes", "no").tolist()))
    honest = checked("binary", frame, table.contract.columns)
    found = OneColumnLeaks().inspect(
        with_column("binary", pl.Series(customer * 7919 % 104729), NUMBER, honest)
    )
    assert not any(finding.leave_out for finding in found)


def test_in_a_small_table_luck_is_no_proof() -> None:
    (finding,) = leaks("binary", lambda truth, chance: truth, rows=100)
    assert (finding.severity, finding.leave_out) == ("warning", False)


def test_dates_are_looked_at_too() -> None:
    table = healthy("binary", ROWS)
    seconds = table.frame["outcome"].rank("dense").cast(pl.Int64) * 10**9
    table = with_column("binary", seconds.cast(pl.Datetime("us")), ("date", "datetime"), table)
    assert [finding.columns for finding in OneColumnLeaks().inspect(table)] == [("extra",)]


def miswritten(truth: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    return np.where(chance.random(truth.size) < 0.01, chance.permutation(truth), truth * 1.2)


@pytest.mark.parametrize("noise", [1.0, 0.2])
def test_the_amount_itself_but_for_a_few_wrong_cells_is_left_out_however_easy_the_question(
    noise: float,
) -> None:
    table = healthy("regression", ROWS)
    answer = table.frame["outcome"].to_numpy()
    near = pl.Series("height", answer + np.random.default_rng(2).normal(0, noise, ROWS))
    easy = checked("regression", table.frame.with_columns(near), table.contract.columns)
    copy = pl.Series(miswritten(answer, np.random.default_rng(3)))
    found = OneColumnLeaks().inspect(with_column("regression", copy, NUMBER, easy))
    (finding,) = (one for one in found if one.leave_out)
    assert finding.columns == ("extra",)
    assert "is 'outcome' itself" in finding.what
    assert 0.98 <= float(finding.figures["score"] or 0) < 1.0


def test_a_near_copy_that_stands_alone_in_its_table_is_named() -> None:
    table = healthy("binary", ROWS)
    wrong = np.random.default_rng(5).random(ROWS) < 0.005
    values = pl.Series("extra", (table.frame["outcome"] == "yes").to_numpy() ^ wrong)
    frame = table.frame.with_columns(values)
    (finding,) = OneColumnLeaks().inspect(
        checked("binary", frame, (Column("extra", "boolean", "boolean", nullable=False),))
    )
    assert (finding.leave_out, finding.columns) == (True, ("extra",))
    assert float(finding.figures["rest"] or 0) <= 0.5


def coded(levels: int, name: Callable[[int, int], str], form: str = "") -> list[Finding]:
    """What is said of words that are named by the class (with 0.5 % of wrong cells) and a number."""
    table = healthy("binary", 2 * ROWS)
    chance = np.random.default_rng(6)
    wrong = chance.random(2 * ROWS) < 0.005
    classes = (table.frame["outcome"] == "yes").to_numpy() ^ wrong
    numbers = chance.integers(0, levels // 2, 2 * ROWS)
    words = [name(int(one), int(number)) for one, number in zip(classes, numbers, strict=True)]
    column = Column("extra", "category", "string", nullable=False, form=form)
    frame = table.frame.with_columns(extra=pl.Series(words))
    return list(OneColumnLeaks().inspect(checked("binary", frame, (*table.contract.columns, column))))


@pytest.mark.parametrize("levels", [200, 1000, 3000])
@pytest.mark.parametrize(
    "name",
    [
        lambda one, number: f"{'AB'[one]}{number}",
        lambda one, number: f"{('came', 'left')[one]} {number}",
        lambda one, number: f"{number:04d}-{'AB'[one]}",
    ],
)
def test_a_code_of_many_values_is_left_out_where_a_part_of_it_is_the_answer(
    levels: int, name: Callable[[int, int], str]
) -> None:
    (finding,) = coded(levels, name)
    assert (finding.leave_out, finding.columns) == (True, ("extra",))
    assert float(finding.figures["score"] or 0) >= 0.98
    assert "rest" in finding.figures


@pytest.mark.parametrize("levels", [60, 200, 1000])
def test_names_that_classes_hold_are_not_left_out(levels: int) -> None:
    def town(one: int, number: int) -> str:
        letters = np.random.default_rng(2 * number + one).integers(0, 26, 7)
        return "".join(chr(97 + letter) for letter in letters)

    assert not any(finding.leave_out for finding in coded(levels, town))


def test_the_beginning_of_a_postal_code_was_known_before() -> None:
    def code(one: int, number: int) -> str:
        return f"{4 + one}{number:04d}"

    assert any(finding.leave_out for finding in coded(400, code))
    assert not any(finding.leave_out for finding in coded(400, code, form="postal code"))


REMARK: tuple[Role, Kind] = ("text", "string")


def remark(words: str) -> Callable[[np.ndarray, np.random.Generator], list[str]]:
    """Texts of which those of the positive class hold some words in their midst."""
    return lambda truth, chance: [
        f"asked for {chance.integers(10**6)} {words if one == truth.max() else 'and no more'} by {chance.choice(['eve', 'dan'])}"
        for one in truth
    ]


def test_words_in_the_midst_of_a_text_are_found_and_named() -> None:
    (finding,) = leaks("binary", remark("- Account TERMINATED, thanks"), REMARK)
    assert finding.leave_out
    _, words = finding.what.split("by whether a text holds ")
    assert words.strip("'") in "account terminated thanks by"


def test_words_that_are_wrong_in_one_row_of_a_hundred_are_held_against_the_rest() -> None:
    def nearly(truth: np.ndarray, chance: np.random.Generator) -> list[str]:
        return remark("account terminated")(
            np.where(chance.random(truth.size) < 0.01, truth.min(), truth), chance
        )

    (finding,) = leaks("binary", nearly, REMARK)
    assert finding.leave_out
    assert "while all other columns together reach" in finding.what
    assert "holds" in finding.what


def test_words_of_a_person_are_not_repeated() -> None:
    table = healthy("binary", ROWS)
    truth = table.frame["outcome"].rank("dense").to_numpy().astype(float)
    column = Column("extra", "text", "string", nullable=False, personal=True)
    texts = pl.Series("extra", remark("Doe terminated")(truth, np.random.default_rng(1)))
    found = OneColumnLeaks().inspect(
        checked("binary", table.frame.with_columns(texts), (*table.contract.columns, column))
    )
    assert [one.what.endswith("holds certain words") for one in found] == [True]


def test_bands_of_the_amount_are_asked_about_and_stay() -> None:
    def band(truth: np.ndarray, chance: np.random.Generator) -> list[str]:
        return [f"S{one}" for one in np.searchsorted(np.quantile(truth, [0.1, 0.3, 0.5, 0.8]), truth)]

    (finding,) = leaks("regression", band, WORD)
    assert (finding.severity, finding.leave_out, finding.figures["bands"]) == ("warning", False, 5)
    assert finding.asks_for_leak


def test_a_category_whose_amounts_overlap_is_no_band() -> None:
    def rooms(truth: np.ndarray, chance: np.random.Generator) -> np.ndarray:
        return np.round(truth * 3 + chance.normal(0, 0.9, truth.size))

    assert leaks("regression", rooms) == []
