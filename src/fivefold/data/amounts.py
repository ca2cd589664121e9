"""Amounts: which numbers are amounts, which are names, and which are moments."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.data.absent import absent_numbers
from fivefold.data.forms import form_of_number, named_code
from fivefold.data.judgement import Judgement, decided, unless_constant, without
from fivefold.data.pieces import pieces
from fivefold.runtime.dates import from_epoch

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import Kind
    from fivefold.data.facts import ColumnFacts

__all__ = ["COUNTS_ROWS", "counts_every_row", "judge_code", "judge_number", "named_like_id"]

COUNTS_ROWS = "counts the rows"
"""Why a row number is an identifier."""

_LONG = 1e15
"""Whole numbers from this one on, of 16 digits or more, are names, such as those of cards."""
_LONGEST = 2**53
"""Beyond this one a float does not tell them all apart."""
_UNIQUE = 0.99
_LOOKED_AT = 2_000
_ID = {"id", "ids", "uuid", "guid", "identifier"}
_ID_ENDING = (
    "account", "case", "client", "customer", "item", "member", "order", "patient", "person", "product", "record", "row",
    "session", "user",
)  # fmt: skip
_ROW = {"index", "row", "rows", "rowname", "rownames", "rownum", "rownumber", "unnamed", "nr", "no", "column"}
_ENOUGH_TO_COUNT = 10
"""Rows from which chance does not put numbers in the order in which rows are counted."""
_TIME = {
    "ts",
    "time",
    "timestamp",
    "epoch",
    "unix",
    "unixtime",
    "date",
    "datetime",
    "created",
    "updated",
    "modified",
    "at",
}
_TIME |= {"seen", "login", "when", "moment"}
_EPOCHS = (
    ("epoch seconds", 3e8, 4.1e9),
    ("epoch milliseconds", 3e11, 4.1e12),
    ("epoch microseconds", 3e14, 4.1e15),
)
_CALENDAR = (("yyyymmdd", 19000101, 21001231, 10), ("yyyymm", 190001, 210012, 6))
_PERIOD = {"month", "period", "ym", "yearmonth", "yyyymm", "date", "quarter"}


def judge_number(facts: ColumnFacts, *, whole: bool, source: str) -> Judgement:
    """Judge a column of plain numbers.

    Parameters
    ----------
    facts : ColumnFacts
    whole : bool
        Whether its type holds whole numbers only.
    source : str
        How it is known that they are numbers.
    """
    kind: Kind = "integer" if whole else "number"
    if facts.distinct <= 1:
        return unless_constant(facts, Judgement("number", kind, source))
    all_whole = facts.broken == 0
    if all_whole and facts.distinct == 2 and (facts.minimum, facts.maximum) == (0.0, 1.0):
        return Judgement("boolean", "boolean", "holds 0 and 1 only")
    figures = _figures(facts)
    if all_whole:
        special = _moments(facts, figures) or _names(facts, figures, kind)
        if special is not None:
            return special
    form = form_of_number(facts.name, facts.minimum, facts.maximum, whole=all_whole)
    judgement = Judgement("number", kind, source, form=form)
    return without(judgement, facts, absent_numbers(facts.name, figures.to_numpy()))


def judge_code(facts: ColumnFacts, why: str, form: str = "") -> Judgement:
    """Judge values that are names: one for each row, or shared by rows. A postal code is shared by some, if not by these."""
    if form != "postal code" and facts.distinct >= _UNIQUE * facts.filled:
        why = f"{why}; nearly every row has its own"
        return decided(
            Judgement("identifier", "string", why, form=form), facts, "taken for names of rows", 0.9
        )
    share = facts.filled / max(1, facts.distinct)
    why = f"{why}; {facts.distinct:,} values, {share:.3g} rows each"
    return decided(
        Judgement("category", "string", why, form=form), facts, "taken for names, not amounts", 0.9
    )


def counts_every_row(facts: ColumnFacts) -> bool:
    """Whether a column goes 0, 1, 2, ... or 1, 2, 3, ... through the rows in their order, from the first to the last."""
    return (
        facts.filled == facts.rows >= _ENOUGH_TO_COUNT
        and facts.broken == 0
        and facts.minimum in {0.0, 1.0}
        and (facts.maximum or 0.0) - (facts.minimum or 0.0) + 1 == facts.rows
        and facts.distinct >= _UNIQUE * facts.rows
        and facts.sorted_share == 1.0
    )


def named_like_id(name: str) -> bool:
    """Whether a column's name says that it is an identifier.

    Examples
    --------
    >>> named_like_id("PatientId"), named_like_id("customer_id"), named_like_id("humidity")
    (True, True, False)
    """
    words = pieces(name)
    ends = {*words[:1], *words[-1:]}
    return bool(ends & _ID) or name.lower() in {f"{ending}id" for ending in _ID_ENDING}


def _names(facts: ColumnFacts, figures: pl.Series, kind: Kind) -> Judgement | None:
    """Judge whole numbers that are names: long ones, codes by their column's name, identifiers and row numbers."""
    longest = max(abs(facts.minimum or 0.0), abs(facts.maximum or 0.0))
    if longest >= _LONG:
        common = figures.abs().quantile(0.1) or 0.0
        if common >= _LONG or (longest > _LONGEST and common > _LONGEST / 1_000):
            return judge_code(facts, "whole numbers of more than 15 digits are names, not amounts")
    form = named_code(facts.name, facts.minimum, facts.maximum)
    if form:
        return _written(facts, judge_code(facts, f"whole numbers, named like a {form}", form))
    if named_like_id(facts.name):
        return _written(facts, judge_code(facts, "whole numbers, named like an identifier"))
    unique = facts.distinct >= _UNIQUE * facts.filled
    if (
        unique
        and any(word in _ROW for word in pieces(facts.name) if not word.isdigit())
        and _counts_rows(facts)
    ):
        return Judgement("identifier", kind, COUNTS_ROWS)
    return None


