"""The rehearsal passes our own service, and finds what is wrong with others."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fivefold.core.artefacts import Scene
from fivefold.core.errors import ArtefactError, SettingsError, StepError
from fivefold.core.protocols import Bundle
from fivefold.deployment.rehearsal.closing import closing
from fivefold.deployment.rehearsal.opening import opening
from fivefold.deployment.rehearsal.platform import PLATFORMS, Platform, platform_named
from fivefold.deployment.rehearsal.rehearse import rehearse, rehearse_address, rehearse_bundle, staged
from fivefold.deployment.rehearsal.sizes import batch_of, largest_batch
from fivefold.deployment.rehearsal.stage import Example, Stage
from fivefold.service.asked import MOST_ROWS
from fivefold.service.log import read_log, read_requests
from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens
from fivefold.testing.targets import tiny_bundle
from tests.service.houses import house_bundle
from tests.service.serving import serving

WRONG = Path(__file__).with_name("wrong_service.py")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("tiny") / "bundle")


def states(scenes: list[Scene]) -> dict[str, str]:
    return {scene.name: scene.state for scene in scenes}


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_our_service_passes_as_every_platform(bundle: Bundle, name: str) -> None:
    scenes = list(rehearse_bundle(bundle.folder, platform_named(name)))
    assert [scene for scene in scenes if scene.state != "passed"] == []
    assert {"port", "start", "known answers", "largest batch", "silence and recovery", "end"} <= set(
        states(scenes)
    )


def test_the_largest_batch_fills_the_limit_and_stays_inside(bundle: Bundle) -> None:
    platform = platform_named("native")
    with staged(bundle.folder, platform) as (stage, port):
        assert all(scene.state == "passed" for scene in opening(stage, port))
        stage.learn()
        batch = batch_of(stage, largest_batch(stage))
        filled = max(len(stage.send(batch).body), len(stage.speech.ask(batch).body))
    assert 0.95 * platform.body_limit < filled <= platform.body_limit


def test_the_largest_batch_has_no_more_rows_than_a_service_takes(bundle: Bundle) -> None:
    platform = replace(platform_named("native"), body_limit=1_000_000_000)
    with staged(bundle.folder, platform) as (stage, port):
        assert {scene.state for scene in opening(stage, port)} == {"passed"}
        stage.learn()
        assert largest_batch(stage) == MOST_ROWS


def test_answers_that_are_longer_than_their_rows_stay_inside_the_limit_too(tmp_path: Path) -> None:
    """Of a few short columns it is the answer that fills the limit, and its ids grow with the number of the row."""
    platform = platform_named("v2")
    bundle = house_bundle(tmp_path / "bundle", places=False)
    with staged(bundle, platform) as (stage, port):
        assert all(scene.state == "passed" for scene in opening(stage, port))
        stage.learn()
        batch = batch_of(stage, largest_batch(stage))
        assert len(stage.speech.ask(batch).body) < 0.9 * platform.body_limit
        assert 0.95 * platform.body_limit < len(stage.send(batch).body) <= platform.body_limit


@pytest.mark.parametrize("name", ["native", "sagemaker", "v2"])
def test_a_service_that_runs_elsewhere_is_asked_and_left_as_it_is(
    bundle: Bundle, tmp_path: Path, name: str
) -> None:
    log = tmp_path / "log.sqlite"
    with serving(bundle.folder, log) as service:
        scenes = list(rehearse_address(f"http://127.0.0.1:{service.port}", platform_named(name)))
        assert service.ask("GET", "/readyz").status == 200
    found = states(scenes)
    assert found["known answers"] == found["largest batch"] == "passed"
    assert found["silence and recovery"] == found["end"] == "skipped"
    assert "failed" not in found.values()
    # Its monitor hears of it, and takes none of it for what clients sent.
    assert read_log(log, bundle.contract)[0].height == 0
    assert {name: count for name, count in read_requests(log).items() if count} == {"rehearsed": 4.0}


def test_a_service_that_demands_a_token_says_so(bundle: Bundle) -> None:
    settings = ServiceSettings(tokens=Tokens(["0123456789abcdef"]))
    with (
        serving(bundle.folder, None, settings) as service,
        pytest.raises(StepError, match=r"status 401.*A token is demanded"),
    ):
        list(rehearse_address(f"http://127.0.0.1:{service.port}", platform_named("native")))


def test_a_damaged_bundle_is_not_rehearsed(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    with (bundle.folder / "golden.json").open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(ArtefactError, match=r"golden\.json"):
        list(rehearse_bundle(bundle.folder, platform_named("native")))


def test_a_platform_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="'azure'"):
        platform_named("azure")


@dataclass
class WrongActor:
    """A service with one fault, as a process."""

    fault: str
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self, platform: Platform, port: int) -> None:
        self.process = subprocess.Popen([sys.executable, str(WRONG), str(port), self.fault])

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def memory(self) -> int:
        return 0

    def last_words(self) -> str:
        return "nothing"

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


FAULTS = {
    "early health": "start",
    "wrong answer": "known answers, whole numbers as floats, rows as lists, silence and recovery",
    "lists": "rows as lists",
    "stack trace": "nonsense",
    "no limit": "too large",
    "short batch": "largest batch, end",
    "deaf": "end",
    "slow": "times",
}


OFTEN = ("wrong answer", "no limit")
"""Faults that every run of the tests plays; the others are played with what takes long."""


@pytest.mark.parametrize(
    "fault",
    [
        "none",
        *OFTEN,
        *(pytest.param(fault, marks=pytest.mark.slow) for fault in sorted(FAULTS.keys() - OFTEN)),
    ],
)
def test_each_fault_is_found_where_it_is(fault: str, free_port: int) -> None:
    actor = WrongActor(fault)
    platform = Platform(
        "native", "/readyz", "/predict", 20.0, 20.0, 5.0, 20.0, body_limit=20_000, drain_seconds=2.0
    )
    examples = (Example({"x": 1}, 0.5), Example({"x": 3}, 1.5))
    stage = Stage(platform, f"http://127.0.0.1:{free_port}", actor, latency=0.5, examples=examples)
    try:
        scenes = list(rehearse(stage, free_port))
    finally:
        actor.close()
    failed = [scene.name for scene in scenes if scene.state == "failed"]
    assert ", ".join(failed) == FAULTS.get(fault, "")


def test_a_service_that_breaks_over_its_last_request_is_not_waited_for(free_port: int) -> None:
    actor = WrongActor("falls")
    platform = Platform("native", "/readyz", "/predict", 20.0, 20.0, 5.0, 20.0, body_limit=20_000)
    stage = Stage(platform, f"http://127.0.0.1:{free_port}", actor, examples=(Example({"x": 1}, 0.5),))
    try:
        opened = list(opening(stage, free_port))
        (scene,) = closing(stage)
    finally:
        actor.close()
    assert {each.state for each in opened} == {"passed"}
    assert (scene.name, scene.state) == ("end", "failed")
    assert "0 of" in scene.seen


def test_a_service_that_never_opens_is_told_as_such(free_port: int) -> None:
    actor = WrongActor("closed")
    platform = Platform("native", "/readyz", "/predict", 1.0, 1.0, 0.5, 1.0)
    began = time.monotonic()
    try:
        scenes = list(rehearse(Stage(platform, f"http://127.0.0.1:{free_port}", actor), free_port))
    finally:
        actor.close()
    assert [(scene.name, scene.state) for scene in scenes] == [("port", "failed")]
    assert time.monotonic() - began < 20.0
