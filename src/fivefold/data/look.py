"""A first look at a fetched table: is the question answerable, and what is each column? Nothing is changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Column, ColumnProfile, Profile
from fivefold.core.errors import InputError
from fivefold.core.extract import ColumnWish, DataSettings
from fivefold.core.machine import available_cores
from fivefold.data.columns import column_of
from fivefold.data.copies import mark_copies
from fivefold.data.engine import complaint
from fivefold.data.excerpts import VERY_LONG, batches, long_runs
from fivefold.data.facts import measure, rising_share
from fivefold.data.judgement import STANDS_FOR_MISSING, Judgement
from fivefold.data.marks import marks_of
from fivefold.data.names import require
from fivefold.data.roles import judge, mean_words, number_rows, settle
from fivefold.data.target import check_target, read_target, target_kind
from fivefold.data.thousands import POINTS, settle_dots
from fivefold.data.wishes import check_wish, follow
from fivefold.runtime.frames import clean_series
from fivefold.runtime.readings import BOUNDED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Kind, Question
    from fivefold.core.protocols import Fetched
    from fivefold.data.facts import ColumnFacts

__all__ = ["look"]

_FAR = 10.0
"""Interquartile ranges beyond the quartiles at which a number's extremes count as far out."""
_FEW_VALUES = 20
_LONG = 100_000
"""Rows above which different values are those that were counted or estimated, and quartiles those of some rows."""
_BATCH = 500_000
_MOST_TARGETS = 10_000_000
"""Values of the target that are looked at: no budget holds many more rows than that in the end."""


def look(
    fetched: Fetched, question: Question, settings: DataSettings | None = None, *, memory: int = 0
) -> Profile:
    """Look at a table and check the question against it.

    Parameters
    ----------
    fetched : Fetched
    question : Question
    settings : DataSettings, optional
        What the person says about columns and their decimals; it is taken as it is.
    memory : int, optional
        Bytes that the budget allows; 0 when nobody said.

    Returns
    -------
    Profile
        A guess of every column's role, with the reason; the target's ``kind`` is its type in the source.

    Raises
    ------
    InputError
        When the target, the time or the group column is not in the table (with the nearest names) or of no use, or there
        is nothing to learn from.
    """
    import duckdb

    try:
        facts = {one.name: one for one in measure(fetched.path, memory)}
    except duckdb.Error as error:
        raise InputError(
            f"'{fetched.label}' cannot be read to its end",
            seen=complaint(error, fetched.path),
            expected="a file that is whole",
            todo="export it again",
        ) from error
    _check_names(question, list(facts))
    settings = settings or DataSettings()
    wishes = settings.wishes_of(facts)
    for name in wishes:
        require(name, list(facts), "column of [data.columns]")
    given = facts[question.target]
    kind = target_kind(given)
    judgements = _judgements(facts, wishes, settings, question)
    goal = _goal(judgements[given.name], wishes.get(given.name))
    values = _target_values(fetched.path, given, kind, goal)
    check_target(values, kind, given.rows)
    with ThreadPoolExecutor(available_cores()) as pool:
        profiles = list(
            pool.map(
                lambda one: (
                    _profile(one, judgements[one.name], fetched.path)
                    if one is not given
                    else _described(given, goal, values, kind=kind)
                ),
                facts.values(),
            )
        )
    _check_wishes(profiles, wishes, facts)
    profiles = mark_copies(profiles, {name: one.drawn for name, one in facts.items()}, given.name)
    _check_order_and_groups(question, {profile.name: profile for profile in profiles})
    counts = [int(count) for count in values.drop_nulls().alias("value").value_counts()["count"].to_list()]
    amounts = kind in {"number", "integer"} and len(counts) > _FEW_VALUES
    return Profile(
        rows=given.rows,
        columns=tuple(profiles),
        target_distinct=len(counts),
        minority_share=None if amounts else min(counts) / sum(counts),
        usable_rows=round(sum(counts) * given.rows / values.len()),
    )


def _goal(judgement: Judgement, wish: ColumnWish | None) -> Judgement:
    """How the target is read: no value of it stands for a missing one unless the person says so."""
    if wish is not None and wish.missing_values is not None:
        return judgement
    said = wish is not None or judgement.reading in {*BOUNDED, "minutes_first", "decimal_comma"}
    kept = tuple(
        one
        for one in judgement.decisions
        if (said or one.what == POINTS) and not one.what.endswith(STANDS_FOR_MISSING)
    )
    return replace(judgement, missing_values=(), decisions=kept)


