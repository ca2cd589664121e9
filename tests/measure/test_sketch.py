"""A sketch counts every row once, and counts the rows that it was made of as it did when it was made."""

from __future__ import annotations

import tracemalloc

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core import records
from fivefold.core.artefacts import Column, ColumnReference, Contract, Kind, Reference, Role, Task
from fivefold.measure.sketch import count, sketch


def contract(*columns: tuple[str, Role, Kind], task: Task = "regression", classes: int = 0) -> Contract:
    names = tuple(f"class {number}" for number in range(classes))
    made = tuple(Column(name, role, kind, nullable=True) for name, role, kind in columns)
    return Contract("y", task, names, names[-1] if task == "binary" else None, made)


def of_column(values: pl.Series, role: Role, kind: Kind) -> ColumnReference:
    reference = sketch(values.to_frame(), contract((values.name, role, kind)), np.zeros((3, 1)))
    return reference.columns[0]


def days(*dates: str | None) -> pl.Series:
    return pl.Series("d", dates, dtype=pl.String).str.to_datetime()


def test_numbers_of_many_values_are_cut_into_bins_of_equal_share() -> None:
    made = of_column(pl.Series("x", np.arange(1000.0)), "number", "number")
    assert made.counts == (100,) * 10
    assert made.edges[0] == 99.0
    assert (made.rows, made.missing) == (1000, 0)


def test_a_frequent_value_has_a_bin_that_ends_with_it() -> None:
    values = np.concatenate([np.zeros(900), np.linspace(1, 2, 100)])
    made = of_column(pl.Series("x", values), "number", "number")
    assert made.edges[0] == 0.0
    assert made.counts[0] == 900


def test_few_values_get_a_bin_each() -> None:
    made = of_column(pl.Series("x", [3, 1, 1, 2, None]), "number", "integer")
    assert made.edges == (1.0, 2.0)
    assert made.counts == (2, 1, 1)
    assert made.missing == 1


def test_categories_are_counted_by_name_most_frequent_first() -> None:
    made = of_column(pl.Series("c", ["b", "a", "b", None]), "category", "string")
    assert made.categories == ("b", "a")
    assert made.counts == (2, 1, 0)
    assert made.missing == 1


def test_one_long_category_does_not_make_all_rows_long() -> None:
    values = pl.Series("c", ["x" * 2_000, *(["b", "a\0"] * 2_500)])
    tracemalloc.start()
    try:
        made = of_column(values, "category", "string")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.categories == ("a\0", "b", "x" * 2_000)
    assert made.counts == (2_500, 2_500, 1, 0)
    assert peak < 5_000_000  # four bytes for each character of the longest, in every row, would be 40 MB


def test_only_the_frequent_categories_are_named() -> None:
    words = [f"word {number:03}" for number in range(100)] + ["word 007"] * 50
    made = of_column(pl.Series("c", words), "category", "string")
    assert made.categories[0] == "word 007"
    assert len(made.categories) == len(made.counts) - 1 == 30
    assert sum(made.counts) == 150


def test_booleans_are_categories() -> None:
    made = of_column(pl.Series("b", [True, True, False, None]), "boolean", "boolean")
    assert made.categories == ("true", "false")
    assert made.counts == (2, 1, 0)


def test_dates_are_seconds_since_1970() -> None:
    made = of_column(days("1970-01-02", "1970-01-03", None), "date", "datetime")
    assert made.edges == (86_400.0,)
    assert made.counts == (1, 1)
    assert count(made, days("1969-01-01")) == ((1, 0), 0)


def test_texts_are_counted_by_their_words() -> None:
    made = of_column(pl.Series("t", ["Cheese, blue", "Oil", "fat-free milk", None]), "text", "string")
    assert made.edges == (1.0, 2.0)
    assert made.counts == (1, 1, 1)
    assert count(made, pl.Series(["one", "two words", "no less than five words"])) == ((1, 1, 1), 0)


@pytest.mark.parametrize(
    ("values", "role", "kind"),
    [
        (pl.Series("x", [None, None], dtype=pl.Float64), "number", "number"),
        (pl.Series("x", [None, None], dtype=pl.String), "category", "string"),
        (pl.Series("x", [], dtype=pl.Float64), "number", "number"),
    ],
)
def test_a_column_without_values_has_one_empty_bin(values: pl.Series, role: Role, kind: Kind) -> None:
    made = of_column(values, role, kind)
    assert (made.counts, made.missing) == ((0,), len(values))
    assert count(made, values) == ((0,), len(values))


def test_the_score_is_the_positive_class_the_predicted_class_or_the_number() -> None:
    frame = pl.DataFrame({"x": [1.0]})
    number: tuple[str, Role, Kind] = ("x", "number", "number")
    positive = np.linspace(0, 1, 101)
    binary = sketch(
        frame, contract(number, task="binary", classes=2), np.column_stack([1 - positive, positive])
    )
    assert binary.score.name == "(score)"
    assert binary.score.edges[0] == pytest.approx(0.1)
    several = sketch(frame, contract(number, task="multiclass", classes=3), np.eye(3)[[0, 2, 2]])
    assert several.score.categories == ("class 2", "class 0")
    assert several.score.counts == (2, 1, 0)
    numbers = sketch(frame, contract(number), np.array([[5.0], [7.0]]))
    assert (numbers.score.edges, numbers.score.counts) == ((5.0,), (1, 1))


def test_values_that_training_did_not_see_fall_into_the_outer_bins() -> None:
    numbers = ColumnReference("x", 3, 0, (1.0, 2.0), (), (1, 1, 1))
    assert count(numbers, pl.Series([-9.0, 9.0, float("nan"), None])) == ((1, 0, 1), 2)
    words = ColumnReference("c", 3, 0, (), ("a", "b"), (2, 1, 0))
    assert count(words, pl.Series(["a", "new", None])) == ((1, 0, 1), 1)


@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=200)
)
@settings(max_examples=60, deadline=None)
def test_counting_the_same_rows_gives_the_same_counts(values: list[float | None]) -> None:
    series = pl.Series("x", values, dtype=pl.Float64)
    made = of_column(series, "number", "number")
    assert len(made.counts) == len(made.edges) + 1
    assert list(made.edges) == sorted(set(made.edges))
    assert sum(made.counts) + made.missing == made.rows == len(values)
    assert count(made, series) == (made.counts, made.missing)


def test_a_sketch_survives_json() -> None:
    frame = pl.DataFrame({"x": [0.1, 0.2], "c": ["a", None]})
    made = sketch(frame, contract(("x", "number", "number"), ("c", "category", "string")), np.zeros((2, 1)))
    assert records.load(Reference, records.dump(made), label="sketch") == made
