"""Roles: what each column is to a model, judged from its facts, with the reason in a few words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Decision, Kind, Reading, Role
from fivefold.runtime.values import MISSING_WORDS, parse_boolean, parse_datetime, parse_number
from fivefold.runtime.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fivefold.data.facts import ColumnFacts

__all__ = ["Judgement", "judge", "mean_words", "named_like_id", "unsure_dates"]

_EXACT = 2**53
"""Whole numbers beyond this one are not all told apart by a float: they are names, not amounts."""
_LOOKED_AT = 2_000
_NEARLY_ALL = 0.95
_DATES = 0.98
_UNIQUE = 0.99
_ZEROS = 0.001
_LONG = 50
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ID = {"id", "ids", "uuid", "guid", "identifier"}
_ID_ENDING = re.compile(
    r"(account|case|client|customer|item|member|order|patient|person|product|record|row|session|user)_?id"
)
_ROW = {"index", "row", "rows", "rowname", "rownames", "rownum", "rownumber", "unnamed", "nr", "no", "column"}
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_TEXT_NAMES = {"comment", "comments", "description", "message", "name", "note", "notes", "review", "summary"}
_TEXT_NAMES |= {"text", "title"}
_DAY_OR_MONTH = re.compile(r"[0-9]{1,2}([-/])[0-9]{1,2}\1[0-9]{4}\b.*")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a column is taken for.

    Attributes
    ----------
    role : Role
    kind : Kind
        Type of its values once cleaned.
    why : str
        The evidence.
    reading : Reading
    form : str
        See :class:`~fivefold.core.artefacts.ColumnProfile`.
    missing_values : tuple of str
    levels : tuple of str
        Of an ordinal, from low to high.
    decisions : tuple of Decision
    """

    role: Role
    kind: Kind
    why: str
    reading: Reading = "plain"
    form: str = ""
    missing_values: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()


def judge(facts: ColumnFacts) -> Judgement:
    """Judge one column.

    Examples of what is told apart: ``007`` is a code and ``7`` a number; ``$1,234`` is a number; a name of three words
    that hardly ever comes back is text and one of a few names is a category; a number called ``customer_id`` is an
    identifier when every row has its own, and a category when rows share it.
    """
    if facts.filled == 0:
        return Judgement("constant", "string", "no row has a value")
    if facts.dtype == "VARCHAR":
        return _judge_text(facts)
    if facts.dtype == "TIMESTAMP":
        return _unless_constant(facts, Judgement("date", "datetime", "the source says that it holds times"))
    if facts.dtype == "BOOLEAN":
        return _unless_constant(facts, Judgement("boolean", "boolean", "the source says true or false"))
    return _judge_number(facts, whole=facts.dtype == "BIGINT", source="the source says that it holds numbers")


def mean_words(facts: ColumnFacts) -> float:
    """Words per value of a text column; 0 for others."""
    if facts.dtype != "VARCHAR" or not facts.sample.len():
        return 0.0
    return sum(len(words(text)) for text in facts.sample) / facts.sample.len()


def unsure_dates(texts: Sequence[str]) -> bool:
    """Whether the texts are dates that do not say which figure is the month.

    Examples
    --------
    >>> unsure_dates(["03/04/2016", "05/06/2016"]), unsure_dates(["2016-04-03"])
    (True, False)
    """
    return _share(_DAY_OR_MONTH.fullmatch, texts) >= _DATES


def _unless_constant(facts: ColumnFacts, judgement: Judgement) -> Judgement:
    """Return the judgement, or that every row has the same value."""
    if facts.distinct <= 1 and facts.filled == facts.rows:
        return Judgement("constant", judgement.kind, "every row has the same value")
    return judgement


def _judge_number(facts: ColumnFacts, *, whole: bool, source: str) -> Judgement:
    """Judge a column of numbers."""
    kind: Kind = "integer" if whole else "number"
    if facts.distinct <= 1:
        return _unless_constant(facts, Judgement("number", kind, source))
    all_whole = facts.broken == 0
    if all_whole and facts.distinct == 2 and (facts.minimum, facts.maximum) == (0.0, 1.0):
        return Judgement("boolean", "boolean", "holds 0 and 1 only")
    if all_whole and max(abs(facts.minimum or 0.0), abs(facts.maximum or 0.0)) > _EXACT:
        return _judge_code(facts, "whole numbers of more than 15 digits are names, not amounts")
    unique = facts.distinct >= _UNIQUE * facts.filled
    if all_whole and named_like_id(facts.name):
        code = _judge_code(facts, "whole numbers, named like an identifier")
        # Written as 12.0 here and as 12 elsewhere: only as a whole number is it the same name everywhere.
        return replace(code, kind="integer") if facts.dtype == "DOUBLE" or facts.pointed else code
    if all_whole and unique and _named_row(facts.name) and _counts_rows(facts):
        return Judgement("identifier", kind, "counts the rows")
    return Judgement("number", kind, source)


def _judge_code(facts: ColumnFacts, why: str) -> Judgement:
    """Judge values that are names: one for each row, or shared by rows."""
    if facts.distinct >= _UNIQUE * facts.filled:
        return Judgement("identifier", "string", f"{why}; nearly every row has its own")
    share = facts.filled / max(1, facts.distinct)
    return Judgement("category", "string", f"{why}; {facts.distinct} values, {share:.3g} rows each")


