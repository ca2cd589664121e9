"""Example rows of a finding: few, short, and without what belongs to a person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fivefold.core.artefacts import ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Figure
    from fivefold.core.protocols import CheckedTable
    from fivefold.core.tables import Frame

__all__ = ["HIDDEN", "PERSONAL_FORMS", "example_rows"]

HIDDEN = "(hidden)"
"""What an example shows instead of an e-mail address, a phone number or a name."""
PERSONAL_FORMS = frozenset({"email", "phone", "name"})
"""Forms of columns whose values no finding may show."""
_MOST_ROWS = 3
_MOST_COLUMNS = 8
_LONGEST = 80


def example_rows(
    table: CheckedTable, places: Sequence[int], columns: Sequence[str], *, frame: Frame | None = None
) -> tuple[dict[str, Figure], ...]:
    """Show some rows.

    Parameters
    ----------
    table : CheckedTable
    places : sequence of int
        Positions in the frame; the first three are shown.
    columns : sequence of str
        The columns that matter, of which the first eight that the frame has are shown.
    frame : Frame, optional
        The training rows if not given.

    Returns
    -------
    tuple of dict of str to Figure
        ``__row__`` and the columns of each row, with personal values hidden.
    """
    shown = table.frame if frame is None else frame
    kept = [name for name in dict.fromkeys(columns) if name in shown.columns and name != ROW][:_MOST_COLUMNS]
    forms = {name: profile.form for name, profile in table.profiles.items()}
    forms |= {column.name: column.form for column in table.contract.columns if column.form}
    personal = {column.name for column in table.contract.columns if column.personal}
    personal |= {name for name, form in forms.items() if form in PERSONAL_FORMS}
    rows = shown.select(ROW, *kept)[[int(place) for place in places[:_MOST_ROWS]]].to_dicts()
    return tuple(
        {
            name: HIDDEN if value is not None and name in personal else _figure(value)
            for name, value in row.items()
        }
        for row in rows
    )


def _figure(value: object) -> Figure:
    """Value as a record can hold it: dates as words, texts cut short, numbers to six figures."""
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}") if value == value else None  # noqa: PLR0124 - NaN differs from itself
    words = value.isoformat(sep=" ") if isinstance(value, dt.datetime) else str(value)
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."
