"""Bounds among numbers, from a table to a request."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.journey import glance, make

from fivefold.core import records
from fivefold.core.artefacts import ROW, Contract
from fivefold.runtime.values import clean

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnProfile

ROWS = 600


def table(values: list[str]) -> pl.DataFrame:
    """A table with one column of these values, in no order."""
    chance = random.Random(3)
    return pl.DataFrame(
        {
            "it": [chance.choice(values) for _ in range(ROWS)],
            "other": [chance.random() for _ in range(ROWS)],
            "y": [chance.choice(("no", "yes")) for _ in range(ROWS)],
        }
    )


def seen(values: list[str]) -> ColumnProfile:
    return glance(table(values), "y").column("it")


NUMBERS = [str(number) for number in range(5, 90)]


@pytest.mark.parametrize(
    ("values", "reading"),
    [
        ([*NUMBERS, "<5", ">90"], "bounds"),
        ([*NUMBERS, *["<5"] * 60], "bounds"),
        ([*NUMBERS, "unknown", "<= 0.1", "\u2265 100"], "bounds"),
        ([*(f"{number},5" for number in NUMBERS), "< 0,5"], "comma_bounds"),
        ([*(f"{number} mg" for number in NUMBERS), "< 5 mg", "100+ mg"], "bounds"),
        ([*NUMBERS, *["<5"] * 10, *["less than 5"] * 15], "bounds"),
        ([*NUMBERS, "over 90", "Up to 5", "5 or less"], "bounds"),
        ([*(f"{number} mg" for number in NUMBERS), "less than 5 mg", "> 90 mg"], "bounds"),
        (NUMBERS, "plain"),
    ],
)
def test_numbers_with_some_bounds_are_numbers(values: list[str], reading: str) -> None:
    one = seen(values)
    assert (one.role, one.reading) == ("number", reading)
    bounds = sum(
        text.startswith(("<", ">", "\u2265", "less", "over", "Up")) or "+" in text or "or" in text
        for text in table(values)["it"].to_list()
    )
    assert sum(made.cells for made in one.decisions if "bound" in made.what) == (
        bounds - table(values)["it"].to_list().count("100+ mg")
    )
    assert one.missing == table(values)["it"].to_list().count("unknown")


@pytest.mark.parametrize(
    "values",
    [
        ["<1", "1", "2", "3", "4+"],
        ["<1 year", "1-4 years", "5+ years"],
        ["<5", "5-9", "10-19", "20+"],
        [*NUMBERS[:9], *["<5"] * 12],
        [*("red", "green", "blue", "grey", "brown", "black"), "<5"],
    ],
)
def test_scales_words_and_other_units_are_no_numbers(values: list[str]) -> None:
    assert seen(values).kind == "string"


@pytest.mark.parametrize("others", [[], ["<5"] * 10])
@pytest.mark.parametrize(("share", "role"), [(3, "number"), (15, "category")])
def test_a_few_texts_in_many_cells_are_held_to_the_rule_of_a_twentieth(
    others: list[str], share: int, role: str
) -> None:
    values = [*NUMBERS, *others, *(f"see note {'abcde'[row % 5]}" for row in range(share))]
    one, lost = seen(values), sum(text.startswith("see") for text in table(values)["it"].to_list())
    assert one.role == role
    assert one.missing == (lost if role == "number" else 0)
    assert (lost <= 0.05 * ROWS) is (role == "number")


def test_a_bound_in_another_unit_is_not_read() -> None:
    values = [*(f"{number} mg" for number in NUMBERS), "< 5 ml"]
    one = seen(values)
    assert (one.reading, one.form, one.missing) == (
        "words", "amount in mg", table(values)["it"].to_list().count("< 5 ml"),
    )  # fmt: skip


def test_identifiers_and_codes_stay_what_they_are() -> None:
    codes = table([*NUMBERS, "<5"]).rename({"it": "customer_id"})
    assert glance(codes, "y").column("customer_id").role == "category"


def test_a_request_reads_a_bound_as_training_did() -> None:
    given = table([*NUMBERS, "<5", "> 90", "<0.5"])
    made = make(given, "y", "binary", checks=("constants",))
    column = next(
        one for one in records.load(Contract, made.contract, label="the contract").columns if one.name == "it"
    )
    assert (column.kind, column.reading, column.nullable, column.minimum) == ("number", "bounds", False, 0.5)
    for frame in (made.train, made.test):
        for row, value in zip(frame[ROW].to_list(), frame["it"].to_list(), strict=True):
            assert value == clean(given["it"][row], column)
    assert (clean("<5", column), clean("over 1,000", column), clean(7, column)) == (5.0, 1000.0, 7.0)


def test_a_target_with_bounds_is_read_and_says_so() -> None:
    values = table([*NUMBERS, "<5"]).rename({"it": "price"})
    one = glance(values, "price").column("price")
    assert (one.kind, one.missing, one.minimum) == ("number", 0, 5)
    assert [made for made in one.decisions if "bound" in made.what]
