"""Columns that name rows: of no use to a model. What names things that come back is the matter of the check of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["IdentifierColumns"]


class IdentifierColumns:
    """Leaves out what has another value in nearly every row."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column."""
        return [
            _finding(table, column.name) for column in table.contract.columns if column.role == "identifier"
        ]


def _finding(table: CheckedTable, name: str) -> Finding:
    """Say that a column is left out."""
    values = table.frame[name].drop_nulls()
    return Finding(
        check="identifiers",
        severity="info",
        columns=(name,),
        what=f"'{name}' has another value in nearly every row",
        figures={"distinct": values.n_unique(), "rows": values.len()},
        done="left out of the features",
        leave_out=True,
    )
