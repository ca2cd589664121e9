"""Roles: what each column is to a model, judged from its facts, with the reason in a few words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.data import readings
from fivefold.data.absent import Absent, absent_dates, absent_words, stand_ins
from fivefold.data.amounts import COUNTS_ROWS, counts_every_row, judge_code, judge_number, named_like_id
from fivefold.data.bounds import bounded, bounds_of
from fivefold.data.columns import column_of
from fivefold.data.forms import DATED, NUMBERED, form_of_texts
from fivefold.data.judgement import Judgement, decided, unless_constant, without
from fivefold.data.ordinals import levels_of
from fivefold.data.pieces import pieces
from fivefold.data.readings import unsure_dates
from fivefold.data.remarks import known_remarks, remarks
from fivefold.data.thousands import dotted
from fivefold.runtime.booleans import say_both
from fivefold.runtime.bounds import is_bound
from fivefold.runtime.figures import parse_plain
from fivefold.runtime.readings import parser
from fivefold.runtime.values import MISSING_WORDS
from fivefold.runtime.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from fivefold.core.artefacts import Reading
    from fivefold.data.bounds import Bounds
    from fivefold.data.facts import ColumnFacts

__all__ = ["Judgement", "judge", "mean_words", "named_like_id", "number_rows", "settle", "unsure_dates"]

_LOOKED_AT = 2_000
_NEARLY_ALL = 0.95
_UNIQUE = 0.99
_ZEROS = 0.001
_LONG = 50
_MOST_LEVELS = 60
_MOST_ABSENT = 0.9
_EARLY, _LATE = 31, 335
"""Days of the year: one in January and one in December."""
_TEXT_NAMES = {"comment", "comments", "description", "message", "name", "note", "notes", "review", "summary"}
_TEXT_NAMES |= {"text", "title"}


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
        judgement = Judgement("date", "datetime", "the source says that it holds times")
        return unless_constant(
            facts, without(judgement, facts, absent_dates(_seconds(facts.sample).to_numpy()))
        )
    if facts.dtype == "BOOLEAN":
        return unless_constant(facts, Judgement("boolean", "boolean", "the source says true or false"))
    return judge_number(facts, whole=facts.dtype == "BIGINT", source="the source says that it holds numbers")


def mean_words(facts: ColumnFacts) -> float:
    """Words per value of a text column, of some thousand of its sample; 0 for others."""
    some = _some(facts)
    if facts.dtype != "VARCHAR" or not some:
        return 0.0
    return sum(len(words(text)) for text in some) / len(some)


def _some(facts: ColumnFacts) -> list[str]:
    """Between 2,000 and 4,000 values of the sample, evenly spread; all where there are fewer."""
    kept: list[str] = facts.sample.gather_every(max(1, facts.sample.len() // _LOOKED_AT)).to_list()
    return kept


def settle(judgements: dict[str, Judgement], facts: dict[str, ColumnFacts]) -> dict[str, Judgement]:
    """Read dates that do not say which figure is the month as the other date columns of the table do, if those agree."""
    marked = [one for one in judgements.values() if one.why != readings.POINTS]
    orders: set[Reading] = {one.reading for one in marked if one.reading in {"day_first", "month_first"}}
    if len(orders) != 1:
        return judgements
    order = orders.pop()
    settled = dict(judgements)
    for name, one in judgements.items():
        if one.role == "category" and one.why == readings.UNSURE and facts[name].distinct > 1:
            why = f"the dates do not say which figure is the month; other columns have the {order.replace('_', ' ')}"
            dated = Judgement("date", "datetime", why, order)
            settled[name] = decided(dated, facts[name], f"read with the {order.replace('_', ' ')}", 0.8)
    return settled


def number_rows(judgements: dict[str, Judgement], facts: dict[str, ColumnFacts]) -> dict[str, Judgement]:
    """Take numbers that count the rows of the table for identifiers, whatever they are called."""
    return {
        name: Judgement("identifier", one.kind, COUNTS_ROWS)
        if one.role == "number" and one.reading == "plain" and counts_every_row(facts[name])
        else one
        for name, one in judgements.items()
    }


def _judge_text(facts: ColumnFacts) -> Judgement:
    """Judge a column that the source gave as text."""
    told = facts.filled - facts.lost
    counts = _counts(facts)
    if told == 0 or not counts:
        return _judge_words(facts, counts)
    gone = stand_ins(counts)
    gone += known_remarks([(text, rows) for text, rows in counts if text not in {one.value for one in gone}])
    found = _judge_figures(facts, counts, gone)
    if found is None and (said := remarks(facts.name, counts)):
        found = _judge_figures(facts, counts, [*gone, *said])
        found = found if found is not None and found.role == "number" else None
    return _judge_words(facts, counts) if found is None else found


def _judge_figures(
    facts: ColumnFacts, counts: Sequence[tuple[str, int]], gone: Sequence[Absent]
) -> Judgement | None:
    """Judge texts that are numbers, dates or truth values, but for those that stand for a missing one; None for others."""
    told = facts.filled - facts.lost
    hidden = sum(one.rows for one in gone) / max(1, facts.sample.len()) * facts.filled
    absent = {one.value for one in gone}
    told_counts = [(text, rows) for text, rows in counts if text not in absent]
    seen = [text for text, _ in told_counts]
    if not seen or hidden > _MOST_ABSENT * told:
        return None
    bounds = bounds_of(told_counts)
    if bounds is not None:
        found = _judge_bounded(facts, seen, bounds, told - hidden)
        if found is not None and _nearly_all_read(found, facts, told_counts):
            return _with(found, facts, gone)
    if facts.numbers >= _NEARLY_ALL * (told - hidden):
        return _with(dotted(_judge_digits(facts, seen), facts, seen), facts, gone)
    if 2 <= len(seen) <= 8 and say_both(seen):
        judgement = Judgement("boolean", "boolean", "the words stand for true and false")
        return without(judgement, facts, gone)
    read = _judge_written(facts, seen)
    if read is not None and _nearly_all_read(read, facts, told_counts):
        return _with(dotted(read, facts, seen), facts, gone)
    return None


def _nearly_all_read(judgement: Judgement, facts: ColumnFacts, counts: Sequence[tuple[str, int]]) -> bool:
    """Whether at most one in twenty cells of a column of numbers would be lost; one text may fill many cells."""
    if judgement.role != "number":
        return True
    parse, looked = parser(column_of(judgement, facts.name)), counts[:_LOOKED_AT]
    read = sum(rows for text, rows in looked if parse(text) is not None)
    return read >= _NEARLY_ALL * sum(rows for _, rows in looked)


def _with(judgement: Judgement, facts: ColumnFacts, gone: Sequence[Absent]) -> Judgement:
    """Add the words for a missing value, but to a column of texts, whose words they are."""
    return judgement if judgement.kind == "string" else without(judgement, facts, gone)


def _judge_digits(facts: ColumnFacts, seen: Sequence[str]) -> Judgement:
    """Judge texts that are plain numbers but for a few."""
    told = facts.filled - facts.lost
    if facts.zeros and (facts.zeros >= _ZEROS * told or facts.narrowest == facts.widest):
        form = form_of_texts(facts.name, seen) or "code"
        return judge_code(facts, "digits led by zeros are codes, not amounts", form)
    others = [text for text in seen if parse_plain(text) is None]
    source = "every text is a number" + _but(facts)
    judgement = judge_number(facts, whole=facts.pointed == 0, source=source)
    if judgement.kind not in {"number", "integer"} or not facts.filled - facts.lost - facts.numbers:
        return judgement
    found = readings.numbers(others) if others else None
    if found is None or found.reading != "decimal_comma":
        return replace(judgement, reading="words")
    judgement = replace(judgement, kind="number", reading="decimal_comma", why=found.why)
    return decided(judgement, facts, "the comma stands before the decimals", found.confidence)


def _judge_bounded(facts: ColumnFacts, seen: Sequence[str], bounds: Bounds, told: float) -> Judgement | None:
    """Judge texts without those that look like bounds; None where these are no bounds of numbers."""
    others = [text for text in seen if not is_bound(text)]
    plain = told - bounds.rows / max(1, facts.sample.len()) * facts.filled
    judged = (
        _judge_digits(facts, others)
        if facts.numbers >= _NEARLY_ALL * plain
        else _judge_written(facts, others)
    )
    return None if judged is None else bounded(dotted(judged, facts, others), facts, bounds)


def _judge_written(facts: ColumnFacts, seen: Sequence[str]) -> Judgement | None:
    """Judge texts that are dates, numbers written for people, or lengths of time; None when they are none of these."""
    looked = seen[:_LOOKED_AT]
    found = readings.dates(looked) or _days_of_year(facts, seen)
    if found is not None and found.confidence:
        return _judge_dates(facts, found)
    if found is not None:
        return decided(Judgement("category", "string", found.why), facts, "not read as dates", 0.5)
    found = readings.numbers(looked)
    what = "read as numbers"
    if found is None:
        found, what = readings.durations(looked, facts.name), "read as seconds"
    if found is None:
        return None
    if found.reading == "minutes_first":
        what = "two figures are read as minutes and seconds, in seconds"
    judgement = Judgement("number", "number", found.why, found.reading, found.form)
    return unless_constant(facts, decided(judgement, facts, what, found.confidence))


def _judge_dates(facts: ColumnFacts, found: readings.Found) -> Judgement:
    """Judge texts that are dates, written in the way that was found."""
    dated = Judgement("date", "datetime", found.why, found.reading, found.form)
    if found.reading != "plain":
        dated = decided(dated, facts, f"read with the {found.reading.replace('_', ' ')}", found.confidence)
    if found.form:
        dated = decided(dated, facts, f"read as {found.form}", found.confidence)
    parse = parser(column_of(dated, facts.name))
    moments = [moment for text in facts.sample if (moment := parse(text)) is not None]
    return unless_constant(
        facts, without(dated, facts, absent_dates(_seconds(_datetimes(moments)).to_numpy()))
    )


def _days_of_year(facts: ColumnFacts, seen: Sequence[str]) -> readings.Found | None:
    """Read years with a day of the year where the column's name says dates, or where its values do and its name nothing else."""
    found, named = readings.days_of_year(seen), set(pieces(facts.name))
    if found is None or named & NUMBERED or named_like_id(facts.name):
        return None
    days = [int(text[5:]) for text in seen]
    whole_year = min(days) <= _EARLY and max(days) >= _LATE and facts.distinct < _UNIQUE * facts.filled
    return found if named & DATED or whole_year else None


