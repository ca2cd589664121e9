"""Columns that have the same value in every row, or in all but a handful."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["ConstantColumns"]

_NEARLY = 0.999


class ConstantColumns:
    """Leaves out what does not vary in training; names what hardly does."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for the constant columns and one for the nearly constant ones."""
        constant, nearly = [], {}
        for column in table.contract.columns:
            values = table.frame[column.name]
            if column.role == "constant" or values.n_unique() <= 1:
                constant.append(column.name)
            elif column.role in {"number", "category", "ordinal", "boolean"}:
                counts = values.alias("value").value_counts()["count"].to_numpy()
                share = int(counts.max(initial=0)) / max(1, values.len())
                if share >= _NEARLY:
                    nearly[column.name] = round(share, 5)
        findings = []
        if constant:
            findings.append(
                Finding(
                    check="constants",
                    severity="info",
                    columns=tuple(constant),
                    what=f"{_names(constant)} the same value in every training row",
                    figures={"columns": len(constant)},
                    done="left out of the features",
                    leave_out=True,
                )
            )
        if nearly:
            findings.append(
                Finding(
                    check="constants",
                    severity="info",
                    columns=tuple(nearly),
                    what=f"{_names(list(nearly))} one value in at least {percent(_NEARLY)} of the training rows",
                    figures=dict(nearly),
                )
            )
        return findings


def _names(names: list[str]) -> str:
    """Columns as the beginning of a sentence."""
    shown = ", ".join(f"'{name}'" for name in names[:5])
    more = f" and {len(names) - 5} more columns" if len(names) > 5 else ""
    return f"{shown}{more} {'has' if len(names) == 1 else 'have'}"
