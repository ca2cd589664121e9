"""How a column of BigQuery becomes an input of the graph: the rules of ``runtime/values.py``, in GoogleSQL.

A text that a service would refuse stops the query, too; a missing value is NaN, and an empty text where texts are expected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.cloud.literals import quoted, text
from fivefold.core.errors import InputError
from fivefold.runtime.booleans import parse_boolean
from fivefold.runtime.dates import EPOCHS
from fivefold.runtime.values import MISSING_WORDS

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column

__all__ = ["NATURAL", "absent", "imported", "named", "remote"]

_NAN = "CAST('NaN' AS FLOAT64)"
NATURAL = {
    "number": "FLOAT64",
    "integer": "INT64",
    "boolean": "BOOL",
    "datetime": "TIMESTAMP",
    "string": "STRING",
}
"""The type that holds the values of each kind."""
_SAME = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
"""Types that the service calls by an older name."""
_NUMERIC = frozenset({"INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC"})
_MOMENTS = {
    "TIMESTAMP": "UNIX_MICROS({c}) / 1e6",
    "DATETIME": "UNIX_MICROS(TIMESTAMP({c})) / 1e6",
    "DATE": "UNIX_DATE({c}) * 86400.0",
}
_PER_SECOND = {"epoch seconds": 1.0, "epoch milliseconds": 1e3, "epoch microseconds": 1e6}
_DAYS = {"yyyymmdd": ("%Y%m%d", ""), "yyyymm": ("%Y%m%d", " || '01'")}
_READ_PLAINLY = frozenset({"plain", "words"})
"""Readings of which the plain texts are read alike in SQL; others would be read as something else there."""
_TRUE = tuple(sorted(word for word in ("true", "yes", "t", "y", "1", "on") if parse_boolean(word)))
_FALSE = tuple(sorted(word for word in ("false", "no", "f", "n", "0", "off") if parse_boolean(word) is False))


def named(kind: str) -> str:
    """Return the name that GoogleSQL gives a type of the service."""
    return _SAME.get(kind, kind)


def imported(column: Column, kind: str, source: str = "") -> str:
    """Return the SQL that makes an input of an imported graph out of a column.

    Parameters
    ----------
    column : Column
    kind : str
        The type that the table has it in.
    source : str
        What the table calls it, if not as the contract does.

    Raises
    ------
    InputError
        When there is no SQL that reads this type as the service would.
    """
    cell = quoted(source or column.name)
    if column.kind == "string":
        return f"IFNULL({_word(column, kind, cell)}, '')"
    if kind == "STRING":
        return _read(column, cell)
    return f"IFNULL({_number(column, kind, cell)}, {_NAN})"


def remote(column: Column, kind: str, source: str = "") -> str:
    """Return the SQL that makes an instance's field out of a column, for a model behind an endpoint.

    Raises
    ------
    InputError
        When there is none.
    """
    cell = quoted(source or column.name)
    if kind == NATURAL[column.kind] != "TIMESTAMP" or (kind == "STRING" and column.kind == "datetime"):
        return cell
    if column.kind == "datetime":
        if kind in _MOMENTS:
            moment = cell if kind == "TIMESTAMP" else f"TIMESTAMP({cell})"
            return f"FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', {moment})"
        if kind in _NUMERIC and column.form in EPOCHS:
            return (
                f"CAST(CAST({cell} AS INT64) AS STRING)" if kind == "FLOAT64" else f"CAST({cell} AS STRING)"
            )
    if column.kind == "string":
        return _word(column, kind, cell)
    if column.kind == "number" and kind in _NUMERIC:
        return f"CAST({cell} AS FLOAT64)"
    raise _unread(column, kind)


def absent(column: Column) -> str:
    """Return the input of a graph for a column that a table does not have."""
    return "''" if column.kind == "string" else _NAN


def _number(column: Column, kind: str, cell: str) -> str:
    """A value of a type that is none of texts, as a double; NULL where it is missing."""
    if column.kind in {"number", "integer"} and kind in _NUMERIC:
        return cell if kind == "FLOAT64" else f"CAST({cell} AS FLOAT64)"
    if column.kind == "boolean" and kind == "BOOL":
        return f"CAST(CAST({cell} AS INT64) AS FLOAT64)"
    if column.kind == "boolean" and kind in _NUMERIC:
        wrong = f"ERROR({text(f'{column.name} is neither 0 nor 1')})"
        return f"CASE {cell} WHEN 1 THEN 1.0 WHEN 0 THEN 0.0 ELSE IF({cell} IS NULL, NULL, {wrong}) END"
    if column.kind == "datetime" and kind in _MOMENTS:
        return _MOMENTS[kind].format(c=cell)
    if column.kind == "datetime" and kind in _NUMERIC and column.form in EPOCHS:
        return _counted(column, cell)
    raise _unread(column, kind)


def _counted(column: Column, cell: str) -> str:
    """A number that stands for a moment, in seconds."""
    if column.form in _PER_SECOND:
        micros = f"FLOOR(CAST({cell} AS FLOAT64) * {1e6 / _PER_SECOND[column.form]})"
        return f"{micros} / 1e6"
    pattern, day = _DAYS[column.form]
    return f"UNIX_DATE(PARSE_DATE('{pattern}', CAST(CAST({cell} AS INT64) AS STRING){day})) * 86400.0"


def _word(column: Column, kind: str, cell: str) -> str:
    """A value as the text that a category of it is called by; NULL where it is missing."""
    if kind == "STRING":
        return f"TRIM({cell})"
    if kind in {"INT64", "BOOL", "DATE", "NUMERIC", "BIGNUMERIC"}:
        return f"CAST({cell} AS STRING)"
    if kind == "FLOAT64":
        whole = f"{cell} = TRUNC({cell}) AND ABS({cell}) < 9e18"
        digits = f"IF({whole}, CAST(CAST(TRUNC({cell}) AS INT64) AS STRING), CAST({cell} AS STRING))"
        return f"IF(IS_NAN({cell}) OR IS_INF({cell}), NULL, {digits})"
    raise _unread(column, kind)


def _read(column: Column, cell: str) -> str:
    """A text that holds a number, a boolean or a moment."""
    if column.reading not in _READ_PLAINLY or (column.kind == "datetime" and column.form in EPOCHS):
        raise _unread(column, f"STRING, whose texts are read as '{column.reading}'")
    word = f"LOWER(TRIM({cell}))"
    missing = sorted(MISSING_WORDS | {each.lower() for each in column.missing_values})
    gone = f"{cell} IS NULL OR {word} IN ({', '.join(map(text, missing))})"
    if column.kind == "boolean":
        yes, no = (", ".join(map(text, words)) for words in (_TRUE, _FALSE))
        wrong = f"ERROR({text(f'{column.name} is neither true nor false')})"
        return f"CASE WHEN {gone} THEN {_NAN} WHEN {word} IN ({yes}) THEN 1.0 WHEN {word} IN ({no}) THEN 0.0 ELSE {wrong} END"
    found = f"CAST(TRIM({cell}) AS FLOAT64)"
    if column.kind == "datetime":
        found = f"UNIX_MICROS(CAST(TRIM({cell}) AS TIMESTAMP)) / 1e6"
    return f"CASE WHEN {gone} THEN {_NAN} ELSE {found} END"


def _unread(column: Column, kind: str) -> InputError:
    """Say that a column's type cannot be read."""
    return InputError(
        f"No SQL reads the column '{column.name}' as the model does",
        seen=f"a column of type {kind}",
        expected=f"{NATURAL[column.kind]}, or what becomes it without doubt",
        todo=f"make a view of the table in which '{column.name}' is {NATURAL[column.kind]}, and name that as the table",
    )
