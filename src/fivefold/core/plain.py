"""The five plain types that every table is brought to: VARCHAR, DOUBLE, BIGINT, BOOLEAN and TIMESTAMP (UTC)."""

from __future__ import annotations

import re

__all__ = ["PLAIN", "UNDATED", "plain"]

UNDATED = "%Y: no date is written like this"
"""Form of dates and moments for DuckDB's reader of JSON, so that they stay the texts that they are.

By itself it takes ``03-04-2016`` for the third of April, and ``03-04-16`` for a day of 2003: whoever knows the column knows better.
"""
PLAIN = ("VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN", "TIMESTAMP")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_MOMENTS = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_ZONED = "CASE WHEN isfinite({0}) THEN make_timestamp(epoch_us({0})) END"
_AS = {
    "VARCHAR": "{0}",
    "BOOLEAN": "{0}",
    **dict.fromkeys(_INTEGERS, "CAST({0} AS BIGINT)"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "CAST({0} AS DOUBLE)"),
    **dict.fromkeys(_MOMENTS, "CASE WHEN isfinite({0}) THEN CAST({0} AS TIMESTAMP) END"),
    "TIMESTAMP WITH TIME ZONE": _ZONED.format("{0}"),
    "TIMESTAMPTZ_NS": _ZONED.format("CAST({0} AS TIMESTAMP WITH TIME ZONE)"),
    # Beside numbers a text is the text itself, as a request writes it, and not its JSON, which has quotation marks.
    "JSON": "CASE WHEN json_type({0}) IN ('VARCHAR', 'NULL') THEN {0} ->> '$' ELSE CAST({0} AS VARCHAR) END",
}
"""SQL by DuckDB's type."""
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_EXACT_DIGITS = 18
"""Whole decimals of so many digits fit into BIGINT; longer ones stay text, digit for digit."""


def plain(column: str, kind: str) -> str:
    """SQL that brings a column of a DuckDB type to its plain type.

    Parameters
    ----------
    column : str
        An SQL expression.
    kind : str
        Its type as DuckDB prints it. Whatever is not named here (nested values, times of day, integers beyond 64 bits)
        becomes text.
    """
    if kind in _AS:
        return _AS[kind].format(column)
    decimal = _DECIMAL.fullmatch(kind)
    if decimal is None:
        return f"CAST({column} AS VARCHAR)"
    if int(decimal[2]) > 0:
        return f"CAST({column} AS DOUBLE)"
    return f"CAST({column} AS {'BIGINT' if int(decimal[1]) <= _EXACT_DIGITS else 'VARCHAR'})"
