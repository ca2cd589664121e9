"""Cleaning: the fetched table becomes typed columns, by the runtime's own rules, so that a request is read the same way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ROW, Column, Finding
from fivefold.core.errors import ArtefactError
from fivefold.core.machine import available_cores
from fivefold.data.columns import column_of
from fivefold.data.excerpts import batches, rows_of
from fivefold.data.means import means
from fivefold.data.roles import unsure_dates
from fivefold.data.shelf import Shelf
from fivefold.data.target import clean_target
from fivefold.runtime.frames import clean_series
from fivefold.runtime.values import BLANKS, MISSING_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Brief, ColumnProfile, Profile
    from fivefold.core.tables import Frame
    from fivefold.core.workbench import Workbench

__all__ = ["GROUP", "CleanTable", "clean_table", "clock_findings", "unread_findings"]

GROUP = "__group__"
"""Column of the shelf: the group of a row as words."""

_LOOKED_AT = 500
_SURE = 0.9
"""Confidence from which nobody is asked how times are read."""
_ASTRAY = 0.01
"""Share of values that cannot be read above which the person is warned."""


@dataclass(frozen=True, slots=True)
class CleanTable:
    """The table with typed columns, the rows without a target set aside.

    Attributes
    ----------
    shelf : Shelf
        ``__row__``, every column of the source as its role asks, the target, and :data:`GROUP` if there are groups.
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

    shelf: Shelf
    columns: tuple[Column, ...]
    rows: int
    removed: tuple[tuple[str, int], ...]
    unread: dict[str, int]
    unsure: tuple[str, ...]


def clean_table(path: Path, brief: Brief, bench: Workbench, *, group: str = "") -> CleanTable:
    """Clean a fetched table, a batch of rows at a time.

    Parameters
    ----------
    path : Path
        The fetched Parquet file.
    brief : Brief
        Its profile says what each column is, its task what the target becomes.
    bench : Workbench
        Its budget says how many rows can be held; of more, each has the same chance to be drawn.
    group : str
        Column that is kept as words as well, whatever its role is.

    Raises
    ------
    ArtefactError
        When the file is not the one that the profile describes.
    """
    import polars as pl

    _check_same(path, brief)
    profile = brief.profile
    place = bench.scratch / "cleaned"
    place.mkdir()
    work = _Cleaning(brief, Shelf(place), group)
    most = means(bench.budget, len(profile.columns))
    share = min(1.0, most.rows / max(1, profile.rows))
    chance, start = np.random.default_rng(bench.seed), 0
    source = batches(path, [column.name for column in profile.columns], profile.rows)
    with ThreadPoolExecutor(available_cores()) as pool:
        # One batch is read and one put on the shelf while another is cleaned: no core waits.
        ahead, written = pool.submit(next, source, None), None
        while (batch := ahead.result()) is not None:
            ahead = pool.submit(next, source, None)
            raw = batch.with_row_index(ROW, start)
            drawn = raw if share == 1 else raw.filter(pl.Series(chance.random(raw.height) < share))
            cleaned = work.clean(drawn, pool)
            if written is not None:
                written.result()
            written = pool.submit(work.shelf.add, cleaned)
            start += batch.height
            bench.progress.advance(0.05 + 0.4 * start / profile.rows, "cleaning the table")
    removed = work.removed()
    if share < 1:
        left = profile.rows - work.seen
        rule = f"not drawn: {most.why} can hold about {most.rows:,} rows; each had the same chance"
        removed = ((rule, left), *removed)
    return CleanTable(work.shelf, work.columns, profile.rows, removed, work.unread, work.unsure())


