"""Whether the service answers, and whether its log holds what it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import CheckResult
from fivefold.monitoring.discovery import at_least_by_chance
from fivefold.monitoring.wording import number_of, share

if TYPE_CHECKING:
    from fivefold.core.artefacts import Figure, Verdict
    from fivefold.core.protocols import Window

__all__ = ["ServiceCheck"]

MIN_REQUESTS = 50
TOLERATED_ERRORS = 0.01
WATCH_ERRORS = 0.05
ACT_ERRORS = 0.20
WATCH_DROPPED = 0.01
CERTAINTY = 0.01


class ServiceCheck:
    """Looks at the share of requests that ended in an error, and of log rows that were dropped to keep answers quick.

    ``watch`` from 5 % errors or 1 % dropped rows on, ``act`` from 20 % errors on, and only when so many errors are not
    the bad luck of a service that fails one request in a hundred.

    Examples
    --------
    >>> from fivefold.testing.checks import window
    >>> ServiceCheck().inspect(window("binary", rows=200)).verdict
    'healthy'
    """

    def inspect(self, window: Window) -> CheckResult:
        """Return ``unknown`` when too few requests came in to tell."""
        requests, errors = int(window.requests.get("requests", 0)), int(window.requests.get("errors", 0))
        dropped = int(window.requests.get("dropped", 0))
        figures: dict[str, Figure] = {"requests": requests, "errors": errors, "dropped": dropped}
        figures |= {name: window.requests[name] for name in ("p50_ms", "p95_ms") if name in window.requests}
        failing = errors / max(requests, 1)
        lost = dropped / max(dropped + window.rows.height, 1)
        if failing >= WATCH_ERRORS and at_least_by_chance(errors, requests, TOLERATED_ERRORS) < CERTAINTY:
            verdict: Verdict = "act" if failing >= ACT_ERRORS else "watch"
            reason = f"Service: {share(failing)} of {number_of(requests, 'request')} ended in an error."
            advice = "Read the service's log; a 4xx means that callers send what the contract does not take."
            return CheckResult("service", verdict, reason, figures, advice=advice)
        if requests < MIN_REQUESTS:
            reason = (
                f"Service: too little data, {number_of(requests, 'request')} of the {MIN_REQUESTS} needed."
            )
            return CheckResult("service", "unknown", reason, figures | {"requests_needed": MIN_REQUESTS})
        if lost >= WATCH_DROPPED:
            reason = f"Service: {number_of(dropped, 'prediction')} answered but not logged ({share(lost)}), so this look is partial."
            advice = "The log could not keep up: look at the disk, or send fewer rows at once."
            return CheckResult("service", "watch", reason, figures, advice=advice)
        reason = f"Service: {number_of(requests, 'request')}, {number_of(errors, 'error')}, {dropped:,} log rows dropped."
        return CheckResult("service", "healthy", reason, figures)
