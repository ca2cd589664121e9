"""Classes of which there are few rows: hard to learn, and hard to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["RareClasses"]

_RARE_SHARE = 0.05
_FEW_ROWS = 10


class RareClasses:
    """Names the classes that are rare in the training part."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for classes of hardly any rows, and one for a lopsided target."""
        contract = table.contract
        if contract.task == "regression":
            return ()
        counted = table.frame[contract.target].value_counts()
        counts = dict.fromkeys(contract.classes, 0) | dict(counted.iter_rows())
        rows = table.frame.height
        findings = []
        few = sorted((name for name in counts if counts[name] < _FEW_ROWS), key=lambda name: counts[name])
        if few:
            named = ", ".join(f"'{name}' ({counts[name]})" for name in few[:5])
            findings.append(
                Finding(
                    check="balance",
                    severity="warning",
                    columns=(contract.target,),
                    what=f"{len(few)} of {len(counts)} classes have fewer than {_FEW_ROWS} training rows: {named}"
                    + (", ..." if len(few) > 5 else ""),
                    figures={"classes": len(few), "rows": sum(counts[name] for name in few)},
                    question="Can these classes be joined with others, or can more of their rows be had?",
                )
            )
        rarest = min(counts, key=lambda name: counts[name])
        share = counts[rarest] / max(1, rows)
        if len(counts) == 2 and share < _RARE_SHARE:
            findings.append(
                Finding(
                    check="balance",
                    severity="info",
                    columns=(contract.target,),
                    what=f"Only {share:.2%} of the training rows are '{rarest}', so that accuracy says little",
                    figures={"rows": counts[rarest], "share": round(share, 5)},
                )
            )
        return findings
