"""The target: what it is in the source, its cleaned values, and the reasons to refuse it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column, Kind
from fivefold.core.errors import InputError
from fivefold.data.roles import judge
from fivefold.report.figures import percent
from fivefold.runtime.frames import clean_series
from fivefold.runtime.values import MISSING_WORDS, level

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import ColumnProfile, Task
    from fivefold.data.facts import ColumnFacts
    from fivefold.data.roles import Judgement

__all__ = [
    "LEAST_ROWS",
    "check_target",
    "clean_target",
    "labels_of",
    "read_target",
    "target_column",
    "target_kind",
]

LEAST_ROWS = 30
"""Rows with a target below which nothing that is learned can be tested."""
_NAMES_SHARE = 0.4
_FEW_NAMES = 20


def target_kind(facts: ColumnFacts) -> Kind:
    """Type of the target in the source: what predictions are to be given back as.

    Whole numbers are integers however they are written, and only ``true`` and ``false`` are booleans: ``yes`` stays a word.
    """
    if facts.dtype == "BOOLEAN":
        return "boolean"
    kind = judge(facts).kind
    counted = facts.dtype != "TIMESTAMP" and facts.numbers and facts.numbers >= facts.filled - facts.lost
    if kind == "datetime" and counted:
        return "integer"  # An amount that could be seconds since 1970 is an amount.
    if facts.dtype == "VARCHAR" and kind == "boolean" and not facts.numbers:
        words = {text.lower() for text in facts.sample} - MISSING_WORDS
        return "boolean" if words <= {"true", "false"} else "string"
    if kind in {"number", "integer", "boolean"}:
        return "integer" if facts.broken == 0 and facts.numbers >= facts.filled - facts.lost else "number"
    if kind == "string" and facts.dtype in {"BIGINT", "DOUBLE"}:
        return "integer"  # An identifier's name does not make the target one.
    return kind


def read_target(raw: pl.Series, kind: Kind, told: ColumnProfile | Judgement | None = None) -> pl.Series:
    """Clean the target's values as their kind asks; what cannot be read is null.

    Parameters
    ----------
    raw : Series
    kind : Kind
    told : ColumnProfile or Judgement, optional
        How its texts are written; numbers as people write them when not given.
    """
    return clean_series(raw, target_column(raw.name, kind, told), strict=False)


def target_column(name: str, kind: Kind, told: ColumnProfile | Judgement | None = None) -> Column:
    """Return the column as which the target's values are read; see :func:`read_target`."""
    column = Column(name, "category", kind, nullable=True, reading="words")
    if told is None:
        return column
    reading = "words" if told.reading == "plain" else told.reading
    return replace(column, reading=reading, missing_values=told.missing_values, form=told.form)


def labels_of(values: pl.Series) -> pl.Series:
    """Return class labels: words as they are, ``true`` and ``false``, and ``1`` for 1 and for 1.0."""
    import polars as pl

    if values.dtype == pl.String:
        return values
    if values.dtype in {pl.Boolean, pl.Int64}:
        return values.cast(pl.String)
    return pl.Series(values.name, [level(value) for value in values.to_list()], dtype=pl.String)


def clean_target(raw: pl.Series, kind: Kind, task: Task, told: ColumnProfile | None = None) -> pl.Series:
    """Return the target as the snapshot keeps it: numbers for regression, labels for classes.

    Raises
    ------
    InputError
        When a regression is asked for a target of words.
    """
    import polars as pl

    values = read_target(raw, kind, told)
    if task != "regression":
        return labels_of(values)
    if values.dtype not in {pl.Float64, pl.Int64}:
        raise InputError(
            f"The target '{raw.name}' holds no numbers",
            seen=f"values of type {kind}",
            expected="numbers, as a regression predicts them",
            todo="leave the task out to let Fivefold decide, or choose another target",
        )
    return values.cast(pl.Float64)


def check_target(values: pl.Series, kind: Kind, rows: int) -> None:
    """Refuse a target from which nothing can be learned.

    Parameters
    ----------
    values : Series
        Cleaned, over all rows.
    kind : Kind
    rows : int
        Rows of the table.

    Raises
    ------
    InputError
        When it is a date, missing throughout, known in fewer than 30 rows, the same in every row, or different words in
        nearly every row.
    """
    name, usable, distinct = values.name, values.len() - values.null_count(), values.drop_nulls().n_unique()
    if kind == "datetime":
        raise _refusal(name, "is a date", f"{distinct:,} dates", "a category or a number")
    if usable == 0:
        raise _refusal(name, "has no values", f"{rows:,} rows, all without one", "a value in most rows")
    if usable < LEAST_ROWS:
        seen = f"{usable} of {rows:,} rows have a target"
        raise _refusal(name, "is known in too few rows", seen, f"at least {LEAST_ROWS} rows with a target")
    if distinct == 1:
        value = labels_of(values.drop_nulls().head(1)).item()
        raise _refusal(name, "is the same in every row", f"only {value!r}", "two or more different values")
    if kind == "string" and distinct > _FEW_NAMES and distinct >= _NAMES_SHARE * usable:
        seen = f"{distinct:,} different texts in {usable:,} rows"
        expected = f"classes that come back: fewer than {percent(_NAMES_SHARE, places=0)} different texts"
        raise _refusal(name, "names almost every row", seen, expected)


def _refusal(name: str, what: str, seen: str, expected: str) -> InputError:
    """Say why a target is of no use."""
    todo = "choose another target, or bring more rows that have one"
    return InputError(f"The target '{name}' {what}", seen=seen, expected=expected, todo=todo)