def _judge_words(facts: ColumnFacts, counts: Sequence[tuple[str, int]]) -> Judgement:
    """Judge texts that are no numbers, dates or truth values."""
    if facts.distinct <= 1:
        return unless_constant(facts, Judgement("category", "string", "one value, where there is one"))
    seen = [text for text, _ in counts][:_LOOKED_AT]
    ordinal = _judge_ordinal(facts)
    if ordinal is not None:
        return ordinal
    form = form_of_texts(facts.name, seen)
    if form in {"uuid", "hash"}:
        return judge_code(facts, "the texts are UUIDs" if form == "uuid" else "the texts are hashes", form)
    if form in {"list", "json", "coordinates"} and facts.distinct > 8:
        return decided(
            Judgement("text", "string", f"the texts are of the form {form}", form=form),
            facts,
            "taken for text",
            0.9,
        )
    if form not in {"email", "phone", "postal code"} and _is_text(facts):
        why = f"{mean_words(facts):.2g} words a row, and they seldom come back"
        return Judgement("text", "string", why, form=form)
    if facts.distinct >= _UNIQUE * facts.filled:
        why = "short, and nearly every row has its own"
        return decided(
            Judgement("identifier", "string", why, form=form), facts, "taken for names of rows", 0.9
        )
    if named_like_id(facts.name):
        return judge_code(facts, "named like an identifier", form)
    judgement = Judgement("category", "string", f"{facts.distinct} different values", form=form)
    return (
        without(judgement, facts, absent_words(_all_counts(facts)))
        if facts.distinct <= _LOOKED_AT
        else judgement
    )


