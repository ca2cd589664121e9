"""Cleaning of frames, and that it agrees with the cleaning of values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.core.artefacts import Column, Contract, Kind, Reading, Role
from fivefold.core.errors import InputError, RequestError
from fivefold.runtime.dates import DAY_OF_YEAR, EPOCHS, MONTH_OF_YEAR
from fivefold.runtime.frames import clean_frame, clean_series, distinct, near_names
from fivefold.runtime.values import MISSING_WORDS, clean

if TYPE_CHECKING:
    from fivefold.core.tables import Frame
    from fivefold.runtime.values import Cleaned

KINDS: tuple[Kind, ...] = ("number", "integer", "boolean", "string", "datetime")
MOMENTS = st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001
WRITTEN = st.one_of(
    st.text(max_size=8),
    st.sampled_from([*MISSING_WORDS, "$1,234.50", "12 %", "(3)", "1.0", "yes", "F", " 0 ", "1e400", "2016-04-29"]),
    st.sampled_from(["1.234", "1,234", "3 kg", "1:30:00", "05/04/16", "05/04/2016", "999", " 999 ", "5.", ".5", "+7"]),
    st.sampled_from(["38:18", "38:18.5", "1:02:03", "<5", "> 90", "<= 0,1", ">=1,000", "5+", "<0.5", "≤3 kg"]),
    st.sampled_from(["9007199254740993", "9223372036854775808", "201604", "1461954000", "1900-01-01"]),
    st.sampled_from(["2022-017", "2021-366", "17th of January 2022", "17 Jan. 2022", "2022-W03-1"]),
    st.floats().map(str),
    MOMENTS.map(str),
)  # fmt: skip
# A Polars type, and values that a column of that type can hold.
STORED: tuple[tuple[pl.DataType, st.SearchStrategy[object]], ...] = (
    (pl.Float64(), st.floats()),
    (pl.Float64(), st.integers(-5, 5).map(float)),
    (pl.Float32(), st.floats(width=32)),
    (pl.Int64(), st.integers(-(2**63), 2**63 - 1)),
    (pl.UInt64(), st.integers(0, 2**64 - 1)),
    (pl.Int64(), st.sampled_from([0, 999, -1, 1461954000, 201604, 20160429, 10**17])),
    (pl.Float64(), st.sampled_from([0.0, 999.0, -1.0, 1461954000.5, 201604.0, 20160429.0, 1e17])),
    (pl.Int8(), st.integers(-2, 2)),
    (pl.Boolean(), st.booleans()),
    (pl.String(), WRITTEN),
    (pl.Categorical(), st.sampled_from(["a", " b ", "", "3"])),
    (pl.Enum(["a", "b", "1.5"]), st.sampled_from(["a", "b", "1.5"])),
    (pl.Date(), st.dates(min_value=date(1700, 1, 1), max_value=date(2200, 1, 1))),
    (pl.Datetime("us"), MOMENTS),
    (pl.Datetime("ms"), MOMENTS.map(lambda moment: moment.replace(microsecond=0))),
    (pl.Datetime("us", "Europe/Rome"), MOMENTS),
    (pl.Decimal(10, 2), st.decimals(-1000, 1000, places=2)),
    (pl.Object(), st.one_of(st.booleans(), st.integers(-3, 3), st.floats(), WRITTEN)),
    (pl.Null(), st.none()),
)  # fmt: skip


def column(
    kind: Kind, reading: Reading = "plain", missing_values: tuple[str, ...] = (), form: str = ""
) -> Column:
    role: Role = "category" if kind == "string" else "number"
    return Column("it", role, kind, nullable=True, reading=reading, missing_values=missing_values, form=form)


def one_by_one(series: pl.Series, wanted: Column) -> tuple[list[Cleaned], int]:
    """What the cleaning of values gives, None where it refuses, and how often it refuses."""
    cleaned: list[Cleaned] = []
    refused = 0
    for value in series.to_list():
        try:
            cleaned.append(clean(value, wanted))
        except RequestError:
            cleaned.append(None)
            refused += 1
    return cleaned, refused


def agrees(series: pl.Series, wanted: Column) -> None:
    """A column is cleaned as its values are, with and without mercy."""
    expected, refused = one_by_one(series, wanted)
    assert clean_series(series, wanted, strict=False).to_list() == expected
    if refused:
        with pytest.raises(RequestError, match="'it'") as caught:
            clean_series(series, wanted, strict=True)
        assert caught.value.code == "wrong_type"
    else:
        assert clean_series(series, wanted, strict=True).to_list() == expected


@settings(max_examples=400)
@given(st.data(), st.sampled_from(KINDS), st.sampled_from(STORED))
def test_a_frame_is_cleaned_as_its_values_are(
    data: st.DataObject, kind: Kind, stored: tuple[pl.DataType, st.SearchStrategy[object]]
) -> None:
    dtype, values = stored
    series = pl.Series("it", data.draw(st.lists(st.none() | values, max_size=6)), dtype=dtype)
    reading = data.draw(st.sampled_from(get_args(Reading)))
    form = data.draw(st.sampled_from(["", "", "amount in kg", DAY_OF_YEAR, MONTH_OF_YEAR, *EPOCHS]))
    missing = data.draw(
        st.sampled_from([(), (), ("999", "-1"), ("1900-01-01", "b", "1"), ("$1,234.50", "F")])
    )
    agrees(series, column(kind, reading, missing, form))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "values",
    [
        [1, 0, None], [2**62, 5], [1.0, 0.0, float("nan")], [1.5, 2.0], [1e30, 1.0], [float("inf"), 1.0],
        [True, None, False], ["1", "", None], ["yes", "n/a"], [" x ", "\u00a0"], [Decimal("1.00"), Decimal("2.50")],
        [date(2016, 4, 29), None], [datetime(2016, 4, 29, 1), None], [datetime(2016, 4, 29, 1, tzinfo=UTC)], [None],  # noqa: DTZ001
    ],
)  # fmt: skip
def test_the_quick_way_and_the_slow_way_agree(kind: Kind, values: list[object]) -> None:
    agrees(pl.Series("it", values), column(kind))


def test_columns_come_in_the_contracts_order_with_its_types(contract: Contract) -> None:
    raw = pl.DataFrame(
        {
            "note": [" x ", ""],
            "when": ["2016-04-29", None],
            "price": ["$1,000", "12 %"],
            "age": [3.0, 4.0],
            "extra": [1, 2],
            "city": [1.0, 2.5],
            "member": ["yes", "no"],
        }
    )
    cleaned = clean_frame(raw, contract, strict=True)
    assert cleaned.schema == {
        "age": pl.Int64, "price": pl.Float64, "member": pl.Boolean, "city": pl.String, "when": pl.Datetime("us"),
        "note": pl.String,
    }  # fmt: skip
    assert cleaned.rows() == [
        (3, 1000.0, True, "1", datetime(2016, 4, 29), "x"),  # noqa: DTZ001
        (4, 12.0, False, "2.5", None, None),
    ]


def test_cleaning_a_clean_frame_changes_nothing(contract: Contract, frame: Frame) -> None:
    assert clean_frame(frame, contract, strict=True).equals(frame)


def test_a_nullable_column_may_be_absent(contract: Contract, frame: Frame) -> None:
    cleaned = clean_frame(frame.drop("city", "when"), contract, strict=True)
    assert cleaned["city"].to_list() == cleaned["when"].to_list() == [None] * 3
    assert cleaned.schema == frame.schema


def test_a_column_that_training_always_had_is_named_with_what_was_meant(
    contract: Contract, frame: Frame
) -> None:
    with pytest.raises(InputError, match=r"lacks the column 'age'.*did you mean 'Age'") as caught:
        clean_frame(frame.rename({"age": "Age"}), contract, strict=True)
    assert caught.value.code == "missing_column"


def test_a_frame_without_rows_keeps_its_types(contract: Contract, frame: Frame) -> None:
    cleaned = clean_frame(frame.clear(), contract, strict=True)
    assert cleaned.height == 0
    assert cleaned.schema == frame.schema
    contract = replace(contract, columns=tuple(replace(one, nullable=True) for one in contract.columns))
    assert clean_frame(pl.DataFrame(), contract, strict=True).schema == frame.schema


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, time(1), b"x"])
def test_types_that_no_column_takes_are_refused(value: object) -> None:
    for kind in KINDS:
        with pytest.raises(RequestError):
            clean_series(pl.Series("it", [value]), column(kind), strict=True)


def test_a_length_of_time_is_its_seconds_and_no_moment() -> None:
    series = pl.Series("it", [timedelta(minutes=2), None])
    told: tuple[tuple[Kind, object], ...] = (("number", 120.0), ("integer", 120), ("string", "120"))
    for kind, seconds in told:
        assert clean_series(series, column(kind), strict=True).to_list() == [seconds, None]
    with pytest.raises(RequestError):
        clean_series(series, column("datetime"), strict=True)


def test_a_decimal_is_a_number() -> None:
    series = pl.Series("it", [Decimal("1.50"), None])
    assert clean_series(series, column("number"), strict=True).to_list() == [1.5, None]


@given(st.lists(st.none() | st.sampled_from(["a", "b", "", " "])))
def test_positions_lead_back_to_the_texts(values: list[str | None]) -> None:
    texts, positions = distinct(pl.Series("it", values, dtype=pl.String))
    assert len(set(texts)) == len(texts)
    assert [None if place < 0 else texts[place] for place in positions.tolist()] == values


def test_near_names_forgive_case_and_spelling() -> None:
    assert near_names("no_show", ["id", "No_Show", "no_shows"])[:2] == ["No_Show", "no_shows"]
    assert near_names("price", ["age"]) == []
