"""Roles: what a column is taken for, seen through a first look at a table."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.data.journey import glance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import ColumnProfile

ROWS = 400
FIRST = ("Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal")
LAST = ("Ash", "Birch", "Cedar", "Elm", "Fir", "Oak", "Pine", "Rowan", "Willow", "Yew")


def profile(name: str, values: Sequence[object]) -> ColumnProfile:
    """The profile of one column, repeated over the rows of a table with a dull target."""
    column = pl.Series(name, (list(values) * (ROWS // len(values) + 1))[:ROWS], strict=False)
    target = pl.Series("y", ["no", "yes"] * (ROWS // 2))
    return glance(pl.DataFrame([column, target]), "y").column(name)


def drawn(make: object, seed: int = 0) -> list[object]:
    """One value per row."""
    chance = random.Random(seed)
    assert callable(make)
    return [make(chance) for _ in range(ROWS)]


UNIQUE = list(range(ROWS))
TITLES = drawn(
    lambda chance: f"{chance.choice(FIRST)} and the {chance.choice(LAST)} of {chance.random():.5f}"
)
NAMES = drawn(lambda chance: f"{chance.choice(LAST)}{chance.random():.6f}, {chance.choice(FIRST)}")
STORIES = drawn(lambda chance: " ".join(chance.choice(FIRST + LAST) for _ in range(chance.randint(8, 20))))

CASES = [
    # name, values, role, kind
    ("size", [1.5, 2.5, 4.0], "number", "number"),
    ("size", [1, 2, 3], "number", "integer"),
    ("size", ["1", "2", "30"], "number", "integer"),
    ("size", ["1.5", "2", "-3e2"], "number", "number"),
    ("size", ["1.0", "2.0"], "number", "number"),
    ("size", ["1", "2", "NA", "", None, "?", "3"], "number", "integer"),
    ("size", ["$1,234.50", "12 %", "3.4k", "19M"], "number", "number"),
    ("size", ["1.234,50", "0,5", "12,25"], "number", "number"),
    ("zip", ["01234", "90210", "10115"], "category", "string"),
    ("code", [f"{row:05d}" for row in UNIQUE], "identifier", "string"),
    ("code", [2**60 + row for row in UNIQUE], "identifier", "string"),
    ("code", [str(10**20 + row) for row in UNIQUE], "identifier", "string"),
    ("customer_id", UNIQUE, "identifier", "string"),
    ("CustomerId", [row // 4 for row in UNIQUE], "category", "string"),
    ("patient_id", [row // 4 + 0.0 for row in UNIQUE], "category", "integer"),
    ("patient_id", [f"{row // 4}.0" for row in UNIQUE], "category", "integer"),
    ("id", [str(uuid.UUID(int=row << 64)) for row in UNIQUE], "identifier", "string"),
    ("token", [f"k{row * 7919:x}" for row in UNIQUE], "identifier", "string"),
    ("index", UNIQUE, "identifier", "integer"),
    ("Unnamed: 0", UNIQUE, "identifier", "integer"),
    ("day", UNIQUE, "identifier", "integer"),
    ("n0", [row + 1 for row in UNIQUE], "identifier", "integer"),
    ("a", [f"{row}" for row in UNIQUE], "identifier", "integer"),
    ("humidity", [row + 2 for row in UNIQUE], "number", "integer"),
    ("humidity", UNIQUE[::-1], "number", "integer"),
    ("humidity", [*UNIQUE[1::-1], *UNIQUE[2:]], "number", "integer"),
    ("humidity", [*UNIQUE[:-1], ROWS], "number", "integer"),
    ("humidity", [0, *UNIQUE[:-1]], "number", "integer"),
    ("humidity", [None, *UNIQUE[:-1]], "number", "integer"),
    ("humidity", [row + 0.5 for row in UNIQUE], "number", "number"),
    ("paid", [row * 3 for row in UNIQUE], "number", "integer"),
    ("when", ["2016-04-29", "2016-05-01", "2017-01-01"], "date", "datetime"),
    ("when", ["29 Apr 2016", "1 May 2016", ""], "date", "datetime"),
    ("when", ["2016-04-29 18:38:08", "2016-05-01T01:02:03Z"], "date", "datetime"),
    ("when", ["03/04/2016", "05/06/2016", "07/08/2016"], "category", "string"),
    ("smoker", ["yes", "no", "no"], "boolean", "boolean"),
    ("smoker", ["T", "F", "NA"], "boolean", "boolean"),
    ("smoker", ["✓", "✗", "✔\ufe0f"], "boolean", "boolean"),
    ("smoker", ["☑", "☐"], "boolean", "boolean"),
    ("result", ["Positive", "negative", "NA"], "boolean", "boolean"),
    ("pupil", ["present", "absent"], "boolean", "boolean"),
    ("alarm", ["enabled", "DISABLED"], "boolean", "boolean"),
    ("exam", ["pass", "fail", "passed"], "boolean", "boolean"),
    ("pupil", ["present", "absent", "off"], "category", "string"),
    ("exam", ["pass", "no"], "category", "string"),
    ("smoker", [True, False], "boolean", "boolean"),
    ("smoker", [0, 1, 1], "boolean", "boolean"),
    ("smoker", ["0", "1"], "boolean", "boolean"),
    ("smoker", [0.0, 1.0, None], "boolean", "boolean"),
    ("smoker", [0, 2], "number", "integer"),
    ("size", [*["NA"] * 2, "-"], "category", "string"),
    ("shop_id", ["a1", "b2", "c3"], "category", "string"),
    ("sex", ["F", "M"], "category", "string"),
    ("city", ["Graz", "Lyon", "Porto"], "category", "string"),
    ("genre", ["Based on a Real Life Event", "Original Screenplay"], "category", "string"),
    ("phone", [f"555 {row * 7:04d}" for row in UNIQUE], "identifier", "string"),
    ("title", TITLES, "text", "string"),
    ("Name", NAMES, "text", "string"),
    ("story", STORIES, "text", "string"),
    ("same", ["x"], "constant", "string"),
    ("same", [3], "constant", "integer"),
    ("same", [None], "constant", "string"),
    ("flag", ["x", None], "category", "string"),
    ("flag", [7.0, None], "number", "number"),
]


@pytest.mark.parametrize(("name", "values", "role", "kind"), CASES)
def test_a_column_is_taken_for_what_a_person_would_say(
    name: str, values: list[object], role: str, kind: str
) -> None:
    seen = profile(name, values)
    assert (seen.role, seen.kind) == (role, kind), seen.why
    assert seen.why


def test_missing_words_count_as_missing_where_a_number_is_expected() -> None:
    assert profile("size", ["1", "2", "NA", "3"]).missing == ROWS // 4
    assert profile("size", ["$1", "$2", "NA", "$3"]).missing == ROWS // 4
    assert profile("city", ["Graz", "Lyon", "none", "Porto"]).missing == 0


def test_a_few_strange_words_do_not_hide_a_column_of_numbers() -> None:
    seen = profile("size", [*map(str, range(99)), "twelve"])
    assert (seen.role, seen.kind, seen.missing) == ("number", "integer", ROWS // 100)
    assert "but 4" in seen.why


def test_the_range_of_numbers_and_dates_written_as_text_is_known() -> None:
    size = profile("size", ["$1,000", "$250", "1.5k"])
    assert (size.minimum, size.maximum) == (250.0, 1500.0)
    when = profile("when", ["1970-01-02", "1970-01-01"])
    assert (when.minimum, when.maximum) == (0.0, 86400.0)


@pytest.mark.parametrize("text", [False, True])
def test_an_ordered_column_is_seen_to_be_ordered(text: bool) -> None:
    days = [f"2016-{1 + row // 28:02d}-{1 + row % 28:02d}" for row in range(300)] if text else UNIQUE
    assert profile("day", list(days)[:300]).sorted_share > 0.99
    assert profile("day", [3, 1, 2]).sorted_share < 0.8


@pytest.mark.parametrize("text", [False, True], ids=["numbers", "dates"])
def test_a_falling_column_is_seen_to_fall_also_where_neighbours_are_equal(text: bool) -> None:
    days = [(ROWS - row) // 2 for row in range(ROWS)]
    moments = [f"2016-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in days[-600:]]
    assert profile("day", list(moments) if text else list(days)).sorted_share == 0.0


def test_extremes_far_from_the_rest_are_called_heavy_tails() -> None:
    chance = random.Random(1)
    assert not profile("size", [chance.gauss(0, 1) for _ in UNIQUE]).heavy_tailed
    assert profile("size", [chance.paretovariate(0.8) for _ in UNIQUE]).heavy_tailed
    assert profile("size", [0.0] * 380 + [float(row) for row in range(20, 40)]).heavy_tailed
    assert not profile("size", [0, 0, 0, 1, 0, 5]).heavy_tailed


def test_frequent_values_are_listed_and_single_ones_are_nobodys_business() -> None:
    assert profile("city", ["Graz", "Lyon", "Graz", "Porto"]).top == (
        ("Graz", 200),
        ("Lyon", 100),
        ("Porto", 100),
    )
    assert profile("Name", NAMES).top == ()
