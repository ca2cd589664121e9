"""The target ``local`` on this machine: real services, real ends, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fivefold.core.artefacts import Release
from fivefold.core.errors import MisuseError, StepError
from fivefold.core.orders import Bundle, Order
from fivefold.deployment.client import Client
from fivefold.deployment.process import Process, alive, spawn
from fivefold.deployment.standing import Standing, read_standing
from fivefold.deployment.step import check_target
from fivefold.deployment.targets.local import LocalTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.service.log import read_log, read_requests
from fivefold.service.port import bind
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from tests.service.serving import ROW, SECONDS, eventually

LOCAL = "fivefold.deployment.targets.local"


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return tiny_bundle(tmp_path / "bundle")


@pytest.fixture
def other(tmp_path: Path) -> Bundle:
    return tiny_bundle(tmp_path / "other", bias=0.75)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """Every process that the target starts in a test; none of them outlives it."""
    processes: list[Process] = []

    def noted(*words: Any, **more: Any) -> Process:
        processes.append(spawn(*words, **more))
        return processes[-1]

    monkeypatch.setattr(f"{LOCAL}.spawn", noted)
    yield processes
    for process in processes:
        if alive(process):
            os.kill(process.pid, signal.SIGKILL)


def process_of(release: Release) -> Process:
    return Process(release.pid, release.started)


def test_a_release_answers_and_its_log_has_real_requests_alone(
    bundle: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    bench = tiny_workbench(tmp_path)
    release = LocalTarget().push(bundle, bench, Order())
    log = bench.live / "predictions.sqlite"
    assert read_log(log, bundle.contract)[0].height == 0
    with Client(release.address, timeout=SECONDS) as client:
        predictor = load_bundle(bundle.folder)
        answer = client.post("/predict", {"instances": [ROW]}).json()["predictions"]
        assert answer == predictor.answer(predictor.read([ROW]))
    assert LocalTarget().remove(release, tmp_path / "live")
    assert read_log(log, bundle.contract)[0].height == 1
    assert read_requests(log)["requests"] == 1
    assert "ready" in (bench.live / "service.log").read_text()
    assert sorted(path.name for path in bench.folder.iterdir()) == []


def test_a_service_with_tokens_is_proved_with_one_of_them(
    bundle: Bundle, begun: list[Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIVEFOLD_TOKENS", "a-secret-of-the-shop-7, another-of-the-shop-8")
    release = LocalTarget().push(bundle, tiny_workbench(tmp_path), Order())
    port = int(release.address.rpartition(":")[2])
    check_target("local", Order(port))  # ours: told by the same token
    for token, status in (("", 401), ("another-of-the-shop-8", 200)):
        with Client(release.address, timeout=SECONDS, token=token) as client:
            assert client.post("/predict", {"instances": [ROW]}).status == status
    monkeypatch.delenv("FIVEFOLD_TOKENS")
    with pytest.raises(MisuseError, match="in use"):
        check_target("local", Order(port))
    assert LocalTarget().remove(release, tmp_path / "live")


def test_the_same_bundle_again_keeps_the_service(
    bundle: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    bench = tiny_workbench(tmp_path)
    first = LocalTarget().push(bundle, bench, Order())
    port = int(first.address.rpartition(":")[2])
    for asked in (0, port):
        again = LocalTarget().push(bundle, bench, Order(port=asked))
        assert (again.pid, again.started, again.address) == (first.pid, first.started, first.address)
        assert again.notes == ("was running already",)
    assert len(begun) == 1
    assert LocalTarget().remove(first, tmp_path / "live")


def test_another_bundle_takes_the_place_of_the_older_one(
    bundle: Bundle, other: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    bench = tiny_workbench(tmp_path)
    first = LocalTarget().push(bundle, bench, Order())
    second = LocalTarget().push(other, bench, Order())
    assert LocalTarget().status(first) == "stopped"
    assert LocalTarget().status(second) == "ready"
    assert second.address == first.address  # clients know it
    assert second.bundle_digest == load_bundle(other.folder).version != first.bundle_digest
    standing = read_standing(bench.live)
    assert standing is not None
    assert standing.address == second.address
    assert LocalTarget().remove(second, tmp_path / "live")


def test_another_bundle_may_take_the_very_port(
    bundle: Bundle, other: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    bench = tiny_workbench(tmp_path)
    first = LocalTarget().push(bundle, bench, Order())
    second = LocalTarget().push(other, bench, Order(port=int(first.address.rpartition(":")[2])))
    assert second.address == first.address
    assert [alive(process) for process in begun] == [
        False,
        False,
        True,
    ]  # the second was proved elsewhere first
    assert LocalTarget().remove(second, tmp_path / "live")


def test_a_bundle_that_does_not_start_leaves_the_older_one_running(
    bundle: Bundle, other: Bundle, begun: list[Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = tiny_workbench(tmp_path)
    first = LocalTarget().push(bundle, bench, Order())
    monkeypatch.setattr(f"{LOCAL}.load_bundle", lambda folder: load_bundle(bundle.folder))
    monkeypatch.setattr(f"{LOCAL}._fits", lambda *_: False)
    with pytest.raises(StepError, match="answers differently"):
        LocalTarget().push(other, bench, Order())
    assert [alive(process) for process in begun] == [True, False]
    assert LocalTarget().remove(first, tmp_path / "live")


def test_a_port_in_use_is_named_and_nothing_is_started(
    bundle: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MisuseError, match=f"Port {port} is in use"):
            LocalTarget().push(bundle, tiny_workbench(tmp_path), Order(port=port))
    assert begun == []


def test_a_service_that_is_killed_is_found_stopped_and_can_be_deployed_again(
    bundle: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    bench = tiny_workbench(tmp_path)
    first = LocalTarget().push(bundle, bench, Order())
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: LocalTarget().status(first) == "stopped")
    assert LocalTarget().remove(first, tmp_path / "live") is False
    second = LocalTarget().push(bundle, bench, Order())
    assert second.pid != first.pid
    assert second.address == first.address
    assert LocalTarget().status(second) == "ready"
    assert LocalTarget().remove(second, tmp_path / "live")


def test_when_the_time_is_over_nothing_is_left_running(
    bundle: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    with pytest.raises(StepError, match="not ready in time"):
        LocalTarget().push(bundle, tiny_workbench(tmp_path, seconds=0.05), Order())
    assert [alive(process) for process in begun] == [False]
    assert read_standing(tmp_path / "live") is None


def test_a_service_that_cannot_start_is_quoted(bundle: Bundle, begun: list[Process], tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path)
    (bench.live / "predictions.sqlite").mkdir()
    with pytest.raises(StepError, match=r"ended while it started.*predictions\.sqlite' cannot be written"):
        LocalTarget().push(bundle, bench, Order())
    assert [alive(process) for process in begun] == [False]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), StepError("no")])
def test_whatever_interrupts_it_nothing_is_left_running(
    error: BaseException,
    bundle: Bundle,
    begun: list[Process],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr(f"{LOCAL}.play", interrupt)
    with pytest.raises(type(error)):
        LocalTarget().push(bundle, tiny_workbench(tmp_path), Order())
    assert [alive(process) for process in begun] == [False]
    assert read_standing(tmp_path / "live") is None


DEPLOY = """
import os, signal, sys
from pathlib import Path
import fivefold.deployment.targets.local as local
from fivefold.core.orders import Order
from fivefold.testing.targets import tiny_bundle, tiny_workbench
if sys.argv[2] == "killed":
    def killed(standing, *_):
        print(standing.process.pid, standing.process.started, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    local._verify = killed
folder = Path(sys.argv[1])
release = local.LocalTarget().push(tiny_bundle(folder / "bundle"), tiny_workbench(folder), Order())
print(release.pid, release.started)
"""


def deployed_elsewhere(folder: Path, how: str) -> tuple[int, Process]:
    """Deploy in another process, and say how that one ended and what it started."""
    done = subprocess.run(
        [sys.executable, "-c", DEPLOY, str(folder), how], capture_output=True, text=True, timeout=60
    )
    pid, started = done.stdout.split()
    return done.returncode, Process(int(pid), float(started))


def test_a_service_outlives_the_process_that_deployed_it(tmp_path: Path) -> None:
    code, process = deployed_elsewhere(tmp_path, "whole")
    standing = read_standing(tmp_path / "live")
    assert code == 0
    assert isinstance(standing, Standing)
    assert standing.process == process
    release = LocalTarget().push(
        Bundle(tmp_path / "bundle", "", load_bundle(tmp_path / "bundle").contract),
        tiny_workbench(tmp_path),
        Order(),
    )
    assert process_of(release) == process
    assert LocalTarget().remove(release, tmp_path / "live")


def test_a_deployment_that_is_killed_halfway_takes_its_service_with_it(tmp_path: Path) -> None:
    code, process = deployed_elsewhere(tmp_path, "killed")
    assert code == -signal.SIGKILL
    eventually(lambda: not alive(process))
    assert read_standing(tmp_path / "live") is None


def test_a_namesake_of_the_service_is_never_touched(
    bundle: Bundle, begun: list[Process], tmp_path: Path
) -> None:
    release = LocalTarget().push(bundle, tiny_workbench(tmp_path), Order())
    namesake = Release(
        target="local",
        address=release.address,
        pid=release.pid,
        started=release.started - 3600,
        bundle_digest=release.bundle_digest,
        golden=release.golden,
    )
    assert LocalTarget().status(namesake) == "stopped"
    assert LocalTarget().remove(namesake, tmp_path / "live") is False
    assert LocalTarget().status(release) == "ready"
    assert LocalTarget().remove(release, tmp_path / "live")


def test_folders_next_to_ours_hide_no_library(
    bundle: Bundle, begun: list[Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's own ``random.py`` in the folder where they work is not what the service imports."""
    (tmp_path / "random.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.chdir(tmp_path)
    release = LocalTarget().push(bundle, tiny_workbench(tmp_path), Order())
    assert LocalTarget().remove(release, tmp_path / "live")
