"""Three-valued conditions: what nobody knows decides nothing, and what is decided stays decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.errors import PartError
from fivefold.research.predicates import Condition, Group, parse, parse_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.protocols import Fact
    from fivefold.research.predicates import Predicate

NAMES = ("a", "b", "c")
condition = st.builds(
    Condition,
    st.sampled_from(NAMES),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    st.integers(0, 3).map(float),
)
predicate = st.recursive(
    condition,
    lambda inner: st.builds(Group, st.booleans(), st.lists(inner, max_size=3).map(tuple)),
    max_leaves=8,
)
facts = st.dictionaries(st.sampled_from(NAMES), st.none() | st.integers(0, 3), max_size=3)


@pytest.mark.parametrize(
    ("text", "known", "truth"),
    [
        ("n_rows >= 1000", {"n_rows": 1000}, True),
        ("n_rows >= 1000", {"n_rows": 999.5}, False),
        ("n_rows >= 1000", {"n_rows": None}, None),
        ("n_rows >= 1000", {}, None),
        ("task == binary", {"task": "binary"}, True),
        ("task != binary", {"task": "binary"}, False),
        ("deploy == true", {"deploy": False}, False),
        ("deploy == false", {"deploy": False}, True),
        ("domain ~ no-show", {"domain": ("medical", "no-show")}, True),
        ("domain ~ medical", {"domain": ()}, False),
        ("share < 0.2", {"share": 0.19}, True),
    ],
)
def test_a_condition_is_true_false_or_unknown(
    text: str, known: Mapping[str, Fact], truth: bool | None
) -> None:
    assert parse_condition(text).holds(known) is truth


@pytest.mark.parametrize(
    ("a", "b", "both", "either"),
    [
        (True, True, True, True), (True, None, None, True), (True, False, False, True), (None, None, None, None),
        (None, False, False, None), (False, False, False, False),
    ],
)  # fmt: skip
def test_groups_follow_kleenes_tables(
    a: bool | None, b: bool | None, both: bool | None, either: bool | None
) -> None:
    parts = ["a == true", "b == true"]
    for known in ({"a": a, "b": b}, {"a": b, "b": a}):
        assert parse(parts).holds(known) is both
        assert parse([{"any": parts}]).holds(known) is either


def test_no_condition_always_holds() -> None:
    assert parse([]).holds({}) is True
    assert parse(["always"]).holds({}) is True
    assert parse([{"any": []}]).holds({}) is False


@given(predicate, facts, facts)
def test_learning_more_never_undoes_what_was_decided(
    one: Predicate, known: dict[str, Fact], more: dict[str, Fact]
) -> None:
    before = one.holds(known)
    added = more | {name: fact for name, fact in known.items() if fact is not None}
    if before is not None:
        assert one.holds(added) is before


@given(predicate, facts)
def test_an_undecided_predicate_says_what_it_waits_for(one: Predicate, known: dict[str, Fact]) -> None:
    waiting = list(one.open(known))
    if one.holds(known) is None:
        assert waiting
        assert all(known.get(leaf.field) is None for leaf in waiting)
    else:
        assert not waiting


@given(predicate, facts)
def test_all_facts_known_leaves_nothing_unknown(one: Predicate, known: dict[str, Fact]) -> None:
    complete = dict.fromkeys(NAMES, 0) | {name: fact for name, fact in known.items() if fact is not None}
    assert one.holds(complete) is not None


@given(condition)
def test_a_condition_is_read_back_from_its_own_words(one: Condition) -> None:
    assert parse_condition(str(one)) == one


def test_what_held_is_told_in_order() -> None:
    card = parse(["n_rows < 5000", {"any": ["task == binary", "domain ~ medical"]}])
    held = [str(leaf) for leaf in card.decided({"n_rows": 10, "task": "regression", "domain": ("medical",)})]
    assert held == ["n_rows < 5000", "domain ~ medical"]


@pytest.mark.parametrize(
    "text", ["", "n_rows", "n_rows = 3", "n rows > 3", "n_rows > ", "Rows > 3", "n_rows > 3 4"]
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(PartError, match="cannot be read"):
        parse_condition(text)


def test_a_group_of_another_kind_is_refused() -> None:
    with pytest.raises(PartError, match="group"):
        parse([{"none": ["a == true"]}])


def test_asking_a_word_for_its_size_is_refused() -> None:
    with pytest.raises(PartError, match="cannot be asked"):
        parse_condition("task > 3").holds({"task": "binary"})
