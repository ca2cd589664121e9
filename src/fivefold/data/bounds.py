"""Bounds among numbers: the few cells of a column of numbers that say ``<5`` or ``90+``, told from bands of numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Decision, Reading
from fivefold.data.columns import column_of
from fivefold.runtime.bounds import is_bound
from fivefold.runtime.readings import parser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.data.facts import ColumnFacts
    from fivefold.data.judgement import Judgement

__all__ = ["Bounds", "bounded", "bounds_of", "unbounded"]

_DECIDED = "a bound such as "
_FEWEST_NUMBERS = 5
"""Different numbers below which words such as ``<1``, ``1``, ``2`` and ``3+`` are steps of a scale rather than amounts."""
_NEARLY_ALL = 0.95
_READINGS: dict[Reading, Reading] = {
    "plain": "bounds",
    "words": "bounds",
    "decimal_comma": "comma_bounds",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The cells of a column that look like bounds.

    Attributes
    ----------
    texts : tuple of str
        Different ones, most frequent first.
    rows : int
        Sampled rows that hold one.
    """

    texts: tuple[str, ...]
    rows: int


def bounds_of(counts: Sequence[tuple[str, int]]) -> Bounds | None:
    """Find bounds among other texts; None where there are none, or where they are not the fewer, by rows and by texts.

    Parameters
    ----------
    counts : sequence of (str, int)
        Different texts, none of which stands for a missing value, and their rows.

    Examples
    --------
    >>> bounds_of([("7", 9), ("<5", 4), ("8", 3), ("6", 3), ("9", 2), ("11", 1)])
    Bounds(texts=('<5',), rows=4)
    >>> bounds_of([("18-24", 9), ("<18", 4), ("65+", 3)]) is None
    True
    """
    found = [(text, rows) for text, rows in counts if is_bound(text)]
    others, rows = len(counts) - len(found), sum(rows for _, rows in found)
    if not found or others < max(_FEWEST_NUMBERS, len(found) + 1):
        return None
    if 2 * rows >= sum(rows for _, rows in counts):
        return None
    return Bounds(tuple(text for text, _ in found), rows)


def bounded(judgement: Judgement, facts: ColumnFacts, bounds: Bounds) -> Judgement | None:
    """Return the judgement of a column of numbers with its bounds read as well; None where they are none of its numbers.

    Parameters
    ----------
    judgement : Judgement
        Of all the other texts.
    facts : ColumnFacts
    bounds : Bounds
    """
    reading = _READINGS.get(judgement.reading)
    if judgement.role != "number" or judgement.kind not in {"number", "integer"} or reading is None:
        return None
    # "<0.5" may stand among whole numbers.
    judgement = replace(judgement, kind="number", reading=reading)
    parse = parser(column_of(judgement, facts.name))
    read = [(text, number) for text in bounds.texts if (number := parse(text)) is not None]
    if len(read) < _NEARLY_ALL * len(bounds.texts):
        return None
    share = facts.filled / max(1, facts.sample.len())
    text, number = read[0]
    decision = Decision(
        f"{_DECIDED}'{text}' is read as its number, {number:.10g}",
        f"{bounds.rows} of {facts.sample.len()} sampled cells are bounds, and the others are numbers",
        0.9,
        max(1, round(bounds.rows * share)),
    )
    why = f"the texts are numbers, and some are bounds such as '{text}'"
    return replace(judgement, why=why, decisions=(*judgement.decisions, decision))


def unbounded(judgement: Judgement) -> Judgement:
    """Return the judgement without the decision about bounds, which another reading makes untrue."""
    kept = tuple(one for one in judgement.decisions if not one.what.startswith(_DECIDED))
    return replace(judgement, decisions=kept)
