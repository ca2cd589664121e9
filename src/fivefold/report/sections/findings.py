"""Findings: what a careful person would want to know about the table, in order of importance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import ROW
from fivefold.report.chapter import block
from fivefold.report.figures import NONE, exact, figure, percent
from fivefold.report.html import Markup, bullets, fold, h, join, table
from fivefold.report.language import plain, plural, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Dataset, Finding
    from fivefold.core.artefacts.dataset import Figure

__all__ = ["SEVERITY", "findings"]

SEVERITY = {"severe": ("bad", "severe"), "warning": ("warn", "warning"), "info": ("quiet", "to know")}
"""Colour and word of each severity."""
_OPEN = 8
"""Findings that always stand open; those that are merely to know are behind a click from here on."""
_NAMES = 6
_SAID: dict[Figure, str] = {True: "yes", False: "no", None: NONE}


def findings(dataset: Dataset) -> Markup | None:
    """All findings, the most severe first."""
    found = dataset.findings
    if not found:
        return None
    urgent = sum(finding.severity != "info" for finding in found)
    shown = max(urgent, min(_OPEN, len(found)))
    first = h("ul", *(_finding(finding) for finding in found[:shown]), css="findings")
    rest = found[shown:]
    more = (
        fold(
            plural(len(rest), "further thing to know", "further things to know"),
            h("ul", *map(_finding, rest), css="findings"),
        )
        if rest
        else None
    )
    return block("Findings", first, more)


def _finding(finding: Finding) -> Markup:
    """One finding: what, with which evidence, what was done, and what only the person knows."""
    css, word = SEVERITY[finding.severity]
    figures = [join(f"{plain(key)} ", h("b", _figure(key, value))) for key, value in finding.figures.items()]
    return h(
        "li",
        h("p", h("span", word, css=f"badge {css}"), " ", sentence(finding.what)),
        bullets(figures, css="inline"),
        h("p", h("b", "Done: "), sentence(finding.done)) if finding.done else None,
        h("p", h("b", "You may know: "), sentence(finding.question)) if finding.question else None,
        _examples(finding.examples),
        css="" if css == "quiet" else css,
    )


def _examples(examples: Sequence[dict[str, Figure]]) -> Markup | None:
    """A few rows that show it."""
    if not examples:
        return None
    names = list(dict.fromkeys(key for example in examples for key in example if key != ROW))[:_NAMES]
    rows = [
        (_row(example.get(ROW)), *(_figure(key, example.get(key)) for key in names)) for example in examples
    ]
    listing = table("Rows that show it", ("Row", *names), rows)
    return fold(f"{plural(len(rows), 'row')} that {'shows' if len(rows) == 1 else 'show'} it", listing)


def _row(position: Figure) -> str:
    """Number of a row in the source, from 1, the header not counted."""
    return f"{int(position) + 1:,}" if isinstance(position, int | float) else NONE


def _figure(key: str, value: Figure) -> Markup:
    """A figure of a finding."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return h("span", _SAID.get(value, str(value)))
    return exact(value, percent(value) if key.endswith("share") else figure(value))
