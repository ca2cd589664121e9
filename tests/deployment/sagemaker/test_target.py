"""The target ``sagemaker`` by the seam's own rules, and with others on its endpoint."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from fivefold.core.clock import Deadline
from fivefold.core.errors import BudgetError, MissingExtraError, SettingsError
from fivefold.core.journal import Journal
from fivefold.core.protocols import Target
from fivefold.deployment.prices import check_money
from fivefold.deployment.targets.sagemaker.account import Account
from fivefold.deployment.targets.sagemaker.refusals import (
    DENIED,
    EXPIRED,
    FAILED,
    LOST,
    QUOTA,
    STALLED,
    SageMakerError,
)
from fivefold.deployment.targets.sagemaker.target import SageMakerTarget
from fivefold.testing.refusals import Refusal
from fivefold.testing.sagemaker import Moto, SageMakerEmulator
from fivefold.testing.targets import TargetSuite, tiny_bundle, tiny_workbench
from tests.deployment.sagemaker.conftest import credentials
from tests.deployment.sagemaker.orders import ORDER, REGION, ordered


@pytest.mark.slow
class TestSageMaker(TargetSuite):
    standing = "ready"
    order = ORDER

    @pytest.fixture(autouse=True)
    def _running(self, cloud: SageMakerEmulator) -> None:
        self.cloud = cloud

    def make(self) -> Target:
        return SageMakerTarget()

    def inventory(self, live: Path) -> Collection[str]:
        return self.cloud.inventory()

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        denied = [
            self.refusing(Refusal(action, 400, "AccessDeniedException", "no"))
            for action in ("CreateModel", "CreateEndpointConfig", "InvokeEndpoint")
        ]
        lost = Refusal("CreateEndpoint", 0, times=9, after=1, done=True)
        return [*denied, self.refusing(lost)]

    @contextlib.contextmanager
    def refusing(self, refusal: Refusal) -> Iterator[None]:
        self.cloud.refusals.planned = [refusal]
        try:
            yield
        finally:
            self.cloud.refusals.planned = []


def test_motos_own_server_holds_the_endpoint_after_and_nothing_once_it_is_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Moto alone, with nothing of ours in front: its endpoints have no container, so the golden rows are played here."""
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=120.0)
    with Moto(tmp_path) as moto:
        for name, value in credentials(moto.address).items():
            monkeypatch.setenv(name, value)
        order = ordered(verify="here", endpoint="sales")
        release = SageMakerTarget().push(bundle, bench, order)
        model, configuration, endpoint = (one.name.partition("/")[2] for one in release.resources)
        assert moto.inventory(REGION) == [
            f"endpoint configuration {configuration}",
            f"endpoint {endpoint}",
            f"model {model}",
        ]
        assert endpoint == "sales"
        assert SageMakerTarget().status(release) == "ready"
        assert any("not at the endpoint" in note for note in release.notes)
        assert SageMakerTarget().push(bundle, bench, order).resources == release.resources
        assert SageMakerTarget().remove(release, bench.live)
        assert moto.inventory(REGION) == []


def test_an_endpoint_that_answers_nothing_sensible_is_no_release(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with Moto(tmp_path) as moto:
        for name, value in credentials(moto.address).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SageMakerError, match="answer at the endpoint"):
            SageMakerTarget().push(bundle, bench, ORDER)
        assert SageMakerTarget().remove(None, bench.live)
        assert moto.inventory(REGION) == []


