"""A whole life on the platform: first version, second at a tenth, what goes wrong, promotion, and back; nothing is left."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fivefold.cloud.vertex.refusals import VertexError
from fivefold.core.artefacts import Release
from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError, UnhealthyError
from fivefold.core.journal import Journal
from fivefold.core.orders import Bundle, Option
from fivefold.core.workbench import Workbench
from fivefold.deployment.step import has_ended, status
from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import Trouble, VertexEmulator
from tests.deployment.test_targets import interrupted
from tests.deployment.vertex.orders import IMAGE, deployed, model_of, ordered, resource


@dataclass
class Run:
    """A version of the model, with the folder of its run."""

    bundle: Bundle
    bench: Workbench

    @classmethod
    def of(cls, folder: Path, bias: float) -> Run:
        return cls(tiny_bundle(folder / "bundle", bias=bias), tiny_workbench(folder))

    def push(self, **options: Option) -> Release:
        return VertexTarget().push(self.bundle, self.bench, ordered(endpoint="shop", **options))

    def remove(self, release: Release | None) -> bool:
        return VertexTarget().remove(release, self.bench.live)


def traffic(cloud: VertexEmulator) -> dict[str, int]:
    return cloud.endpoints.get(f"{cloud.parent}/endpoints/shop").traffic


def test_a_second_version_goes_through_its_stages_and_back(cloud: VertexEmulator, tmp_path: Path) -> None:
    first, second = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", 0.26)
    old = first.push()
    assert traffic(cloud) == {deployed(old): 100}
    new = second.push(share=10)
    assert traffic(cloud) == {deployed(old): 90, deployed(new): 10}
    assert [note.partition(":")[0] for note in new.notes] == ["10 %"]

    cloud.serving.trouble[resource(new, "model").rpartition("/")[2]] = Trouble(every=2)
    with pytest.raises(UnhealthyError, match="at 50 % of the traffic: error rate"):
        second.push(share=50)
    assert traffic(cloud) == {deployed(old): 100}
    assert cloud.serving.running == 1

    cloud.serving.trouble.clear()
    new = second.push()
    assert traffic(cloud) == {deployed(new): 100}
    assert [note.partition(":")[0] for note in new.notes] == ["10 %", "50 %", "100 %"]
    assert second.push().resources == new.resources

    assert [status(old, first.bench.live), status(new, second.bench.live)] == ["idle", "ready"]
    assert has_ended(old, first.bench.live), "so that to deploy it does something"
    deploying = cloud.asked.count("endpoints.deploy")
    assert [note.partition(":")[0] for note in first.push().notes] == ["10 %", "50 %", "100 %"]
    assert cloud.asked.count("endpoints.deploy") == deploying, "it is there, and goes through the stages"
    assert traffic(cloud) == {deployed(old): 100}
    VertexTarget().roll_back(old, first.bench.live)
    assert traffic(cloud) == {deployed(new): 100}

    VertexTarget().roll_back(new, second.bench.live)
    assert traffic(cloud) == {deployed(old): 100}
    VertexTarget().route(new, {deployed(old): 0.7, deployed(new): 0.3})
    assert traffic(cloud) == {deployed(old): 70, deployed(new): 30}

    assert second.remove(new)
    assert traffic(cloud) == {deployed(old): 100}
    assert VertexTarget().status(old) == "ready"
    assert VertexTarget().status(new) == "stopped"
    assert first.remove(old)
    assert cloud.inventory() == []


@pytest.mark.parametrize(
    ("bias", "trouble", "gate"),
    [
        (4.0, Trouble(), "score distribution"),
        pytest.param(0.26, Trouble(delay=1.0), "latency", marks=pytest.mark.slow),
        (0.26, Trouble(every=1), "error rate"),
    ],
)
def test_a_worse_version_gives_back_what_it_took(
    cloud: VertexEmulator, tmp_path: Path, bias: float, trouble: Trouble, gate: str
) -> None:
    first, second = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", bias)
    old = first.push()
    cloud.serving.trouble[model_of(second.bundle, ordered())] = trouble
    with pytest.raises(UnhealthyError, match=f"at 10 % of the traffic: {gate}"):
        second.push(max_slowdown=1.0 if gate == "latency" else 1000.0)
    assert traffic(cloud) == {deployed(old): 100}
    assert second.remove(None)
    assert first.remove(old)
    assert cloud.inventory() == []


def test_a_gate_and_a_platform_that_does_not_take_the_traffic_back_are_both_told(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    first, second = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", 0.26)
    old = first.push()
    cloud.serving.trouble[model_of(second.bundle, ordered())] = Trouble(every=1)
    cloud.faults.plant("denied", "endpoints.patch", after=1)
    cloud.faults.plant("denied", "endpoints.undeploy")
    with pytest.raises(UnhealthyError, match="at 10 % of the traffic: error rate") as caught:
        second.push(share=10)
    (new,) = set(traffic(cloud)) - {deployed(old)}
    assert traffic(cloud) == {deployed(old): 90, new: 10}
    said = str(caught.value)
    assert "the traffic could not be set back" in said
    assert "Permission 'aiplatform.endpoints.patch' denied" in said
    assert "fivefold deploy RUN --resume" in said
    assert (
        f"gcloud ai endpoints undeploy-model shop --deployed-model-id={new} --traffic-split={deployed(old)}=100 "
        "--project=shop --region=europe-west4"
    ) in said
    assert not Journal(second.bench.live, "vertex").whole

    with pytest.raises(UnhealthyError, match="at 10 % of the traffic: error rate") as caught:
        second.push(share=10)  # what it was left with is no reason to take it for proved
    assert "could not be set back" not in str(caught.value)
    assert traffic(cloud) == {deployed(old): 100}
    assert cloud.serving.running == 1
    cloud.serving.trouble.clear()
    assert second.push(share=10).notes[0].startswith("10 %")


def test_the_first_model_of_an_endpoint_does_not_stay_where_it_is_not_proved(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    run = Run.of(tmp_path, 0.25)
    proof = "fivefold.deployment.targets.vertex.deploying.play"
    with interrupted(proof), pytest.raises(KeyboardInterrupt):
        run.push()
    assert cloud.serving.running == 0, "nothing is left that costs"
    release = run.push()
    with interrupted(proof), pytest.raises(KeyboardInterrupt):
        run.push()
    assert traffic(cloud) == {deployed(release): 100}, "what was proved before stays"
    assert run.remove(release)
    assert cloud.inventory() == []


def test_what_can_be_undone_in_one_way_is_undone(cloud: VertexEmulator, tmp_path: Path) -> None:
    first, second = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", 0.26)
    old = first.push()
    proof = "fivefold.deployment.targets.vertex.deploying.play"
    cloud.faults.plant("denied", "endpoints.patch", after=1)
    with interrupted(proof), pytest.raises(KeyboardInterrupt):
        second.push(share=10)
    assert traffic(cloud) == {deployed(old): 100}
    assert cloud.serving.running == 1

    cloud.faults.plant("denied", "endpoints.undeploy")
    with interrupted(proof), pytest.raises(VertexError, match="interrupted; and the model could not be und"):
        second.push(share=10)
    assert traffic(cloud) == {deployed(old): 100}
    assert cloud.serving.running == 2
    assert second.remove(None)
    assert first.remove(old)
    assert cloud.inventory() == []


def test_a_whole_run_waits_no_longer_than_its_time(cloud: VertexEmulator, tmp_path: Path) -> None:
    run = Run.of(tmp_path, 0.25)
    cloud.faults.plant("stalled", "endpoints.deploy")
    alone, run.bench = run.bench, replace(run.bench, in_run=True, deadline=Deadline.after(0.0))
    with pytest.raises(VertexError, match=r"still goes on.*fivefold deploy RUN --resume"):
        run.push()
    assert not Journal(run.bench.live, "vertex").whole
    cloud.operations.go_on()
    run.bench = alone
    assert run.push().notes == ("the only model of its endpoint: it has all requests",)
    assert cloud.asked.count("endpoints.deploy") == 1


def test_stages_without_time_give_the_traffic_back_and_leave_the_model(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    first, second = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", 0.26)
    old = first.push()
    most = cloud.asked.count("endpoints.predict") + 15

    def clock() -> float:
        return time.monotonic() + 10_000.0 * (cloud.asked.count("endpoints.predict") >= most)

    until = Deadline(time.monotonic() + 5_000.0, clock)
    alone, second.bench = second.bench, replace(second.bench, in_run=True, deadline=until)
    with pytest.raises(VertexError, match="Time is over while the new model is tried at 10 % of the traffic"):
        second.push()
    assert traffic(cloud) == {deployed(old): 100}
    assert cloud.serving.running == 2
    assert not Journal(second.bench.live, "vertex").whole
    second.bench = alone
    new = second.push()
    assert [note.partition(":")[0] for note in new.notes] == ["10 %", "50 %", "100 %"]
    assert cloud.asked.count("endpoints.deploy") == 2


@pytest.mark.parametrize("share", [pytest.param(10, marks=pytest.mark.slow), 100])
def test_what_is_not_proved_in_the_end_gives_back_what_it_took(
    cloud: VertexEmulator, tmp_path: Path, share: int
) -> None:
    first, second = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", 0.26)
    old = first.push()
    proof = "fivefold.deployment.targets.vertex.deploying.play"
    with interrupted(proof), pytest.raises(KeyboardInterrupt):
        second.push(share=share)
    assert traffic(cloud) == {deployed(old): 100}
    assert cloud.serving.running == 1
    new = second.push(share=share)
    with interrupted(proof), pytest.raises(KeyboardInterrupt):
        second.push(share=share)
    assert traffic(cloud)[deployed(new)] == share, "what it had already is not taken from it"
    assert second.remove(None)
    assert first.remove(old)
    assert cloud.inventory() == []


def test_what_another_run_made_of_the_same_bundle_stays_when_this_one_goes(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    theirs, ours = Run.of(tmp_path / "1", 0.25), Run.of(tmp_path / "2", 0.25)
    release = theirs.push()
    same = ours.push()
    assert same.resources == release.resources
    assert same.notes[-1].endswith("takes it away: objects, model, deployed model")
    standing = cloud.inventory()
    for _ in range(2):
        assert not ours.remove(same)
        assert cloud.inventory() == standing
    assert theirs.remove(release)
    assert cloud.inventory() == []
    again = ours.push()
    assert ours.remove(again)
    assert cloud.inventory() == []


def test_an_earlier_order_of_the_same_run_goes_once_it_has_no_requests_here(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    run, another = Run.of(tmp_path, 0.25), IMAGE.replace(":1", ":2")
    cloud.push(another)
    first = run.push()
    part = run.push(image=another, share=10)
    assert traffic(cloud) == {deployed(first): 90, deployed(part): 10}, "what has requests stays"
    whole = run.push(image=another)
    assert whole.resources == part.resources
    assert traffic(cloud) == {deployed(whole): 100}
    assert cloud.serving.running == 1
    assert [model["containerSpec"]["imageUri"] for model in cloud.models.shown()] == [another]
    assert {entry.resource for entry in Journal(run.bench.live, "vertex").entries} == set(whole.resources)
    cloud.faults.plant("denied", "endpoints.delete")
    moved = VertexTarget().push(run.bundle, run.bench, ordered(image=another, endpoint="other"))
    assert "left of an earlier order: endpoint" in moved.notes[-1]
    assert "Permission 'aiplatform.endpoints.delete' denied" in moved.notes[-1]
    assert cloud.serving.running == 1, "the model that was on it is gone"
    assert run.remove(moved)
    assert cloud.inventory() == []


def test_an_earlier_order_stays_where_nobody_says_what_has_requests(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    run, another = Run.of(tmp_path, 0.25), IMAGE.replace(":1", ":2")
    cloud.push(another)
    run.push()
    run.push(image=another, share=10)
    before = cloud.asked.count("endpoints.get")
    run.push(image=another, share=10)
    reads = cloud.asked.count("endpoints.get") - before
    standing = cloud.inventory()
    cloud.faults.plant("denied", "endpoints.get", after=reads - 1)
    again = run.push(image=another, share=10)
    assert "left of an earlier order" in again.notes[-1]
    assert "Permission 'aiplatform.endpoints.get' denied" in again.notes[-1]
    assert cloud.inventory() == standing
    assert run.remove(again)
    assert cloud.inventory() == []


def test_a_deployment_of_somebody_else_is_neither_given_up_nor_taken_for_ones_own(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    first, theirs, ours = (Run.of(tmp_path / str(at), 0.25 + at / 100) for at in range(3))
    old = first.push()
    cloud.faults.plant("stalled", "endpoints.deploy")
    with pytest.raises(VertexError, match="still goes on"):
        theirs.push(patience=0)
    with pytest.raises(VertexError, match="still goes on"):
        ours.push(patience=0)
    assert ours.remove(None)
    assert "operations.cancel" not in cloud.asked
    threading.Timer(0.5, cloud.operations.go_on).start()
    new = ours.push()
    assert traffic(cloud) == {deployed(new): 100}
    assert theirs.remove(None)
    assert ours.remove(new)
    assert first.remove(old)
    assert cloud.inventory() == []


def test_the_first_of_an_endpoint_has_nobody_to_go_back_to(cloud: VertexEmulator, tmp_path: Path) -> None:
    run = Run.of(tmp_path, 0.25)
    release = run.push()
    with pytest.raises(SettingsError, match="no model to go back to"):
        VertexTarget().roll_back(release, run.bench.live)
    with pytest.raises(SettingsError, match="These shares cannot be had"):
        VertexTarget().route(release, {deployed(release): 0.5})
