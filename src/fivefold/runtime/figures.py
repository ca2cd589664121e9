"""Numbers as people write them: currencies, percent signs, thousands and either decimal mark."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

__all__ = ["parse_comma", "parse_number", "parse_plain", "parse_whole"]

_Groupings: TypeAlias = tuple[tuple[re.Pattern[str], str, str], ...]

_LONGEST = 64
# Rarer characters that mean the same as a plain blank, hyphen or apostrophe.
_PLAINER = str.maketrans(
    dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
    | {"\u2019": "'"}
)
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MONEY = (
    r"(?:(?:US|A|C|R|HK|NZ|S)?\$|[$€£¥₹₩₽₺₫฿¢]|USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|SEK|NOK|DKK|PLN|CZK|BRL|MXN|ZAR"
    r"|Rs\.?|kr\.?|zł|Kč|Ft)"
)
_WHOLE = re.compile(r"[+-]?[0-9]+")
_SHAPE = re.compile(
    rf"""(?P<open>\()?\ *
    (?P<sign>[-+]?)\ *{_MONEY}?\ *(?P<inner>[-+]?)
    (?P<digits>[0-9][0-9.,'\ ]*|[.,][0-9]+)(?P<power>[eE][+-]?[0-9]+)?\ *
    (?P<times>[kK]|[mM]n?|[bB]n?)?\ *(?:%|{_MONEY})?(?:\+|(?P<after>-))?\ *
    (?P<close>\))?""",
    re.VERBOSE,
)
_TIMES = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9}
# How digits may be grouped, tried from the top: the shape, the marks that go, and the decimal mark.
_GROUPINGS = (
    (re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+"), "", "."),
    (re.compile(r"[0-9]{1,3}(?:[ '][0-9]{3})+(?:\.[0-9]*)?"), " '", "."),
    (re.compile(r"[0-9]{1,3}(?:[ '][0-9]{3})+,[0-9]*"), " '", ","),
    (re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]*)?"), ",", "."),
    (re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]*"), ".", ","),
    (re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}"), ".", ","),
    (re.compile(r"[0-9]*,[0-9]+"), "", ","),
)
# The same where the comma is known to be the decimal mark: "1.234" is 1234 and "1,234" is 1.234.
_COMMA_GROUPINGS = (
    (re.compile(r"[1-9][0-9]{0,2}(?:[.' ][0-9]{3})+(?:,[0-9]*)?"), ".' ", ","),
    (re.compile(r"[0-9]*,[0-9]+|[0-9]+,?"), "", ","),
    (re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+"), "", "."),
    (re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+\.[0-9]*"), ",", "."),
)


def parse_plain(text: str) -> float | None:
    """Read a number in a programmer's form such as ``-12``, ``0.5`` or ``1.2e3``; None when it is anything else."""
    stripped = text.strip()
    if not _PLAIN.fullmatch(stripped):
        return None
    number = float(stripped)
    return number if math.isfinite(number) else None


def parse_number(text: str) -> float | None:
    """Read a number written for people; None when the text is no number.

    A percent sign and a currency are taken away, and the figure stays as written (``12 %`` is 12, in training as in
    service). ``k``, ``M`` and ``bn`` multiply. Brackets mean below zero. Where both marks appear, the last is the decimal
    one; a lone comma before exactly three digits groups thousands (``1,234`` is 1234) unless a zero stands before it, and
    any other lone comma is a decimal comma; a lone point is always a decimal point.

    Examples
    --------
    >>> [parse_number(text) for text in ("$1,234.50", "1.234,50", "12 %", "3.4k", "19M", "(1,234)", "12 kg")]
    [1234.5, 1234.5, 12.0, 3400.0, 19000000.0, -1234.0, None]
    """
    plain = parse_plain(text)
    return _written(text, _GROUPINGS) if plain is None else plain


def parse_comma(text: str) -> float | None:
    """Read a number written for people where the comma stands before the decimals; None when the text is no number.

    Marks that can mean one thing only are read as in :func:`parse_number`.

    Examples
    --------
    >>> [parse_comma(text) for text in ("1.234,50", "1.234", "1,234", "12.5", "1,5 %", "3 kg")]
    [1234.5, 1234.0, 1.234, 12.5, 1.5, None]
    """
    return _written(text, _COMMA_GROUPINGS)


def parse_whole(text: str) -> int | None:
    """Read a whole number digit for digit, however long; None when the text is anything else.

    Examples
    --------
    >>> parse_whole("-9007199254740993"), parse_whole("1.0")
    (-9007199254740993, None)
    """
    stripped = text.strip()
    return int(stripped) if len(stripped) <= _LONGEST and _WHOLE.fullmatch(stripped) else None


def _written(text: str, groupings: _Groupings) -> float | None:
    """Read a number written for people."""
    if len(text) > _LONGEST:
        return None
    match = _SHAPE.fullmatch(text.translate(_PLAINER).strip())
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    if sum(bool(match[name]) for name in ("sign", "inner", "after")) > 1:
        return None
    digits = _ungrouped(match["digits"].strip(), groupings)
    if digits is None:
        return None
    number = float(digits + (match["power"] or "")) * _TIMES.get((match["times"] or "").lower(), 1.0)
    below = bool(match["open"]) or "-" in {match["sign"], match["inner"], match["after"]}
    return (-number if below else number) if math.isfinite(number) else None


def _ungrouped(digits: str, groupings: _Groupings) -> str | None:
    """Take grouping marks away and make the decimal mark a point; None when the grouping makes no sense."""
    for shape, marks, decimal in groupings:
        if shape.fullmatch(digits):
            return "".join(mark for mark in digits if mark not in marks).replace(decimal, ".")
    return None
