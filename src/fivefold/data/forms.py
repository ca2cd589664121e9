"""Forms: what values are to a person, told by their shape and by the column's name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fivefold.data.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DATED", "NUMBERED", "form_of_number", "form_of_texts", "named_code", "written_form"]

_NEARLY_ALL = 0.95
_LOOKED_AT = 2_000
_POSTAL = {"zip", "zipcode", "postcode", "postal", "postalcode", "plz"}
_PHONE = {"phone", "telephone", "mobile", "fax", "msisdn", "cellphone", "phonenumber"}
_CODES = {
    "fips",
    "icd",
    "naics",
    "sic",
    "ean",
    "upc",
    "isbn",
    "issn",
    "sku",
    "iban",
    "bic",
    "imei",
    "cusip",
    "isin",
}
_CODES |= {"ssn", "barcode", "gtin", "siret", "siren", "code", "codes"}
_PEOPLE = {
    "name",
    "names",
    "fullname",
    "firstname",
    "lastname",
    "surname",
    "author",
    "director",
    "person",
    "contact",
}
_PEOPLE |= {"employee", "customer", "patient", "doctor", "driver", "player", "manager"}
DATED = {"date", "day", "doy", "julian", "yday", "when"}
"""Words in names of columns whose values are days."""
NUMBERED = {
    "number",
    "nr",
    "no",
    "num",
    "ref",
    "reference",
    "case",
    "invoice",
    "order",
    "ticket",
    "batch",
    "lot",
    "file",
    "serial",
}
NUMBERED |= {"docket", "contract", *_CODES}
"""Words in names of columns whose values are counted up, such as invoices by year."""
_LATITUDE, _LONGITUDE = {"lat", "latitude"}, {"lon", "lng", "long", "longitude"}
_YEARS = (1_500, 2_200)
_NAME = re.compile(
    r"[^\W\d_a-z][\w.'\u2019-]*,?(?: (?:[^\W\d_a-z][\w.'\u2019-]*|de|la|van|von|der|den|di|da|bin|al|y)){1,4}\.?"
)
_PAIR = r"[-+]?[0-9]{1,3}(?:\.[0-9]+)?"
_SHAPES = (
    ("email", re.compile(r"[^\s@,;]+@[^\s@,;]+\.[A-Za-z]{2,}")),
    ("url", re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.IGNORECASE)),
    ("hash", re.compile(r"(?:0x)?(?=[0-9a-f]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64})", re.IGNORECASE)),
    ("uuid", re.compile(r"\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?", re.IGNORECASE)),
    ("ip address", re.compile(r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})(?:\.(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}")),
    ("coordinates", re.compile(rf"[(\[]?(?:POINT ?\()?{_PAIR}[°NS ]*[,; ] ?{_PAIR}[°EW ]*[)\]]*")),
    ("json", re.compile(r"\{\s*\"[^\"]+\"\s*:.*\}|\[\s*\{.*\}\s*\]", re.DOTALL)),
    ("list", re.compile(r"[\[{(](?:[^\[\]{}()]+[,;|])*[^\[\]{}()]*[\]})]")),
)  # fmt: skip
_MARKS = (";", "|", ",")
_WRITTEN = (
    ("percent", re.compile(r"[^%]*%\s*")),
    (
        "money",
        re.compile(
            r".*(?:[$€£¥₹₩₽₺₫฿¢]|\b(?:USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|BRL)\b).*"
        ),
    ),
)


def form_of_texts(name: str, texts: Sequence[str]) -> str:
    """Form of different texts that are neither numbers nor dates; empty when nothing is to be said.

    Examples
    --------
    >>> form_of_texts("site", ["https://a.example/x", "https://b.example"]), form_of_texts("where", ["48.2, 16.3", "47.1, 15.4"])
    ('url', 'coordinates')
    >>> form_of_texts("tags", ["red;blue", "green", "blue;green;red"]), form_of_texts("colour", ["red", "blue"])
    ('list', '')
    """
    looked = texts[:_LOOKED_AT]
    if not looked:
        return ""
    for form, shape in _SHAPES:
        if _share(shape, looked) >= _NEARLY_ALL and (form != "coordinates" or _on_earth(looked)):
            return form
    named = set(pieces(name))
    if named & _PHONE and _share(re.compile(r"[-+()./ 0-9x]{6,25}"), looked) >= _NEARLY_ALL:
        return "phone"
    if named & _POSTAL and max(map(len, looked)) <= 10:
        return "postal code"
    if _listed(looked):
        return "list"
    if named & _PEOPLE and _share(_NAME, looked) >= 0.8:
        return "name"
    return ""


def form_of_number(name: str, minimum: float | None, maximum: float | None, *, whole: bool) -> str:
    """Form of numbers by their column's name and their range; empty when nothing is to be said.

    Examples
    --------
    >>> form_of_number("lat", 46.5, 48.9, whole=False), form_of_number("year_built", 1901, 2010, whole=True)
    ('latitude', 'year')
    """
    named = set(pieces(name))
    low, high = minimum or 0.0, maximum or 0.0
    if not whole and named & _LATITUDE and -90 <= low <= high <= 90:
        return "latitude"
    if not whole and named & _LONGITUDE and -180 <= low <= high <= 180:
        return "longitude"
    if whole and named & {"year", "yr"} and _YEARS[0] <= low <= high <= _YEARS[1]:
        return "year"
    return "percent" if named & {"percent", "pct", "percentage"} else ""


def named_code(name: str, minimum: float | None, maximum: float | None) -> str:
    """Form of whole numbers that are names and not amounts, by the column's name; empty when they are amounts.

    Examples
    --------
    >>> named_code("zip", 10115, 99998), named_code("phone_number", 2_015_550_100, 9_895_550_199), named_code("zip", 1, 40)
    ('postal code', 'phone', '')
    """
    named, low, high = set(pieces(name)), minimum or 0.0, maximum or 0.0
    if named & _POSTAL and low >= 0 and 1_000 <= high < 1e10:
        return "postal code"
    if named & _PHONE and low >= 0 and 1e5 <= high < 1e16:
        return "phone"
    words = pieces(name)
    ends = {*words[:1], *words[-1:]}
    return "code" if ends & _CODES and low >= 0 and high >= 10 else ""


def written_form(texts: Sequence[str]) -> str:
    """Form of numbers as their texts write it: ``percent`` or ``money`` where half of them say so."""
    return next((form for form, shape in _WRITTEN if _share(shape, texts) >= 0.5), "")


def _share(shape: re.Pattern[str], texts: Sequence[str]) -> float:
    """Share of the texts that have a shape."""
    return sum(shape.fullmatch(text) is not None for text in texts) / len(texts) if texts else 0.0


def _on_earth(texts: Sequence[str]) -> bool:
    """Whether pairs of numbers are latitudes and longitudes, in either order, and not all whole."""
    found = [[float(figure) for figure in re.findall(r"[-+]?[0-9]+(?:\.[0-9]+)?", text)] for text in texts]
    pairs = [pair for pair in found if len(pair) == 2]
    near = all(min(map(abs, pair)) <= 90 and max(map(abs, pair)) <= 180 for pair in pairs)
    return bool(pairs) and near and sum("." in text for text in texts) >= 0.5 * len(texts)


def _listed(texts: Sequence[str]) -> bool:
    """Whether cells hold several short items between equal marks, items that come back from cell to cell."""
    for mark in _MARKS:
        cells = [[item.strip() for item in text.split(mark)] for text in texts]
        several = [cell for cell in cells if len(cell) >= 2]
        if len(several) < 0.3 * len(cells) or len(several) < 2:
            continue
        items = [item for cell in several for item in cell]
        short = sum(0 < len(item) <= 40 and len(item.split()) <= 3 for item in items)
        lengths = {len(cell) for cell in cells}
        if short >= _NEARLY_ALL * len(items) and len(set(items)) <= 0.6 * len(items) and len(lengths) >= 2:
            return True
    return False
