"""What a deployment rehearses before it begins: all of it where there is time, nothing silently left out, nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fivefold.core.clock import Deadline
from fivefold.core.errors import StepError
from fivefold.core.protocols import Bundle
from fivefold.deployment.process import Process, alive, spawn
from fivefold.deployment.rehearsal import dress
from fivefold.deployment.rehearsal.dress import dress_rehearsal
from fivefold.deployment.rehearsal.platform import platform_named
from fivefold.service.variables import PREFIX
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import SECONDS, eventually

NATIVE = platform_named("native")
LONG = 120.0


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("tiny") / "bundle")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """Every process that a rehearsal starts; none of them may outlive it."""
    processes: list[Process] = []

    def noted(*words: Any, **more: Any) -> Process:
        processes.append(spawn(*words, **more))
        return processes[-1]

    monkeypatch.setattr("fivefold.deployment.rehearsal.actor.spawn", noted)
    yield processes
    assert [process for process in processes if alive(process)] == []


@pytest.mark.parametrize("name", ["native", "vertex", "sagemaker", "v2"])
def test_with_time_all_of_it_is_played(
    bundle: Bundle, begun: list[Process], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(dress, "_MOST_SECONDS", LONG)  # a busy machine gets as far in its own time
    rehearsal = dress_rehearsal(bundle.folder, platform_named(name), Deadline.after(LONG))
    states = {scene.name: scene.state for scene in rehearsal.scenes}
    # How large a batch fits into its time is up to the machine; what does not fit is said.
    assert states.pop("largest batch") in ("passed", "skipped")
    assert {"port", "start", "known answers", "nonsense", "too large", "end"} <= set(states)
    assert set(states.values()) == {"passed"}
    assert rehearsal.platform == name
    assert len(begun) == 1


def test_what_other_services_are_told_by_variables_is_not_told_to_this_one(
    bundle: Bundle, begun: list[Process], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tokens").write_text("0123456789abcdef\n")
    monkeypatch.setenv(f"{PREFIX}TOKEN_FILE", str(tmp_path / "tokens"))
    monkeypatch.setenv(f"{PREFIX}NAME", "shop")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "an exporter that there is not")
    rehearsal = dress_rehearsal(bundle.folder, platform_named("v2"), Deadline.after(LONG))
    assert "known answers" in [scene.name for scene in rehearsal.in_state("passed")]


def test_without_time_nothing_is_started_and_that_is_said(bundle: Bundle, begun: list[Process]) -> None:
    rehearsal = dress_rehearsal(bundle.folder, NATIVE, Deadline.after(1.0))
    assert [scene.name for scene in rehearsal.in_state("skipped")] == [
        "start", "known answers", "largest batch", "end",
    ]  # fmt: skip
    assert "s were left" in rehearsal.scenes[0].seen
    assert begun == []


def test_a_start_that_takes_too_long_is_skipped_not_failed(
    bundle: Bundle, begun: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dress, "_OPENING_SHARE", 1e-9)
    rehearsal = dress_rehearsal(bundle.folder, NATIVE, Deadline.after(LONG))
    assert {scene.state for scene in rehearsal.scenes} == {"skipped"}
    assert "the time was over" in rehearsal.scenes[0].seen
    assert {"known answers", "largest batch", "end"} <= {scene.name for scene in rehearsal.scenes}
    assert len(begun) == 1


def test_when_little_is_left_after_the_start_the_rest_is_skipped(
    bundle: Bundle, begun: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dress, "_SECONDS_KEPT", LONG)
    rehearsal = dress_rehearsal(bundle.folder, NATIVE, Deadline.after(LONG))
    assert [scene.name for scene in rehearsal.in_state("passed")] == ["port", "start"]
    assert [scene.name for scene in rehearsal.in_state("skipped")] == [
        "known answers",
        "largest batch",
        "end",
    ]


@pytest.mark.parametrize(
    ("wrong", "scene"),
    [
        ({"health": "/nowhere"}, "start"),
        ({"predict": "/nowhere"}, "known answers"),
        ({"body_limit": 10**6}, "too large"),
    ],
)
def test_a_scene_that_fails_is_named_with_what_was_seen_and_expected(
    bundle: Bundle,
    begun: list[Process],
    monkeypatch: pytest.MonkeyPatch,
    wrong: dict[str, Any],
    scene: str,
) -> None:
    monkeypatch.setattr(dress, "_MOST_SECONDS", LONG)  # a busy machine gets as far in its own time
    with pytest.raises(StepError, match=f"as 'native', scene '{scene}'") as caught:
        dress_rehearsal(bundle.folder, replace(NATIVE, **wrong), Deadline.after(LONG))
    assert caught.value.seen
    assert caught.value.expected
    assert "fivefold deploy check RUN --as native" in caught.value.todo


def test_ctrl_c_ends_what_was_started(
    bundle: Bundle, begun: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setitem(dress._PARTS, "known answers", interrupt)
    with pytest.raises(KeyboardInterrupt):
        dress_rehearsal(bundle.folder, NATIVE, Deadline.after(LONG))
    assert len(begun) == 1


def test_what_is_rehearsed_does_not_outlive_a_deployment_that_is_killed(
    bundle: Bundle, free_port: int, tmp_path: Path
) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from fivefold.deployment.rehearsal.actor import BundleProcess\n"
        "from fivefold.deployment.rehearsal.platform import platform_named\n"
        "actor = BundleProcess(Path(sys.argv[1]))\n"
        "actor.start(platform_named('native'), int(sys.argv[2]))\n"
        "print(actor._process.pid, actor._process.started, flush=True)\n"
        "time.sleep(600)\n"
    )
    words = [sys.executable, "-c", program, str(bundle.folder), str(free_port)]
    environ = os.environ | {"TMPDIR": str(tmp_path)}  # nobody is left to tidy up
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environ) as deploying:
        assert deploying.stdout is not None
        pid, started = deploying.stdout.readline().split()
        service = Process(int(pid), float(started))
        assert alive(service)
        os.kill(deploying.pid, signal.SIGKILL)
        deploying.wait(SECONDS)
    eventually(lambda: not alive(service))
