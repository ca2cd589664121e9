"""Rows without a target, answers that may be none, and classes that are rare."""

from __future__ import annotations

import polars as pl
import pytest
from tests.data.findings import planted_answers as plant
from tests.data.journey import make

from fivefold.core.artefacts import Finding, Task
from fivefold.core.extract import ColumnWish
from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.data.findings.answers import DoubtfulAnswers
from fivefold.data.findings.balance import RareClasses
from fivefold.data.findings.targets import RowsWithoutTarget
from fivefold.testing.faults import Bed
from fivefold.testing.findings import FindingSuite, checked, healthy


def rare(count: int, rows: int = 600) -> CheckedTable:
    """A table with so many rows of the class ``yes``."""
    table = healthy("binary", rows)
    outcome = pl.Series("outcome", ["yes"] * count + ["no"] * (rows - count))
    return checked("binary", table.frame.with_columns(outcome), table.contract.columns)


class TestRowsWithoutTarget(FindingSuite):
    name = "targets"

    def make(self) -> FindingCheck:
        return RowsWithoutTarget()

    def troubled(self) -> CheckedTable:
        table = healthy("binary")
        return checked(
            "binary", table.frame, table.contract.columns, removed=(("'outcome' is missing", 250),)
        )


class TestRareClasses(FindingSuite):
    name = "balance"

    def make(self) -> FindingCheck:
        return RareClasses()

    def troubled(self) -> CheckedTable:
        return rare(5)

    def test_it_survives_tables_of_hardly_any_rows_or_values(self) -> None:
        for rows in (0, 1, 5):
            assert RareClasses().inspect(healthy("multiclass", rows))


class TestDoubtfulAnswers(FindingSuite):
    name = "answers"

    def make(self) -> FindingCheck:
        return DoubtfulAnswers()

    def troubled(self) -> CheckedTable:
        bed = Bed("multiclass", 500, 3)
        plant.rows_without_an_answer(bed)
        return bed.table()


def with_answers(values: list[str] | list[float]) -> pl.DataFrame:
    """A table of which these are the first answers, and a hundred of each of three usual ones the others."""
    usual: list[str] | list[float] = (
        ["stayed", "left", "back"] if isinstance(values[0], str) else [float(one) for one in range(40, 70)]
    )
    answers = [*values, *usual * (300 // len(usual))]
    return pl.DataFrame({"x": [one % 17 / 3 for one in range(len(answers))], "outcome": answers})


def task_of(values: list[str] | list[float]) -> Task:
    """The task that such answers make."""
    return "multiclass" if isinstance(values[0], str) else "regression"


def said(values: list[str] | list[float]) -> list[Finding]:
    """What the check says of such a table."""
    frame = with_answers(values).with_row_index("__row__")
    task = task_of(values)
    return list(DoubtfulAnswers().inspect(checked(task, frame, healthy(task).contract.columns[:0])))


@pytest.mark.parametrize("word", ["N/A", "?", "-", "NULL", "Unknown", "not available", "missing", "(blank)"])
def test_a_class_that_stands_for_no_answer_is_asked_about(word: str) -> None:
    (finding,) = said([word] * 20)
    assert finding.severity == "warning"
    assert f"'{word}' (20 rows)" in finding.what
    assert f'missing_values = ["{word}"] under [data.columns."outcome"]' in finding.question
    assert finding.examples[0]["outcome"] == word


def test_none_is_asked_about_softly_and_on_a_scale_not_at_all() -> None:
    (finding,) = said(["none"] * 20)
    assert finding.severity == "info"
    table = healthy("multiclass")
    scale = table.frame.with_columns(
        pl.col("outcome").replace({"low": "none", "middle": "mild", "high": "severe"})
    )
    assert not DoubtfulAnswers().inspect(checked("multiclass", scale, table.contract.columns))


def test_answers_in_two_spellings_are_named() -> None:
    (finding,) = said(["Stayed"] * 20 + ["STAYED"] * 10 + ["stayde"] * 3)
    assert (
        "'Stayed' for 'stayed' (20 rows), 'STAYED' for 'stayed' (10 rows), 'stayde' for 'stayed' (3 rows)"
        in finding.what
    )
    assert "write them alike" in finding.question


@pytest.mark.parametrize("value", [-999.0, 9999.0, 0.0])
def test_an_amount_far_from_all_others_is_asked_about(value: float) -> None:
    (finding,) = said([value] * 12)
    assert finding.severity == "warning"
    assert finding.figures["rows"] == 12


@pytest.mark.parametrize(
    ("values", "word"), [(["N/A"] * 20, "N/A"), ([-999.0] * 20, "-999"), ([0.0] * 20, "0")]
)
def test_what_the_person_says_of_such_values_is_done_and_told(
    values: list[str] | list[float], word: str
) -> None:
    frame, task = with_answers(values), task_of(values)
    asked = make(frame, "outcome", task, checks=("answers",))
    assert [one.check for one in asked.dataset.findings] == ["answers"]
    assert not asked.dataset.removed
    aside = make(
        frame, "outcome", task, checks=("answers",), wishes={"outcome": ColumnWish(missing_values=(word,))}
    )
    assert aside.dataset.removed == (("'outcome' is missing", 20),)
    assert aside.train.height + aside.test.height == 300
    assert not aside.dataset.findings
    kept = make(
        frame, "outcome", task, checks=("answers",), wishes={"outcome": ColumnWish(missing_values=())}
    )
    assert not kept.dataset.findings
    assert not kept.dataset.removed


def test_rows_set_aside_are_counted_by_reason() -> None:
    table = healthy("binary")
    removed = (("'outcome' is missing", 2), ("'when' is missing", 98))
    few, many = RowsWithoutTarget().inspect(
        checked("binary", table.frame, table.contract.columns, removed=removed)
    )
    assert few.what == "In 2 of 850 rows 'outcome' is missing"
    assert (few.severity, few.question) == ("info", "")
    assert many.severity == "warning"
    assert many.question


def test_a_rare_class_is_named() -> None:
    few, share = RareClasses().inspect(rare(5))
    assert "'yes' (5)" in few.what
    assert few.severity == "warning"
    assert share.figures["share"] == 0.00833
    (only,) = RareClasses().inspect(rare(20))
    assert only.severity == "info"
    assert "3.33 %" in only.what
    assert not RareClasses().inspect(rare(40))


def test_a_class_that_training_does_not_have_is_counted() -> None:
    (finding,) = [one for one in RareClasses().inspect(rare(0)) if one.severity == "warning"]
    assert "'yes' (0)" in finding.what
