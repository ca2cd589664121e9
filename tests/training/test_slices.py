"""Slices: where errors are larger, and nowhere else."""

from __future__ import annotations

import numpy as np
import polars as pl

from fivefold.core.artefacts import Column, Contract
from fivefold.training.slices import stretches, worst_slices

ROWS = 2000


def table(seed: int) -> tuple[pl.DataFrame, Contract]:
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "city": rng.choice(["north", "south", "east"], ROWS),
            "age": rng.uniform(0, 80, ROWS),
            "name": rng.choice(["ann", "bob"], ROWS),
        }
    )
    columns = (
        Column("city", "category", "string", nullable=False),
        Column("age", "number", "number", nullable=False),
        Column("name", "category", "string", nullable=False, personal=True),
    )
    return frame, Contract("spent", "regression", (), None, columns, target_kind="number")


def test_where_errors_are_larger_is_named_with_its_size() -> None:
    frame, contract = table(0)
    errors = np.random.default_rng(1).exponential(size=ROWS)
    errors *= np.where(frame["city"].to_numpy() == "south", 3.0, 1.0)
    errors *= np.where(frame["name"].to_numpy() == "bob", 3.0, 1.0)
    found = worst_slices(frame, contract, errors)
    assert [(one.column, one.value) for one in found] == [("city", "south")]
    assert found[0].low < found[0].error < found[0].high
    assert found[0].rows == frame.filter(city="south").height


def test_even_errors_have_no_slice() -> None:
    found = [
        worst_slices(*table(seed), np.random.default_rng(seed + 100).exponential(size=ROWS))
        for seed in range(20)
    ]
    assert sum(map(len, found)) <= 1


def test_which_of_equally_frequent_values_are_looked_at_does_not_depend_on_chance() -> None:
    # A name that the library has for itself.
    columns = (Column("count", "category", "string", nullable=False),)
    contract = Contract("spent", "regression", (), None, columns, target_kind="number")
    for seed in range(5):
        mixed = np.random.default_rng(seed).permutation(
            [f"{number:02} to count" for number in range(40)] * 60
        )
        errors: np.ndarray = np.where(mixed == "00 to count", 2.0, 1.0) + np.arange(mixed.size) % 2.0
        found = worst_slices(pl.DataFrame({"count": mixed}), contract, errors)
        assert [(one.column, one.value) for one in found] == [("count", "00 to count")]


def test_a_quarter_that_holds_nobody_is_none() -> None:
    numbers = np.array(
        [0.0, 1, 2, 3, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10]
    )  # half of them end at a value that a quarter has
    found = list(stretches("age", numbers))
    assert [value for _, value, _ in found] == ["0 to 3", "3.5 to 6.75", "6.75 to 10"]
    assert np.sum([inside for _, _, inside in found], axis=0).tolist() == [1] * 14