def _written(facts: ColumnFacts, code: Judgement) -> Judgement:
    """Keep the whole number of a code that is written as 12.0 here and as 12 elsewhere: so it is the same name everywhere."""
    return replace(code, kind="integer") if facts.decimals else code


def _moments(facts: ColumnFacts, figures: pl.Series) -> Judgement | None:
    """Judge whole numbers that stand for moments."""
    low, high, named = facts.minimum or 0.0, facts.maximum or 0.0, set(pieces(facts.name))
    for form, least, most in _EPOCHS:
        if named & _TIME and least <= low <= high <= most and facts.distinct >= 2:
            why = f"numbers named like times, which as {form} fall into the years {_year(low, form)} to {_year(high, form)}"
            return decided(Judgement("date", "datetime", why, form=form), facts, f"read as {form}", 0.9)
    for form, least, most, several in _CALENDAR:
        if not least <= low <= high <= most or facts.distinct < several:
            continue
        if form == "yyyymm" and not named & _PERIOD:
            continue
        if all(from_epoch(figure, form) for figure in figures.unique().head(_LOOKED_AT)):
            why = f"every number is a day of the calendar, written {form}"
            return decided(Judgement("date", "datetime", why, form=form), facts, f"read as {form}", 0.95)
    return None


def _year(count: float, form: str) -> str:
    """Year of a count."""
    moment = from_epoch(count, form)
    return str(moment.year) if moment else "?"


def _figures(facts: ColumnFacts) -> pl.Series:
    """Sampled values as numbers."""
    import polars as pl

    figures = facts.sample.cast(pl.Float64, strict=False).drop_nulls()
    return figures.filter(figures.is_finite())


def _counts_rows(facts: ColumnFacts) -> bool:
    """Whether the numbers go from 0 or 1 upwards without gaps, as the rows do."""
    span = (facts.maximum or 0.0) - (facts.minimum or 0.0) + 1
    return facts.minimum in {0.0, 1.0} and span <= 1.01 * facts.rows and facts.sorted_share >= _UNIQUE
