"""Texts read as whole columns are what they are one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.artefacts import Column
from fivefold.core.errors import RequestError
from fivefold.runtime.columns import read_texts
from fivefold.runtime.frames import clean_series
from fivefold.runtime.values import clean

if TYPE_CHECKING:
    from fivefold.core.artefacts import Kind, Reading
    from fivefold.runtime.values import Cleaned

MANY = 200
PLAIN = [
    "1",
    "-2.5",
    "+3",
    ".5",
    "5.",
    "1e3",
    "1E-3",
    "007",
    "1e999",
    "inf",
    "-inf",
    "nan",
    "1_000",
    "0x10",
    " 12 ",
    "12\n",
]
WHOLE = [
    "9007199254740993",
    "9007199254740991",
    "-9223372036854775808",
    "9223372036854775808",
    "12.0",
    "1.5",
    "1e2",
]
MONEY = [
    "$1,234.50",
    "$12",
    "€7.25",
    "1,234",
    "1,234,567.8",
    "12,34",
    "0,123",
    "$0012.5",
    "$1,23",
    "1.234,50",
    "(1,234)",
    "12 %",
]
DATES = [
    "2016-04-29",
    "2016-02-30",
    "0000-01-01",
    "2016-4-9",
    "20160429",
    "2016-04-29 24:00:00",
    "2016-04-29 18:38:60",
]
MOMENTS = [
    "2016-04-29 18:38:08",
    "2016-04-29T18:38:08",
    "2016-04-29T18:38:08Z",
    "2016-04-29T18:38:08+02:00",
    "1999-12-31 00:00:00",
]
TIMES = ["38:18", "1:02:03", "38:18.5", "90 s", "08:30"]
BOUNDS = ["<5", "> 90", "<= 0.1", "≥1,000", "5+", "<0,5", "<5+", "<", "+", "<-3", "1,000+", "<$5", "<x"]
WORDS = ["", " ", "NA", "-", "much", "null", "999", "1900-01-01"]
TEXTS = [*PLAIN, *WHOLE, *MONEY, *DATES, *MOMENTS, *BOUNDS, *TIMES, *WORDS]
KINDS: list[tuple[Kind, Reading]] = [
    ("number", "plain"), ("number", "words"), ("integer", "plain"), ("integer", "words"), ("datetime", "plain"), ("number", "bounds"), ("integer", "bounds"), ("number", "comma_bounds"),
    ("number", "duration"), ("number", "minutes_first"),
]  # fmt: skip


def one_by_one(texts: list[str | None], column: Column) -> list[Cleaned]:
    """What ``clean`` makes of every text; nothing where it refuses."""
    read: list[Cleaned] = []
    for text in texts:
        try:
            read.append(clean(text, column))
        except RequestError:
            read.append(None)
    return read


@given(
    st.sampled_from(KINDS),
    st.lists(
        st.none() | st.sampled_from(TEXTS) | st.text("0123456789.,$-+<>=eE :TZ", max_size=20),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([(), ("999",), ("1900-01-01", "?"), ("1234", "$12")]),
)
def test_a_column_of_texts_is_read_as_its_texts_are(
    what: tuple[Kind, Reading], texts: list[str | None], missing: tuple[str, ...]
) -> None:
    column = Column("it", "number", what[0], nullable=True, reading=what[1], missing_values=missing)
    many = texts * MANY
    assert clean_series(pl.Series("it", many, dtype=pl.String), column, strict=False).to_list() == (
        one_by_one(texts, column) * MANY
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [("number", "-12.5"), ("integer", "12"), ("number", "$1,234.50"), ("number", "1,234"), ("datetime", "2016-04-29"),
     ("datetime", "2016-04-29 18:38:08"), ("datetime", "2016-04-29T18:38:08Z")],
)  # fmt: skip
def test_usual_forms_are_read_as_a_whole(kind: Kind, text: str) -> None:
    column = Column("it", "number", kind, nullable=True, reading="words")
    read = read_texts(pl.Series("it", [text, None] * MANY), column)
    assert read is not None
    assert read.null_count() == MANY


@pytest.mark.parametrize("missing", ["$12", "12.0", "1.2e1"])
def test_a_missing_value_is_one_however_it_is_written(missing: str) -> None:
    column = Column("it", "number", "number", nullable=True, reading="words", missing_values=(missing,))
    read = clean_series(pl.Series("it", ["$12", "12", "13"] * MANY), column, strict=False)
    assert read.to_list() == one_by_one(["$12", "12", "13"], column) * MANY


def test_a_column_of_one_form_with_strangers_is_read_to_its_end() -> None:
    column = Column("day", "date", "datetime", nullable=True)
    texts = ["2016-04-29"] * MANY + ["29 Apr 2016", "never", None]
    read = clean_series(pl.Series("day", texts), column, strict=False)
    assert read.null_count() == 2
    assert read.n_unique() == 2
