"""One budget for the whole journey: parsed from words, sliced per step, unused time handed on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.budget import STEPS, Budget
from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError
from fivefold.core.ledger import Entry, Ledger


def test_every_means_is_read_from_words() -> None:
    words = {
        "time": "10min",
        "memory": "4GB",
        "cores": "2",
        "disk": "5GB",
        "money": "2.50 EUR",
        "scan": "10GB",
    }
    budget = Budget.parse(words | {"latency": "5ms", "size": "20MB", "people": "15min"})
    assert budget == Budget(600, 4 * 10**9, 2, 5 * 10**9, 2.5, "EUR", 10**10, 0.005, 2 * 10**7, 900)


def test_what_is_not_stated_is_measured_or_nothing() -> None:
    budget = Budget.parse({})
    assert budget.time == 300
    assert budget.memory > 0
    assert budget.cores >= 1
    assert (budget.money, budget.scan, budget.people) == (0, 0, 0)


def test_an_unknown_means_is_refused() -> None:
    with pytest.raises(SettingsError, match="knows no 'patience'"):
        Budget.parse({"patience": "10min"})


@given(st.floats(min_value=1, max_value=1e6))
def test_slices_add_up_and_none_is_negative(seconds: float) -> None:
    plan = Budget(seconds, 1, 1).plan()
    assert sum(plan.values()) == pytest.approx(seconds)
    assert list(plan) == list(dict.fromkeys(plan))
    assert set(plan) == set(STEPS)
    assert min(plan.values()) > 0


def test_unused_time_is_handed_on() -> None:
    ledger = Ledger(Budget(60, 1, 1))
    plan = ledger.budget.plan()
    assert ledger.slice("train", remaining=59) == pytest.approx(59 - plan["deploy"] - plan["monitor"])
    assert ledger.slice("monitor", remaining=20) == 20
    assert ledger.slice("data", remaining=10) == pytest.approx(plan["data"] / 4)
    assert ledger.slice("data", remaining=50) == pytest.approx(plan["data"])
    assert ledger.slice("train", remaining=1) == 1
    assert ledger.slice("train", remaining=59, last="train") == 59


def test_a_step_done_again_has_one_line() -> None:
    ledger = (
        Ledger(Budget(60, 1, 1))
        .add(Entry("data", 6, 2.0))
        .add(Entry("train", 40, 30))
        .add(Entry("data", 6, 3.0))
    )
    assert [(entry.step, entry.spent_seconds) for entry in ledger.entries] == [("train", 30), ("data", 3.0)]
    assert ledger.spent() == 33


def test_what_was_charged_stays_charged_when_a_step_is_done_again() -> None:
    first = (
        Ledger(Budget(60, 1, 1))
        .add(Entry("start", 0, 2.0, money=0.5, scan_bytes=10))
        .add(Entry("data", 6, 2.0))
    )
    again = first.add(Entry("bigquery-ml", 9, 8.0, money=1.0)).add(
        Entry("start", 0, 1.0, money=0.25, scan_bytes=5)
    )
    assert [entry.step for entry in again.entries] == ["start", "data", "bigquery-ml"]
    assert (again.entries[0].spent_seconds, again.entries[0].money, again.entries[0].scan_bytes) == (
        1.0,
        0.75,
        15,
    )
    assert again.taken == (1.75, 15)


def test_the_ledger_states_what_a_later_step_was_allowed() -> None:
    ledger = Ledger(Budget(60, 1, 1, scan=10))
    more = ledger.allowing(Budget(90, 7, 8, money=2.0, currency="EUR"))
    assert more.budget == Budget(60, 1, 1, money=2.0, currency="EUR", scan=10)
    assert more.allowing(Budget(60, 1, 1)) == more


def test_deadlines() -> None:
    assert Deadline.after(100).earlier(40).remaining() == pytest.approx(60, abs=1)
    assert Deadline.after(-1).passed()
    assert Deadline.after(-1).remaining() == 0


def test_in_a_deterministic_run_the_checks_of_the_data_step_get_half_of_what_is_left() -> None:
    ledger = Ledger(Budget.parse({"time": "60s"}))
    assert ledger.slice("data", 50.0, deterministic=True) >= 25.0 > ledger.slice("data", 50.0)
    assert ledger.slice("train", 50.0, deterministic=True) == ledger.slice("train", 50.0)
