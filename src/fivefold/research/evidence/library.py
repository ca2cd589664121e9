"""The library that ships with the package: cards of evidence, each one finding with the conditions under which it counts.

``library.json`` is compiled by ``scripts/compile_library.py`` from a reviewed bibliography. Only cards whose identifier,
title and finding were all seen in a source are in it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from fivefold.core import records
from fivefold.core.artefacts import Citation
from fivefold.core.evidence import EvidenceAnswer
from fivefold.research.effects import parse_effect
from fivefold.research.facts import check_condition
from fivefold.research.predicates import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Fact
    from fivefold.research.effects import Effect
    from fivefold.research.predicates import Group

__all__ = ["BundledLibrary", "Card", "Library", "bundled"]


@dataclass(frozen=True, slots=True)
class Card:
    """One finding.

    Attributes
    ----------
    id, title, authors, year, url : str, str, str, int, str
        The work, as recorded.
    finding : str
        One sentence with its figure, in our own words.
    consequence : str
        What follows for a plan.
    step : str
        The facet that it speaks of, for example ``split``.
    grade : str
        Kind of evidence: systematic review, benchmark, simulation, ...
    conditions : tuple
        All must hold; see :mod:`fivefold.research.predicates`. Empty: it always applies.
    effects : tuple of str
        See :mod:`fivefold.research.effects`.
    audience : {"plan", "tool"}
        Whether it may shape a person's plan, or told us how to build this step.
    checked : str
        When its source was last looked at, as year and month.
    """

    id: str
    title: str
    authors: str
    year: int
    url: str
    finding: str
    consequence: str
    step: str
    grade: str
    conditions: tuple[str | dict[str, tuple[str, ...]], ...]
    effects: tuple[str, ...]
    audience: Literal["plan", "tool"]
    checked: str

    def predicate(self) -> Group:
        """The conditions, ready to be asked.

        Raises
        ------
        PartError
            When one cannot be read or names no fact.
        """
        predicate = parse(self.conditions)
        for condition in predicate.leaves():
            check_condition(condition)
        return predicate

    def changes(self) -> tuple[Effect, ...]:
        """The effects, checked against the plan's schema.

        Raises
        ------
        PartError
            When one cannot be read, or no step could follow it.
        """
        return tuple(parse_effect(effect) for effect in self.effects)

    def cite(self, facts: Mapping[str, Fact]) -> Citation:
        """Return the citation of this card, with the conditions that these facts fulfil."""
        matched = tuple(str(condition) for condition in self.predicate().decided(facts))
        return Citation(
            self.id,
            self.title,
            self.authors,
            self.year,
            self.url,
            self.finding,
            self.consequence,
            self.grade,
            matched,
            self.step,
        )


@dataclass(frozen=True, slots=True)
class Library:
    """All cards, and when they were last checked."""

    as_of: str
    cards: tuple[Card, ...]


@functools.cache
def bundled() -> Library:
    """Read the library that ships with the package."""
    data = files("fivefold.research.evidence").joinpath("library.json").read_bytes()
    return records.load(Library, data, label="the bundled library of evidence")


class BundledLibrary:
    """The evidence source that needs no network."""

    def search(self, facts: Mapping[str, Fact], until: Deadline) -> EvidenceAnswer:  # noqa: ARG002 - takes milliseconds
        """Return the cards whose conditions hold, what they ask for, and what is missing to decide the others."""
        library = bundled()
        citations: list[Citation] = []
        effects: list[tuple[str, str]] = []
        unknown: list[tuple[str, str]] = []
        for card in library.cards:
            if card.audience != "plan":
                continue
            predicate = card.predicate()
            missing = [condition.field for condition in predicate.open(facts)]
            if predicate.holds(facts):
                citations.append(card.cite(facts))
                asked, missing = _asked(card, facts)
                effects.extend((card.id, effect) for effect in asked)
            unknown.extend((card.id, field) for field in dict.fromkeys(missing))
        return EvidenceAnswer(tuple(citations), tuple(effects), tuple(unknown), "bundled", library.as_of)


def _asked(card: Card, facts: Mapping[str, Fact]) -> tuple[list[str], list[str]]:
    """The effects whose own conditions hold, written without them, and the facts that are missing for others."""
    asked, missing = [], []
    for text, effect in zip(card.effects, card.changes(), strict=True):
        truth = True if effect.when is None else effect.when.holds(facts)
        if truth:
            asked.append(text if effect.when is None else text.rpartition(" if ")[0])
        elif truth is None and effect.when is not None:
            missing.append(effect.when.field)
    return asked, missing
