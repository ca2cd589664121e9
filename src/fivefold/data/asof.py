"""Statements that find, for every row of the main table, what another table knew of its key before its time.

Tables are read in the form that :class:`fivefold.data.keyed.Keyed` writes, and what was known of a key in that of
:class:`fivefold.data.history.History`. Nothing of the row's own moment counts, let
alone of the future: only what lies strictly before.
"""

# ruff: noqa: S608 - whatever enters a statement here is one of our own names

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SUMS", "matched", "repeated", "shared"]

SUMS = ("mean", "min", "max", "sum")
"""What is aggregated over numbers."""
_MICROSECONDS_PER_DAY = 86_400_000_000


def _keys(count: int, table: str = "") -> list[str]:
    """Names of the key columns."""
    return [f"{table}.k{position}" if table else f"k{position}" for position in range(count)]


def shared(main: str, other: str, keys: int) -> str:
    """Whether any key of the main table is in the other one."""
    return f"SELECT 1 FROM {main} AS m JOIN {other} AS o USING ({', '.join(_keys(keys))}) LIMIT 1"


def repeated(other: str, keys: int) -> str:
    """Keys of more than one row, the first three in order, and how many there are."""
    listed = ", ".join(_keys(keys))
    twice = f"SELECT {listed} FROM {other} GROUP BY {listed} HAVING count(*) > 1"
    return f"SELECT {listed}, count(*) OVER () FROM ({twice}) ORDER BY {listed} LIMIT 3"


def matched(
    main: str, history: str, keys: int, wanted: Sequence[tuple[str, int]], *, timed: bool, dated: bool
) -> str:
    """Rows of the main table whose key and time are known, each with what was known of its key just before.

    Parameters
    ----------
    main, history : str
        What stands after FROM.
    keys : int
    wanted : sequence of (str, int)
        Aggregate and position of its number; the position means nothing for ``count`` and ``days_since_last``.
    timed, dated : bool
        Whether there are times, and whether they are dates.

    Returns
    -------
    str
        Columns ``row``, ``last`` and one for each that is wanted, ``v0`` and so on. What nothing is known of is null, and
        counted as 0.
    """
    alike = [f"{left} = {right}" for left, right in zip(_keys(keys, "m"), _keys(keys, "s"), strict=True)]
    before = ["m.moment > s.moment"] if timed else []
    items = [f"{_figure(how, number, dated=dated)} AS v{n}" for n, (how, number) in enumerate(wanted)]
    return (
        f"SELECT {', '.join(['m.row', 's.row AS last', *items])} FROM {main} AS m "
        f"{'ASOF ' if timed else ''}LEFT JOIN {history} AS s ON {' AND '.join([*alike, *before])}"
    )


def _figure(how: str, number: int, *, dated: bool) -> str:
    """SQL of one aggregate over what was known."""
    if how == "count":
        return "CAST(coalesce(s.rows, 0) AS BIGINT)"
    if how == "days_since_last":
        apart = "CAST(m.moment - s.moment AS DOUBLE)"
        return f"{apart} / {_MICROSECONDS_PER_DAY}" if dated else apart
    return {
        "mean": f"s.s{number} / nullif(s.c{number}, 0)",
        "sum": f"CASE WHEN s.c{number} > 0 THEN s.s{number} END",
        "min": f"s.a{number}",
        "max": f"s.z{number}",
    }[how]
