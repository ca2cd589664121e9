"""Prices are dated data that the person overrides; what nobody knows is not free."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fivefold.core.errors import BudgetError, SettingsError
from fivefold.core.orders import Charge, DeploymentPlan, Order
from fivefold.core.prices import HOURS, Prices
from fivefold.deployment.prices import check_money, plan_lines
from fivefold.testing.targets import tiny_workbench

OWN = {"moon.small": 0.1, "bigquery.query": 7.0}
PLAN = DeploymentPlan("moon", charges=(Charge("a machine", 73.0, "730 hour at 0.1 USD"),))


def test_a_price_by_the_hour_is_charged_for_the_whole_month() -> None:
    charge = Prices(OWN).of("moon.small").charge("2 machines", count=2)
    assert charge.name == "2 machines"
    assert charge.monthly == pytest.approx(0.2 * HOURS)
    assert "[deploy.prices]" in charge.why


def test_a_price_that_comes_along_has_a_date_and_is_overridden_in_its_own_unit() -> None:
    known, own = Prices({}).of("bigquery.query"), Prices(OWN).of("bigquery.query")
    assert "2026-" in known.source
    assert (own.amount, own.unit, own.currency) == (7.0, known.unit, known.currency)


def test_what_nobody_knows_is_not_free() -> None:
    with pytest.raises(SettingsError, match=r"'moon\.big'.*\[deploy\.prices\]"):
        Prices(OWN).of("moon.big")


@pytest.mark.parametrize(
    ("region", "amount", "said"),
    [
        ("US", 0.026, ""),
        ("us-central1", 0.02, "; us-central1"),
        ("EUROPE-WEST2", 0.023, "; EUROPE-WEST2"),
        ("mars-north1", 0.026, "; the dearest figure: that of mars-north1 is not known here"),
        ("", 0.026, ""),
    ],
)
def test_each_region_has_its_price(region: str, amount: float, said: str) -> None:
    usual, price = Prices({}).of("storage.standard"), Prices({}).of("storage.standard", region=region)
    assert price.amount == amount
    assert price.source == usual.source + said


def test_one_figure_is_said_to_be_that_of_its_region() -> None:
    price = Prices({}).of("vertex.n1-standard-2", region="europe-west4")
    assert price.amount == Prices({}).of("vertex.n1-standard-2", region="us-central1").amount
    assert "; a figure of us-central1: that of europe-west4 is not known here" in price.charge("it").why


def test_a_price_of_ones_own_may_be_that_of_one_region() -> None:
    own = Prices({"storage.standard": 0.5, "storage.standard.europe-west3": 0.7})
    # Cloud Storage spells its regions in capitals, others do not.
    places = ("europe-west3", "EUROPE-WEST3", "EU", "")
    assert [own.of("storage.standard", region=region).amount for region in places] == [0.7, 0.7, 0.5, 0.5]


@pytest.mark.parametrize("order", [Order(), Order(money=72.9), Order(money=100.0, currency="EUR")])
def test_a_plan_beyond_the_stated_money_is_refused(order: Order, tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match=r"73\.00 USD a month \(a machine") as caught:
        check_money(PLAN, order, tiny_workbench(tmp_path).budget)
    assert caught.value.exit_code == 3


def test_a_plan_within_the_stated_money_goes_on(tmp_path: Path) -> None:
    budget = tiny_workbench(tmp_path).budget
    check_money(PLAN, Order(money=73.0), budget)
    check_money(PLAN, Order(), replace(budget, money=80.0))
    check_money(DeploymentPlan("moon", currency="EUR"), Order(), budget)


def test_a_plan_is_said_with_its_sum() -> None:
    assert plan_lines(PLAN)[-1] == "       73.00 USD a month in all"
