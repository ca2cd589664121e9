"""The suite finds out who says much less, or much more, memory than a fit takes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest import SkipTest

import numpy as np
import pytest

from fivefold.core.protocols import Candidate, Fitted
from fivefold.testing import families
from fivefold.testing.families import FamilySuite
from fivefold.training.families.dummy import Dummy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Family, Problem, Sample

_TAKES = 64_000_000


class Hungry(Dummy):
    """Answers as the baseline does, takes 64 MB for it, and says what it is made with."""

    says = _TAKES

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        del problem
        return (Candidate("hungry", "hungry", {}, rank=1.0),)

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        del candidate, problem, rows, rounds
        return self.says

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        taken = np.ones(_TAKES, dtype=np.uint8)
        fitted = super().fit(candidate, problem, train, valid, until, rounds)
        assert taken.all()
        return fitted


class Modest(Hungry):
    """Says a quarter."""

    says = _TAKES // 4


class Boastful(Hungry):
    """Says four times as much."""

    says = _TAKES * 4


class HonestSuite(FamilySuite):
    def make(self) -> Family:
        return Hungry()


class ModestSuite(FamilySuite):
    def make(self) -> Family:
        return Modest()


class BoastfulSuite(FamilySuite):
    def make(self) -> Family:
        return Boastful()


def test_who_says_what_it_takes_passes() -> None:
    HonestSuite().test_a_fit_takes_about_the_memory_that_it_says()


@pytest.mark.parametrize(("suite", "said"), [(ModestSuite, "16 MB"), (BoastfulSuite, "256 MB")])
def test_who_says_a_quarter_or_four_times_as_much_fails(suite: type[FamilySuite], said: str) -> None:
    with pytest.raises(AssertionError, match=f"hungry says {said} and takes 6[0-9][.0-9]* MB"):
        suite().test_a_fit_takes_about_the_memory_that_it_says()


def test_what_cannot_be_measured_is_skipped_and_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "footprint", lambda *_: None)
    with pytest.raises(SkipTest, match="does not tell"):
        HonestSuite().test_a_fit_takes_about_the_memory_that_it_says()


def test_a_rule_that_a_family_does_not_claim_to_keep_is_skipped() -> None:
    for test in (
        FamilySuite.test_a_quantile_is_learned_by_whoever_says_so,
        FamilySuite.test_trends_are_kept_by_whoever_says_so,
    ):
        with pytest.raises(SkipTest, match="does not say"):
            test(HonestSuite())