def _check_names(question: Question, names: list[str]) -> None:
    """Refuse columns that are not there, one column for two purposes, and a table of nothing but its target."""
    require(question.target, names, "target")
    purposes = (
        (question.time_column, "time column"),
        (question.group_column, "group column"),
        (question.weight_column, "weight column"),
    )
    for name, what in purposes:
        if name is None:
            continue
        require(name, names, what)
        if what == "weight column" and name in {question.time_column, question.group_column}:
            raise InputError(
                "The weight column is the time or the group column as well",
                seen=repr(name),
                expected="a column that says nothing but how much a row counts",
                todo="choose another column",
            )
        if name == question.target:
            raise InputError(
                f"The {what} is the target itself", seen=repr(name), todo="choose another column"
            )
    if len(names) == 1:
        raise InputError(
            "The table has no column besides the target",
            seen=repr(names[0]),
            expected="at least one column to learn from",
            todo="check that the whole table was exported, and that its delimiter is a usual one",
        )


def _check_order_and_groups(question: Question, profiles: Mapping[str, ColumnProfile]) -> None:
    """Refuse a time column that orders nothing, a group column that parts nothing, and weights that are no numbers."""
    if question.weight_column is not None:
        _check_weights(profiles[question.weight_column])
    if question.time_column is not None:
        time = profiles[question.time_column]
        if time.kind not in {"datetime", "number", "integer"} or time.distinct < 2:
            raise InputError(
                f"The time column '{time.name}' does not order the rows",
                seen=f"{time.distinct:,} different values of type {time.kind}: {time.why}",
                expected="dates such as 2016-04-29, or numbers that grow with time",
                todo="write its values as such, or leave the time column out",
            )
    if question.group_column is not None and profiles[question.group_column].distinct < 2:
        raise InputError(
            f"The group column '{question.group_column}' does not tell groups apart",
            seen=f"{profiles[question.group_column].distinct} different values",
            expected="at least two groups",
            todo="choose the column that names the person or thing that comes back",
        )


def _check_weights(profile: ColumnProfile) -> None:
    """Refuse a weight column that holds no numbers."""
    # Of nothing but 0 and 1 the look makes yes and no, and of numbers that look like names, words.
    digits = profile.kind == "boolean" and all(label.replace(".", "").isdecimal() for label, _ in profile.top)
    if profile.kind not in {"number", "integer"} and profile.dtype not in {"BIGINT", "DOUBLE"} and not digits:
        raise InputError(
            f"The weight column '{profile.name}' holds no numbers",
            seen=f"values of type {profile.kind}: {profile.why}",
            expected="numbers from 0 on: a row of weight 2 counts as two rows would",
            todo="write its values as such, or leave the weight column out",
        )


def _target_values(path: Path, facts: ColumnFacts, kind: Kind, goal: Judgement) -> pl.Series:
    """The target's cleaned values, a batch of texts at a time; of a table that is longer yet, of rows drawn at random."""
    import polars as pl

    share, chance = min(1.0, _MOST_TARGETS / facts.rows), np.random.default_rng(0)

    def drawn(raw: pl.Series) -> pl.Series:
        return raw if share == 1 else raw.filter(pl.Series(chance.random(raw.len()) < share))

    frames = batches(path, [facts.name], facts.rows, size=_BATCH)
    return pl.concat(read_target(drawn(frame[facts.name]), kind, goal) for frame in frames)


def _judgements(
    facts: dict[str, ColumnFacts],
    wishes: Mapping[str, ColumnWish],
    settings: DataSettings,
    question: Question,
) -> dict[str, Judgement]:
    """Judge every column, the dates by one another, and as the person wishes; what the question names may count rows.

    A time column of numbers is one, whatever its name says: ``week_code``, or nanoseconds since 1970.
    """
    judged = settle_dots(settle({name: judge(one) for name, one in facts.items()}, facts), facts)
    asked = {question.target, question.time_column, question.group_column, question.weight_column}
    judged |= number_rows({name: one for name, one in judged.items() if name not in asked}, facts)
    time = question.time_column
    if time is not None and judged[time].kind == "string" and _counts(facts[time]):
        judged[time] = Judgement("number", "integer", "whole numbers, named as the time column")
    for name, one in judged.items():
        # Joined tables have files of their own, about whose decimals nothing is said.
        decimal = "" if settings.is_joined(name) else settings.decimal
        if name in wishes or decimal:
            judged[name] = follow(one, facts[name], wishes.get(name, ColumnWish()), decimal)
    return judged


def _counts(facts: ColumnFacts) -> bool:
    """Whether a column holds nothing but whole numbers, none of them led by zeros."""
    return facts.filled == facts.numbers > 0 and facts.broken == facts.zeros == 0


