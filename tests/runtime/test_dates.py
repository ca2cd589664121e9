"""Dates as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.runtime.dates import (
    EPOCHS,
    from_epoch,
    naive_utc,
    parse_datetime,
    parse_day_of_year,
    parse_month_of_year,
)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2016-04-29", "2016-04-29T00:00:00"),
        ("2016-04-29T18:38:08Z", "2016-04-29T18:38:08"),
        ("2016-04-29 18:38:08", "2016-04-29T18:38:08"),
        ("2016-04-29 18:38", "2016-04-29T18:38:00"),
        ("2016-04-29T18:38:08.5", "2016-04-29T18:38:08.500000"),
        ("2016-04-29T18:38:08.123456789+05:30", "2016-04-29T13:08:08.123456"),
        ("2016-04-29 01:00:00 -0200", "2016-04-29T03:00:00"),
        ("2016-04-29 18:38:08 UTC", "2016-04-29T18:38:08"),
        ("2016/4/9 8:05", "2016-04-09T08:05:00"),
        ("2016.04.29", "2016-04-29T00:00:00"),
        ("20160429", "2016-04-29T00:00:00"),
        ("20160429T183808Z", "2016-04-29T18:38:08"),
        ("2016-04", "2016-04-01T00:00:00"),
        ("29/04/2016", "2016-04-29T00:00:00"),
        ("29-04-2016 07:00", "2016-04-29T07:00:00"),
        ("04/29/2016", "2016-04-29T00:00:00"),
        ("4/29/2016 6:38 PM", "2016-04-29T18:38:00"),
        ("4/29/2016 12:05 AM", "2016-04-29T00:05:00"),
        ("05.04.2016", "2016-04-05T00:00:00"),
        ("5/5/2016", "2016-05-05T00:00:00"),
        ("29 Apr 2016", "2016-04-29T00:00:00"),
        ("29-Apr-2016", "2016-04-29T00:00:00"),
        ("April 29, 2016", "2016-04-29T00:00:00"),
        ("Sept 3rd, 2020", "2020-09-03T00:00:00"),
        ("Fri, 29 Apr 2016 18:38:08 GMT", "2016-04-29T18:38:08"),
        ("2016-Q2", "2016-04-01T00:00:00"),
        ("Q4 2016", "2016-10-01T00:00:00"),
        ("2016-W17-5", "2016-04-29T00:00:00"),
        ("Apr 2016", "2016-04-01T00:00:00"),
        ("04/2016", "2016-04-01T00:00:00"),
        ("29-Apr-16", "2016-04-29T00:00:00"),
        ("29. April 2016", "2016-04-29T00:00:00"),
        ("17th of January 2022", "2022-01-17T00:00:00"),
        ("the 2nd of Feb., 2022 at 5:30 PM", "2022-02-02T17:30:00"),
        ("January 17th, 2022", "2022-01-17T00:00:00"),
        ("17 Jan. 2022", "2022-01-17T00:00:00"),
        ("17 de enero de 2022", "2022-01-17T00:00:00"),
        ("1er mars 2022", "2022-03-01T00:00:00"),
        ("2022-W03-1", "2022-01-17T00:00:00"),
        ("3 août 2016", "2016-08-03T00:00:00"),
        ("24 janv. 2022", "2022-01-24T00:00:00"),
        ("1er févr. 2022", "2022-02-01T00:00:00"),
        ("24\u00a0de\u0301c.\u00a02022 18:38", "2022-12-24T18:38:00"),
        ("ven. 12 mars 2021", "2021-03-12T00:00:00"),
        ("12 ene 2020", "2020-01-12T00:00:00"),
        ("12-ene-2020", "2020-01-12T00:00:00"),
        ("12-dic-20", "2020-12-12T00:00:00"),
        ("viernes, 12 de marzo del 2021", "2021-03-12T00:00:00"),
        ("12 gen 2020", "2020-01-12T00:00:00"),
        ("12 maart 2021", "2021-03-12T00:00:00"),
        ("vrijdag 12 mrt. 2021", "2021-03-12T00:00:00"),
        ("3 mei 2021", "2021-05-03T00:00:00"),
        ("12 de março de 2021", "2021-03-12T00:00:00"),
        ("sexta-feira, 1º de outubro de 2021", "2021-10-01T00:00:00"),
        ("12/fev/2021", "2021-02-12T00:00:00"),
        ("Mo, 12.03.2021", "2021-03-12T00:00:00"),
        ("Mo., 12.03.2021 08:15", "2021-03-12T08:15:00"),
        ("Montag, 12. März 2021", "2021-03-12T00:00:00"),
        ("Freitag, den 12. März 2021", "2021-03-12T00:00:00"),
        ("Mon, 2021-03-12", "2021-03-12T00:00:00"),
        ("Fri 25/12/2020", "2020-12-25T00:00:00"),
        ("2021年3月4日", "2021-03-04T00:00:00"),
        ("2021年12月14日 18:38", "2021-12-14T18:38:00"),
        ("2021年3月", "2021-03-01T00:00:00"),
        ("2021년 3월 4일", "2021-03-04T00:00:00"),
        ("Fri Apr 29 18:38:08 +0200 2016", "2016-04-29T16:38:08"),
        ("29/Apr/2016:18:38:08 -0100", "2016-04-29T19:38:08"),
        ("2016-04-29T18:38:08+02:00[Europe/Rome]", "2016-04-29T16:38:08"),
        ("2016-04-29 18:38 EST", "2016-04-29T23:38:00"),
        ("2021-01-28 02:24:00 Europe/Berlin", "2021-01-28T01:24:00"),
        ("2021-07-28T02:24 Europe/Berlin", "2021-07-28T00:24:00"),
        ("2021-07-28 02:24:00 America/Argentina/Buenos_Aires", "2021-07-28T05:24:00"),
        ("2022-02-23 22:38:00 UTC+2", "2022-02-23T20:38:00"),
        ("2022-02-23 22:38:00 GMT-03:30", "2022-02-24T02:08:00"),
        ("2022-02-23 22:38 UTC+0530", "2022-02-23T17:08:00"),
        ("2022-02-23 22:38 UTC+12", "2022-02-23T10:38:00"),
    ],
)
def test_a_written_date_is_read(text: str, iso: str) -> None:
    moment = parse_datetime(text)
    assert moment is not None
    assert moment.isoformat() == iso
    assert moment.tzinfo is None


@pytest.mark.parametrize(
    "text",
    ["", "soon", "05/04/2016", "5-4-2016", "29/04/16", "2016-02-30", "2016-13-01", "2016-04-29T25:00", "1461954000",
     "2016", "29 Foo 2016", "2016-04-29T18:38:08+25:00", "0001-01-01T00:00+01:00", "13:30", "4/29/2016 13:00 PM",
     "2016-04-29" + " " * 80 + "x", "12.5", "2022-017", "17th of 2022", "0th of January 2022",
     "2021-01-28 02:24 Europe/Nowhere", "2021-01-28 02:24 America/Argentina", "2021-01-28 02:24 UTC+25", "Jan-20",
     "So 12.03", "Mitte 12.03.2021", "Die 12.03.2021", "Mo, 05/04/2021", "12 sets 2020", "2021年13月4日", "2021年3月32日",
     "2021年"],
)  # fmt: skip
def test_what_is_no_certain_date_is_none(text: str) -> None:
    assert parse_datetime(text) is None


@given(st.datetimes(), st.sampled_from([" ", "T"]))
def test_every_moment_is_read_back_from_iso(moment: datetime, between: str) -> None:
    assert parse_datetime(moment.isoformat(between)) == moment


@given(
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)),  # noqa: DTZ001
    st.integers(-23 * 60, 23 * 60),
)
def test_zones_are_brought_to_utc(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    expected = aware.astimezone(UTC).replace(tzinfo=None)
    assert parse_datetime(aware.isoformat()) == naive_utc(aware) == expected


@given(st.text(max_size=70))
def test_any_text_gives_a_moment_or_none(text: str) -> None:
    moment = parse_datetime(text)
    assert moment is None or moment.tzinfo is None


def test_the_order_of_day_and_month_is_what_the_column_says() -> None:
    first = parse_datetime("05/04/16", day_first=True)
    second = parse_datetime("05/04/2016", day_first=False)
    certain = parse_datetime("29/04/2016", day_first=False)
    assert [str(one)[:10] for one in (first, second, certain)] == ["2016-04-05", "2016-05-04", "2016-04-29"]


@given(st.integers(-(10**17), 10**17) | st.floats(), st.sampled_from(EPOCHS))
def test_any_number_gives_a_moment_or_none(count: float, form: str) -> None:
    moment = from_epoch(count, form)
    assert moment is None or moment.tzinfo is None


@given(st.dates())
def test_every_day_is_read_back_from_its_year_and_number(day: date) -> None:
    assert parse_day_of_year(f"{day:%Y}".zfill(4) + f"-{day:%j}") == datetime(day.year, day.month, day.day)  # noqa: DTZ001
    assert parse_day_of_year(day.isoformat()) == parse_datetime(day.isoformat())


@pytest.mark.parametrize(
    "text", ["2022-000", "2022-366", "2022-367", "2022-17", "2022-0170", "0000-001", "2022017"]
)
def test_what_is_no_day_of_its_year_is_none(text: str) -> None:
    assert parse_day_of_year(text) is None


def test_a_day_of_the_year_may_have_a_time() -> None:
    assert str(parse_day_of_year("2020-366T23:30:00+01:00")) == "2020-12-31 22:30:00"


@pytest.mark.parametrize(
    ("text", "month"),
    [("Jan-20", "2020-01-01"), ("Dec 99", "1999-12-01"), ("mai-'05", "2005-05-01"), ("2020-03-04", "2020-03-04"),
     ("Foo-20", "None"), ("Jan-2", "None"), ("20-Jan", "None"), ("Jan20", "None")],
)  # fmt: skip
def test_a_month_with_two_figures_of_its_year_is_its_first_day(text: str, month: str) -> None:
    assert str(parse_month_of_year(text))[:10] == month
