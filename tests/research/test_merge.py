"""Who wins when evidence disagrees, and that the loser is told why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.research.profiles import bench, binary

from fivefold.core.artefacts import Citation, PlanItem, PlanValue, Question
from fivefold.research.defaults import Default, defaults_of
from fivefold.research.effects import parse_effect
from fivefold.research.facts import Request
from fivefold.research.merge import Proposal, merge, rank
from fivefold.research.plan import KEYS
from fivefold.research.structure import Structure, Trait
from fivefold.research.task import TaskChoice

PLAIN = Citation("plain", "T", "A. One", 2000, "https://x.org", "F.", "Plain says so.", "benchmark")


def card(name: str, *matched: str, grade: str = "benchmark", year: int = 2000) -> Citation:
    return replace(PLAIN, id=name, matched=matched, grade=grade, year=year, consequence=f"{name} says so.")


def item(key: str, *proposals: tuple[Citation, str], default: Default | None = None) -> PlanItem:
    """The item that comes of a few proposals; other keys keep their defaults."""
    request = Request(Question("y"), binary(), "binary", bench(Path()).budget, deploys=False)
    task = TaskChoice("binary", "two values", by_person=False)
    defaults = defaults_of(request, task, Structure(Trait(), Trait()))
    if default is not None:
        defaults[key] = default
    made = merge(defaults, [Proposal(one, parse_effect(effect)) for one, effect in proposals])
    assert [one.key for one in made] == list(KEYS)
    return next(one for one in made if one.key == key)


def losers(one: PlanItem) -> dict[str, tuple[PlanValue, str]]:
    return {lost.because: (lost.value, lost.why) for lost in one.overruled}


def test_without_evidence_the_default_stands_and_says_so() -> None:
    found = item("metric.primary")
    assert (found.value, found.because, found.decided_by) == ("roc_auc", (), "default")


def test_evidence_decides_and_is_named() -> None:
    found = item("metric.primary", (card("a"), "metric.primary = log_loss"))
    assert (found.value, found.because, found.decided_by) == ("log_loss", ("a",), "rule")
    assert found.why == "a says so."


def test_evidence_that_agrees_with_the_default_supports_it() -> None:
    found = item("calibrate.method", (card("a"), "calibrate.method = none"))
    assert (found.value, found.because, found.decided_by) == ("none", ("a",), "rule")


def test_the_card_that_fits_more_closely_wins() -> None:
    close, loose = (
        card("close", "missing_share > 0", year=1990),
        card("loose", "n_rows < 10", grade="systematic review"),
    )
    found = item(
        "preprocess.high_cardinality",
        (loose, "preprocess.high_cardinality = code"),
        (close, "preprocess.high_cardinality = crossfit_target"),
    )
    assert (found.value, found.because) == ("crossfit_target", ("close",))
    assert losers(found) == {"loose": ("code", "close fits this table more closely")}


def test_then_the_better_kind_of_evidence_then_the_newer_then_the_name() -> None:
    ranked = [
        card("z", grade="systematic review", year=1999),
        card("y", grade="simulation", year=2020),
        card("x", grade="theory", year=2010),
        card("a", grade="guideline", year=2026),
        card("b", grade="guideline", year=2026),
    ]
    assert [rank(one) for one in ranked] == sorted(rank(one) for one in ranked)
    for winner, loser, why in zip(
        ranked,
        ranked[1:],
        ("is a better kind", "is newer", "is a better kind", "comes first by name"),
        strict=False,
    ):
        found = item(
            "preprocess.high_cardinality",
            (loser, "preprocess.high_cardinality = code"),
            (winner, "preprocess.high_cardinality = crossfit_target"),
        )
        assert found.value == "crossfit_target"
        assert why in losers(found)[loser.id][1]


def test_the_field_counts_most_then_what_is_rare_and_two_bounds_count_once() -> None:
    ranked = [
        card("field", "domain ~ medical"),
        card("rare", "group_key == true"),
        card("common", "n_rows > 5", "n_rows < 10"),
        card("no", "group_key == false", year=1990),
        card("always", year=2026),
    ]
    assert [rank(one) for one in ranked] == sorted(rank(one) for one in ranked)


def test_what_is_forbidden_is_not_chosen_however_close_the_card_fits() -> None:
    close, forbids = card("close", "domain ~ medical"), card("forbids")
    found = item(
        "preprocess.high_cardinality",
        (close, "preprocess.high_cardinality = crossfit_target"),
        (forbids, "preprocess.high_cardinality != crossfit_target"),
    )
    assert (found.value, found.because) == ("code", ("forbids",))
    assert losers(found) == {"close": ("crossfit_target", "forbids forbids it")}


def test_a_forbidden_default_gives_way() -> None:
    found = item("model.class_weight", (card("a"), "model.class_weight != none"))
    assert (found.value, found.because) == ("balanced", ("a",))


def test_the_persons_word_wins_over_everything() -> None:
    mine = Default("accuracy", "the person chose it", "user", firm=True)
    found = item(
        "metric.primary",
        (card("a", "domain ~ medical"), "metric.primary = log_loss"),
        (card("b"), "metric.primary != accuracy"),
        (card("c"), "metric.primary = accuracy"),
        default=mine,
    )
    assert (found.value, found.decided_by, found.because) == ("accuracy", "user", ("c",))
    assert losers(found)["a"] == ("log_loss", "the person's choice comes first")


def test_what_structure_dictates_is_not_argued_with() -> None:
    time = Default("time", "the rows stand in the order of 'when'", "rule", firm=True)
    found = item(
        "split.kind", (card("a"), "split.kind = time"), (card("b"), "split.kind = group"), default=time
    )
    assert (found.value, found.because, found.why) == ("time", ("a",), time.why)
    assert losers(found) == {"b": ("group", time.why)}


def test_lists_grow_shrink_and_are_put_in_order_the_closest_card_first() -> None:
    found = item(
        "model.candidates",
        (card("loose"), "model.candidates first catboost"),
        (card("close", "group_key == true"), "model.candidates first linear"),
        (card("adds"), "model.candidates += lightgbm"),
    )
    assert found.value == ("linear", "catboost", "lightgbm", "mlp")
    assert set(found.because) == {"loose", "close", "adds"}
    assert found.why == "close says so."
    without = item(
        "model.candidates",
        (card("adds", "domain ~ medical"), "model.candidates += linear"),
        (card("drops"), "model.candidates -= linear"),
    )
    assert without.value == ("lightgbm", "catboost", "mlp")
    assert without.because == ("drops",)
    assert set(losers(without)) == {"adds"}


def test_a_list_of_the_persons_is_put_in_order_and_else_left_alone() -> None:
    mine = Default(("linear", "lightgbm"), "the person chose them", "user", firm=True)
    found = item(
        "model.candidates",
        (card("more"), "model.candidates += mlp"),
        (card("less"), "model.candidates -= linear"),
        (card("order"), "model.candidates first lightgbm"),
        (card("other"), "model.candidates first catboost"),
        default=mine,
    )
    assert (found.value, found.decided_by) == (("lightgbm", "linear"), "user")
    assert found.because == ("order",), "what asks for another family does not support this list"
    assert losers(found) == {
        "more": (("mlp",), "the person's choice comes first"),
        "less": (("linear",), "the person's choice comes first"),
        "other": (("catboost",), "the person's choice comes first"),
    }


def test_numbers_keep_their_bounds_and_the_upper_one_wins() -> None:
    assert item("ensemble.max_members", (card("a"), "ensemble.max_members <= 2")).value == 2
    kept = item("ensemble.max_members", (card("a"), "ensemble.max_members <= 4"))
    assert (kept.value, kept.because) == (4, ("a",))
    squeezed = item("split.folds", (card("a"), "split.folds >= 8"), (card("b"), "split.folds <= 6"))
    assert (squeezed.value, squeezed.because, set(losers(squeezed))) == (6, ("b",), {"a"})
    assert squeezed.why == "b says so."


def test_a_bound_that_the_budget_forbids_is_told_why() -> None:
    firm = Default(1, "the budget leaves no time for more", "rule", firm=True)
    found = item(
        "split.folds", (card("a"), "split.folds >= 3"), (card("b"), "backs split.folds"), default=firm
    )
    assert (found.value, found.because) == (1, ("b",))
    assert losers(found) == {"a": (3, "the budget leaves no time for more")}


def test_backing_a_rule_leaves_its_value_and_its_reason() -> None:
    found = item("split.test_share", (card("a"), "backs split.test_share"))
    assert (found.value, found.because) == (0.2, ("a",))
    assert "opened once" in found.why