class _Cleaning:
    """The work on one table: where its rows go, and what is counted on the way.

    Parameters
    ----------
    brief : Brief
    shelf : Shelf
    group : str
    """

    def __init__(self, brief: Brief, shelf: Shelf, group: str) -> None:
        self.target = brief.profile.column(brief.question.target)
        self.task = brief.task
        self.others = [one for one in brief.profile.columns if one.name != self.target.name]
        self.columns = tuple(column_of(one, one.name) for one in self.others)
        self.shelf = shelf
        self.group = group
        self.seen = self.missing = self.unreadable = 0
        self.unread: dict[str, int] = {}
        self.texts: dict[str, list[str]] = {
            column.name: [] for column in self.columns if column.role == "category"
        }

    def clean(self, raw: Frame, pool: ThreadPoolExecutor) -> Frame:
        """Clean a batch."""
        import polars as pl

        name = self.target.name
        values = clean_target(raw[name], self.target.kind, self.task, self.target)
        there = values.is_not_null()
        self.seen += raw.height
        if not there.all():
            unreadable = int(_told(raw[name].filter(~there), self.target.missing_values).sum())
            self.unreadable += unreadable
            self.missing += int((~there).sum()) - unreadable
            raw, values = raw.filter(there), values.filter(there)
        cleaned = list(pool.map(lambda one: _clean_column(raw[one.name], one), self.others))
        for column, (series, lost) in zip(self.columns, cleaned, strict=True):
            if lost:
                self.unread[column.name] = self.unread.get(column.name, 0) + lost
            self._remember(column.name, series)
        more = [_words(raw[self.group])] if self.group else []
        together = dict(
            zip((column.name for column in self.columns), (one for one, _ in cleaned), strict=True)
        )
        together[name] = values
        order = [column for column in raw.columns if column != ROW]
        return pl.DataFrame([raw[ROW].cast(pl.Int64), *(together[column] for column in order), *more])

    def removed(self) -> tuple[tuple[str, int], ...]:
        """Rows that were set aside, by reason."""
        name, kind = self.target.name, self.target.kind
        reasons = (
            (f"'{name}' is missing", self.missing),
            (f"'{name}' cannot be read as {_noun(kind)}", self.unreadable),
        )
        return tuple(reason for reason in reasons if reason[1])

    def unsure(self) -> tuple[str, ...]:
        """Columns whose first texts are dates that do not say which figure is the month."""
        return tuple(name for name, texts in self.texts.items() if unsure_dates(list(dict.fromkeys(texts))))

    def _remember(self, name: str, series: pl.Series) -> None:
        """Keep the first texts of a category."""
        import polars as pl

        known = self.texts.get(name)
        if known is not None and len(known) < _LOOKED_AT and series.dtype == pl.String:
            known += series.drop_nulls().head(_LOOKED_AT - len(known)).to_list()


def _check_same(path: Path, brief: Brief) -> None:
    """Refuse a file that the plan was not made for."""
    import polars as pl

    found, rows = list(pl.read_parquet_schema(path)), rows_of(path)
    names = [column.name for column in brief.profile.columns]
    if found != names or rows != brief.profile.rows:
        raise ArtefactError(
            "The table is not the one that the plan was made for",
            seen=f"{rows:,} rows and {len(found)} columns",
            expected=f"{brief.profile.rows:,} rows and {len(names)} columns of the same names",
            todo="run the research step again",
        )


def _words(raw: pl.Series) -> pl.Series:
    """A group column as words, whatever its role is."""
    column = Column(GROUP, "category", "string", nullable=True)
    return clean_series(raw, column, strict=False)


def unread_findings(table: CleanTable) -> list[Finding]:
    """Say which columns hold values that are not what the others are."""
    kinds = {column.name: column.kind for column in table.columns}
    findings = []
    for name, count in sorted(table.unread.items(), key=lambda item: (-item[1], item[0])):
        share = count / max(1, table.shelf.rows)
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


def clock_findings(profile: Profile) -> list[Finding]:
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


def _clean_column(raw: pl.Series, profile: ColumnProfile) -> tuple[pl.Series, int]:
    """Clean one column as the look decided; also count the values that are there and are not what it holds."""
    import polars as pl

    column, given = column_of(profile, profile.name), raw
    if profile.kind == "boolean" and raw.dtype in {pl.Int64, pl.Float64} and not profile.missing_values:
        # The look saw nothing but 0 and 1: cast as a whole, which gives what the runtime's rule gives one by one.
        floats = raw.cast(pl.Float64)
        raw = floats.set(~floats.is_finite(), None).cast(pl.Boolean)
    values = clean_series(raw, column, strict=False)
    if column.kind == "string" or values.null_count() == given.null_count():
        return values, 0
    return values, int(_told(given.filter(values.is_null()), column.missing_values).sum())


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
