"""What could not be read: values that are there and are not what their column holds, and what is said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.core.errors import RequestError
from fivefold.data.judgement import STANDS_FOR_MISSING
from fivefold.data.readings import UNSURE_MONTHS
from fivefold.data.remarks import DOUBTED
from fivefold.data.thousands import DOTS, POINTS
from fivefold.report.language import plural
from fivefold.runtime.values import BLANKS, MISSING_WORDS, cleaner

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import Column, Profile
    from fivefold.data.clean import CleanTable

__all__ = ["doubt_findings", "noun_of", "told", "unread_findings", "unreadable"]

_SURE = 0.9
"""Confidence from which nobody is asked how times and dots are read."""
_ASTRAY = 0.01
"""Share of values that cannot be read above which the person is warned."""


def unread_findings(table: CleanTable) -> list[Finding]:
    """Say which columns hold values that are not what the others are."""
    kinds = {column.name: column.kind for column in table.columns}
    findings = []
    for name, count in sorted(table.unread.items(), key=lambda item: (-item[1], item[0])):
        share = count / max(1, table.height)
        findings.append(
            Finding(
                check="values",
                severity="warning" if share >= _ASTRAY else "info",
                columns=(name,),
                what=f"{plural(count, 'value')} of '{name}' cannot be read as {noun_of(kinds[name])}",
                figures={"rows": count, "share": round(share, 4)},
                done="they count as missing",
            )
        )
    findings += [_unsure(name, why) for name, why in table.unsure().items()]
    return findings


def doubt_findings(profile: Profile) -> list[Finding]:
    """Ask about readings that the column makes likely, and no more."""
    return _clock_findings(profile) + _dot_findings(profile) + _remark_findings(profile)


def _clock_findings(profile: Profile) -> list[Finding]:
    """Ask about times of two figures that were taken for minutes and seconds; not where a fraction or the person says so."""
    doubted = [
        one
        for one in profile.columns
        if one.reading == "minutes_first"
        and not any(made.confidence >= _SURE for made in one.decisions if "minutes" in made.what)
    ]
    return [
        Finding(
            check="values",
            severity="info",
            columns=(one.name,),
            what=f"The times in '{one.name}' are read as minutes and seconds: {one.why}",
            figures={},
            done=f'nothing else; reading = "duration" under [data.columns.{one.name}] makes them hours and minutes',
            question=f"Are the times in '{one.name}' minutes and seconds, rather than hours and minutes?",
        )
        for one in doubted
    ]


def _dot_findings(profile: Profile) -> list[Finding]:
    """Ask about dots that were taken for marks between thousands; not where several in one text, or the person, say so."""
    doubted = [
        (one, made.why)
        for one in profile.columns
        for made in one.decisions
        if made.what == DOTS and made.confidence < _SURE
    ]
    points = [(one, made.why) for one in profile.columns for made in one.decisions if made.what == POINTS]
    return [_points(one.name, why) for one, why in points] + [
        Finding(
            check="values",
            severity="warning",
            columns=(one.name,),
            what=f"The dots in '{one.name}' are read as marks between thousands, 1.234 as 1234: {why}",
            figures={},
            done=f'nothing else; reading = "words" under [data.columns.{one.name}] makes them decimal points',
            question=f"Do the dots in '{one.name}' stand between thousands, rather than before three decimals?",
        )
        for one, why in doubted
    ]


def _points(name: str, why: str) -> Finding:
    """Ask about dots that stayed decimal points where other columns have decimal commas."""
    return Finding(
        check="values",
        severity="warning",
        columns=(name,),
        what=f"The dots in '{name}' are read as decimal points, and may stand between thousands: {why}",
        figures={},
        done=f'nothing; reading = "decimal_comma" under [data.columns.{name}] makes them marks between thousands',
        question=f"Do the dots in '{name}' stand between thousands, rather than before three decimals?",
    )


def _remark_findings(profile: Profile) -> list[Finding]:
    """Ask about phrases among numbers that were taken for missing ones because they come back."""
    found = []
    for one in profile.columns:
        doubted = [made for made in one.decisions if made.why.startswith(DOUBTED)]
        if not doubted:
            continue
        shown = ", ".join(made.what.removesuffix(STANDS_FOR_MISSING) for made in doubted)
        listed = ", ".join(f'"{value}"' for value in one.missing_values)
        cells = sum(made.cells for made in doubted)
        found.append(
            Finding(
                check="values",
                severity="warning",
                columns=(one.name,),
                what=f"Among the numbers in '{one.name}' stands {shown}, in about {cells:,} rows",
                figures={"rows": cells},
                done=f"such rows count as missing; missing_values = [{listed}] under [data.columns.{one.name}] says that "
                'they do, and role = "category" keeps all values as words',
                question=f"Does {shown} in '{one.name}' mean that nobody knows the number?",
            )
        )
    return found


def _unsure(name: str, why: str) -> Finding:
    """Ask about dates that may be read in two ways."""
    what, done = f"The dates in '{name}' do not say which figure is the month", "taken for a category"
    question = f"Can '{name}' be written as 2016-04-29, so that the model sees time in it?"
    if why == UNSURE_MONTHS:
        what = f"The texts in '{name}' are a month and two figures, which may be a day or a year"
        done = f'taken for a category; role = "date" under [data.columns.{name}] makes them months of years'
        question = f"Are the figures in '{name}' years?"
    return Finding("values", "warning", (name,), what, {}, done, question)


def told(raw: pl.Series) -> pl.Series:
    """Where the source gives a value: not null or infinite, not blank, and none of the usual words for a missing value."""
    import polars as pl

    if raw.dtype == pl.String:
        stripped = raw.str.strip_chars(BLANKS).str.to_lowercase()
        return stripped.is_not_null() & ~stripped.is_in(sorted(MISSING_WORDS)).fill_null(value=False)
    return raw.is_finite().fill_null(value=False) if raw.dtype == pl.Float64 else raw.is_not_null()


def unreadable(raw: pl.Series, lost: pl.Series, column: Column) -> pl.Series:
    """Where a value is there and cannot be read: what the runtime refuses, not what it knows for a missing value.

    Parameters
    ----------
    raw : Series
    lost : Series of Boolean
        Where nothing was left once ``raw`` was cleaned; each different value there is read once more.
    column : Column
    """
    import polars as pl

    read = cleaner(column)
    wrong = []
    for value in raw.filter(lost).drop_nulls().unique().to_list():
        try:
            read(value)
        except RequestError:
            wrong.append(value)
    values = pl.Series(raw.name, wrong, dtype=raw.dtype)
    return (lost & raw.is_in(values.implode())).fill_null(value=False)


def noun_of(kind: str) -> str:
    """What a person calls a value of this kind."""
    nouns = {
        "number": "a number",
        "integer": "a whole number",
        "boolean": "true or false",
        "datetime": "a date",
    }
    return nouns.get(kind, "a text")
