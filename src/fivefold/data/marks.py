"""Marks beside numbers: sums of several currencies, or percentages and fractions of one, are not the same amounts."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from fivefold.data.columns import column_of
from fivefold.runtime.readings import AMOUNT, parser

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.data.facts import ColumnFacts
    from fivefold.data.judgement import Judgement

__all__ = ["PERCENT", "mark_of", "marks_of"]

PERCENT = "%"
_WORDS = re.compile(r"(?<![A-Za-z])(?:[A-Z]{3}|Rs|kr|zł|Kč|Ft)(?![A-Za-z])")
_SIGNS = re.compile(r"(?:US|HK|NZ|[ACRS])?\$|[€£¥₹₩₽₺₫฿¢]")
_SAME = {"USD": "$", "US$": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "Rs": "₹"}
_SAME |= {"A$": "AUD", "C$": "CAD", "R$": "BRL", "Kč": "CZK", "zł": "PLN"}
_NUMBERS = ("words", "decimal_comma", "bounds", "comma_bounds")
_LOOKED_AT = 5_000
_SOME = 0.01
_FEW = 3


def marks_of(facts: ColumnFacts, judgement: Judgement) -> tuple[tuple[str, int], ...]:
    """Count the marks of a column of numbers whose texts do not all mean the same; empty where they do.

    Parameters
    ----------
    facts : ColumnFacts
    judgement : Judgement

    Returns
    -------
    tuple of (str, int)
        Either two currencies or more, in signs where there are such; or ``%`` and ``""``, where texts without it are
        fractions of 1. With the sampled texts of each, most frequent first.
    """
    written = facts.dtype == "VARCHAR" and judgement.reading in _NUMBERS
    if not written or judgement.kind not in {"number", "integer"} or judgement.form.startswith(AMOUNT):
        return ()
    some = facts.sample.gather_every(max(1, facts.sample.len() // _LOOKED_AT))
    if not some.str.contains(r"[^0-9.,+-]").any():
        return ()
    parse, found = parser(column_of(judgement, facts.name)), []
    for text, rows in some.alias("text").value_counts(name="rows").iter_rows():
        number = parse(text)
        if isinstance(number, int | float):
            found.append((mark_of(text), abs(float(number)), int(rows)))
    counts: Counter[str] = Counter()
    for mark, _, rows in found:
        counts[mark] += rows
    least = max(_FEW, _SOME * counts.total())
    often = {mark: rows for mark, rows in counts.most_common() if rows >= least}
    sums = tuple((mark, rows) for mark, rows in often.items() if mark not in {"", PERCENT})
    if len(sums) > 1:
        return sums
    return tuple(often.items()) if _fractions(found, often) else ()


def mark_of(text: str) -> str:
    """Mark of a number's text: a currency, ``%``, or nothing.

    Examples
    --------
    >>> [mark_of(text) for text in ("$1,234", "1234 USD", "JPY 12", "12 %", "0.5", "$5 CAD", "3.4k")]
    ['$', '$', '¥', '%', '', 'CAD', '']
    """
    found = _WORDS.search(text) or _SIGNS.search(text)
    if found is not None:
        return _SAME.get(found[0], found[0])
    return PERCENT if PERCENT in text else ""


def _fractions(found: Sequence[tuple[str, float, int]], often: Mapping[str, int]) -> bool:
    """Whether percentages, which mostly exceed 1, stand beside fractions of 1 without a sign."""
    if set(often) != {"", PERCENT}:
        return False
    bare = {number for mark, number, _ in found if not mark}
    large = sum(rows for mark, number, rows in found if mark == PERCENT and number > 1)
    return max(bare) <= 1 and not bare <= {0.0, 1.0} and 2 * large > often[PERCENT]
