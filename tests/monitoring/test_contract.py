"""Values that training did not see: a few are chance, many are a broken source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from fivefold.core.protocols import Check
from fivefold.core.window import Window
from fivefold.monitoring.checks.contract import ContractCheck
from fivefold.testing.checks import CheckSuite, window


class TestContractCheck(CheckSuite):
    def make(self) -> Check:
        return ContractCheck()


def with_values(rows: int, column: str, value: object, share: float) -> Window:
    """A window in which a share of one column holds a given value."""
    given = window("binary", rows=rows)
    first = pl.int_range(pl.len()) < round(share * rows)
    changed = pl.when(first).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    return replace(given, rows=given.rows.with_columns(changed))


def test_a_new_category_in_many_rows_is_a_reason_to_watch() -> None:
    result = ContractCheck().inspect(with_values(200, "city", "Oslo", 0.1))
    assert result.verdict == "watch"
    assert "10.0 % of 'city' are categories that training never saw" in result.reason
    assert result.figures["unseen_categories"] == 20


def test_a_unit_that_changed_is_a_reason_to_act() -> None:
    result = ContractCheck().inspect(with_values(200, "age", 540.0, 0.5))
    assert result.verdict == "act"
    assert "'age' lie outside the range of training" in result.reason
    assert result.advice


def test_even_few_rows_can_prove_that_something_is_wrong() -> None:
    assert ContractCheck().inspect(with_values(12, "city", "Oslo", 1.0)).verdict == "act"


def test_one_odd_request_is_no_reason_to_give_up_a_release() -> None:
    one = with_values(1, "age", 540.0, 1.0)
    assert ContractCheck().inspect(one).verdict == "watch"
    rarely = with_values(400, "age", 540.0, 1 / 400)  # and nearly always missing otherwise
    gaps = rarely.rows.with_columns(pl.when(pl.col("age") == 540.0).then(pl.col("age")))
    assert ContractCheck().inspect(replace(rarely, rows=gaps)).verdict == "watch"


def test_few_rows_never_prove_that_all_is_well() -> None:
    assert ContractCheck().inspect(window("binary", rows=49)).verdict == "unknown"


def test_one_number_just_beyond_the_range_is_chance() -> None:
    result = ContractCheck().inspect(with_values(60, "age", 121.0, 1 / 60))
    assert result.figures["out_of_range"] == 1
    assert result.verdict == "healthy"


def test_further_columns_are_mentioned_and_no_reason_for_an_alarm() -> None:
    given = window("binary", rows=80)
    result = ContractCheck().inspect(replace(given, scores=given.scores.with_columns(extra=pl.lit(2))))
    assert result.verdict == "healthy"
    assert "80 rows came with further columns" in result.reason
    assert result.figures["rows_with_extra_columns"] == 80


def test_an_incomplete_list_of_categories_forbids_nothing() -> None:
    given = with_values(200, "city", "Oslo", 0.5)
    columns = tuple(replace(column, complete=column.name != "city") for column in given.contract.columns)
    open_ended = replace(given, contract=replace(given.contract, columns=columns))
    assert ContractCheck().inspect(open_ended).verdict == "healthy"


def test_more_broken_columns_than_can_be_named_are_counted() -> None:
    given = window("regression", rows=200)
    extremes = {f"x{position}": pl.lit(9e9) for position in range(5)}
    age = given.contract.columns[0]
    columns = (*given.contract.columns, *(replace(age, name=name) for name in extremes))
    reference = replace(
        given.reference,
        columns=(
            *given.reference.columns,
            *(replace(given.reference.columns[0], name=name) for name in extremes),
        ),
    )
    broken = replace(
        given,
        contract=replace(given.contract, columns=columns),
        reference=reference,
        rows=given.rows.with_columns(**extremes),
    )
    result = ContractCheck().inspect(broken)
    assert result.figures["columns_outside"] == 5
    assert "2 more columns" in result.reason


def test_small_tables_do_not_cry_wolf_over_their_ranges() -> None:
    # A range seen in 60 rows is left by three rows in a hundred, by chance alone.
    alarms = 0
    for seed in range(100):
        generator = np.random.default_rng(seed)
        seen, fresh = generator.normal(size=60), generator.normal(size=100)
        given = window("regression", rows=100)
        age = replace(given.contract.columns[0], minimum=float(seen.min()), maximum=float(seen.max()))
        sketched = replace(given.reference.columns[0], rows=60, missing=0, counts=(30, 30), edges=(0.0,))
        narrow = replace(
            given,
            contract=replace(given.contract, columns=(age,)),
            reference=replace(given.reference, columns=(sketched,)),
            rows=pl.DataFrame({"age": fresh}),
        )
        alarms += ContractCheck().inspect(narrow).verdict != "healthy"
    assert alarms <= 10
