"""Personal data: what is told by its form, its check digits and its name, and what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column, Contract, Finding
from fivefold.core.data_settings import read_data_settings
from fivefold.core.errors import SettingsError
from fivefold.data.checksums import CHECKED
from fivefold.data.personal import find_personal, mark_personal, overruled

ROWS = 60
MAIL = [f"guest{row}@mail.example" for row in range(ROWS)]


def told(name: str, values: Sequence[object]) -> str | None:
    """What one column is taken for; None when it tells about nobody."""
    frame = pl.DataFrame({name: list(values) * (ROWS // len(values))})
    kind = "integer" if frame[name].dtype.is_integer() else "string"
    column = Column(name, "category", kind, nullable=False)  # type: ignore[arg-type]
    found = find_personal(frame, [column]).get(name)
    return None if found is None else found.what


def contract(*columns: Column) -> Contract:
    return Contract("y", "binary", ("no", "yes"), "yes", columns)


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("Spain", "12345678Z"),
        ("Spain", "X1234567L"),
        ("Poland", "44051401359"),
        ("Brazil", "529.982.247-25"),
        ("France", "255081416802538"),
    ],
)
def test_numbers_of_citizens_have_check_digits(country: str, number: str) -> None:
    assert CHECKED[country](number)
    place = 8 if country == "Spain" else 5
    other = (
        number[:place]
        + {"Z": "Y", "L": "M"}.get(number[place], str((int(number[place], 36) + 1) % 10))
        + number[place + 1 :]
    )
    assert not CHECKED[country](other)


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("ssn", ["219-09-9999", "078-05-1120", "457-55-5462"], "national identity numbers"),
        ("phone", [4312345678, 4312345679, 4312345670], "phone numbers"),
        ("surname", ["Gruber", "O'Neill", "van Dyke"], "names of persons"),
        ("passenger", ["Braund, Mr. Owen Harris", "Heikkinen, Miss. Laina", "Allen, Mr. William Henry", "Moran, Mr. James", "Nasser, Mrs. Nicholas", "Rice, Master. Eugene"], "names of persons"),
        ("ip", ["10.0.0.1", "192.168.1.20", "8.8.8.8"], "IP addresses"),
        ("street", ["Main Street 12", "Elm Road 7", "12 Rue de Lyon"], "postal addresses"),
    ],
)  # fmt: skip
def test_a_form_or_a_name_tells(name: str, values: list[object], what: str) -> None:
    assert told(name, values) == what


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("street", ["Pave", "Grvl", "Dirt"]),
        ("name", ["Blue Mountain", "Red River", "Green Valley"]),
        ("product_name", ["Cheddar, mild", "Brie", "Gouda, old"]),
        ("ip_address_type", ["v4", "v6", "none"]),
        ("amount", [1000000000, 2000000007, 3000000011]),
        ("version", ["1.2.3", "1.2.4", "2.0.0"]),
        ("date", ["2016-04-29", "2016-05-03", "2016-05-10"]),
        ("card_class", ["gold", "silver", "black"]),
    ],
)
def test_things_tell_about_nobody(name: str, values: list[object]) -> None:
    assert told(name, values) is None


def test_dates_of_birth_are_told_by_their_name() -> None:
    days = pl.Series("date_of_birth", np.datetime64("1970-01-01") + np.arange(ROWS)).cast(pl.Datetime("us"))
    columns = [Column(name, "date", "datetime", nullable=False) for name in ("date_of_birth", "joined")]
    frame = pl.DataFrame([days, days.alias("joined")])
    assert set(find_personal(frame, columns)) == {"date_of_birth"}


def test_the_person_has_the_last_word() -> None:
    frame = pl.DataFrame({"contact": MAIL, "city": ["Graz"] * ROWS})
    columns = [
        Column(name, "category", "string", nullable=False, categories=("a",)) for name in frame.columns
    ]
    section = {"columns": {"contact": {"personal": False}, "city": {"personal": True}}}
    wishes = read_data_settings(section, {}).columns
    found = mark_personal(contract(*columns), frame)
    said = mark_personal(contract(*columns), frame, wishes)
    assert [column.personal for column in found.columns] == [True, False]
    assert [column.personal for column in said.columns] == [False, True]
    assert [column.categories for column in said.columns] == [("a",), ()]
    finding = Finding("personal", "warning", ("contact",), "it holds e-mail addresses", {})
    assert overruled(finding, wishes)
    assert not overruled(finding, {})


def test_the_target_is_marked_where_it_tells_who_somebody_is() -> None:
    plain = contract(Column("city", "category", "string", nullable=False))
    frame = pl.DataFrame({"city": ["Graz"] * ROWS, "y": ["no", "yes"] * (ROWS // 2)})
    wishes = read_data_settings({"columns": {"y": {"personal": True}}}, {}).columns
    assert not mark_personal(plain, frame).personal
    assert mark_personal(plain, frame, wishes).personal
    assert not any(column.personal for column in mark_personal(plain, frame, wishes).columns)
    named = frame.with_columns(pl.Series("y", MAIL))
    assert mark_personal(plain, named).personal
    assert not mark_personal(plain, frame.drop("y")).personal


def test_personal_is_true_or_false() -> None:
    with pytest.raises(SettingsError, match="personal"):
        read_data_settings({"columns": {"contact": {"personal": "maybe"}}}, {})
