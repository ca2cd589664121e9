"""Width: how many columns a table may have."""

from __future__ import annotations

from fivefold.core.errors import InputError

__all__ = ["MOST_COLUMNS", "refuse_width"]

MOST_COLUMNS = 20_000
"""Columns of a table that is read; beyond, even naming them costs more than they can tell."""


def refuse_width(count: int, label: str, *, at_least: bool = False) -> None:
    """Refuse a table that is too wide.

    Parameters
    ----------
    count : int
        Its columns.
    label : str
        What to call it.
    at_least : bool
        Whether counting stopped early.

    Raises
    ------
    InputError
        Saying how many columns are bearable.
    """
    if count > MOST_COLUMNS:
        raise InputError(
            f"'{label}' has too many columns",
            seen=f"{'at least ' if at_least else ''}{count:,}",
            expected=f"at most {MOST_COLUMNS:,}",
            todo="leave out columns before it is handed over, or stack them as rows of a longer table",
        )
