"""Columns that say what another one says already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.data.copies import agreement
from fivefold.measure.numbers import mean_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["CopiedColumns"]

_GAPS = 0.05
"""Share of rows in which only one of the two is missing, above which the gaps themselves may tell something."""


class CopiedColumns:
    """Leaves out near-copies that the look found, once the training rows confirm them."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per copy whose original is a feature too."""
        names = {column.name for column in table.contract.columns}
        pairs = [(name, one.copy_of) for name, one in table.profiles.items() if one.copy_of in names]
        found = (_inspect(table, name, kept) for name, kept in pairs if name in names)
        return [finding for finding in found if finding is not None]


def _inspect(table: CheckedTable, name: str, kept: str) -> Finding | None:
    """Compare a column with the one that it copies."""
    rows = agreement(table.frame[kept], table.frame[name])
    if not rows:
        return None
    gaps = mean_of(table.frame[kept].is_null() != table.frame[name].is_null())
    idle = gaps <= _GAPS
    return Finding(
        check="copies",
        severity="info",
        columns=(name,),
        what=f"'{name}' says the same as '{kept}' but for case, scale or missing values",
        figures={
            "rows": rows,
            "missing": table.frame[name].null_count(),
            "missing in the other": table.frame[kept].null_count(),
        },
        done=f"left out of the features; '{kept}' stays" if idle else "",
        question="" if idle else f"Do the gaps in '{name}' mean something? If not, leave it out.",
        leave_out=idle,
    )
