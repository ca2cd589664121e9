"""Columns that name rows: of no use to a model. What names things that come back is the matter of the check of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

__all__ = ["IdentifierColumns"]


class IdentifierColumns:
    """Leaves out what has another value in nearly every row."""

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
    return None
