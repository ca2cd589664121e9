"""Step 4b, monitor: read the log, join the outcomes, ask every check, decide.

    log of the release  ->  window  ->  calibration, contract, drift, estimate, performance, service  ->  verdict with reasons

The verdict is the worst of the checks that could tell: ``act`` before ``watch`` before ``healthy``; ``unknown`` when there
was too little data for any of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Health
from fivefold.core.registry import Registry
from fivefold.core.releases import releases
from fivefold.monitoring.labels import KNOWN_AT, label, label_as_told
from fivefold.monitoring.logs import read_logs
from fivefold.monitoring.note import write_note
from fivefold.monitoring.outcomes import read_outcomes
from fivefold.monitoring.window import window_of
from fivefold.report.language import plural
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fivefold.core.artefacts import CheckResult, Model, Release, Verdict
    from fivefold.core.protocols import Check
    from fivefold.core.store import Stored
    from fivefold.core.window import Window
    from fivefold.core.workbench import Workbench
    from fivefold.monitoring.labels import Labelled

__all__ = ["conclude", "monitor"]

NOTE = "health.md"
_WORST_FIRST: tuple[Verdict, ...] = ("act", "watch", "healthy")


def monitor(
    release: Stored[Release], model: Stored[Model], bench: Workbench, *, labels: Path | None, log: str = ""
) -> Health:
    """Tell how a release is doing.

    Parameters
    ----------
    release : Stored of Release
    model : Stored of Model
        Its bundle carries the contract and the reference.
    bench : Workbench
        The log is read from ``bench.live``; ``health.md`` is written to ``bench.folder``.
    labels : Path or None
        A table of outcomes: the target, and ``prediction_id`` or columns to join by. Without one, what the service was told.
    log : str
        Address of a log that alone is read; otherwise those of ``bench.live``, and those that are noted there.

    Raises
    ------
    InputError
        When the outcomes cannot be read or joined, or no log can be read; where some can, the verdict names the others.
    """
    bundle = load_bundle(model.folder / "bundle")
    logs = read_logs(bundle, bench.live, log=log)
    window = window_of(model.body, bundle, logs)
    known = releases(bench.live, release.body)
    where = ", ".join(each.target for each in known)
    if len(known) > 1:
        bench.progress.say(
            f"{plural(window.rows.height, 'prediction')} in {plural(logs.count, 'log')}, whichever release gave them: {where}"
        )
    labelled: Labelled | None
    if labels is not None:
        labelled = label(window, read_outcomes(labels, bench.scratch))
    else:
        labelled = label_as_told(window, logs.told)
    if labelled is not None:
        window = labelled.window
        bench.progress.say(str(labelled))
    health = conclude(window, (*_inspect(window, bench), *logs.gaps()))
    write_note(bench.folder / NOTE, health, known or (release.body,))
    return health


def _inspect(window: Window, bench: Workbench) -> tuple[CheckResult, ...]:
    """Ask every registered check, in the order of their names."""
    registry: Registry[Callable[[], Check]] = Registry("fivefold.checks")
    checks = registry.all()
    results = []
    for done, (name, make) in enumerate(checks.items()):
        bench.progress.advance(done / len(checks), f"checking {name}")
        results.append(make().inspect(window))
    return tuple(results)


def conclude(window: Window, results: Sequence[CheckResult]) -> Health:
    """Decide the verdict: the worst of the checks that could tell.

    Parameters
    ----------
    window : Window
    results : sequence of CheckResult
    """
    verdict: Verdict = next(
        (worst for worst in _WORST_FIRST if any(result.verdict == worst for result in results)), "unknown"
    )
    times = window.scores["time"].drop_nulls()
    known = window.truth.get_column(KNOWN_AT, default=None) if window.truth is not None else None
    return Health(
        verdict=verdict,
        reasons=_reasons(verdict, results),
        checks=tuple(results),
        predictions=window.rows.height,
        labelled=int(window.truth["truth"].is_not_null().sum()) if window.truth is not None else 0,
        first=_moment(times.min()),
        last=_moment(times.max()),
        known_at=_moment(known.max()) if known is not None else "",
    )


def _moment(time: object) -> str:
    """ISO time in UTC; empty when there is none."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(time, datetime) else ""


def _reasons(verdict: Verdict, results: Sequence[CheckResult]) -> tuple[str, ...]:
    """Why: of an alarm all that alarms, worst first; else everything that was said."""
    if verdict in {"act", "watch"}:
        return tuple(
            result.reason for worst in ("act", "watch") for result in results if result.verdict == worst
        )
    return tuple(result.reason for result in results if result.verdict == verdict)
