"""What every source of evidence must hold to, and a few tables, told as facts, to try it on.

Subclass :class:`EvidenceSourceSuite` in a test file, return the source from ``make``, and let pytest collect it::

    class TestMySource(EvidenceSourceSuite):
        def make(self) -> EvidenceSource:
            return MySource()
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import Citation
from fivefold.core.clock import Deadline
from fivefold.core.evidence import EvidenceAnswer
from fivefold.research.effects import parse_effect
from fivefold.research.facets import FACETS
from fivefold.research.facts import FACTS, check_condition
from fivefold.research.predicates import parse_condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.protocols import EvidenceSource, Fact

__all__ = ["PLAIN", "TABLES", "EvidenceSourceSuite"]

PLAIN: dict[str, Fact] = {
    "n_rows": 3_000, "n_features": 12, "n_classes": 0, "task": "regression", "minority_share": None,
    "events_per_variable": None, "missing_share": 0.0, "max_cardinality": 10, "has_text": False,
    "heavy_tailed_share": 0.0, "spatial": False, "domain": (), "has_description": False, "budget_s": 7_200.0,
    "deploy": False, "model": "trees", "time_ordered": False, "group_key": False, "latency_ms": 1_000.0,
    "probabilities_needed": False, "drift_expected": False, "costs_known": False, "commercial_use": False,
    "interpretability": "optional", "sensitive_attributes": False, "gpu": False, "weights_local": False, "llm": False,
    "online": False,
}  # fmt: skip
"""Every fact about a table that has nothing special."""

TABLES: dict[str, dict[str, Fact]] = {
    "plain": PLAIN,
    "appointments": PLAIN
    | {"task": "binary", "n_classes": 2, "n_rows": 110_000, "minority_share": 0.2, "time_ordered": True}
    | {"group_key": True, "domain": ("no-show", "medical"), "deploy": True, "events_per_variable": 1_700.0},
    "few rare cases": PLAIN
    | {"task": "binary", "n_classes": 2, "n_rows": 320, "minority_share": 0.08, "missing_share": 0.15}
    | {"events_per_variable": 2.0, "probabilities_needed": True, "budget_s": 60.0},
    "nothing known": dict.fromkeys(FACTS),
}
"""Tables by a short name."""

_YEARS = range(1900, 2100)


class EvidenceSourceSuite:
    """The rules of the seam ``fivefold.evidence_sources``; subclass it and override ``make``."""

    def make(self) -> EvidenceSource:
        """Return the source under test."""
        raise NotImplementedError

    def answers(self) -> Iterator[EvidenceAnswer]:
        """What the source says of each of :data:`TABLES`."""
        for facts in TABLES.values():
            yield self.make().search(facts, Deadline.after(30))

    def test_it_answers_for_every_table(self) -> None:
        """Nothing that is known or unknown about a table makes it fail, not even no fact at all."""
        for answer in (*self.answers(), self.make().search({}, Deadline.after(30))):
            assert isinstance(answer, EvidenceAnswer)
            assert answer.status
            assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", answer.as_of)

    def test_a_citation_can_be_looked_up(self) -> None:
        """Each citation has a work that a reader can find, and says something."""
        for answer in self.answers():
            for card in answer.citations:
                assert card.url.startswith(("https://", "http://")), card.id
                assert card.year in _YEARS, card.id
                assert all((card.title, card.authors, card.finding, card.consequence, card.grade)), card.id
                assert card.facet in FACETS, card.id

    def test_a_citation_is_given_once(self) -> None:
        """Ids are unique within an answer."""
        for answer in self.answers():
            ids = [card.id for card in answer.citations]
            assert len(set(ids)) == len(ids)

    def test_what_matched_really_holds(self) -> None:
        """Conditions can be read, name known facts, and hold for the table."""
        for facts in TABLES.values():
            for card in self.make().search(facts, Deadline.after(30)).citations:
                for text in card.matched:
                    condition = parse_condition(text)
                    check_condition(condition)
                    assert condition.holds(facts), (card.id, text)

    def test_it_asks_only_for_what_the_plan_has_and_only_with_evidence(self) -> None:
        """Effects can be read, and belong to cards that are cited in the same answer."""
        for answer in self.answers():
            cited = {card.id for card in answer.citations}
            for card, effect in answer.effects:
                assert card in cited
                assert parse_effect(effect).when is None, effect

    def test_it_waits_only_for_facts_that_are_unknown(self) -> None:
        """A fact is called missing only when it is."""
        for facts in TABLES.values():
            for _, field in self.make().search(facts, Deadline.after(30)).unknown:
                assert field in FACTS
                assert facts.get(field) is None

    def test_it_gives_the_same_answer_to_the_same_facts(self) -> None:
        """The plan of a run can be made again."""
        assert list(self.answers()) == list(self.answers())

    def test_it_keeps_its_deadline(self) -> None:
        """With no time left it answers at once, with what it has."""
        start = time.monotonic()
        assert isinstance(self.make().search(PLAIN, Deadline.after(0)), EvidenceAnswer)
        assert time.monotonic() - start < 1.0

    def test_its_citations_can_be_kept_and_read_back(self) -> None:
        """Citations survive the store."""
        for answer in self.answers():
            for card in answer.citations:
                assert records.load(Citation, records.dump(card), label="a citation") == card

    def test_it_leaves_the_facts_as_they_were(self) -> None:
        """A source only reads."""
        for facts in TABLES.values():
            given = dict(facts)
            self.make().search(given, Deadline.after(30))
            assert given == facts
