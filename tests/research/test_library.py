"""The bundled library: every card can be read, followed and looked up, and applies where it says and nowhere else."""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from fivefold.core.clock import Deadline
from fivefold.research.evidence.library import BundledLibrary, Card, bundled
from fivefold.research.facets import FACETS
from fivefold.research.merge import GRADES, rank
from fivefold.research.plan import KEYS
from fivefold.testing.evidence import PLAIN, EvidenceSourceSuite

if TYPE_CHECKING:
    from fivefold.core.artefacts import PlanValue
    from fivefold.core.protocols import EvidenceSource, Fact

CARDS = {card.id: card for card in bundled().cards}
FOR_PLANS = [card for card in CARDS.values() if card.audience == "plan"]
DECIDED_BY_STRUCTURE = {"split.kind"}
"""Keys for which cards never compete: the rows' structure decides, see `fivefold.research.defaults`."""

Facts = dict[str, "Fact"]
BINARY: Facts = {"task": "binary", "n_classes": 2}
# For each card facts, on top of a plain table, under which it applies, and others under which it does not.
CASES: dict[str, tuple[Facts, Facts]] = {
    "grinsztajn2022": ({"n_rows": 1_000}, {"n_rows": 999}),
    "mcelfresh2023-shape": ({"heavy_tailed_share": 0.3}, {"heavy_tailed_share": 0.29}),
    "gorishniy2021": ({"n_rows": 5_000}, {"n_rows": 4_999}),
    "holzmuller2024": ({"n_rows": 500_000, "budget_s": 600.0}, {"n_rows": 500_000, "budget_s": 601.0}),
    "erickson2025": ({}, {"group_key": True}),
    "purucker2026": ({"max_cardinality": 1_001}, {"max_cardinality": 1_000}),
    "purucker2026-splits": ({"time_ordered": True}, {}),
    "hollmann2025": ({"n_rows": 10_000}, {"n_features": 501}),
    "qu2026tabiclv2": ({"gpu": True, "weights_local": True}, {"gpu": True}),
    "grinsztajn2026tabpfn3": ({"commercial_use": True}, {"commercial_use": False}),
    "rubachev2025": ({"time_ordered": True}, {"group_key": True}),
    "ye2024talent": ({"n_rows": 500}, {"n_rows": 499}),
    "couronne2018": (BINARY, {}),
    "christodoulou2019": (BINARY | {"n_rows": 9_000, "domain": ("medical",)}, BINARY | {"n_rows": 9_000}),
    "vanderploeg2014": (BINARY | {"events_per_variable": 49.9}, BINARY | {"events_per_variable": 50.0}),
    "riley2019": ({"n_rows": 1_999}, {"n_rows": 2_000}),
    "kruschel2025": ({"interpretability": "required"}, {"interpretability": "optional"}),
    "erickson2020": ({"budget_s": 3_600.0}, {"latency_ms": 49.0}),
    "gijsbers2024": ({"latency_ms": 49.0}, {"latency_ms": 50.0}),
    "feurer2022": ({"budget_s": 3_600.0}, {"budget_s": 3_601.0}),
    "kayali2022": ({"budget_s": 300.0}, {"budget_s": 301.0}),
    "li2018": ({"n_rows": 50_001}, {"n_rows": 50_000}),
    "cawley2010": ({"n_rows": 9_999}, {"n_rows": 10_000}),
    "vabalas2019": ({"n_rows": 1_000}, {"n_rows": 1_001}),
    "hollmann2023caafe": ({"has_description": True}, {}),
    "roberts2017": ({"spatial": True}, {}),
    "saeb2017": ({"group_key": True}, {"time_ordered": True}),
    "cerqueira2020": ({"time_ordered": True}, {"group_key": True}),
    "liu2023": ({"drift_expected": True}, {}),
    "perezlebel2022": ({"missing_share": 0.001}, {"missing_share": 0.0}),
    "josse2024": ({"missing_share": 0.5}, {}),
    "lemorvan2021": ({"missing_share": 0.5, "n_rows": 5_000}, {"missing_share": 0.5, "n_rows": 4_999}),
    "pargent2022": ({"max_cardinality": 50}, {"max_cardinality": 49}),
    "cerda2022": ({"has_text": True}, {}),
    "elor2022": (BINARY | {"minority_share": 0.19}, BINARY | {"minority_share": 0.2}),
    "vandengoorbergh2022": (
        BINARY | {"minority_share": 0.1, "probabilities_needed": True},
        BINARY | {"minority_share": 0.1},
    ),
    "saito2015": (BINARY | {"minority_share": 0.09}, BINARY | {"minority_share": 0.1}),
    "davis2006": (BINARY, {"task": "multiclass"}),
    "mcdermott2024": (BINARY | {"minority_share": 0.19}, {"task": "multiclass", "minority_share": 0.1}),
    "elkan2001": (BINARY | {"costs_known": True}, {"costs_known": True}),
    "vancalster2019": ({"probabilities_needed": True}, {}),
    "niculescu2005": ({"probabilities_needed": True}, {}),
    "guo2017": ({"model": "neural", "probabilities_needed": True}, {"probabilities_needed": True}),
    "obermeyer2019": ({"sensitive_attributes": True}, {}),
    "collins2024": ({"domain": ("medical",)}, {"domain": ("credit",)}),
    "breck2017": ({"deploy": True}, {}),
    "rabanser2019": ({"deploy": True}, {}),
    "gama2014": ({"deploy": True}, {}),
    "vela2022": ({"deploy": True, "time_ordered": True}, {"deploy": True}),
    "dantas2018": ({"domain": ("no-show", "medical")}, {"domain": ("medical",)}),
}


