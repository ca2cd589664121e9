"""Keys, times and numbers of a table in one form, row by row: what tables are joined by, whatever their sources wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Column
from fivefold.data.engine import one_file
from fivefold.data.excerpts import batches, rows_of
from fivefold.data.facts import measure
from fivefold.data.roles import judge
from fivefold.runtime.frames import clean_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Reading

__all__ = ["Keyed", "understood"]

_DATES: tuple[Reading, ...] = ("day_first", "month_first")


class Keyed:
    """Writes, for every row of a table, its number, its keys, its time and some of its numbers.

    Parameters
    ----------
    path : Path
        A Parquet file of plain types.
    keys : sequence of str
    as_text : sequence of bool
        For each key, whether it is written as the text of a category (``7`` for 7 and for 7.0); else as it is.
    time : Column, optional
        How the time is read: a date, written in microseconds since 1970, or a number.
    numbers : sequence of Column
        Numbers and booleans, written as floats.
    """

    def __init__(
        self,
        path: Path,
        keys: Sequence[str],
        as_text: Sequence[bool],
        *,
        time: Column | None = None,
        numbers: Sequence[Column] = (),
    ) -> None:
        self.path = path
        self.keys = tuple(keys)
        self.as_text = tuple(as_text)
        self.time = time
        self.numbers = tuple(numbers)

    def write(self, folder: Path) -> str:
        """Write it in parts; return what SQL reads it by.

        The columns are ``row``, ``k0`` and so on, ``moment`` where there is a time, ``n0`` and so on. Rows without a key or
        without a time are left out: nothing belongs to them, and they belong to nothing.
        """
        folder.mkdir()
        names = list(dict.fromkeys([*self.keys, *(column.name for column in self._read())]))
        parts: list[str] = []
        start = 0
        for batch in batches(self.path, names, rows_of(self.path)):
            part = folder / f"{len(parts):05}.parquet"
            self._keyed(batch, start).write_parquet(part)
            parts.append(one_file(part))
            start += batch.height
        return f"read_parquet([{', '.join(parts)}])"

    def _read(self) -> tuple[Column, ...]:
        """Columns that are read besides the keys."""
        return (*((self.time,) if self.time else ()), *self.numbers)

    def _keyed(self, batch: pl.DataFrame, start: int) -> pl.DataFrame:
        """One batch in its form."""
        import polars as pl

        columns = [pl.int_range(start, start + batch.height, dtype=pl.Int64, eager=True).alias("row")]
        needed = [f"k{position}" for position in range(len(self.keys))]
        for name, key, as_text in zip(needed, self.keys, self.as_text, strict=True):
            code = Column(key, "category", "string", nullable=True)
            values = clean_series(batch[key], code, strict=False) if as_text else batch[key]
            columns.append(values.alias(name))
        if self.time is not None:
            needed.append("moment")
            columns.append(_moments(batch[self.time.name], self.time).alias("moment"))
        for position, column in enumerate(self.numbers):
            read = clean_series(batch[column.name], column, strict=False)
            columns.append(read.cast(pl.Float64).alias(f"n{position}"))
        return pl.DataFrame(columns).drop_nulls(needed)


def understood(
    path: Path, names: Sequence[str], readings: Mapping[str, Reading], folder: Path
) -> list[Column]:
    """Judge some columns of a table as the first look does.

    Parameters
    ----------
    path : Path
        A Parquet file of plain types.
    names : sequence of str
    readings : mapping of str to Reading
        What the person says about how columns are written.
    folder : Path
        To work in.
    """
    import polars as pl

    narrow = folder / "narrow.parquet"
    pl.scan_parquet(path, glob=False).select(names).sink_parquet(narrow)
    columns = []
    for facts in measure(narrow):
        judgement = judge(facts)
        # Numbers in words are read as well where the look found none.
        reading = readings.get(facts.name, "words" if judgement.reading == "plain" else judgement.reading)
        columns.append(
            Column(
                facts.name,
                judgement.role,
                "datetime" if reading in _DATES else judgement.kind,
                nullable=True,
                reading=reading,
                missing_values=judgement.missing_values,
                form=judgement.form,
            )
        )
    narrow.unlink()
    return columns


def _moments(raw: pl.Series, column: Column) -> pl.Series:
    """Times as figures that grow: microseconds since 1970 of dates, numbers as they are."""
    import polars as pl

    read = clean_series(raw, column, strict=False)
    return read.dt.timestamp("us") if column.kind == "datetime" else read.cast(pl.Float64)
