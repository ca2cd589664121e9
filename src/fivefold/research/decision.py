"""From facts to a plan: the sources are asked, their effects checked and merged. Pure: the same facts, the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import PartError
from fivefold.research.defaults import defaults_of
from fivefold.research.effects import parse_effect
from fivefold.research.facts import facts_of
from fivefold.research.merge import Proposal, merge, rank
from fivefold.research.structure import structure_of

if TYPE_CHECKING:
    from fivefold.core.artefacts import Citation, PlanItem
    from fivefold.core.clock import Deadline
    from fivefold.core.evidence import EvidenceAnswer
    from fivefold.core.protocols import EvidenceSource, Fact
    from fivefold.research.facts import Request
    from fivefold.research.structure import Structure
    from fivefold.research.task import TaskChoice

__all__ = ["Decision", "decide"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the evidence says about one set of facts.

    Attributes
    ----------
    facts : dict of str to Fact
    structure : Structure
    found : dict of str to EvidenceAnswer
        What each source answered, by its name.
    citations : tuple of Citation
        Most specific first.
    plan : tuple of PlanItem
    advice : tuple of (str, str)
        Card id and what it asks for that no step follows yet.
    """

    facts: dict[str, Fact]
    structure: Structure
    found: dict[str, EvidenceAnswer]
    citations: tuple[Citation, ...]
    plan: tuple[PlanItem, ...]
    advice: tuple[tuple[str, str], ...]

    def unknown(self) -> tuple[str, ...]:
        """Facts that some card waits for, each once."""
        return tuple(dict.fromkeys(field for answer in self.found.values() for _, field in answer.unknown))


def decide(
    request: Request,
    task: TaskChoice,
    answers: Mapping[str, Fact],
    sources: Mapping[str, EvidenceSource],
    until: Deadline,
) -> Decision:
    """Gather the facts, ask every source and merge what they say.

    Raises
    ------
    PartError
        When a source asks for what the plan does not have, or in the name of a card that it did not give.
    """
    structure = structure_of(request.question, request.profile, answers)
    facts = facts_of(request, structure, answers)
    found = {name: source.search(facts, until) for name, source in sources.items()}
    citations: dict[str, Citation] = {}
    proposals: list[Proposal] = []
    for name, answer in found.items():
        own = {card.id: card for card in answer.citations if card.id not in citations}
        proposals.extend(_proposals(name, answer, own))
        citations |= own
    ordered = tuple(sorted(citations.values(), key=rank))
    kept = [one for one in proposals if one.effect.op != "advice"]
    advice = tuple((one.card.id, one.effect.key) for one in proposals if one.effect.op == "advice")
    plan = merge(defaults_of(request, task, structure), kept)
    return Decision(facts, structure, found, ordered, plan, advice)


def _proposals(source: str, answer: EvidenceAnswer, own: Mapping[str, Citation]) -> list[Proposal]:
    """The effects of one source; a card that another source gave already speaks once."""
    given = {card.id for card in answer.citations}
    strangers = sorted({card for card, _ in answer.effects} - given)
    if strangers:
        raise PartError(
            f"The evidence source '{source}' asks for changes without evidence",
            seen=", ".join(strangers),
            expected="effects of cards that it also cites",
            todo="update or uninstall the package that offers it",
        )
    return [Proposal(own[card], parse_effect(effect)) for card, effect in answer.effects if card in own]
