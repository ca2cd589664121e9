"""The verdict as a page of Markdown, for whoever opens the artefact's folder instead of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.figures import figure, interval
from fivefold.report.language import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fivefold.core.artefacts import CheckResult, ColumnDrift, Health, Release
    from fivefold.core.artefacts.dataset import Figure

__all__ = ["write_note"]

_SHOWN = 20


def write_note(path: Path, health: Health, releases: Sequence[Release]) -> None:
    """Write the note of a look at what a run's model answered.

    Parameters
    ----------
    path : Path
    health : Health
    releases : sequence of Release
        Those of the run; their logs are looked at together.
    """
    lines = [
        f"# {health.verdict}",
        "",
        *(f"Release: {_where(each)}, model version `{each.bundle_digest}`." for each in releases),
        f"{plural(health.predictions, 'prediction')} logged, {health.labelled:,} with a known outcome{_known(health)}."
        + (f" From {health.first} to {health.last}." if health.first else ""),
        "",
        *(f"- {reason}" for reason in health.reasons),
        "",
    ]
    for result in health.checks:
        lines += _section(result)
    path.write_text("\n".join(lines), encoding="utf-8")


def _where(release: Release) -> str:
    """Where it answers."""
    if release.removed:
        return f"removed from {release.target}"
    return release.address or "a bundle that was not started"


def _known(health: Health) -> str:
    """How fresh the outcomes are."""
    return f", the last of them known at {health.known_at}" if health.known_at else ""


def _section(result: CheckResult) -> list[str]:
    """One check with its figures."""
    lines = [f"## {result.check}: {result.verdict}", "", result.reason, ""]
    if result.advice:
        lines += [f"Next: {result.advice}", ""]
    lines += [f"- {name.replace('_', ' ')}: {_figure(value)}" for name, value in result.figures.items()]
    lines += [""] if result.figures else []
    if result.scores:
        lines += ["| metric | value | 95 % interval |", "|---|---|---|"]
        lines += [
            f"| {score.metric} | {figure(score.value)} | {interval(score)} |" for score in result.scores
        ]
        lines += [""]
    return lines + _drift(result.drift)


def _drift(drift: tuple[ColumnDrift, ...]) -> list[str]:
    """The columns that moved furthest."""
    if not drift:
        return []
    rows = [
        f"| {_cell(line.column)} | {figure(line.effect)} | {figure(line.expected)} | {figure(line.q_value)} "
        f"| {'yes' if line.drifted else 'no'} |"
        for line in drift[:_SHOWN]
    ]
    more = [f"... and {len(drift) - _SHOWN} more", ""] if len(drift) > _SHOWN else [""]
    return ["| column | distance | by chance up to | q | drifted |", "|---|---|---|---|---|", *rows, *more]


def _figure(value: Figure) -> str:
    """A figure of a check."""
    return str(value) if isinstance(value, bool | str) or value is None else figure(value)


def _cell(text: str) -> str:
    """A name that cannot break the table."""
    return " ".join(text.replace("|", "\\|").split())
