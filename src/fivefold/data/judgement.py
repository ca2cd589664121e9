"""Judgement: what a column is taken for, with every decision that led there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Decision, Kind, Reading, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.data.absent import Absent
    from fivefold.data.facts import ColumnFacts

__all__ = ["STANDS_FOR_MISSING", "Judgement", "decided", "unless_constant", "without"]

STANDS_FOR_MISSING = " stands for a missing value"
"""How the decision about such a value ends."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a column is taken for.

    Attributes
    ----------
    role : Role
    kind : Kind
        Type of its values once cleaned.
    why : str
        The evidence.
    reading : Reading
    form : str
        See :class:`~fivefold.core.artefacts.ColumnProfile`.
    missing_values : tuple of str
    levels : tuple of str
        Of an ordinal, from low to high.
    decisions : tuple of Decision
    """

    role: Role
    kind: Kind
    why: str
    reading: Reading = "plain"
    form: str = ""
    missing_values: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()


def unless_constant(facts: ColumnFacts, judgement: Judgement) -> Judgement:
    """Return the judgement, or that every row has the same value."""
    if facts.distinct <= 1 and facts.filled == facts.rows:
        return replace(judgement, role="constant", why="every row has the same value")
    return judgement


def decided(judgement: Judgement, facts: ColumnFacts, what: str, confidence: float) -> Judgement:
    """Add a decision about all filled cells; its evidence is the judgement's."""
    decision = Decision(what, judgement.why, round(confidence, 2), facts.filled)
    return replace(judgement, decisions=(*judgement.decisions, decision))


def without(judgement: Judgement, facts: ColumnFacts, absent: Sequence[Absent]) -> Judgement:
    """Add values that stand for a missing one; their cells are estimated from the sample."""
    share = facts.filled / max(1, facts.sample.len())
    decisions = tuple(
        Decision(f"'{one.value}'{STANDS_FOR_MISSING}", one.why, one.confidence, round(one.rows * share))
        for one in absent
    )
    return replace(
        judgement,
        missing_values=(*judgement.missing_values, *(one.value for one in absent)),
        decisions=(*judgement.decisions, *decisions),
    )
