"""Rows whose features equal another row's: on two sides of a split they would make a model look better than it is.

Those whose targets differ are the matter of the check of contradictions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.data.split import FEW_TWINS, twin_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["DuplicateRows"]


class DuplicateRows:
    """Counts equal rows."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding when there are equal rows."""
        features = [
            column.name for column in table.contract.columns if column.role not in {"identifier", "constant"}
        ]
        if not features:
            return ()
        _, twins = twin_units(table.frame.select(features))
        if not twins:
            return ()
        rows = table.frame.height
        share = twins / rows
        return (
            Finding(
                check="duplicates",
                severity="info",
                columns=(),
                what=f"{twins:,} of {rows:,} training rows equal another row in every feature",
                figures={"rows": twins, "share": round(share, 4)},
                done=_done(table, share),
            ),
        )


def _done(table: CheckedTable, share: float) -> str:
    """Say what the split does about equal rows."""
    if table.split.by is not None:
        return f"nothing: the split by '{table.split.by}' places each row for itself"
    if share > FEW_TWINS:
        return "nothing: so many rows are equal that this is how the table is"
    return "equal rows were kept on one side of the split"
