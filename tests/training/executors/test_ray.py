"""Fits on a real Ray cluster of two nodes, one of which is killed; and clear words where there is none."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.training.stages import Stage

from fivefold.core.clock import Deadline
from fivefold.core.errors import MissingExtraError, SettingsError, StepError
from fivefold.core.workbench import Silence
from fivefold.testing.executors import ExecutorSuite, tiny_workshop
from fivefold.testing.ray_cluster import RayCluster
from fivefold.testing.strangers import install_strangers
from fivefold.training.execution import check_executor
from fivefold.training.executors import ray as part
from fivefold.training.executors.ray import RayExecutor
from fivefold.training.step import train

if TYPE_CHECKING:
    from fivefold.core.artefacts import Model
    from fivefold.core.protocols import Pool
    from fivefold.core.workbench import Workbench

Make = Callable[..., Stage]
needs_ray = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed: pip install 'fivefold[ray]'"
)


def test_without_ray_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'fivefold\[ray\]'"):
        check_executor("ray")


@pytest.fixture
def as_if_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "find_spec", lambda name: object())
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.mark.parametrize(
    "told", ["ray", "ray:auto", "ray:head:6379", "ray://head:10001", "ray:10.0.0.1:6379"]
)
def test_addresses_of_a_cluster(told: str, as_if_installed: None) -> None:
    check_executor(told)


@pytest.mark.parametrize(
    "told", ["ray:head", "ray://head", "ray:head:port", "ray:http://head:80", "ray:head:99999"]
)
def test_what_is_no_address_is_refused(told: str, as_if_installed: None) -> None:
    with pytest.raises(SettingsError, match=r"cannot be used.*ray://host:10001"):
        check_executor(told)


def test_the_address_may_stand_in_the_environment(
    as_if_installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "nonsense")
    with pytest.raises(SettingsError, match="nonsense"):
        check_executor("ray")


def test_a_cluster_that_is_not_there_is_told_in_plain_words(tmp_path: Path) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    with pytest.raises(
        StepError, match=r"cannot be reached.*127.0.0.1.*Next: start one with `ray start --head`"
    ):
        RayExecutor().open(tmp_path, 1, f"127.0.0.1:{port}", Deadline.after(30))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayCluster]:
    """Two nodes, on which the families that misbehave are installed."""
    site = tmp_path_factory.mktemp("site")
    install_strangers(site)
    paths = os.pathsep.join([str(site), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", paths.rstrip(os.pathsep))
        with RayCluster(1, 1) as cluster:
            yield cluster


@needs_ray
@pytest.mark.slow
class TestRay(ExecutorSuite):
    @pytest.fixture(autouse=True)
    def _where(self, cluster: RayCluster) -> None:
        self.address = cluster.address

    def open(self, folder: Path) -> Pool:
        return RayExecutor().open(folder, 1, self.address, Deadline.after(60))


@needs_ray
@pytest.mark.slow
class TestRayClient(TestRay):
    @pytest.fixture(autouse=True)
    def _where(self, cluster: RayCluster) -> None:
        self.address = cluster.client_address


@needs_ray
@pytest.mark.slow
def test_a_stranger_at_the_address_costs_no_more_than_the_time_for_workers(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path / "workshop")
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        began = time.monotonic()
        with pytest.raises(StepError, match="Next: "):
            RayExecutor().open(workshop.folder, 1, f"127.0.0.1:{door.getsockname()[1]}", Deadline.after(5))
    assert time.monotonic() - began < 30


class Killer(Silence):
    """Kills nodes as soon as so many fits are over."""

    def __init__(self, cluster: RayCluster, node: int, after: int) -> None:
        self.cluster, self.node, self.after, self.lines = cluster, node, after, list[str]()

    def advance(self, done: float, text: str) -> None:
        self.lines.append(text)
        if len(self.lines) == self.after:
            self.cluster.kill(self.node)


def trained(place: Stage, name: str, executor: str, progress: Silence) -> tuple[Model, Workbench]:
    bench = replace(place.bench(name=name, seconds=150.0), executor=executor, progress=progress)
    return train(place.dataset, place.brief, bench), bench


def payloads(bench: Workbench) -> dict[str, bytes]:
    """What was fitted, by its place."""
    fits = bench.scratch / "workshop" / "fits"
    return {path.parent.name: path.read_bytes() for path in fits.glob("*/payload")}


@needs_ray
@pytest.mark.slow
def test_losing_a_node_loses_no_trial_and_the_fits_are_those_of_this_machine(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "lightgbm")})
    with RayCluster(1, 2) as cluster:
        model, bench = trained(place, "ray", f"ray:{cluster.address}", Killer(cluster, 1, after=3))
    here, local = trained(place, "local", "local", Silence())
    told = {(trial.candidate, trial.fold): (trial.state, trial.reason) for trial in model.trials}
    assert {key: state for key, (state, _) in told.items()} == {
        (trial.candidate, trial.fold): trial.state for trial in here.trials
    }, model.notes
    assert model.ended == here.ended == "all candidates fitted"
    assert model.evaluation == here.evaluation
    assert payloads(bench) == payloads(local) != {}


@needs_ray
@pytest.mark.slow
def test_losing_the_cluster_ends_training_with_what_is_there(stage: Make) -> None:
    place = stage("binary", plan={"model.candidates": ("linear", "lightgbm")})
    with RayCluster(1, 1) as cluster:
        model, bench = trained(place, "ray", f"ray:{cluster.address}", Killer(cluster, 0, after=6))
    assert model.members
    assert model.ended == "interrupted"
    assert any(note.startswith("Training ended early, since") for note in model.notes)
    assert (bench.folder / "bundle").is_dir()
