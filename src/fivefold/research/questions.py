"""Questions that are worth a person's time: those whose answer would change the plan, the most valuable first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import OpenQuestion
from fivefold.research.facts import FACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.core.artefacts import PlanItem
    from fivefold.core.protocols import Fact
    from fivefold.research.decision import Decision

__all__ = ["open_questions"]


def open_questions(
    decision: Decision, answers: Mapping[str, Fact], decide: Callable[[Mapping[str, Fact]], Decision]
) -> tuple[OpenQuestion, ...]:
    """Return the questions that the evidence leaves open.

    Every unknown fact that a card waits for is answered for a trial; a question whose answer would leave the plan as it is
    is not asked.

    Parameters
    ----------
    decision : Decision
    answers : mapping
        What the person has answered so far.
    decide : callable
        Decides again, with other answers.

    Returns
    -------
    tuple of OpenQuestion
        Those that change most items of the plan first.
    """
    questions = []
    for field in decision.unknown():
        spec = FACTS.get(field)
        if spec is None or not spec.question or field in answers:
            continue
        other = decide({**answers, field: spec.probe})
        affects = _differences(decision.plan, other.plan)
        if affects:
            text = spec.question.format(column=_hint(decision, field))
            questions.append(OpenQuestion(field, text, spec.assumed, affects))
    order = list(FACTS)
    return tuple(
        sorted(questions, key=lambda question: (-len(question.affects), order.index(question.field)))
    )


def _hint(decision: Decision, field: str) -> str:
    """The column that makes one ask."""
    traits = {"time_ordered": decision.structure.time, "group_key": decision.structure.group}
    return traits[field].candidate or "" if field in traits else ""


def _differences(one: tuple[PlanItem, ...], other: tuple[PlanItem, ...]) -> tuple[str, ...]:
    """Keys of the items whose value differs."""
    return tuple(ours.key for ours, theirs in zip(one, other, strict=True) if ours.value != theirs.value)
