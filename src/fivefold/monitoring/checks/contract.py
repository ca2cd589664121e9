"""Whether requests still hold what training saw: known categories, numbers in range, the contract's columns.

The service answers such rows all the same; this check says how many there are. A few are normal: a fresh sample now and
then exceeds the largest number seen or brings a rare category. So each column is held against what chance would bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.artefacts import CheckResult
from fivefold.measure.discovery import false_discovery_rates, new_values_by_chance
from fivefold.monitoring.wording import listing
from fivefold.report.figures import percent
from fivefold.report.language import plural
from fivefold.runtime.limits import beyond, limit_of

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, ColumnReference, Figure, Verdict
    from fivefold.core.window import Window

__all__ = ["ContractCheck"]

MIN_ROWS = 50
"""Fewer rows can prove that something is wrong, never that all is well."""
WATCH_SHARE = 0.01
ACT_SHARE = 0.20
ACT_ROWS = 3
"""A share of one row or two, as of the first request that somebody tries, is no reason to give up a release."""
FALSE_DISCOVERIES = 0.05
NAMED = 3


class ContractCheck:
    """Counts values outside of what training saw, per column, and tells when there are more than chance brings.

    ``watch`` from 1 % of a column's rows on, ``act`` from 20 % and three rows on, both only when chance does not explain them. Columns
    beyond the contract are ignored by the service, and only mentioned here. Dates are left out, since time moves on.

    Examples
    --------
    >>> from fivefold.testing.checks import window
    >>> ContractCheck().inspect(window("binary", rows=200)).verdict
    'healthy'
    """

    def inspect(self, window: Window) -> CheckResult:
        """Return ``watch`` or ``act`` when a column holds values that training did not see."""
        rows = window.rows.height
        counted = [found for found in map(_Counter(window).outside, window.contract.columns) if found]
        rates = false_discovery_rates([found.p_value for found in counted])
        broken = sorted(
            (
                found
                for found, rate in zip(counted, rates, strict=True)
                if rate < FALSE_DISCOVERIES and found.share >= WATCH_SHARE
            ),
            key=lambda found: -found.share,
        )
        extra = int((window.scores["extra"] > 0).sum()) if rows else 0
        figures: dict[str, Figure] = {
            "rows": rows,
            "unseen_categories": sum(found.count for found in counted if found.unseen),
            "out_of_range": sum(found.count for found in counted if not found.unseen),
            "columns_outside": len(broken),
            "rows_with_extra_columns": extra,
        }
        if broken:
            many = any(found.share >= ACT_SHARE and found.count >= ACT_ROWS for found in broken)
            verdict: Verdict = "act" if many else "watch"
            reason = f"Contract: {listing(_named(broken))}."
            advice = "Compare these columns with their source: a new code, another unit or a changed form is the usual cause."
            return CheckResult("contract", verdict, reason, figures, advice=advice)
        if rows < MIN_ROWS:
            reason = f"Contract: too little data, {plural(rows, 'prediction')} of the {MIN_ROWS} needed."
            return CheckResult("contract", "unknown", reason, figures | {"rows_needed": MIN_ROWS})
        reason = f"Contract: {plural(rows, 'row')}, no column outside of what training saw more often than chance brings"
        reason += f"; {plural(extra, 'row')} came with further columns, which were ignored." if extra else "."
        return CheckResult("contract", "healthy", reason, figures)


@dataclass(frozen=True, slots=True)
class _Outside:
    """Values of one column that training did not see."""

    column: str
    count: int
    share: float
    p_value: float
    unseen: bool


class _Counter:
    """Counts, per column, the values of a window that training did not see."""

    def __init__(self, window: Window) -> None:
        self.rows = window.rows
        self.references = {reference.name: reference for reference in window.reference.columns}

    def outside(self, column: Column) -> _Outside | None:
        """Count one column; None when the contract sets no limit that a row could break."""
        reference = self.references.get(column.name)
        present = self.rows[column.name].drop_nulls()
        if reference is None or column.personal:
            return None
        limit = limit_of(column)
        if limit is None:
            return None
        count = int(beyond(present, column).sum())
        return self._judged(column, reference, count, present.len(), unseen=limit == "categories")

    def _judged(
        self, column: Column, reference: ColumnReference, count: int, rows: int, *, unseen: bool
    ) -> _Outside:
        """Hold a count against what chance brings."""
        seen = sum(reference.counts)
        edge = 1 + _met_once(reference) if unseen else 2
        chance = new_values_by_chance(count, rows, seen, min(edge, seen))
        return _Outside(column.name, count, count / max(rows, 1), chance, unseen)


def _met_once(reference: ColumnReference) -> int:
    """How many categories training met once; of those beyond the sketch's list it is at most all."""
    return sum(count == 1 for count in reference.counts[:-1]) + reference.counts[-1]


def _named(broken: list[_Outside]) -> list[str]:
    """The worst columns in words."""
    named = [
        f"{percent(found.share)} of '{found.column}' "
        + ("are categories that training never saw" if found.unseen else "lie outside the range of training")
        for found in broken[:NAMED]
    ]
    return named + ([f"{plural(len(broken) - NAMED, 'more column')}"] if len(broken) > NAMED else [])
