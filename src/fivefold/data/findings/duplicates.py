"""Rows whose features equal another row's: on two sides of a split they would make a model look better than it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.split import FEW_TWINS, twin_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.protocols import CheckedTable

__all__ = ["DuplicateRows"]

_MANY = 0.01


class DuplicateRows:
    """Counts equal rows, and those among them that contradict each other."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding when there are equal rows."""
        features = [
            column.name for column in table.contract.columns if column.role not in {"identifier", "constant"}
        ]
        if not features:
            return ()
        units, twins = twin_units(table.frame.select(features))
        if not twins:
            return ()
        contrary = _contrary(units, table.frame[table.contract.target])
        rows = table.frame.height
        share, contrary_share = twins / rows, contrary / rows
        what = f"{twins:,} of {rows:,} training rows equal another row in every feature"
        if contrary:
            what += f", and {contrary:,} of them have an equal with another '{table.contract.target}'"
        return (
            Finding(
                check="duplicates",
                severity="warning" if contrary_share >= _MANY else "info",
                columns=(),
                what=what,
                figures={
                    "rows": twins,
                    "share": round(share, 4),
                    "contrary_rows": contrary,
                    "contrary_share": round(contrary_share, 4),
                },
                done=_done(table, share),
                question="Was something recorded twice, or are these truly different cases?"
                if contrary_share >= _MANY
                else "",
            ),
        )


def _contrary(units: NDArray[np.int64], target: pl.Series) -> int:
    """Rows that have an equal with another target."""
    _, values = np.unique(target.to_numpy(), return_inverse=True)
    pairs = np.unique(np.column_stack([units, values]), axis=0)
    different = np.bincount(pairs[:, 0], minlength=int(units.max()) + 1)
    return int((different[units] > 1).sum())


def _done(table: CheckedTable, share: float) -> str:
    """Say what the split does about equal rows."""
    if table.split.kind in {"time", "group"}:
        return f"nothing: the split by {table.split.kind} places each row for itself"
    if share > FEW_TWINS:
        return "nothing: so many rows are equal that this is how the table is"
    return "equal rows were kept on one side of the split"
