"""The facets of a plan that evidence may speak of; a facet without evidence is named in the brief."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fivefold.core.artefacts import Citation

__all__ = ["FACETS", "silent"]

FACETS: dict[str, str] = {
    "data": "the data",
    "split": "the split",
    "preprocess": "preparation",
    "model": "the choice of models",
    "tune": "the search for settings",
    "ensemble": "blending",
    "metric": "the metric",
    "calibrate": "calibration",
    "uncertainty": "intervals of single predictions",
    "explain": "explanation",
    "fairness": "fairness",
    "report": "reporting",
    "deploy": "deployment",
    "monitor": "monitoring",
}
"""Name of each facet as a reader knows it."""


def silent(citations: Iterable[Citation]) -> tuple[str, ...]:
    """Return the facets of which no citation speaks."""
    spoken = {card.facet for card in citations}
    return tuple(facet for facet in FACETS if facet not in spoken)
