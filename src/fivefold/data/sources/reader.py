"""The reader of one file: whatever its form, its wanted columns and rows become one Parquet file of plain types."""

from __future__ import annotations

import codecs
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError
from fivefold.core.plain import UNDATED
from fivefold.core.tables import lengths_of_time, parquet_in_seconds
from fivefold.data.engine import complaint, literal, one_file
from fivefold.data.names import refuse_bad_names
from fivefold.data.plain import columns_of, copy
from fivefold.data.sources.delimited import DelimitedText
from fivefold.data.sources.encoding import UTF8, apparent, recode
from fivefold.data.sources.form import form_of
from fivefold.data.sources.nested import owners_in_schema, unfold
from fivefold.data.sources.packed import unpacked
from fivefold.data.sources.width import refuse_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl
    from duckdb import DuckDBPyConnection

    from fivefold.core.extract import Extract
    from fivefold.data.sources.form import Form
    from fivefold.data.sources.sieve import Sieve

__all__ = ["FileReader", "Piece"]


@dataclass(frozen=True, slots=True)
class Piece:
    """What was read of a file.

    Attributes
    ----------
    rows : int
    form : str
        ``delimited text``, ``Parquet``, ``JSON``, ``Arrow`` or ``workbook``.
    note : str
        What had to be guessed and is worth a word in the label.
    """

    rows: int
    form: str
    note: str = ""