def _judge_text(facts: ColumnFacts) -> Judgement:
    """Judge a column that the source gave as text."""
    told = facts.filled - facts.lost
    if told == 0:
        return _judge_words(facts)
    if facts.numbers >= _NEARLY_ALL * told:
        codes = facts.zeros and (facts.zeros >= _ZEROS * told or facts.narrowest == facts.widest)
        if codes:
            return _judge_code(facts, "digits led by zeros are codes, not amounts")
        return _judge_number(facts, whole=facts.pointed == 0, source="every text is a number" + _but(facts))
    seen = _different(facts)
    if 2 <= len(seen) <= 8 and _share(parse_boolean, seen) == 1 and _both_truths(seen):
        return Judgement("boolean", "boolean", "the words stand for true and false")
    if _share(parse_datetime, seen) >= _DATES:
        return _unless_constant(facts, Judgement("date", "datetime", "the texts are dates"))
    if _share(parse_number, seen) >= _NEARLY_ALL:
        why = "the texts are numbers written for people"
        return _unless_constant(facts, Judgement("number", "number", why))
    return _judge_words(facts)


def _judge_words(facts: ColumnFacts) -> Judgement:
    """Judge texts that are no numbers, dates or truth values."""
    if facts.distinct <= 1:
        return _unless_constant(facts, Judgement("category", "string", "one value, where there is one"))
    if _share(_UUID.fullmatch, facts.sample.head(_LOOKED_AT).to_list()) >= _UNIQUE:
        return _judge_code(facts, "the texts are UUIDs")
    if _is_text(facts):
        return Judgement("text", "string", f"{mean_words(facts):.2g} words a row, and they seldom come back")
    share = facts.distinct / facts.filled
    if share >= _UNIQUE:
        return Judgement("identifier", "string", "short, and nearly every row has its own")
    if named_like_id(facts.name):
        return _judge_code(facts, "named like an identifier")
    if unsure_dates(_different(facts)):
        return Judgement(
            "category", "string", "dates that do not say which figure is the month; write 2016-04-29"
        )
    return Judgement("category", "string", f"{facts.distinct} different values")


def _is_text(facts: ColumnFacts) -> bool:
    """Whether people wrote it for people: several words, and hardly a row like another; or long."""
    share = facts.distinct / facts.filled
    sample = facts.sample.to_list()
    many = mean_words(facts)
    # Words of letters: "555 123 4567" has three words and says nothing.
    letters = sum(sum(len(word) > 1 and word.isalpha() for word in words(text)) for text in sample) / len(
        sample
    )
    if letters < 1 or named_like_id(facts.name):
        return False
    named = _pieces(facts.name)[-1:] and _pieces(facts.name)[-1] in _TEXT_NAMES
    long = sum(len(text) for text in sample) / len(sample) >= _LONG
    return (
        (many >= 3 and share >= 0.5)
        or (letters >= 1.5 and share >= 0.9)
        or (bool(named) and letters >= 1.5 and share >= 0.5)
        or (long and facts.distinct >= 50 and share >= 0.1)
    )


def _different(facts: ColumnFacts) -> list[str]:
    """Different texts of the sample that do not stand for a missing value, the first 2,000."""
    texts: list[str] = facts.sample.unique(maintain_order=True).to_list()
    return [text for text in texts if text.lower() not in MISSING_WORDS][:_LOOKED_AT]


def _share(parse: Callable[[str], object], texts: Sequence[str]) -> float:
    """Share of the texts that can be parsed."""
    return sum(parse(text) is not None for text in texts) / len(texts) if texts else 0.0


def _both_truths(texts: Sequence[str]) -> bool:
    """Whether true and false both occur."""
    return len({parse_boolean(text) for text in texts}) == 2


def _but(facts: ColumnFacts) -> str:
    """Say how many texts are not."""
    others = facts.filled - facts.lost - facts.numbers
    return f" but {others}" if others else ""


def _pieces(name: str) -> list[str]:
    """Words of a column's name: ``PatientId`` and ``patient_id`` have the same two."""
    return [piece.lower() for piece in _PIECES.findall(name)]


def named_like_id(name: str) -> bool:
    """Whether a column's name says that it is an identifier.

    Examples
    --------
    >>> named_like_id("PatientId"), named_like_id("customer_id"), named_like_id("humidity")
    (True, True, False)
    """
    pieces = _pieces(name)
    ends = {*pieces[:1], *pieces[-1:]}
    return bool(ends & _ID) or _ID_ENDING.fullmatch(name.lower()) is not None


def _named_row(name: str) -> bool:
    """Whether the name says that this numbers the rows."""
    return any(piece in _ROW for piece in _pieces(name) if not piece.isdigit())


def _counts_rows(facts: ColumnFacts) -> bool:
    """Whether the numbers go from 0 or 1 upwards without gaps, as the rows do."""
    span = (facts.maximum or 0.0) - (facts.minimum or 0.0) + 1
    return facts.minimum in {0.0, 1.0} and span <= 1.01 * facts.rows and facts.sorted_share >= _UNIQUE