def _judge_ordinal(facts: ColumnFacts) -> Judgement | None:
    """Judge words that stand in an order; a word without a place in it must stand for a missing value."""
    if facts.distinct > _MOST_LEVELS:
        return None
    every = _all_counts(facts)
    absent = list({one.value: one for one in [*absent_words(every), *stand_ins(every)]}.values())
    gone = {one.value for one in absent}
    found = levels_of([text for text, _ in every if text not in gone])
    if found is None or found[1]:
        return None
    levels, _, what = found
    shown = " < ".join([*levels[:4], *(("...",) if len(levels) > 4 else ())])
    judgement = Judgement("ordinal", "string", f"{what}: {shown}", levels=levels)
    judgement = decided(judgement, facts, "the words stand in an order", 0.9)
    return without(judgement, facts, absent)


def _is_text(facts: ColumnFacts) -> bool:
    """Whether people wrote it for people: several words, and hardly a row like another; or long."""
    share = facts.distinct / facts.filled
    sample = _some(facts)
    many = mean_words(facts)
    # Words of letters: "555 123 4567" has three words and says nothing.
    telling = sum(sum(len(word) > 1 and word.isalpha() for word in words(text)) for text in sample)
    letters = telling / len(sample)
    if letters < 1 or named_like_id(facts.name):
        return False
    named = pieces(facts.name)[-1:] and pieces(facts.name)[-1] in _TEXT_NAMES
    long = sum(len(text) for text in sample) / len(sample) >= _LONG
    return (
        (many >= 3 and share >= 0.5)
        or (letters >= 1.5 and share >= 0.9)
        or (bool(named) and letters >= 1.5 and share >= 0.5)
        or (long and facts.distinct >= 50 and share >= 0.1)
    )


def _all_counts(facts: ColumnFacts) -> list[tuple[str, int]]:
    """Different texts of the sample and their rows, in the order in which they come."""
    counted = (
        facts.sample.alias("text").value_counts(name="rows").sort(["rows", "text"], descending=[True, False])
    )
    return [(str(text), int(rows)) for text, rows in counted.iter_rows()]


def _counts(facts: ColumnFacts) -> list[tuple[str, int]]:
    """Different texts of the sample that do not stand for a missing value, and their rows."""
    return [(text, rows) for text, rows in _all_counts(facts) if text.lower() not in MISSING_WORDS]


def _but(facts: ColumnFacts) -> str:
    """Say how many texts are not."""
    others = facts.filled - facts.lost - facts.numbers
    return f" but {others}" if others > 0 else ""


def _datetimes(moments: Sequence[object]) -> pl.Series:
    """Moments as a column."""
    import polars as pl

    return pl.Series(moments, dtype=pl.Datetime("us"))


def _seconds(moments: pl.Series) -> pl.Series:
    """Moments as seconds since 1970."""
    import polars as pl

    return moments.dt.timestamp("us").cast(pl.Float64) / 1e6