def test_a_month_is_priced_before_anything_is_made(cloud: SageMakerEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    order = ordered(instances=2)
    plan = SageMakerTarget().plan(bundle, bench, order)
    assert plan.monthly == pytest.approx(2 * 730 * 0.115)
    assert "a figure of us-east-1: that of eu-west-1 is not known here" in plan.charges[0].why
    own = SageMakerTarget().plan(
        bundle, bench, replace(order, prices={f"sagemaker.ml.m5.large.{REGION}": 0.2})
    )
    assert own.monthly == pytest.approx(2 * 730 * 0.2)
    assert [one.kind for one in plan.makes] == ["model", "endpoint configuration", "endpoint"]
    with pytest.raises(BudgetError, match="a month"):
        check_money(plan, order, bench.budget)
    with pytest.raises(SettingsError, match=r"Nobody knows the price of 'sagemaker\.ml\.z9\.huge'"):
        SageMakerTarget().plan(bundle, bench, ordered(instance_type="ml.z9.huge"))
    assert cloud.inventory() == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("region", "Frankfurt"),
        ("image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/sales:1"),
        ("role", "admin"),
        ("endpoint", "my_endpoint"),
        ("instance_type", "m5.large"),
        ("instances", 0),
        ("share", 0),
        ("verify", "maybe"),
        ("patience", -1),
        ("pause", 0),
    ],
)
def test_an_option_that_the_platform_would_refuse_is_refused_here(
    cloud: SageMakerEmulator, tmp_path: Path, option: str, value: object
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(SettingsError, match=f"'{option}'"):
        SageMakerTarget().push(bundle, bench, ordered(**{option: cast("str", value)}))
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("action", "reason", "code"),
    [
        ("CreateModel", "AccessDeniedException", DENIED),
        pytest.param("CreateEndpointConfig", "AccessDeniedException", DENIED, marks=pytest.mark.slow),
        ("CreateEndpoint", "ResourceLimitExceeded", QUOTA),
        ("DescribeModel", "ExpiredTokenException", EXPIRED),
        pytest.param("InvokeEndpoint", "ModelError", "step_failed", marks=pytest.mark.slow),
    ],
)
def test_one_clear_error_then_the_same_again_goes_on(
    cloud: SageMakerEmulator, tmp_path: Path, action: str, reason: str, code: str
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    after = 1 if action == "CreateEndpoint" else 0  # its word also stands in CreateEndpointConfig
    cloud.refusals.planned = [Refusal(action, 400, reason, "the reason in AWS's words", after=after)]
    with pytest.raises(SageMakerError, match="the reason in AWS's words") as caught:
        SageMakerTarget().push(bundle, bench, ORDER)
    assert caught.value.code == code
    assert not Journal(bench.live, "sagemaker").whole
    models = cloud.asked.count("CreateModel")
    release = SageMakerTarget().push(bundle, bench, ORDER)
    assert SageMakerTarget().status(release) == "ready"
    assert cloud.asked.count("CreateModel") == max(1, models)
    assert SageMakerTarget().remove(release, bench.live)
    assert cloud.inventory() == []


def test_a_connection_lost_between_configuration_and_endpoint(
    cloud: SageMakerEmulator, tmp_path: Path
) -> None:
    """Whether the endpoint was made is looked up: it was, and is not made again."""
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.refusals.planned = [Refusal("CreateEndpoint", 0, times=9, after=1, done=True)]
    with pytest.raises(SageMakerError) as caught:
        SageMakerTarget().push(bundle, bench, ORDER)
    assert caught.value.code == LOST
    noted = [entry.resource.kind for entry in Journal(bench.live, "sagemaker").entries]
    assert noted == ["model", "endpoint configuration", "endpoint"]
    cloud.refusals.planned = []
    before = len(cloud.asked)
    release = SageMakerTarget().push(bundle, bench, ORDER)
    assert "CreateEndpoint" not in cloud.asked[before:]
    assert SageMakerTarget().remove(release, bench.live)
    assert cloud.inventory() == []


def test_an_endpoint_that_fails_is_made_anew_by_the_same_again(
    cloud: SageMakerEmulator, tmp_path: Path
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.failing["sales"] = "The primary container did not pass the ping health check."
    with pytest.raises(SageMakerError, match="did not pass the ping") as caught:
        SageMakerTarget().push(bundle, bench, ordered(endpoint="sales"))
    assert caught.value.code == FAILED
    assert "/aws/sagemaker/Endpoints/sales" in caught.value.todo
    cloud.failing.clear()
    release = SageMakerTarget().push(bundle, bench, ordered(endpoint="sales"))
    assert cloud.asked.count("DeleteEndpoint") == 1
    assert SageMakerTarget().status(release) == "ready"
    assert SageMakerTarget().remove(None, bench.live)
    assert cloud.inventory() == []


@pytest.mark.slow
def test_an_update_that_goes_back_by_itself_is_a_failure(cloud: SageMakerEmulator, tmp_path: Path) -> None:
    """The one before answers on, and the same again tries it once more."""
    first, second = tiny_bundle(tmp_path / "first"), tiny_bundle(tmp_path / "second", bias=0.75)
    ours, theirs = tiny_workbench(tmp_path / "ours"), tiny_workbench(tmp_path / "theirs")
    target = SageMakerTarget()
    older = target.push(first, theirs, ordered(endpoint="sales"))
    cloud.failing["sales"] = "Request to service failed."
    with pytest.raises(SageMakerError, match="Request to service failed") as caught:
        target.push(second, ours, ordered(endpoint="sales"))
    assert caught.value.code == FAILED
    assert target.status(older) == "ready"
    cloud.failing.clear()
    newer = target.push(second, ours, ordered(endpoint="sales"))
    assert target.remove(newer, ours.live)
    assert target.remove(older, theirs.live)
    assert cloud.inventory() == []


def test_one_that_takes_too_long_is_waited_for_by_the_same_again(
    cloud: SageMakerEmulator, tmp_path: Path
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.slow["sales"] = 4
    with pytest.raises(SageMakerError, match="still Creating") as caught:
        SageMakerTarget().push(bundle, bench, ordered(endpoint="sales", patience=0))
    assert caught.value.code == STALLED
    release = SageMakerTarget().push(bundle, bench, ordered(endpoint="sales"))
    assert SageMakerTarget().status(release) == "ready"
    assert cloud.asked.count("CreateEndpoint") == 1


@pytest.mark.slow
def test_two_models_part_the_requests_of_one_endpoint(cloud: SageMakerEmulator, tmp_path: Path) -> None:
    first, second = tiny_bundle(tmp_path / "first"), tiny_bundle(tmp_path / "second", bias=0.75)
    ours, theirs = tiny_workbench(tmp_path / "ours"), tiny_workbench(tmp_path / "theirs")
    target, account = SageMakerTarget(), Account(REGION, pause=0.01)
    older = target.push(first, theirs, ordered(endpoint="sales"))
    newer = target.push(second, ours, ordered(endpoint="sales", share=10))

    def weights() -> dict[str, float]:
        state = account.endpoint("sales")
        assert state is not None
        return {one.name: round(one.weight, 6) for one in state.variants}

    names = [release.resources[0].name.partition("/")[2] for release in (older, newer)]
    assert weights() == {names[0]: 0.9, names[1]: 0.1}
    assert target.plan(second, ours, ordered(endpoint="sales", share=50)).makes == (), "weights alone"
    larger = target.plan(second, ours, ordered(endpoint="sales", share=50, instance_type="ml.c5.large"))
    assert [one.kind for one in larger.makes] == ["endpoint configuration"]
    updates = cloud.asked.count("UpdateEndpoint")
    assert target.push(second, ours, ordered(endpoint="sales", share=50)).resources[0] == newer.resources[0]
    assert weights() == {names[0]: 0.5, names[1]: 0.5}
    assert cloud.asked.count("UpdateEndpoint") == updates, "weights alone move no machine"
    assert target.status(older) == "ready"

    target.route(newer, {names[0]: 0.25, names[1]: 0.75})
    assert weights() == {names[0]: 0.25, names[1]: 0.75}
    with pytest.raises(SettingsError, match="add up to 1"):
        target.route(newer, {names[0]: 0.5})

    target.route(newer, {names[0]: 1.0, names[1]: 0.0})
    assert (target.status(older), target.status(newer)) == ("ready", "idle")
    target.push(second, ours, ordered(endpoint="sales", share=50))
    assert weights() == {names[0]: 0.5, names[1]: 0.5}

    weighed = cloud.asked.count("UpdateEndpointWeightsAndCapacities")
    target.roll_back(newer, ours.live)
    assert cloud.asked.count("UpdateEndpointWeightsAndCapacities") == weighed + 1, "they have them at once"
    assert weights() == {names[0]: 1.0}, "its machines are gone, too"
    assert target.status(newer) == "stopped"
    target.push(second, ours, ordered(endpoint="sales", share=50))
    assert weights() == {names[0]: 0.5, names[1]: 0.5}

    assert target.remove(newer, ours.live)
    assert weights() == {names[0]: 1.0}
    assert target.status(older) == "ready"
    assert target.remove(older, theirs.live)
    assert cloud.inventory() == []


def test_a_whole_run_waits_no_longer_than_its_time(cloud: SageMakerEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.slow["sales"] = 4
    in_run = replace(bench, in_run=True, deadline=Deadline.after(0.0))
    with pytest.raises(SageMakerError, match=r"still Creating.*fivefold deploy RUN --resume"):
        SageMakerTarget().push(bundle, in_run, ordered(endpoint="sales"))
    assert not Journal(bench.live, "sagemaker").whole
    assert (
        SageMakerTarget().status(SageMakerTarget().push(bundle, bench, ordered(endpoint="sales"))) == "ready"
    )
    assert cloud.asked.count("CreateEndpoint") == 1


@pytest.mark.slow
def test_the_older_one_may_be_removed_first(cloud: SageMakerEmulator, tmp_path: Path) -> None:
    """The endpoint is the newer one's then, though the older one made it."""
    first, second = tiny_bundle(tmp_path / "first"), tiny_bundle(tmp_path / "second", bias=0.75)
    ours, theirs = tiny_workbench(tmp_path / "ours"), tiny_workbench(tmp_path / "theirs")
    target = SageMakerTarget()
    older = target.push(first, theirs, ordered(endpoint="sales"))
    newer = target.push(second, ours, ordered(endpoint="sales", share=30))
    assert target.remove(older, theirs.live)
    assert (target.status(older), target.status(newer)) == ("stopped", "ready")
    assert target.remove(newer, ours.live)
    assert cloud.inventory() == []


@pytest.mark.slow
def test_another_order_of_the_same_run_leaves_nothing_of_the_first(
    cloud: SageMakerEmulator, tmp_path: Path
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    target = SageMakerTarget()
    target.push(bundle, bench, ordered(endpoint="sales"))
    release = target.push(bundle, bench, ordered(endpoint="sales", instance_type="ml.c5.large"))
    assert len(cloud.inventory()) == 4  # model, configuration, endpoint, container
    moved = target.push(bundle, bench, ordered(endpoint="other"))
    assert [name for name in cloud.inventory() if "sales" in name] == []
    assert target.status(release) == "stopped"
    assert target.remove(moved, bench.live)
    assert cloud.inventory() == []


def test_without_credentials_it_says_how_to_get_some(
    cloud: SageMakerEmulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(SettingsError, match="aws configure"):
        SageMakerTarget().plan(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)


def test_without_boto3_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtraError, match=r"fivefold\[sagemaker\]"):
        SageMakerTarget().plan(tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path), ORDER)
