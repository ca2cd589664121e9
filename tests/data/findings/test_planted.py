"""Recall and false alarms: every check on tables with a planted fault, and on honest ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.data.findings.everything import PLANTED

from fivefold.core.protocols import FindingCheck
from fivefold.core.registry import Registry
from fivefold.testing.faults import nothing_wrong, share_found

if TYPE_CHECKING:
    from tests.data.findings.planted import Planted

    from fivefold.testing.faults import Planting

SLIPS = 1

# Of all draws, one in twenty-one may go wrong. The few are the first of them, so that what they show holds whenever that does.
DRAWS = pytest.mark.parametrize(
    "draws", [pytest.param(7, id="few"), pytest.param(21, marks=pytest.mark.slow, id="all")]
)

FAULTS = [(planted, fault) for planted in PLANTED for fault in planted.faults]
HONEST = [(planted, honest) for planted in PLANTED for honest in (nothing_wrong, *planted.honest)]


def check_of(planted: Planted) -> FindingCheck:
    registry: Registry[type[FindingCheck]] = Registry("fivefold.findings")
    return registry.get(planted.check)()


@DRAWS
@pytest.mark.parametrize(
    ("planted", "fault"), FAULTS, ids=[f"{one.check}-{fault.__name__}" for one, fault in FAULTS]
)
def test_a_planted_fault_is_found(planted: Planted, fault: Planting, draws: int) -> None:
    share = share_found(check_of(planted), fault, range(draws), counts=planted.counts)
    assert draws - round(share * draws) <= SLIPS


@DRAWS
@pytest.mark.parametrize(
    ("planted", "honest"), HONEST, ids=[f"{one.check}-{honest.__name__}" for one, honest in HONEST]
)
def test_an_honest_table_leaves_a_check_silent(planted: Planted, honest: Planting, draws: int) -> None:
    share = share_found(check_of(planted), honest, range(draws), counts=planted.counts)
    assert round(share * draws) <= SLIPS
