"""What a model leaves that was not proved, or gave its requests back: nothing that costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError, StepError
from fivefold.deployment.targets.sagemaker.account import Account
from fivefold.deployment.targets.sagemaker.refusals import SageMakerError
from fivefold.deployment.targets.sagemaker.target import SageMakerTarget
from fivefold.testing.refusals import Refusal
from fivefold.testing.sagemaker import SageMakerEmulator
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from tests.deployment.sagemaker.orders import REGION, ordered


@pytest.mark.slow
def test_one_that_took_all_requests_gives_them_back(cloud: SageMakerEmulator, tmp_path: Path) -> None:
    first, second = tiny_bundle(tmp_path / "first"), tiny_bundle(tmp_path / "second", bias=0.75)
    ours, theirs = tiny_workbench(tmp_path / "ours"), tiny_workbench(tmp_path / "theirs")
    target = SageMakerTarget()
    older = target.push(first, theirs, ordered(endpoint="sales"))
    newer = target.push(second, ours, ordered(endpoint="sales"))
    assert (target.status(older), target.status(newer)) == ("stopped", "ready")
    target.roll_back(newer, ours.live)
    assert (target.status(older), target.status(newer)) == ("ready", "stopped")
    target.push(second, ours, ordered(endpoint="sales"))
    assert target.remove(newer, ours.live)
    assert target.status(older) == "ready"
    with pytest.raises(SettingsError, match="no model to go back to"):
        target.roll_back(older, theirs.live)
    assert target.remove(older, theirs.live)
    assert cloud.inventory() == []


@pytest.mark.parametrize("first", ["InvokeEndpoint", "CreateEndpoint"])
def test_the_first_of_an_endpoint_that_is_not_proved_leaves_no_machine(
    cloud: SageMakerEmulator, tmp_path: Path, first: str
) -> None:
    """Nor does one that a lost connection has left there without a proof."""
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    target, account, order = SageMakerTarget(), Account(REGION, pause=0.01), ordered(endpoint="sales")
    if first == "CreateEndpoint":
        cloud.refusals.planned = [Refusal("CreateEndpoint", 0, times=9, after=1, done=True)]
        with pytest.raises(SageMakerError, match="connection to SageMaker broke"):
            target.push(bundle, bench, order)
    cloud.refusals.planned = [Refusal("InvokeEndpoint", 424, "ModelError", "it fell over", times=99)]
    with pytest.raises(SageMakerError, match="it fell over"):
        target.push(bundle, bench, order)
    assert account.settle("sales") is None
    assert not any(name.startswith("endpoint sales") for name in cloud.inventory())
    cloud.refusals.planned = []
    release = target.push(bundle, bench, order)
    cloud.refusals.planned = [Refusal("InvokeEndpoint", 424, "ModelError", "it fell over", times=99)]
    with pytest.raises(SageMakerError, match="it fell over"):
        target.push(bundle, bench, order)
    assert target.status(release) == "ready", "what was proved before stays"
    assert target.remove(release, bench.live)
    assert cloud.inventory() == []


def test_a_proof_and_an_endpoint_that_cannot_be_given_back_are_both_told(
    cloud: SageMakerEmulator, tmp_path: Path
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.refusals.planned = [
        Refusal("InvokeEndpoint", 424, "ModelError", "it fell over", times=99),
        Refusal("DeleteEndpoint", 400, "AccessDeniedException", "not you"),
    ]
    with pytest.raises(SageMakerError) as caught:
        SageMakerTarget().push(bundle, bench, ordered(endpoint="sales"))
    said = str(caught.value)
    assert "it fell over" in said
    assert "could not be given back" in said
    assert "not you" in said
    assert f"aws sagemaker delete-endpoint --endpoint-name sales --region {REGION}" in said
    cloud.refusals.planned = []
    assert SageMakerTarget().remove(None, bench.live)
    assert cloud.inventory() == []


@pytest.mark.slow
@pytest.mark.parametrize("share", [30, 100])
def test_one_that_is_not_proved_gives_back_what_it_took(
    cloud: SageMakerEmulator, tmp_path: Path, share: int
) -> None:
    first, second = tiny_bundle(tmp_path / "first"), tiny_bundle(tmp_path / "second", bias=0.75)
    ours, theirs = tiny_workbench(tmp_path / "ours"), tiny_workbench(tmp_path / "theirs")
    target, account = SageMakerTarget(), Account(REGION, pause=0.01)
    older = target.push(first, theirs, ordered(endpoint="sales"))
    before = account.settle("sales")
    assert before is not None
    cloud.refusals.planned = [Refusal("InvokeEndpoint", 424, "ModelError", "it fell over", times=99)]
    with pytest.raises(StepError):
        target.push(second, ours, ordered(endpoint="sales", share=share))
    cloud.refusals.planned = []
    after = account.settle("sales")
    assert after is not None
    assert (after.configuration, after.variants) == (before.configuration, before.variants)
    assert target.remove(None, ours.live)
    assert target.status(older) == "ready"
    assert target.remove(older, theirs.live)
    assert cloud.inventory() == []


@pytest.mark.slow
def test_what_was_there_before_is_no_more_once_its_model_is_gone(
    cloud: SageMakerEmulator, tmp_path: Path
) -> None:
    """The older one's removal left the middle one a configuration of its own, which outlives the middle one's removal."""
    names = ("old", "mid", "new")
    bundles = [tiny_bundle(tmp_path / name, bias=0.25 * place) for place, name in enumerate(names)]
    old, mid, new = [tiny_workbench(tmp_path / f"{name}-bench") for name in names]
    target = SageMakerTarget()
    first = target.push(bundles[0], old, ordered(endpoint="sales"))
    second = target.push(bundles[1], mid, ordered(endpoint="sales", share=10))
    assert target.remove(first, old.live)
    third = target.push(bundles[2], new, ordered(endpoint="sales"))
    assert target.remove(second, mid.live)
    assert target.status(third) == "ready"
    with pytest.raises(SettingsError, match="no model to go back to"):
        target.roll_back(third, new.live)
    assert target.status(third) == "ready"
    assert target.remove(third, new.live)
    assert cloud.inventory() == []
