"""Personal data: columns whose values tell who somebody is, told by their form, by check digits and by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column
from fivefold.data.checksums import CHECKED, iban, luhn
from fivefold.data.forenames import FORENAMES
from fivefold.data.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from fivefold.core.artefacts import Contract, Finding
    from fivefold.core.extract import ColumnWish
    from fivefold.core.tables import Frame

__all__ = ["Personal", "find_personal", "mark_personal", "overruled"]

_LOOKED_AT = 2_000
_MOST = 0.8
"""Share of the values that must be of a form for the column to be of it."""
_CHECKED = 0.95
"""Share of the values whose check digits must be right: a tenth of all numbers passes by luck."""
_SOME = 0.01
_FEW = 3
"""Least number of values that say so."""
_WORDS = 3.0
"""Words a value from which a column is prose, in which addresses may stand among other words."""

_EMAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,24}){1,4}"
_PHONE = r"(?:\+|00|\()[0-9][0-9 ()./-]{6,20}[0-9]"
_IP = r"(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IP6 = r"(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4}){1,4}"
_CARD = re.compile(
    r"[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{1,7}|3[0-9]{3}[ -]?[0-9]{6}[ -]?[0-9]{5}"
)
_SSN = r"(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}"
_FISCAL = r"[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]"
_NINO = r"[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[ABCD]"
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("e-mail addresses", re.compile(_EMAIL)),
    ("IP addresses", re.compile(rf"{_IP}|{_IP6}", re.IGNORECASE)),
    ("national identity numbers", re.compile(rf"{_SSN}|{_FISCAL}|{_NINO}")),
    ("phone numbers", re.compile(_PHONE)),
)
_INSIDE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("e-mail addresses", re.compile(rf"(?<![\w.+-]){_EMAIL}")),
    ("phone numbers", re.compile(r"(?<![\w+])\+[0-9]{1,3}[ ()./-]{0,2}[0-9][0-9 ()./-]{6,16}[0-9](?![\w])")),
)
_GROUPED = re.compile(r"[0-9 ()./+-]{7,22}")
_PHONES = {
    "phone",
    "telephone",
    "tel",
    "mobile",
    "fax",
    "cellphone",
    "handy",
    "telefon",
    "telefono",
    "phonenumber",
}
_STREETS = {"address", "addr", "street", "strasse", "rue", "calle", "adresse", "addressline"}
_NO_STREETS = {"email", "mail", "ip", "mac", "web", "url", "wallet", "type", "id", "count", "memory"}
_WHOSE = {
    "first",
    "last",
    "given",
    "family",
    "full",
    "middle",
    "maiden",
    "patient",
    "customer",
    "client",
    "person",
}
_WHOSE |= {
    "employee",
    "user",
    "passenger",
    "contact",
    "doctor",
    "teacher",
    "student",
    "member",
    "guest",
    "applicant",
}
_WHOSE |= {"owner", "tenant", "driver", "holder", "cardholder", "vor", "nach"}
_SURNAMES = {
    "surname",
    "forename",
    "firstname",
    "lastname",
    "fullname",
    "vorname",
    "nachname",
    "prenom",
    "apellido",
}
_SURNAMES |= {"apellidos", "cognome"}
_BIRTH = {"birth", "born", "geburt"}
_BIRTHDAYS = {"dob", "birthdate", "birthday", "dateofbirth", "geburtsdatum"}
_DAYS = {"date", "day", "on", "datum"}
_TITLES = {
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "herr",
    "frau",
    "mme",
    "mlle",
    "master",
    "sir",
    "lady",
    "rev",
}
_PERSON = re.compile(
    r"[^\W\d_]['\u2019\w.-]*(?:,? \(?[\"\u201c]?[^\W\d_]['\u2019\w.-]*[)\"\u201d]?,?){1,7}\.?"
)
_ONE_NAME = re.compile(r"[^\W\d_a-z][^\d\W_]*(?:[ '\u2019-][^\W\d_][^\d\W_]*){0,3}")
_NAMED = 0.3
"""Share of the values that must hold a common forename or a title where the column's name does not say whose they are."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What a column tells about persons.

    Attributes
    ----------
    what : str
        For example ``e-mail addresses``.
    share : float
        Share of the values looked at that are of this form; 1 where the column's name alone says so.
    rows : tuple of int
        Positions in the frame of a few values that show it.
    """

    what: str
    share: float
    rows: tuple[int, ...] = ()


def find_personal(frame: Frame, columns: Sequence[Column]) -> dict[str, Personal]:
    """Find the columns whose values tell who somebody is.

    Parameters
    ----------
    frame : Frame
        Cleaned rows; some two thousand different values of each column are looked at.
    columns : sequence of Column

    Returns
    -------
    dict of str to Personal
        By the column's name.
    """
    found = {column.name: _look(frame[column.name], column) for column in columns}
    return {name: one for name, one in found.items() if one is not None}


def overruled(finding: Finding, wishes: Mapping[str, ColumnWish]) -> bool:
    """Whether a finding calls columns personal of which the person says that they are not."""
    said = [wishes[name].personal for name in finding.columns if name in wishes]
    return finding.check == "personal" and False in said


def mark_personal(
    contract: Contract, frame: Frame, wishes: Mapping[str, ColumnWish] | None = None
) -> Contract:
    """Mark what tells who somebody is, and take its values out of the contract; of the target it is only said.

    Parameters
    ----------
    contract : Contract
    frame : Frame
        Cleaned training rows, the target among their columns or not.
    wishes : mapping of str to ColumnWish, optional
        What the person says goes before what was found.
    """
    said = {name: wish.personal for name, wish in (wishes or {}).items() if wish.personal is not None}
    target = Column(contract.target, "category", contract.target_kind, nullable=False)
    looked_at = (*contract.columns, *([target] if contract.target in frame.columns else []))
    found = {name for name in find_personal(frame, looked_at) if said.get(name, True)}
    found |= {name for name, personal in said.items() if personal}
    if not found:
        return contract
    columns = tuple(
        replace(column, personal=True, categories=(), complete=False, minimum=None, maximum=None)
        if column.name in found
        else column
        for column in contract.columns
    )
    return replace(contract, columns=columns, personal=contract.target in found)


def _look(values: pl.Series, column: Column) -> Personal | None:
    """Look at one column."""
    names = pieces(column.name)
    if column.kind == "datetime":
        born = set(names) & _BIRTHDAYS or (set(names) & _BIRTH and set(names) & _DAYS)
        return Personal("dates of birth", 1.0) if born and values.null_count() < values.len() else None
    if column.kind not in {"string", "integer"} or column.role in {"constant", "boolean", "ordinal"}:
        return None
    texts, rows = _different(values)
    if len(texts) < _FEW:
        return None
    by_form = _by_form(texts, names, column)
    if by_form is None and column.kind == "string":
        by_form = _by_words(texts, names) or _inside(texts)
    if by_form is None:
        return None
    what, hits = by_form
    shown = [row for row, hit in zip(rows, hits, strict=True) if hit][:_FEW]
    return Personal(what, sum(hits) / len(hits), tuple(shown))


def _different(values: pl.Series) -> tuple[list[str], list[int]]:
    """Some different values as texts, and the row of each."""
    import polars as pl

    known = values.to_frame("value").with_row_index("row").drop_nulls("value")
    some = known.unique("value", keep="first", maintain_order=True)
    if some.height > _LOOKED_AT:
        some = some.gather_every(some.height // _LOOKED_AT).head(_LOOKED_AT)
    return some["value"].cast(pl.String).to_list(), some["row"].to_list()


def _by_form(texts: list[str], names: list[str], column: Column) -> tuple[str, list[bool]] | None:
    """Tell by the form of the values, and by their check digits."""
    if column.form == "email":
        return "e-mail addresses", [True] * len(texts)
    if column.form == "phone":
        return "phone numbers", [True] * len(texts)
    for what, hits in (
        ("bank account numbers", [iban(text) for text in texts]),
        ("card numbers", [_CARD.fullmatch(text) is not None and luhn(text) for text in texts]),
        *(
            (f"national identity numbers ({name})", [test(text) for text in texts])
            for name, test in CHECKED.items()
        ),
    ):
        if sum(hits) >= max(_FEW, _CHECKED * len(texts)):
            return what, hits
    for what, form in _FORMS:
        hits = [form.fullmatch(text) is not None for text in texts]
        if sum(hits) >= max(_FEW, _MOST * len(texts)):
            return what, hits
    if not set(names) & _PHONES:
        return None
    hits = [_GROUPED.fullmatch(text) is not None and len(_digits(text)) >= 7 for text in texts]
    return ("phone numbers", hits) if sum(hits) >= max(_FEW, _MOST * len(texts)) else None


def _by_words(texts: list[str], names: list[str]) -> tuple[str, list[bool]] | None:
    """Tell names of persons and addresses."""
    known = set(names)
    if known & _STREETS and not known & _NO_STREETS:
        hits = [any(map(str.isdigit, text)) and sum(map(str.isalpha, text)) >= 4 for text in texts]
        if sum(hits) >= max(_FEW, 0.5 * len(texts)):
            return "postal addresses", hits
    whose = bool(known & _SURNAMES or ("name" in known and known & _WHOSE))
    if whose:
        hits = [
            _ONE_NAME.fullmatch(text) is not None or _PERSON.fullmatch(text) is not None for text in texts
        ]
        return ("names of persons", hits) if sum(hits) >= max(_FEW, _MOST * len(texts)) else None
    hits = [_PERSON.fullmatch(text) is not None and _telling(text) for text in texts]
    shaped = sum(_PERSON.fullmatch(text) is not None for text in texts)
    told = sum(hits) >= max(2 * _FEW, _NAMED * len(texts)) and shaped >= _MOST * len(texts)
    return ("names of persons", hits) if told else None


def _telling(text: str) -> bool:
    """Whether a common forename or a title is among a few words."""
    found = re.findall(r"[^\W\d_]+", text.lower())
    return len(found) <= 8 and any(word in FORENAMES or word in _TITLES for word in found)


def _inside(texts: list[str]) -> tuple[str, list[bool]] | None:
    """Tell addresses and numbers that stand in prose."""
    if sum(text.count(" ") + 1 for text in texts) / len(texts) < _WORDS:
        return None
    for what, form in _INSIDE:
        hits = [form.search(text) is not None for text in texts]
        if sum(hits) >= max(_FEW, _SOME * len(texts)):
            return f"{what} within the text", hits
    return None


def _digits(text: str) -> str:
    """The digits of a text."""
    return "".join(filter(str.isdigit, text))