class FileReader:
    """Reads one file after the other on one connection.

    Parameters
    ----------
    connection : DuckDBPyConnection
    extract : Extract
    sieve : Sieve
    folder : Path
        Where temporary copies may lie.
    """

    def __init__(self, connection: DuckDBPyConnection, extract: Extract, sieve: Sieve, folder: Path) -> None:
        self.connection = connection
        self.extract = extract
        self.sieve = sieve
        self.folder = folder

    def read(self, path: Path, name: str, out: Path, part: str = "") -> Piece:
        """Stream a file into Parquet.

        Parameters
        ----------
        path : Path
        name : str
            What to call it in an error.
        out : Path
        part : str
            Sheet of a workbook, or file of a zip archive.

        Raises
        ------
        InputError
            When it is empty, of no form that is read, or damaged, when two columns have one name, or when a column or a row
            that was asked for is not there.
        """
        with unpacked(path, name, self.folder, disk=self.extract.disk, member=part) as plain:
            form = form_of(plain, name)
            if part and form != "workbook" and plain == path:
                raise InputError(
                    f"'{name}' has no sheets",
                    seen=f"{form}, and '{part}' as the sheet to read",
                    expected="a workbook, or an archive of several files",
                    todo="leave out [data] table",
                )
            with self._in_our_words(plain, name, form):
                return self._read(plain, name, form, out, part)

    @contextlib.contextmanager
    def _in_our_words(self, path: Path, name: str, form: Form) -> Iterator[None]:
        """Turn what the libraries say about a file that they cannot read into one clear error."""
        import duckdb
        import polars as pl

        try:
            yield
        except duckdb.ConversionException as error:
            if not self.sieve.where:
                raise _unreadable(name, form, complaint(error, path)) from error
            raise InputError(
                f"[data] where cannot be worked out for every row of '{name}'",
                seen=f"{self.sieve.where!r}: {complaint(error, path)}",
                expected="a condition that fits every value of the columns",
                todo="use TRY_CAST(column AS ...) where values may be something else",
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise InputError(
                f"'{name}' does not fit into the memory that may be used",
                seen=complaint(error, path),
                expected="rows that can be read within half of the budget's memory",
                todo="give more --memory, or read fewer columns with [data] include",
            ) from error
        except (duckdb.Error, pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as error:
            raise _unreadable(name, form, complaint(error, path)) from error

    def _read(self, path: Path, name: str, form: Form, out: Path, part: str) -> Piece:
        """Read a file of a known form."""
        if form == "delimited text":
            rows, note = DelimitedText(path, name, self.extract.settings).copy(
                self.connection, self.sieve, out
            )
            return Piece(rows, form, note)
        between = out.with_name("between.parquet")
        try:
            if form == "Parquet":
                timed = parquet_in_seconds(path, between, lambda schema: self._wanted(schema, name))
                return Piece(self._copy_parquet(timed, name, out), form)
            if form == "JSON":
                return Piece(self._copy_json(_unmarked(path, between, name), name, out), form)
            if form == "workbook":
                return self._copy_sheet(path, name, out, part, between)
            return Piece(self._copy_arrow(path, name, form, out, between), "Arrow")
        finally:
            between.unlink(missing_ok=True)

    def _copy_parquet(self, path: Path, name: str, out: Path) -> int:
        """Copy the wanted columns; the others are not even read."""
        columns = columns_of(self.connection, path)
        return self._copy(f"read_parquet({one_file(path)}, hive_partitioning = false)", columns, name, out)

    def _copy_json(self, path: Path, name: str, out: Path) -> int:
        """Stream JSON records; every record is looked at before a type is chosen, and dates stay the texts that they are."""
        source = (
            f"read_json({one_file(path)}, sample_size = -1, map_inference_threshold = -1, hive_partitioning = false, "
            f"dateformat = {literal(UNDATED)}, timestampformat = {literal(UNDATED)})"
        )
        described = self.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608 - goes through engine.literal
        return self._copy(source, [(str(row[0]), str(row[1])) for row in described], name, out)

    def _copy_arrow(self, path: Path, name: str, form: Form, out: Path, between: Path) -> int:
        """Stream an Arrow file by way of Parquet."""
        import polars as pl

        stream = pl.read_ipc_stream(path).lazy() if form == "Arrow stream" else pl.scan_ipc(path, glob=False)
        schema = stream.collect_schema()
        refuse_width(len(schema), name)
        wanted = self._wanted(schema, name)
        stream.select(_writable(stream.select(wanted).collect_schema())).sink_parquet(between)
        return self._copy_parquet(between, name, out)

    def _wanted(self, schema: Mapping[str, pl.DataType], name: str) -> list[str]:
        """Columns of a schema that have to be read."""
        return self.sieve.read_names(owners_in_schema(schema), name)

    def _copy_sheet(self, path: Path, name: str, out: Path, part: str, between: Path) -> Piece:
        """Read one sheet by way of Parquet."""
        from fivefold.data.sources.workbook import read_sheet

        wanted = dict.fromkeys((*self.sieve.include, *self.sieve.keep))
        sheet = read_sheet(path, name, part, [one for one in wanted if one not in self.sieve.constants])
        sheet.frame.select(_writable(sheet.frame.schema)).write_parquet(between)
        kinds = [kind for _, kind in columns_of(self.connection, between)]
        columns = list(zip(sheet.names, kinds, strict=True))
        rows = self._copy(f"read_parquet({one_file(between)}, hive_partitioning = false)", columns, name, out)
        note = f"sheet {sheet.title}" + (f", {sheet.why}" if sheet.why else "")
        return Piece(rows, "workbook", "" if part else note)

    def _copy(self, source: str, columns: Sequence[tuple[str, str]], name: str, out: Path) -> int:
        """Copy what is wanted of a source whose columns are known."""
        source, columns, records = unfold(self.connection, source, columns)
        # A condition may speak of a field by its path in quotes, or of the record as SQL does.
        seen = [*columns, *records]
        source, chosen = self.sieve.narrow(self.connection, source, seen, name, hidden=len(records))
        refuse_width(len(chosen), name)
        refuse_bad_names([column for column, _ in chosen], name)
        return copy(self.connection, source, chosen, out)


def _unmarked(path: Path, between: Path, name: str) -> Path:
    """The file itself, or, where it is not plain UTF-8, a copy that is."""
    with path.open("rb") as stream:
        marked = stream.read(3) == codecs.BOM_UTF8
    encoding = "utf-8-sig" if marked else apparent(path)
    if encoding == UTF8:
        return path
    recode(path, between, encoding, name)
    return between


def _unreadable(name: str, form: str, seen: str) -> InputError:
    """The error about a file that is damaged."""
    todo = "open it and look, or export it again as Parquet or as CSV in UTF-8"
    if form == "Parquet":
        todo = (
            "the file is damaged, or whatever wrote it did so wrongly: fetch it once more, or export it again"
        )
    return InputError(
        f"'{name}' cannot be read as {form}",
        seen=seen,
        expected="a file that is whole and of one form throughout",
        todo=todo,
    )


def _writable(schema: pl.Schema) -> list[pl.Expr]:
    """Bring the types that Parquet cannot keep, or not every reader can read, to ones that it can."""
    import polars as pl

    lasting = lengths_of_time(schema)
    expressions = []
    for name, kind in schema.items():
        column = pl.col(name)
        if kind.base_type() in {pl.Categorical, pl.Enum, pl.Int128, pl.Time, pl.Null, pl.Binary}:
            column = column.cast(pl.String, strict=False)
        elif name in lasting:
            column = column.to_physical().cast(pl.Float64) / lasting[name]
        expressions.append(column)
    return expressions
