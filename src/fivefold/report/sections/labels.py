"""Targets in doubt: which training rows the predictions contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import ROW
from fivefold.report.chapter import block
from fivefold.report.figures import NONE, exact, figure, percent
from fivefold.report.html import h, name, table
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Figure, Model
    from fivefold.report.html import Child, Markup

__all__ = ["label_lines", "labels"]


def labels(model: Model) -> Markup | None:
    """The block of a chapter; None when no target is in doubt."""
    issues = model.label_issues
    if issues is None:
        return None
    words = (
        f"About {percent(issues.share)} of the targets may be wrong (95 % interval {percent(issues.low)} to "
        f"{percent(issues.high)}): predictions that did not learn from a row contradict it in {issues.doubted:,} of "
        f"{plural(issues.rows, 'training row')}. Nothing was changed. Look at the most doubtful ones first."
    )
    rows: list[tuple[Child, ...]] = [
        (str(row[ROW]), _told(row["given"]), _told(row["predicted"]), _told(row.get("score")))
        for row in issues.examples
    ]
    head = ("Row", "Given", "Predicted", "Score")
    return block(
        "Targets in doubt", h("p", words), table("The most doubtful targets", head, rows, numbers=(0, 3))
    )


def label_lines(model: Model) -> list[str]:
    """The same for a terminal; no line when no target is in doubt."""
    issues = model.label_issues
    if issues is None:
        return []
    share, low, high = (percent(value) for value in (issues.share, issues.low, issues.high))
    line = f"targets: about {share} may be wrong ({low} to {high}); {issues.doubted:,} of {issues.rows:,} in doubt"
    return [
        line,
        *(f"  row {row[ROW]}: given {row['given']}, predicted {row['predicted']}" for row in issues.examples),
    ]


def _told(value: Figure) -> Child:
    """A value of an example row."""
    if isinstance(value, str):
        return name(value)
    return NONE if value is None else exact(value, figure(value))
