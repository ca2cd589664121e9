"""The linear member against sums done by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fivefold.core.errors import ArtefactError
from fivefold.runtime.members.linear import CodeTerm, LinearMember, LinearSpec, NumberTerm
from fivefold.testing.members import MemberKindSuite

if TYPE_CHECKING:
    from fivefold.core.protocols import Matrix

NAN = float("nan")
SPEC = LinearSpec(
    link="softmax",
    intercept=(0.1, -0.2, 0.3),
    terms=(
        NumberTerm(2.0, 4.0, 1.0, (0.5, -0.5, 0.25), (0.1, 0.0, -0.1)),
        CodeTerm(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), (0.5, 0.5, 0.0)),
        NumberTerm(0.0, 1.0, 0.0, (0.0, 1.0, 0.0), (0.0, 0.0, 2.0)),
    ),
)


def rows(*values: tuple[float, ...]) -> Matrix:
    return np.array(values, dtype=np.float32)


class TestLinear(MemberKindSuite):
    kind = LinearMember
    outputs = 3

    def payload(self) -> bytes:
        return SPEC.payload()

    def values(self) -> Matrix:
        generator = np.random.default_rng(0)
        values = np.column_stack(
            [generator.normal(2, 4, 40), generator.integers(0, 3, 40), generator.normal(size=40)]
        )
        values[generator.random(values.shape) < 0.2] = NAN
        return values.astype(np.float32)


def identity(*terms: NumberTerm | CodeTerm) -> LinearMember:
    return LinearMember(LinearSpec("identity", (10.0,), terms))


def test_a_number_is_standardised_and_weighed() -> None:
    member = identity(NumberTerm(5.0, 2.0, 6.0, (3.0,), (-1.0,)))
    assert member.predict(rows((9.0,), (5.0,))).ravel().tolist() == [16.0, 10.0]


def test_a_missing_number_counts_as_its_fill_and_adds_its_own_weight() -> None:
    member = identity(NumberTerm(5.0, 2.0, 6.0, (3.0,), (-1.0,)))
    assert member.predict(rows((NAN,))).ravel().tolist() == [10.0 + 0.5 * 3.0 - 1.0]


def test_extreme_numbers_count_as_eight_scales() -> None:
    member = identity(NumberTerm(0.0, 1.0, 0.0, (1.0,), (0.0,)))
    assert member.predict(rows((1e9,), (-1e9,), (math.inf,))).ravel().tolist() == [18.0, 2.0, 18.0]


def test_a_code_looks_its_weight_up_and_codes_beyond_the_table_take_the_last() -> None:
    member = identity(CodeTerm(((1.0,), (2.0,), (4.0,)), (100.0,)))
    values = rows((0.0,), (1.0,), (2.0,), (7.0,), (NAN,))
    assert member.predict(values).ravel().tolist() == [11.0, 12.0, 14.0, 14.0, 110.0]


def test_logistic_gives_both_classes_without_overflow() -> None:
    member = LinearMember(LinearSpec("logistic", (0.0,), (NumberTerm(0.0, 1.0, 0.0, (1000.0,), (0.0,)),)))
    scores = member.predict(rows((0.0,), (8.0,), (-8.0,)))
    assert scores.tolist() == [[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]]


def test_softmax_is_the_softmax_of_the_sums() -> None:
    sums = np.array([0.1 + 0.5, -0.2 - 0.5 + 1.0 + 3.0, 0.3 + 0.25])
    expected = np.exp(sums) / np.exp(sums).sum()
    scores = LinearMember(SPEC).predict(rows((6.0, 1.0, 3.0)))
    assert np.allclose(scores[0], expected, rtol=0, atol=1e-12)


def test_many_rows_are_worked_in_chunks_with_the_same_answer() -> None:
    values = np.tile(TestLinear().values(), (2_000, 1))
    scores = LinearMember(SPEC).predict(values)
    assert np.allclose(scores[-40:], scores[:40], rtol=0, atol=1e-12)
    assert len(scores) == len(values)


@pytest.mark.parametrize(
    "spec",
    [
        replace(SPEC, link="logistic"),
        replace(SPEC, intercept=(0.0,)),
        replace(SPEC, terms=(NumberTerm(0.0, 0.0, 0.0, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),)),
        replace(SPEC, terms=(CodeTerm((), (0.0, 0.0, 0.0)),)),
        replace(SPEC, terms=(CodeTerm(((1.0,),), (0.0, 0.0, 0.0)),)),
    ],
)
def test_weights_that_do_not_fit_are_refused(spec: LinearSpec) -> None:
    with pytest.raises(ArtefactError, match="linear member"):
        LinearMember.load(spec.payload())


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(ArtefactError, match="2 features"):
        LinearMember(SPEC).predict(np.zeros((1, 2), dtype=np.float32))
