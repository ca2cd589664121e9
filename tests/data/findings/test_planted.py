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

RECALL = 0.95
FALSE_ALARMS = 0.05

FAULTS = [(planted, fault) for planted in PLANTED for fault in planted.faults]
HONEST = [(planted, honest) for planted in PLANTED for honest in (nothing_wrong, *planted.honest)]


def check_of(planted: Planted) -> FindingCheck:
    registry: Registry[type[FindingCheck]] = Registry("fivefold.findings")
    return registry.get(planted.check)()


@pytest.mark.parametrize(
    ("planted", "fault"), FAULTS, ids=[f"{one.check}-{fault.__name__}" for one, fault in FAULTS]
)
def test_a_planted_fault_is_found(planted: Planted, fault: Planting) -> None:
    assert share_found(check_of(planted), fault, counts=planted.counts) >= RECALL


@pytest.mark.parametrize(
    ("planted", "honest"), HONEST, ids=[f"{one.check}-{honest.__name__}" for one, honest in HONEST]
)
def test_an_honest_table_leaves_a_check_silent(planted: Planted, honest: Planting) -> None:
    assert share_found(check_of(planted), honest, counts=planted.counts) <= FALSE_ALARMS
