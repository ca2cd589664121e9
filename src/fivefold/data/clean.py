"""Cleaning: the fetched table becomes typed columns, by the runtime's own rules, so that a request is read the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.artefacts import ROW, Column, Finding
from fivefold.core.errors import ArtefactError
from fivefold.core.tables import read_parquet
from fivefold.data.columns import column_of
from fivefold.data.roles import unsure_dates
from fivefold.data.target import clean_target, read_target
from fivefold.runtime.frames import clean_series
from fivefold.runtime.values import BLANKS, MISSING_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Brief, ColumnProfile
    from fivefold.core.tables import Frame

__all__ = ["CleanTable", "clean_table", "group_values", "unread_findings"]

_LOOKED_AT = 500
_ASTRAY = 0.01
"""Share of values that cannot be read above which the person is warned."""


@dataclass(frozen=True, slots=True)
class CleanTable:
    """The table with typed columns, the rows without a target set aside.

    Attributes
    ----------
    frame : Frame
        ``__row__``, every column of the source as its role asks, and the target.
    columns : tuple of Column
        All but the target, in the order of the source; ranges and categories are not known yet.
    rows : int
        Rows read.
    removed : tuple of (str, int)
    unread : dict of str to int
        Values that are there and are not what their column holds, by column; they are null now.
    unsure : tuple of str
        Columns of dates that do not say which figure is the month, and so are categories.
    """

    frame: Frame
    columns: tuple[Column, ...]
    rows: int
    removed: tuple[tuple[str, int], ...]
    unread: dict[str, int]
    unsure: tuple[str, ...]


def clean_table(path: Path, brief: Brief) -> CleanTable:
    """Clean a fetched table.

    Parameters
    ----------
    path : Path
        The fetched Parquet file.
    brief : Brief
        Its profile says what each column is, its task what the target becomes.

    Raises
    ------
    ArtefactError
        When the file is not the one that the profile describes.
    """
    import polars as pl

    raw, name = read_parquet(path), brief.question.target
    names = [column.name for column in brief.profile.columns]
    if raw.columns != names or raw.height != brief.profile.rows:
        raise ArtefactError(
            "The table is not the one that the plan was made for",
            seen=f"{raw.height:,} rows and {raw.width} columns",
            expected=f"{brief.profile.rows:,} rows and {len(names)} columns of the same names",
            todo="run the research step again",
        )
    goal = brief.profile.column(name)
    kind = goal.kind
    given = read_target(raw[name], kind, goal)
    there = given.is_not_null()
    told = _told(raw[name], goal.missing_values)
    target = clean_target(raw[name], kind, brief.task, goal)
    missing, unread = int((~told).sum()), int((told & ~there).sum())
    removed = [(f"'{name}' is missing", missing)] * bool(missing)
    removed += [(f"'{name}' cannot be read as {_noun(kind)}", unread)] * bool(unread)
    kept = raw.with_row_index(ROW).filter(there)
    cleaned: list[pl.Series] = [kept[ROW].cast(pl.Int64)]
    columns: list[Column] = []
    astray: dict[str, int] = {}
    unsure: list[str] = []
    for profile in brief.profile.columns:
        if profile.name == name:
            cleaned.append(target.filter(there))
            continue
        column, values = _clean_column(kept[profile.name], profile)
        told = _told(kept[profile.name], column.missing_values)
        lost = int((told & values.is_null()).sum()) if column.kind != "string" else 0
        if lost:
            astray[profile.name] = lost
        if column.role == "category" and unsure_dates(_some(values)):
            unsure.append(profile.name)
        cleaned.append(values)
        columns.append(column)
    return CleanTable(
        pl.DataFrame(cleaned), tuple(columns), raw.height, tuple(removed), astray, tuple(unsure)
    )


def group_values(path: Path, name: str, rows: pl.Series) -> pl.Series:
    """Return a group column of some rows as words, whatever its role is.

    Parameters
    ----------
    path : Path
        The fetched Parquet file.
    name : str
    rows : Series
        Positions of the rows in the source.
    """
    raw = read_parquet(path, columns=[name]).to_series().gather(rows)
    return clean_series(raw, Column(name, "category", "string", nullable=True), strict=False)


def unread_findings(table: CleanTable) -> list[Finding]:
    """Say which columns hold values that are not what the others are."""
    kinds = {column.name: column.kind for column in table.columns}
    findings = []
    for name, count in sorted(table.unread.items(), key=lambda item: (-item[1], item[0])):
        share = count / max(1, table.frame.height)
        findings.append(
            Finding(
                check="values",
                severity="warning" if share >= _ASTRAY else "info",
                columns=(name,),
                what=f"{count:,} values of '{name}' cannot be read as {_noun(kinds[name])}",
                figures={"rows": count, "share": round(share, 4)},
                done="they count as missing",
            )
        )
    findings += [
        Finding(
            check="values",
            severity="warning",
            columns=(name,),
            what=f"The dates in '{name}' do not say which figure is the month",
            figures={},
            done="taken for a category",
            question=f"Can '{name}' be written as 2016-04-29, so that the model sees time in it?",
        )
        for name in table.unsure
    ]
    return findings


def _some(values: pl.Series) -> list[str]:
    """Some different texts of a column of words."""
    import polars as pl

    return (
        values.drop_nulls().unique(maintain_order=True).head(_LOOKED_AT).to_list()
        if values.dtype == pl.String
        else []
    )


def _clean_column(raw: pl.Series, profile: ColumnProfile) -> tuple[Column, pl.Series]:
    """Clean one column as the look decided."""
    import polars as pl

    column = column_of(profile)
    if profile.kind == "boolean" and raw.dtype in {pl.Int64, pl.Float64} and not profile.missing_values:
        # The look saw nothing but 0 and 1: cast as a whole, which gives what the runtime's rule gives one by one.
        floats = raw.cast(pl.Float64)
        raw = floats.set(~floats.is_finite(), None).cast(pl.Boolean)
    return column, clean_series(raw, column, strict=False)


def _told(raw: pl.Series, missing: Sequence[str] = ()) -> pl.Series:
    """Where the source gives a value: not null or infinite, not blank, and nothing that stands for a missing value."""
    import polars as pl

    if raw.dtype == pl.String:
        stripped = raw.str.strip_chars(BLANKS).str.to_lowercase()
        words = sorted(MISSING_WORDS | {word.lower() for word in missing})
        return stripped.is_not_null() & ~stripped.is_in(words).fill_null(value=False)
    there = raw.is_finite().fill_null(value=False) if raw.dtype == pl.Float64 else raw.is_not_null()
    if missing and not raw.dtype.is_temporal() and raw.dtype != pl.Boolean:
        absent = pl.Series(missing, dtype=pl.String).cast(pl.Float64, strict=False).drop_nulls()
        there &= ~raw.cast(pl.Float64).is_in(absent.implode()).fill_null(value=False)
    return there


def _noun(kind: str) -> str:
    """What a person calls a value of this kind."""
    nouns = {
        "number": "a number",
        "integer": "a whole number",
        "boolean": "true or false",
        "datetime": "a date",
    }
    return nouns.get(kind, "a text")
