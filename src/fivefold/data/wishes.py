"""Wishes: what the person says about a column overrules what was judged; a wish that the values do not bear is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column, Decision
from fivefold.core.errors import InputError
from fivefold.data import readings
from fivefold.data.bounds import unbounded
from fivefold.data.columns import column_of
from fivefold.data.judgement import STANDS_FOR_MISSING
from fivefold.data.ordinals import levels_of
from fivefold.data.remarks import DOUBTED
from fivefold.data.thousands import undotted, with_decimals
from fivefold.runtime.figures import parse_plain
from fivefold.runtime.frames import clean_series
from fivefold.runtime.readings import BOUNDED

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import ColumnProfile, Kind, Reading, Role
    from fivefold.core.extract import ColumnWish
    from fivefold.data.facts import ColumnFacts
    from fivefold.data.judgement import Judgement

__all__ = ["check_wish", "follow"]

_MOST_UNREAD = 0.5
_SHOWN = 5
_KINDS: dict[Role, Kind] = {"number": "number", "date": "datetime", "boolean": "boolean"}
_ROLES: dict[Reading, Role] = {
    "words": "number", "decimal_comma": "number", "bounds": "number", "comma_bounds": "number",
    "duration": "number", "minutes_first": "number", "day_first": "date", "month_first": "date",
}  # fmt: skip
_NOUNS = {"number": "a number", "integer": "a whole number", "boolean": "true or false", "datetime": "a date"}


def follow(judgement: Judgement, facts: ColumnFacts, wish: ColumnWish, decimal: str = "") -> Judgement:
    """Return the judgement as the person wishes it.

    Parameters
    ----------
    judgement : Judgement
        Of the values.
    facts : ColumnFacts
    wish : ColumnWish
    decimal : str, optional
        What the person says of all columns without a reading of their own: the mark before the decimals.

    Raises
    ------
    InputError
        When an ordinal is asked for and neither the wish nor the values say its levels.
    """
    role = (
        wish.role
        or (_ROLES.get(wish.reading) if wish.reading else None)
        or ("ordinal" if wish.levels else None)
    )
    if role is not None and role != judgement.role:
        judgement = _recast(judgement, facts, role)
    if wish.reading is not None:
        judgement = replace(undotted(unbounded(judgement)), reading=wish.reading)
        if wish.reading in BOUNDED and judgement.kind == "integer":
            judgement = replace(judgement, kind="number")
        judgement = _said(judgement, facts, f"read as {wish.reading}")
    elif decimal:
        judgement = with_decimals(judgement, facts, decimal)
    if judgement.role == "ordinal":
        judgement = replace(judgement, levels=wish.levels or _levels(judgement, facts))
    if wish.missing_values is not None:
        kept = tuple(one for one in judgement.decisions if not one.what.endswith(STANDS_FOR_MISSING))
        judgement = replace(judgement, missing_values=wish.missing_values, decisions=kept)
        said = ", ".join(f"'{value}'" for value in wish.missing_values) or "no value"
        judgement = _said(judgement, facts, f"{said} stands for a missing value")
    return judgement


def check_wish(profile: ColumnProfile, wish: ColumnWish, raw: pl.Series) -> None:
    """Refuse a wish that more than half of the values do not bear.

    Parameters
    ----------
    profile : ColumnProfile
        As the wish made it.
    wish : ColumnWish
    raw : Series
        Sampled values of the column as they came.

    Raises
    ------
    InputError
        With counts and examples.
    """
    import polars as pl

    if wish.role is None and wish.reading is None and wish.levels is None:
        return
    values = clean_series(raw, column_of(profile, profile.name), strict=False)
    bad = raw.is_not_null() & values.is_null()
    expected = _NOUNS.get(profile.kind, "a text")
    if profile.role == "ordinal":
        bad = values.is_not_null() & ~values.cast(pl.String).is_in(list(profile.levels)).fill_null(
            value=False
        )
        expected = "one of the levels " + ", ".join(f"'{level}'" for level in profile.levels[:10])
    if profile.missing_values:
        bad &= ~raw.cast(pl.String).is_in(list(profile.missing_values)).fill_null(value=False)
    count, there = int(bad.sum()), int(raw.is_not_null().sum())
    if not there or count <= _MOST_UNREAD * there:
        return
    examples = raw.filter(bad).cast(pl.String).unique(maintain_order=True).head(_SHOWN).to_list()
    raise InputError(
        f"The column '{profile.name}' cannot be what [data.columns] says",
        seen=f"{count:,} of {there:,} values are not {expected}: {', '.join(repr(one[:40]) for one in examples)}",
        expected=f"{expected} in most rows, as the role '{profile.role}' with the reading '{profile.reading}' asks",
        todo=f"correct [data.columns] {profile.name}, or leave it to Fivefold",
    )


def _recast(judgement: Judgement, facts: ColumnFacts, role: Role) -> Judgement:
    """Give a column another role, and the type and reading that go with it."""
    kind: Kind = _KINDS.get(role, "string")
    reading: Reading = "plain"
    form = judgement.form
    if role == "constant":
        kind = judgement.kind
    elif kind == "string" and facts.decimals and facts.broken == 0 and facts.numbers:
        kind = "integer" if role != "ordinal" else "string"
    elif facts.dtype == "VARCHAR" and role in {"number", "date"}:
        found = _found(facts, role)
        reading, form = (found.reading, found.form) if found is not None else ("plain", "")
        reading = "words" if role == "number" and reading == "plain" else reading
    missing = judgement.missing_values
    if kind == "string":
        doubted = {one.what for one in judgement.decisions if one.why.startswith(DOUBTED)}
        missing = tuple(value for value in missing if f"'{value}'{STANDS_FOR_MISSING}" not in doubted)
    why = f"[data.columns] says so; the values look like {judgement.role}"
    judgement = replace(
        judgement,
        role=role,
        kind=kind,
        why=why,
        reading=reading,
        form=form,
        levels=(),
        missing_values=missing,
        decisions=(),
    )
    return _said(judgement, facts, f"taken for {role}")


def _found(facts: ColumnFacts, role: Role) -> readings.Found | None:
    """How the values are written, if that can be told."""
    texts = facts.sample.unique(maintain_order=True).head(2_000).to_list()
    if role == "date":
        return readings.dates(texts) or readings.days_of_year(texts)
    return readings.numbers(texts) or readings.durations(texts, facts.name)


def _levels(judgement: Judgement, facts: ColumnFacts) -> tuple[str, ...]:
    """Levels of an ordinal: of a known scale, or numbers as they grow."""
    import polars as pl

    if judgement.levels:
        return judgement.levels
    column = Column(facts.name, "ordinal", "string", nullable=True, missing_values=judgement.missing_values)
    texts = clean_series(facts.sample, column, strict=False).cast(pl.String).drop_nulls().unique().to_list()
    found = levels_of(texts)
    if found is not None and not found[1]:
        return found[0]
    figures = {text: number for text in texts if (number := parse_plain(text)) is not None}
    if texts and len(figures) == len(texts):
        return tuple(sorted(texts, key=lambda text: figures[text]))
    raise InputError(
        f"Nobody knows the order of the words in '{facts.name}'",
        seen=", ".join(repr(text) for text in sorted(texts)[:_SHOWN]),
        expected="the levels from low to high",
        todo=f'write levels = ["...", "..."] under [data.columns.{facts.name}]',
    )


def _said(judgement: Judgement, facts: ColumnFacts, what: str) -> Judgement:
    """Add a decision of the person's."""
    decision = Decision(what, "[data.columns] says so", 1.0, facts.filled)
    return replace(judgement, decisions=(*judgement.decisions, decision))