class TestBundledLibrary(EvidenceSourceSuite):
    def make(self) -> EvidenceSource:
        return BundledLibrary()


def cited(facts: Facts) -> set[str]:
    answer = BundledLibrary().search(PLAIN | facts, Deadline.after(10))
    return {card.id for card in answer.citations}


def waiting(facts: Facts) -> set[str]:
    return {card for card, _ in BundledLibrary().search(PLAIN | facts, Deadline.after(10)).unknown}


def test_each_card_with_conditions_has_a_case_and_the_others_always_apply() -> None:
    assert set(CASES) == {card.id for card in FOR_PLANS if card.conditions}
    always = {card.id for card in FOR_PLANS if not card.conditions}
    assert always <= cited({})
    assert always <= cited(dict.fromkeys(PLAIN))


@pytest.mark.parametrize("name", CASES)
def test_a_card_applies_where_it_says_and_nowhere_else(name: str) -> None:
    applies, does_not = CASES[name]
    assert name in cited(applies)
    assert name not in cited(does_not)


@pytest.mark.parametrize("name", CASES)
def test_a_card_neither_applies_nor_is_ruled_out_while_nothing_is_known(name: str) -> None:
    nothing: Facts = dict.fromkeys(PLAIN)
    assert name not in cited(nothing)
    assert name in waiting(nothing)


def test_cards_about_building_tools_are_kept_and_never_shown_to_a_person() -> None:
    tools = {card.id for card in CARDS.values() if card.audience == "tool"}
    assert tools
    assert not tools & cited({"llm": True, "online": True})


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_a_card_can_be_read_and_followed(card: Card) -> None:
    card.predicate()
    changes = card.changes()
    assert changes
    for change in changes:
        assert change.op == "advice" or change.key in KEYS


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_a_cards_text_is_whole(card: Card) -> None:
    for text in (card.finding, card.consequence):
        assert text[0].isupper()
        assert text.endswith(".")
        assert not re.search(r"\s\s|[<>{}|]|TODO|\bTBD\b", text)
        assert 30 < len(text) < 400
    assert card.url.startswith("https://")
    assert 1990 <= card.year <= 2026
    assert card.title.strip() == card.title != ""
    assert re.fullmatch(r"\d{4}-\d{2}", card.checked)
    assert card.grade in {kind for kinds in GRADES for kind in kinds} or card.audience == "tool"
    assert card.step in FACETS or card.audience == "tool"


def test_ids_are_unique_and_no_finding_is_told_twice() -> None:
    assert len(CARDS) == len(bundled().cards) == len({card.finding for card in bundled().cards})


def test_one_work_has_one_record() -> None:
    works = defaultdict(set)
    for card in CARDS.values():
        works[card.url].add((card.title, card.authors, card.year))
    assert all(len(records) == 1 for records in works.values())


def test_no_two_cards_of_equal_rank_set_one_key_to_different_values() -> None:
    sets: dict[str, list[tuple[PlanValue | None, tuple[int, int, int, str]]]] = defaultdict(list)
    for card in FOR_PLANS:
        everything = {leaf.field: leaf.value for leaf in card.predicate().leaves()}
        place = rank(card.cite({**everything, "domain": ("medical", "no-show")}))
        for change in card.changes():
            if change.op == "=" and change.key not in DECIDED_BY_STRUCTURE:
                sets[change.key].append((change.value, place))
    assert sets
    for key, asked in sets.items():
        for (one, ours), (other, theirs) in itertools.combinations(asked, 2):
            assert one == other or ours[:3] != theirs[:3], key


def test_effects_with_a_condition_wait_for_it() -> None:
    library = BundledLibrary()
    facts: Facts = PLAIN | {"domain": ("no-show",), "time_ordered": None, "group_key": True}
    answer = library.search(facts, Deadline.after(10))
    mine = [effect for card, effect in answer.effects if card == "dantas2018"]
    assert "split.kind = group" in mine
    assert "split.kind = time" not in mine
    assert ("dantas2018", "time_ordered") in answer.unknown


def test_how_sources_were_looked_at_is_not_shipped() -> None:
    text = files("fivefold.research.evidence").joinpath("library.json").read_text(encoding="utf-8")
    assert not re.search(r"stored source|third-party|from memory", text)
    assert set(json.loads(text)) == {"as_of", "cards"}
