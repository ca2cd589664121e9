"""What sqlglot does not carry over from GoogleSQL to DuckDB by itself."""

from __future__ import annotations

from typing import Any

__all__ = ["in_duckdb"]

_BLANKS = " \t\n\v\f\r\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What ``TRIM`` takes off where nothing is named: Unicode's white space; DuckDB takes off blanks alone."""


def in_duckdb(tree: Any) -> str:
    """Return a statement in DuckDB's SQL.

    Parameters
    ----------
    tree : sqlglot Expression
    """
    from sqlglot import exp

    copy = tree.copy()
    for trim in copy.find_all(exp.Trim):
        if trim.args.get("expression") is None:
            trim.set("expression", exp.Literal.string(_BLANKS))
    for unnest in list(copy.find_all(exp.Unnest)):
        rows = _rows(unnest)
        if rows is not None:
            unnest.replace(rows)
    return str(copy.sql(dialect="duckdb"))


def _rows(unnest: Any) -> Any:
    """The rows that an array of structs stands for, each field a column; None for other arrays."""
    from sqlglot import exp

    array: Any = unnest.expressions[0] if unnest.expressions else None
    if not isinstance(array, exp.Cast) or not array.to.is_type("array") or not array.this.expressions:
        return None
    shape = array.to.expressions[0]
    if not shape.is_type("struct"):
        return None
    fields = shape.expressions
    rows = [
        ", ".join(value.sql(dialect="duckdb") for value in each.expressions)
        for each in array.this.expressions
    ]
    names = ", ".join(f"c{place}" for place in range(len(fields)))
    columns = ", ".join(
        f'CAST(c{place} AS {one.args["kind"].sql(dialect="duckdb")}) AS "{one.name}"'
        for place, one in enumerate(fields)
    )
    values = ", ".join(f"({row})" for row in rows)
    # Parsed in DuckDB's own dialect, for it is written there as it stands.
    sql = f"SELECT {columns} FROM (VALUES {values}) AS v({names})"  # noqa: S608 - a stand-in for tests, bound to loopback
    return exp.maybe_parse(sql, dialect="duckdb").subquery("told")
