"""Names of columns: what is refused, and what a person may have meant."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from fivefold.core.artefacts import FOLD, ROW, SINCE
from fivefold.core.errors import InputError
from fivefold.runtime.frames import near_names

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GROUP", "WEIGHT", "refuse_bad_names", "require", "suggest"]

GROUP = "__group__"
"""Column of cleaned rows: the group of a row as words."""
WEIGHT = "__weight__"
"""Column of cleaned rows: how much a row counts."""
_NUMBER = "file_row_number"
"""What DuckDB calls the place of a row in a Parquet file; it tells no case apart."""
_OURS = frozenset({ROW, FOLD, SINCE, GROUP, WEIGHT, _NUMBER})


def suggest(name: str, names: Sequence[str]) -> str:
    """Say what a person could type instead."""
    close = near_names(name, names)
    if close:
        return "did you mean " + " or ".join(repr(found) for found in close) + "?"
    shown = ", ".join(repr(known) for known in names[:12])
    return f"choose one of {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def require(name: str, names: Sequence[str], what: str) -> None:
    """Refuse a column that the table does not have.

    Parameters
    ----------
    name : str
        What the person asked for.
    names : sequence of str
        The table's columns.
    what : str
        What the column is to be, for example ``target``.

    Raises
    ------
    InputError
        With the nearest names.
    """
    if name not in names:
        raise InputError(
            f"The {what} is not in the table",
            seen=repr(name),
            expected="the name of a column, written as in the table",
            todo=suggest(name, names),
        )


def refuse_bad_names(names: Sequence[str], label: str) -> None:
    """Refuse a table in which a name stands twice, is one of ours, or would be taken for a pattern of names.

    Raises
    ------
    InputError
        Naming the columns at fault.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(
            f"Two columns of '{label}' carry one name",
            seen=", ".join(repr(name) for name in twice),
            expected="a different name for every column",
            todo="rename one of them",
        )
    ours = [name for name in names if name in _OURS or name.lower() == _NUMBER]
    if ours:
        raise InputError(
            f"'{label}' uses a name that Fivefold keeps for itself",
            seen=", ".join(repr(name) for name in ours),
            expected=f"no column named {', '.join(sorted(_OURS))}",
            todo="rename it",
        )
    patterns = [name for name in names if name == "*" or (name.startswith("^") and name.endswith("$"))]
    if patterns:
        raise InputError(
            f"'{label}' has a column whose name is a pattern",
            seen=", ".join(repr(name) for name in patterns),
            expected="names other than * and those that begin with ^ and end in $",
            todo="rename it",
        )
