"""Rows that cannot be learned from because their target is not known, or their place in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["RowsWithoutTarget"]

_MANY = 0.05


class RowsWithoutTarget:
    """Counts the rows that were set aside, by reason."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per reason."""
        kept = table.split.train_rows + table.split.test_rows
        everything = kept + sum(count for _, count in table.removed)
        findings = []
        for reason, count in table.removed:
            share = count / everything
            many = share >= _MANY
            findings.append(
                Finding(
                    check="targets",
                    severity="warning" if many else "info",
                    columns=(table.contract.target,),
                    what=f"In {count:,} of {everything:,} rows {reason}",
                    figures={"rows": count, "share": round(share, 4)},
                    done="they were set aside",
                    question="Are these rows like the others? If not, the model has not seen their kind."
                    if many
                    else "",
                )
            )
        return findings
