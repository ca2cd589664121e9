"""Fits on a real Ray cluster of two nodes, one of which is killed; and clear words where there is none."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
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
from fivefold.core.protocols import Candidate
from fivefold.core.tasks import EncodeTask, FitTask
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
    from fivefold.core.tasks import Outcome
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


def test_a_name_that_no_machine_can_have_is_told_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"cannot be reached.*head\.\.example:6379.*label empty.*Next: "):
        RayExecutor().open(tmp_path, 1, "head..example:6379", Deadline.after(30))


@contextlib.contextmanager
def with_strangers(place: Path) -> Iterator[Path]:
    """Nodes that are started meanwhile know the families that misbehave; gives the folder for notes."""
    install_strangers(place / "site")
    (place / "notes").mkdir(parents=True)
    paths = [str(place / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        patch.setenv("PATIENT_NOTES", str(place / "notes"))
        yield place / "notes"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayCluster]:
    """Two nodes."""
    with with_strangers(tmp_path_factory.mktemp("place")), RayCluster(1, 1) as cluster:
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


@contextlib.contextmanager
def stranger() -> Iterator[str]:
    """Somebody who takes calls, and hangs up on everybody; gives the address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        answering = threading.Thread(target=_hang_up, args=(door,), daemon=True)
        answering.start()
        yield f"127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)  # whoever waits for a call is woken
        answering.join()


def _hang_up(door: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            door.accept()[0].close()


@needs_ray
@pytest.mark.slow
def test_a_stranger_who_hangs_up_is_told_as_ray_tells_it(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path / "workshop")
    with (
        stranger() as address,
        pytest.raises(
            StepError, match=r"cannot be used.*ConnectionError: ray client connection timeout.*Next: "
        ),
    ):
        RayExecutor().open(workshop.folder, 1, f"ray://{address}", Deadline.after(120))


@needs_ray
@pytest.mark.slow
def test_a_key_that_is_missing_is_told_as_ray_tells_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / "no token"))
    workshop = tiny_workshop(tmp_path / "workshop")
    with (
        stranger() as address,
        pytest.raises(StepError, match=r"cannot be used.*AuthenticationError: .*Next: "),
    ):
        RayExecutor().open(workshop.folder, 1, address, Deadline.after(120))


def fit(family: str, number: int) -> FitTask:
    return FitTask(Candidate(family, family, {}, 0.0), number, 1, seconds=300, latest=time.monotonic() + 300)


def outcomes(pool: Pool, count: int) -> list[Outcome]:
    """Wait for so many tasks."""
    found: list[Outcome] = []
    until = Deadline.after(300)
    while len(found) < count and not until.passed():
        found += pool.wait(0.5)
    return found


def wait_until(pool: Pool, holds: Callable[[], bool]) -> None:
    """Wait for something while no task ends."""
    until = Deadline.after(120)
    while not holds():
        assert not until.passed()
        assert list(pool.wait(0.1)) == []


@needs_ray
@pytest.mark.slow
def test_what_a_node_had_in_hand_is_done_by_another(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path / "workshop")
    with (
        with_strangers(tmp_path / "place") as notes,
        RayCluster(1, 1) as cluster,
        contextlib.closing(
            RayExecutor().open(workshop.folder, 1, cluster.address, Deadline.after(120))
        ) as pool,
    ):
        assert pool.cores == 2
        pool.start(EncodeTask(1), kill_at=Deadline.after(300))
        assert [outcome.state for outcome in outcomes(pool, 1)] == ["done"]
        for number in range(2):
            pool.start(fit("patient", number), kill_at=Deadline.after(300))
        wait_until(pool, lambda: len(list(notes.iterdir())) == 2)
        cluster.kill(1)
        wait_until(pool, lambda: pool.cores == 1)
        (notes / "go").touch()
        ended = outcomes(pool, 2)
        assert [outcome.state for outcome in ended] == ["done", "done"]
        assert sorted(outcome.reason for outcome in ended) == ["", "done again, since its worker was lost"]
        assert all((workshop.folder / outcome.task.place / "payload").is_file() for outcome in ended)


@needs_ray
@pytest.mark.slow
def test_a_task_that_kills_its_workers_is_given_up_and_says_so(tmp_path: Path) -> None:
    workshop = tiny_workshop(tmp_path / "workshop")
    with (
        with_strangers(tmp_path / "place"),
        RayCluster(1) as cluster,
        contextlib.closing(
            RayExecutor().open(workshop.folder, 1, cluster.address, Deadline.after(120))
        ) as pool,
    ):
        for task, state in ((EncodeTask(1), "done"), (fit("rebel", 0), "failed"), (fit("linear", 1), "done")):
            wait_until(pool, lambda: pool.free > 0)
            pool.start(task, kill_at=Deadline.after(300))
            ended = outcomes(pool, 1)
            assert [outcome.state for outcome in ended] == [state], ended
            if state == "failed":
                assert ended[0].reason == (
                    "given up after 3 tries on the cluster, the last time since its worker was lost"
                )


class Killer(Silence):
    """Kills nodes as soon as so many fits are over."""

    def __init__(self, cluster: RayCluster, node: int, after: int) -> None:
        self.cluster, self.node, self.after, self.lines = cluster, node, after, list[str]()

    def advance(self, done: float, text: str) -> None:
        self.lines.append(text)
        if len(self.lines) == self.after:
            self.cluster.kill(self.node)


def trained(place: Stage, name: str, executor: str, progress: Silence) -> tuple[Model, Workbench]:
    bench = replace(place.bench(name=name, seconds=400.0), executor=executor, progress=progress)
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
