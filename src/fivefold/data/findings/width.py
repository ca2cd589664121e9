"""Too few rows: for the number of columns, for the rarest class, or for any figure to be worth much."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["TooFewRows"]

_ROWS_A_COLUMN = 5.0
_SEALED = 100
_FEW_SEALED = 50
_SEALED_OF_CLASS = 10


class TooFewRows:
    """Compares the training rows with the columns, and the sealed rows with what they are to prove."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding when there are fewer than five rows a column, and one when the sealed part is small."""
        found = (_wide(table), _small(table))
        return [finding for finding in found if finding is not None]


def _wide(table: CheckedTable) -> Finding | None:
    """More columns than the rows can bear."""
    features = sum(column.role not in {"identifier", "constant"} for column in table.contract.columns)
    rows = table.rows
    rarest = min(table.sealed_classes, key=lambda name: table.sealed_classes[name], default="")
    if not features or not rows or rows >= _ROWS_A_COLUMN * features:
        return None
    return Finding(
        check="width",
        severity="warning" if rows < 2 * features else "info",
        columns=(),
        what=f"{rows:,} training rows for {features:,} columns: some columns will seem to matter by luck alone",
        figures={
            "rows": rows,
            "columns": features,
            "rows_a_column": round(rows / features, 2),
            "rarest_class": rarest or None,
        },
        question="Which of the columns could matter at all? The others can be left out: exclude under [data].",
    )


def _small(table: CheckedTable) -> Finding | None:
    """A sealed part whose figures are uncertain."""
    sealed, rows = table.split.test_rows, table.rows
    if not rows or not sealed:
        return None
    rarest = min(table.sealed_classes.values(), default=sealed)
    if sealed >= _SEALED and (rarest >= _SEALED_OF_CLASS or len(table.sealed_classes) > 2):
        return None
    if table.contract.task == "regression":
        half = 1.96 / math.sqrt(2 * sealed)
        unsure = f"an RMSE is uncertain by about {percent(half, places=0)} of itself"
    elif sealed >= _SEALED:
        name = min(table.sealed_classes, key=lambda one: table.sealed_classes[one])
        half = 0.98 / math.sqrt(max(1, rarest))
        unsure = (
            f"only {rarest:,} of them are '{name}', so that the share of these that is found is uncertain by "
            + (f"about {100 * half:.0f} points" if rarest else "everything")
        )
    else:
        half = 0.98 / math.sqrt(sealed)
        unsure = f"an accuracy is uncertain by up to {100 * half:.0f} points"
    return Finding(
        check="width",
        severity="warning" if sealed < _FEW_SEALED or half > 0.3 else "info",
        columns=(table.contract.target,),
        what=f"The sealed part has {sealed:,} rows: {unsure}",
        figures={"rows": sealed, "training_rows": rows, "half_width": round(half, 3)},
        question="Can more rows be had? Neither a better model nor more time makes up for them.",
    )
