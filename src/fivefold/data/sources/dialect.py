"""The dialect of a delimited text: delimiter, quotes, comments, and where its header stands."""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names or goes through engine.literal

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from fivefold.core.errors import InputError, SettingsError
from fivefold.data.engine import one_file
from fivefold.data.readings import shows_comma, shows_point
from fivefold.data.sources.header import cell_names, find_header, is_number, names_columns
from fivefold.data.sources.width import MOST_COLUMNS, refuse_width
from fivefold.runtime.figures import parse_comma, parse_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from fivefold.core.extract import DataSettings

__all__ = ["Dialect", "decimal_marks", "recognise"]

_SAMPLE_LINES = 300
_SAMPLE_BYTES = 4 * 2**20
_AGREE = 0.9
_COMMON = (",", ";", "\t", "|")
_RARE = (":", " ", "^", "~", "\x1f", "\x01", "¦", "§", "¬")
_DOUBLED = ("||", "::", ";;", "~~", "|~|", "~|~")
_STAND_IN = "\x1f"
_LONGEST_DELIMITER = 4
_SIGN = "#"
_EXACT = 2**53
_NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?", "."})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is cut into rows and values.

    Attributes
    ----------
    names : tuple of str
    delimiter, quote, escape : str
    skip : int
        Lines of the file up to the first row of values.
    comment : str
        What lines that are no rows start with, where there may be such lines below the header.
    rewrite : bool
        Whether DuckDB can only read the rows once they stand in a file of their own.
    sample : tuple of tuple of str
        The first rows.
    note : str
        What had to be guessed and is worth a word.
    """

    names: tuple[str, ...]
    delimiter: str
    quote: str = '"'
    escape: str = '"'
    skip: int = 1
    comment: str = ""
    rewrite: bool = False
    sample: tuple[tuple[str, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Cut:
    """The first lines, cut by one delimiter."""

    delimiter: str
    rows: tuple[tuple[str, ...], ...] = ()
    ends: tuple[int, ...] = ()
    header: int = 0

    @property
    def width(self) -> int:
        """Cells of the header."""
        return len(self.rows[self.header]) if self.rows else 0

    @property
    def share(self) -> float:
        """Share of the rows that are as wide as the header."""
        rows = self.rows[self.header :]
        return sum(len(row) == self.width for row in rows) / len(rows) if self.width >= 2 else 0.0


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines that may be rows, with their numbers in the file; comments above and between them are set aside."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]
    above: tuple[tuple[int, str], ...]
    between: tuple[str, ...]
    whole: bool


def recognise(connection: DuckDBPyConnection, path: Path, name: str, settings: DataSettings) -> Dialect:
    """Find the dialect: of the common delimiters the one by which the rows agree best with the header.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Its sniffer is asked where no delimiter that we know fits.
    path : Path
        A text in UTF-8.
    name : str
        What to call it in an error.
    settings : DataSettings
        A delimiter or a sign of comments that the person named is taken as it is.

    Raises
    ------
    InputError
        When there is no header, or it is too wide.
    """
    wish = _unescaped(settings.delimiter)
    lines, whole = _first_lines(path, name)
    sign = settings.comment or _SIGN
    rows = _set_aside(lines, sign, whole=whole)
    if not rows.texts:
        raise InputError(
            f"'{name}' holds no header",
            seen="nothing but blank lines" if not rows.above else f"nothing but lines that start with {sign}",
            expected="a first row that names the columns",
            todo="check that the right file was exported, and exported whole",
        )
    cut = _choose(rows, wish)
    comment = sign if rows.above or settings.comment else ""
    if not comment and rows.between:
        if _are_values(lines, sign, cut):
            # Values may start with the sign as well: then it sets nothing aside.
            rows = _all_rows(lines, whole=whole)
            cut = _choose(rows, wish)
        else:
            comment = sign
    if cut.share < _AGREE and not wish and not comment:
        dialect = _sniff(connection, path, rows, cut)
    else:
        dialect = _dialect(rows, cut, comment, told=bool(settings.comment))
    # DuckDB takes the line ends of the first lines for those of all: where the body has others, it goes into a file of its own.
    return replace(dialect, rewrite=True) if _ends_differ(lines, dialect.skip) else dialect


def decimal_marks(dialect: Dialect, decimal: str = "") -> dict[str, str]:
    """What stands before the decimals in each column of numbers: a condition sees these as numbers, and all others as text.

    Numbers are they where the first rows hold nothing else; codes with leading zeros and whole numbers beyond 2**53 stay
    text, and so do dates and addresses of machines, whose figures have points as well.

    Parameters
    ----------
    dialect : Dialect
    decimal : str
        What the person says; empty where the texts of each column must tell.
    """
    columns = zip(*(row for row in dialect.sample if len(row) == len(dialect.names)), strict=False)
    marks = {
        name: _decimal_mark([cell.strip() for cell in cells if cell.strip().lower() not in _NOTHING], decimal)
        for name, cells in zip(dialect.names, columns, strict=False)
    }
    return {name: mark for name, mark in marks.items() if mark}


def _decimal_mark(cells: Sequence[str], decimal: str) -> str:
    """The mark of cells that are numbers; empty where some are none, or codes."""
    comma = any(map(shows_comma, cells)) and not any(map(shows_point, cells))
    mark = decimal or ("," if comma else ".")
    parse = parse_comma if mark == "," else parse_number
    numbers = all(is_number(cell) and parse(cell) is not None and not _is_code(cell) for cell in cells)
    return mark if cells and numbers else ""


def _is_code(cell: str) -> bool:
    """Whether a number is the name of something, which has to keep all its digits."""
    return cell.isdigit() and ((len(cell) > 1 and cell.startswith("0")) or int(cell) > _EXACT)


def _unescaped(delimiter: str) -> str:
    r"""The delimiter that the person named; a shell passes ``\t`` on as two letters."""
    wish = delimiter.replace("\\t", "\t")
    if len(wish.encode()) > _LONGEST_DELIMITER:
        raise SettingsError(
            "[data] delimiter is too long",
            seen=repr(delimiter),
            expected=f"at most {_LONGEST_DELIMITER} bytes",
            todo="replace it in the file by a shorter one",
        )
    return wish


def _first_lines(path: Path, name: str) -> tuple[list[str], bool]:
    """The first lines with their ends, and whether these are all."""
    with path.open("rb") as stream:
        start = stream.read(_SAMPLE_BYTES)
        whole = not stream.read(1)
    text = start.decode(errors="replace").removeprefix("\ufeff")
    lines = list(islice(io.StringIO(text, newline=""), _SAMPLE_LINES + 1))
    widest = max((line.count(mark) + 1 for line in lines[:1] for mark in _COMMON), default=0)
    refuse_width(widest, name, at_least=True)
    if len(lines) == 1 and not whole:
        raise InputError(
            f"'{name}' holds no rows",
            seen=f"a first line longer than {_SAMPLE_BYTES >> 20} MB",
            expected=f"a header of at most {MOST_COLUMNS:,} columns, and rows below it",
            todo="open it and look: its lines may have no ends",
        )
    whole = whole and len(lines) <= _SAMPLE_LINES
    return lines[:_SAMPLE_LINES], whole


def _ends_differ(lines: Sequence[str], skip: int) -> bool:
    """Whether lines above the first row end in another way than most of those below."""
    ends = [
        "\r\n" if line.endswith("\r\n") else line[-1:] if line.endswith(("\r", "\n")) else ""
        for line in lines
    ]
    below = Counter(end for end in ends[skip:] if end)
    return bool(below) and any(end and end != max(below, key=below.__getitem__) for end in ends[:skip])


def _set_aside(lines: Sequence[str], sign: str, *, whole: bool) -> _Lines:
    """Part lines that may be rows from comments."""
    start = next(
        (at for at, line in enumerate(lines) if line.strip() and not _marked(line, sign)), len(lines)
    )
    above = tuple((at, line) for at, line in enumerate(lines[:start]) if line.strip())
    body = [(at, line) for at, line in enumerate(lines) if at >= start]
    kept = [(at, line) for at, line in body if not _marked(line, sign)]
    between = tuple(line for _, line in body if _marked(line, sign))
    return _Lines(tuple(line for _, line in kept), tuple(at for at, _ in kept), above, between, whole)


def _are_values(lines: Sequence[str], sign: str, cut: _Cut) -> bool:
    """Whether rows as wide as the header start with the sign."""
    try:
        rows, _ = _rows(lines, cut.delimiter)
    except csv.Error:
        return False
    return any(len(row) == cut.width and _marked(row[0], sign) for row in rows)


def _all_rows(lines: Sequence[str], *, whole: bool) -> _Lines:
    """Lines of a text without comments."""
    return _Lines(tuple(lines), tuple(range(len(lines))), (), (), whole)


def _marked(line: str, sign: str) -> bool:
    """Whether a line starts like a comment."""
    return line.removeprefix("\ufeff").startswith(sign)


def _choose(lines: _Lines, wish: str) -> _Cut:
    """Cut the lines by the delimiter that fits best."""
    if wish:
        return _cut(lines, wish)
    groups = [[_cut(lines, mark) for mark in group] for group in (_DOUBLED, _COMMON, _RARE)]
    # A title above the header is believed only where no delimiter cuts the first row like the others.
    for titled in (False, True):
        for cuts in groups[:2] if titled else groups:
            best = max(cuts, key=lambda cut: (bool(cut.header) == titled, cut.share, cut.width))
            if best.share >= _AGREE and bool(best.header) == titled:
                return best
    return max(groups[1], key=lambda cut: (cut.share, cut.width))


def _cut(lines: _Lines, delimiter: str) -> _Cut:
    """Cut the lines by one delimiter."""
    if len(delimiter) > 1 and delimiter not in lines.texts[0]:
        return _Cut(delimiter)
    try:
        rows, ends = _rows(lines.texts, delimiter)
    except csv.Error:
        return _Cut(delimiter)
    if not lines.whole and len(rows) > 2:
        rows.pop()  # The sample may end inside a quoted value.
    return _Cut(delimiter, tuple(rows), tuple(ends), find_header(rows) if rows else 0)


def _rows(lines: Sequence[str], delimiter: str) -> tuple[list[tuple[str, ...]], list[int]]:
    """Rows that are not blank, and for each the number of lines up to its end."""
    if len(delimiter) > 1:
        lines, delimiter = [line.replace(delimiter, _STAND_IN) for line in lines], _STAND_IN
    reader = csv.reader(lines, delimiter=delimiter)
    found = [(tuple(row), reader.line_num) for row in reader if row]
    return [row for row, _ in found], [end for _, end in found]


def _dialect(lines: _Lines, cut: _Cut, comment: str, *, told: bool) -> Dialect:
    """The dialect of lines that were cut."""
    if not cut.rows:
        return _one_column(lines, comment)
    header, skip, sample = cut.rows[cut.header], cut.ends[cut.header], cut.rows[cut.header + 1 :]
    last = lines.numbers[skip - 1] + 1
    notes = []
    if cut.header:
        notes.append(f"{cut.header} line{'s' if cut.header > 1 else ''} above the header left out")
    if lines.above and not told:
        behind = _rows([lines.above[-1][1].lstrip(" \t#")], cut.delimiter)[0]
        if behind and len(behind[0]) == cut.width >= 2 and not names_columns(header):
            # `#id,name` above rows of values: the sign stands before the header.
            header, last, sample = behind[0], lines.above[-1][0] + 1, cut.rows
            notes.clear()
    return Dialect(
        names=cell_names(header),
        delimiter=cut.delimiter,
        escape=_escape(lines.texts, cut.delimiter),
        skip=last,
        comment=comment,
        rewrite=bool(lines.between and comment)
        or told
        or any("\n" in cell or "\r" in cell for cell in header),
        sample=sample,
        note=", ".join(notes),
    )


def _one_column(lines: _Lines, comment: str) -> Dialect:
    """Lines that nothing cuts."""
    return Dialect(cell_names([lines.texts[0]]), ",", "", "", lines.numbers[0] + 1, comment)


def _escape(lines: Sequence[str], delimiter: str) -> str:
    """What stands before a quote inside quotes: another quote, or a backslash where only that can be read."""
    if len(delimiter) > 1 or not any('\\"' in line for line in lines):
        return '"'
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        try:
            for _ in csv.reader(lines, delimiter=delimiter, strict=True, doublequote=False, escapechar="\\"):
                pass
        except csv.Error:
            return '"'
        return "\\"
    return '"'


def _sniff(connection: DuckDBPyConnection, path: Path, lines: _Lines, cut: _Cut) -> Dialect:
    """Ask DuckDB for the dialect."""
    import duckdb

    # Where the sniffer finds none, or leaves out rows, the rows are ragged: reading them says in which line.
    ragged = _dialect(lines, cut, "", told=False)
    try:
        row = connection.execute(
            "SELECT Delimiter, Quote, Escape, SkipRows FROM "
            f"sniff_csv({one_file(path)}, all_varchar = true, encoding = 'utf-8')"
        ).fetchone()
    except duckdb.Error:
        if cut.width > 1:
            return ragged
        raise
    assert row is not None, "the sniffer answers with one row or with an error"
    delimiter, quoted, escaped, skipped = row
    quote, escape = ("" if mark == "(empty)" else str(mark) for mark in (quoted, escaped))
    start = next((at for at, number in enumerate(lines.numbers) if number >= int(skipped)), 0)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    reader = csv.reader(
        lines.texts[start:], delimiter=str(delimiter)[:1], quotechar=quote or None, quoting=quoting
    )
    header = next(row for row in reader if row)
    above = sum(bool(line.strip()) for line in lines.texts[:start])
    if len(header) == 1 < cut.width or (
        above and (delimiter == " " or _cut(lines, str(delimiter)).header != above)
    ):
        return ragged
    skip = lines.numbers[start + reader.line_num - 1] + 1
    rewrite = any("\n" in cell or "\r" in cell for cell in header)
    sample = tuple(tuple(row) for row in reader if row)
    note = f"{above} line{'s' if above > 1 else ''} above the header left out" if above else ""
    return Dialect(cell_names(header), str(delimiter), quote, escape, skip, "", rewrite, sample, note)
