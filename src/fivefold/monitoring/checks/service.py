"""Whether the service answers, and whether its log holds what it answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import CheckResult
from fivefold.measure.discovery import at_least_by_chance
from fivefold.report.figures import percent
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Figure, Verdict
    from fivefold.core.window import Window

__all__ = ["ServiceCheck"]

MIN_REQUESTS = 50
TOLERATED = 0.01
WATCH_ERRORS = 0.05
ACT_ERRORS = 0.20
WATCH_REFUSED = 0.10
WATCH_DROPPED = 0.01
CERTAINTY = 0.01


class ServiceCheck:
    """Looks at requests that failed, requests and rows that were refused, and log rows that were dropped to keep answers quick.

    ``act`` from 20 % failures on; ``watch`` from 5 % failures, 10 % refusals (of requests or of rows) or 1 % dropped rows on.
    Failures and refusals count only when so many are not the bad luck of a service with one in a hundred.

    Examples
    --------
    >>> from fivefold.testing.checks import window
    >>> ServiceCheck().inspect(window("binary", rows=200)).verdict
    'healthy'
    """

    def inspect(self, window: Window) -> CheckResult:
        """Return ``unknown`` when too few requests came in to tell."""
        counters = {
            name: int(window.requests.get(name, 0))
            for name in ("requests", "errors", "refused", "dropped", "rows_refused", "rehearsed")
        }
        requests = counters["requests"]
        figures: dict[str, Figure] = dict(counters)
        figures |= {name: window.requests[name] for name in ("p50_ms", "p95_ms") if name in window.requests}
        # Whoever calls themselves a rehearsal must not be able to hide what they sent: it is said in any case.
        left_out = (
            f"{plural(counters['rehearsed'], 'refused request')} that said to be a rehearsal's left out"
        )
        more = f"; {left_out}." if counters["rehearsed"] else "."
        # Counters speak of all versions since the log began; the window only of this one, and of what the log still keeps.
        logged = counters["dropped"] + window.rows.height
        alarm = _alarm(counters, max(int(window.requests.get("predictions", 0)), logged))
        if alarm is not None:
            verdict, reason, advice = alarm
            return CheckResult("service", verdict, f"Service: {reason}{more}", figures, advice=advice)
        if requests < MIN_REQUESTS:
            reason = f"Service: too little data, {plural(requests, 'request')} of the {MIN_REQUESTS} needed"
            more_figures = {"requests_needed": MIN_REQUESTS}
            return CheckResult("service", "unknown", f"{reason}{more}", figures | more_figures)
        reason = (
            f"Service: {plural(requests, 'request')}, {counters['errors']:,} failed, {counters['refused']:,} refused, "
            f"{plural(counters['dropped'], 'log row')} dropped{more}"
        )
        return CheckResult("service", "healthy", reason, figures)


def _alarm(counters: dict[str, int], answered: int) -> tuple[Verdict, str, str] | None:
    """The worst thing that can be said of the service, with its reason and what to do; None when all is well."""
    requests = counters["requests"]
    failed, refused = counters["errors"] / max(requests, 1), counters["refused"] / max(requests, 1)
    dropped = counters["dropped"]
    lost = dropped / max(answered, 1)
    if failed >= WATCH_ERRORS and at_least_by_chance(counters["errors"], requests, TOLERATED) < CERTAINTY:
        advice = "Read the service's log, live/service.log in the run's folder."
        reason = f"{percent(failed)} of {plural(requests, 'request')} failed"
        return ("act" if failed >= ACT_ERRORS else "watch"), reason, advice
    if refused >= WATCH_REFUSED and at_least_by_chance(counters["refused"], requests, TOLERATED) < CERTAINTY:
        advice = "Callers send what the contract does not take; each refusal named the column."
        return "watch", f"{percent(refused)} of {plural(requests, 'request')} were refused", advice
    unread, rows = counters["rows_refused"], counters["rows_refused"] + answered
    if unread >= WATCH_REFUSED * max(rows, 1) and at_least_by_chance(unread, rows, TOLERATED) < CERTAINTY:
        advice = (
            "Callers send rows that the contract does not take; the answer at their place named the column."
        )
        return "watch", f"{percent(unread / rows)} of {plural(rows, 'row')} were refused", advice
    if lost >= WATCH_DROPPED and answered >= MIN_REQUESTS:
        advice = "The log could not keep up: look at the disk, or send fewer rows at once."
        reason = f"{plural(dropped, 'prediction')} answered but not logged ({percent(lost)}), so this look is partial"
        return "watch", reason, advice
    return None
