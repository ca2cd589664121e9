"""Columns that name rows or things: of no use to a model, or a sign that rows belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.data.roles import named_like_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

__all__ = ["IdentifierColumns"]

_COMES_BACK = 1.05
"""Rows per value from which things are said to come back."""


class IdentifierColumns:
    """Leaves out what has another value in nearly every row; asks about what comes back."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column."""
        found = (_inspect(table, column) for column in table.contract.columns)
        return [finding for finding in found if finding is not None]


def _inspect(table: CheckedTable, column: Column) -> Finding | None:
    """Look at one column."""
    values = table.frame[column.name].drop_nulls()
    if column.role == "identifier":
        return Finding(
            check="identifiers",
            severity="info",
            columns=(column.name,),
            what=f"'{column.name}' has another value in nearly every row",
            figures={"distinct": values.n_unique(), "rows": values.len()},
            done="left out of the features",
            leave_out=True,
        )
    if column.role != "category" or not named_like_id(column.name) or table.split.grouped_by is not None:
        return None
    distinct = values.n_unique()
    if distinct < 2 or values.len() < _COMES_BACK * distinct:
        return None
    return Finding(
        check="identifiers",
        severity="warning",
        columns=(column.name,),
        what=f"'{column.name}' is named like an identifier and comes back: "
        f"{distinct:,} values in {values.len():,} rows",
        figures={"distinct": distinct, "rows": values.len()},
        question=f"Will the model meet new values of '{column.name}'? If so, name it as the group column, so that it is "
        "tested on values that it has not learned from.",
    )
