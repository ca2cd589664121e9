"""Contributions of members that nobody can take apart exactly: estimates that add up, and say how good they are."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fivefold.runtime.sampled import SampledExplainer, before_link

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

SOURCES = (("age",), ("city",), ("city",), ("age", "stay"), ("left",))
GROUPS = ((0,), (1, 2), (3,), (4,))


class Tangled:
    """A score in which all features but the last one go together; the last one says nothing."""

    def predict(self, values: Matrix) -> Floats:
        age, here, there, stay = values.astype(np.float64).T[:4]
        score: Floats = age * here + np.abs(stay - there) * age + stay
        return score[:, None]


class Chances(Tangled):
    """The same as the log odds of three classes."""

    def predict(self, values: Matrix) -> Floats:
        score = super().predict(values)[:, 0]
        odds = np.exp(np.column_stack([score / 4, -score / 4, np.zeros(len(score))]))
        shares: Floats = odds / odds.sum(axis=1, keepdims=True)
        return shares


def rows(count: int, seed: int) -> Matrix:
    return np.random.default_rng(seed).normal(size=(count, len(SOURCES))).astype(np.float32)


def by_definition(member: Tangled, row: Matrix, background: Matrix) -> Floats:
    """The sum over all subsets of columns (Shapley, 1953)."""

    def worth(known: tuple[int, ...]) -> Floats:
        mixed = background.copy()
        for group in known:
            mixed[:, GROUPS[group]] = row[list(GROUPS[group])]
        told: Floats = before_link(member.predict(mixed), 1e-6).mean(axis=0)
        return told

    count = len(GROUPS)
    found = []
    for own in range(count):
        others = [group for group in range(count) if group != own]
        found.append(
            sum(
                (worth((*known, own)) - worth(known))
                * (math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count))
                for size in range(count)
                for known in combinations(others, size)
            )
        )
    return np.array(found)


@pytest.mark.parametrize("member", [Tangled(), Chances()], ids=["number", "classes"])
def test_they_lie_as_near_to_the_definition_as_they_say(member: Tangled) -> None:
    background, asked = rows(64, seed=1), rows(6, seed=2)
    found = SampledExplainer(member.predict, SOURCES, background)(asked, lambda: False)
    assert found is not None
    assert found.error is not None
    for place, row in enumerate(asked):
        columns = np.array([found.parts[place, list(group)].sum(axis=0) for group in GROUPS])
        apart = np.abs(columns - by_definition(member, row, background)).max()
        assert apart < 4 * found.error[place]
        assert found.error[place] > 0
        assert columns[3] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("member", [Tangled(), Chances()], ids=["number", "classes"])
def test_base_and_parts_add_up_to_the_score(member: Tangled) -> None:
    asked = rows(5, seed=3)
    found = SampledExplainer(member.predict, SOURCES, rows(300, seed=4))(asked, lambda: False)
    assert found is not None
    total = found.base + found.parts.sum(axis=1)
    np.testing.assert_allclose(total, before_link(member.predict(asked), 1e-6), atol=1e-9)


def test_few_rows_to_compare_with_and_very_many_columns_will_do() -> None:
    sources = tuple((f"c{number}",) for number in range(3_000))
    values = np.random.default_rng(5).normal(size=(2, 3_000)).astype(np.float32)
    found = SampledExplainer(Tangled().predict, sources, values[:1])(values[1:], lambda: False)
    assert found is not None
    np.testing.assert_allclose(found.base + found.parts.sum(axis=1), Tangled().predict(values[1:]), atol=1e-9)


def test_whoever_does_not_wait_any_more_is_heard() -> None:
    assert (
        SampledExplainer(Tangled().predict, SOURCES, rows(9, seed=1))(rows(2, seed=2), lambda: True) is None
    )