def _check_wishes(
    profiles: list[ColumnProfile], wishes: Mapping[str, ColumnWish], facts: dict[str, ColumnFacts]
) -> None:
    """Refuse what the values do not bear."""
    for profile in profiles:
        if profile.name in wishes:
            check_wish(profile, wishes[profile.name], facts[profile.name].drawn)


def _profile(facts: ColumnFacts, judgement: Judgement, path: Path) -> ColumnProfile:
    """Describe a column; one whose texts must be read first is read to its end, a batch at a time."""
    texts = facts.dtype == "VARCHAR" and judgement.kind != "string"
    plain = judgement.kind in {"number", "integer"} and facts.numbers + facts.lost == facts.filled
    plain = plain and judgement.reading not in {"decimal_comma", "comma_bounds"}
    moments = judgement.kind == "datetime" and facts.dtype != "TIMESTAMP"
    if judgement.missing_values or moments or (texts and not plain):
        values = _cleaned(path, facts, column_of(judgement, facts.name))
        return _described(facts, judgement, values, kind=judgement.kind)
    lost = facts.lost if judgement.kind in {"number", "integer"} else 0
    return ColumnProfile(
        name=facts.name,
        dtype=facts.dtype,
        kind=judgement.kind,
        role=judgement.role,
        why=judgement.why,
        missing=facts.rows - facts.filled + lost,
        distinct=facts.distinct,
        minimum=facts.minimum if judgement.kind != "string" else None,
        maximum=facts.maximum if judgement.kind != "string" else None,
        heavy_tailed=judgement.role == "number" and _heavy_tailed(facts.sample, facts.minimum, facts.maximum),
        mean_words=round(mean_words(facts), 3) if judgement.kind == "string" else 0.0,
        top=facts.top,
        sorted_share=facts.sorted_share if judgement.kind != "string" else 0.0,
        form=judgement.form,
        reading=judgement.reading,
        missing_values=judgement.missing_values,
        levels=judgement.levels,
        marks=marks_of(facts, judgement),
        decisions=judgement.decisions,
    )


def _cleaned(path: Path, facts: ColumnFacts, column: Column) -> pl.Series:
    """The cleaned values of a column, its texts never all in memory; of a long table those of eight long runs."""
    import polars as pl

    frames = (
        long_runs(path, facts.rows, [facts.name])
        if facts.rows > VERY_LONG
        else batches(path, [facts.name], facts.rows, size=_BATCH)
    )
    return pl.concat(clean_series(frame[facts.name], column, strict=False) for frame in frames)


def _described(facts: ColumnFacts, judgement: Judgement, values: pl.Series, *, kind: Kind) -> ColumnProfile:
    """Describe a column by its cleaned values."""
    import polars as pl

    there = values.drop_nulls()
    if values.dtype == pl.Datetime:
        values = values.dt.timestamp("us").cast(pl.Float64) / 1e6
    figures = values.cast(pl.Float64) if values.dtype != pl.String else values.head(0).cast(pl.Float64)
    some = figures.gather_every(1 + figures.len() // _LONG)
    missing = facts.rows - round(facts.rows * there.len() / max(1, values.len()))
    low, high = figures.min(), figures.max()
    minimum, maximum = (float(end) if isinstance(end, int | float) else None for end in (low, high))
    return ColumnProfile(
        name=facts.name,
        dtype=facts.dtype,
        kind=kind,
        role=judgement.role,
        why=judgement.why,
        missing=missing,
        distinct=there.n_unique() if facts.rows <= _LONG else min(facts.distinct, facts.rows - missing),
        minimum=minimum,
        maximum=maximum,
        heavy_tailed=judgement.role == "number" and _heavy_tailed(some, minimum, maximum),
        mean_words=round(mean_words(facts), 3) if kind == "string" else 0.0,
        top=facts.top,
        sorted_share=rising_share(figures.diff().drop_nulls()) or 0.0,
        form=judgement.form,
        reading=judgement.reading,
        missing_values=judgement.missing_values,
        levels=judgement.levels,
        marks=marks_of(facts, judgement),
        decisions=judgement.decisions,
    )


def _heavy_tailed(values: pl.Series, minimum: float | None, maximum: float | None) -> bool:
    """Whether the extremes lie far beyond the quartiles; where the quartiles meet, beyond the middle nine tenths."""
    import polars as pl

    figures = values.cast(pl.Float64, strict=False).drop_nulls()
    if minimum is None or maximum is None or figures.n_unique() <= _FEW_VALUES:
        return False
    for inner, outer in ((0.25, 0.75), (0.05, 0.95)):
        low, high = figures.quantile(inner), figures.quantile(outer)
        if low is not None and high is not None and high > low:
            return maximum - high > _FAR * (high - low) or low - minimum > _FAR * (high - low)
    return True
