"""What a person says of the log of a local service, and where it is found again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.core.artefacts import Release
from fivefold.core.errors import InputError, SettingsError
from fivefold.core.orders import Bundle, Order
from fivefold.deployment.client import Client
from fivefold.deployment.process import Process, alive
from fivefold.deployment.standing import LocalOptions, read_standing
from fivefold.deployment.succession import challenge, promote, roll_back
from fivefold.deployment.targets.local import LocalTarget
from fivefold.deployment.telling import read_told, service_secrets, service_words, without_secret
from fivefold.monitoring.logs import read_logs
from fivefold.runtime.bundle import load_bundle
from fivefold.service.log import OWN_LOG, logs_of, read_log
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from tests.service.serving import ROW, SECONDS, eventually


@pytest.fixture
def started() -> Iterator[list[Release]]:
    releases: list[Release] = []
    yield releases
    for release in releases:
        if alive(Process(release.pid, release.started)):
            os.kill(release.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"logg": "x"}, "logg.*allow_host, log, log_keep, log_mode"),
        ({"log_mode": "sure"}, "async or durable"),
        ({"log": "segments/", "log_mode": "durable"}, "no durable mode"),
        ({"log": "none", "log_mode": "durable"}, "nothing is durable"),
        ({"log": "stdout", "log_keep": "30d"}, "cannot forget"),
        ({"log_keep": "long"}, "how long"),
        ({"allow_host": "https://shop.example"}, "no name of a host"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_started(
    options: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        read_told(Order(options=options))


def test_a_kind_of_log_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InputError, match="no such kind"):
        read_told(Order(options={"log": "kafka://host/topic"}))


def test_a_password_stands_in_no_command_line_and_in_no_note(tmp_path: Path) -> None:
    told = read_told(Order(options={"log": "postgresql://me:p%40ss@host/shop"}))
    assert service_words(told, tmp_path)[:2] == ["--log", "postgresql://me@host/shop"]
    assert service_secrets(told) == {"FIVEFOLD_DATABASE_PASSWORD": "p@ss"}
    assert without_secret(told) == LocalOptions(log="postgresql://me@host/shop")
    assert service_secrets(LocalOptions()) == {}


def test_a_service_logs_where_it_was_told_and_how(
    tmp_path: Path, started: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path / "bench")
    order = Order(options={"log": "elsewhere.sqlite", "log_mode": "durable", "allow_host": "shop.example"})
    started.append(LocalTarget().push(bundle, bench, order))
    with Client(started[0].address, timeout=SECONDS) as client:
        assert client.post("/predict", {"instances": [ROW]}, {"host": "shop.example"}).status == 200
    # Durable: it is there when the answer is.
    assert read_log(tmp_path / "elsewhere.sqlite", bundle.contract)[0].height == 1
    assert not (bench.live / OWN_LOG).exists()
    assert logs_of(bench.live)[1:] == [str((tmp_path / "elsewhere.sqlite").resolve())]
    again = LocalTarget().push(bundle, bench, order)
    assert again.pid == started[0].pid
    started.append(LocalTarget().push(bundle, bench, Order()))
    assert started[1].pid != again.pid  # another log is another service
    assert LocalTarget().status(again) == "stopped"
    standing = read_standing(bench.live)
    assert standing is not None
    assert standing.told == LocalOptions()


def test_after_a_promotion_each_model_is_found_in_the_log_by_its_own_version(
    tmp_path: Path, started: list[Release]
) -> None:
    bench = tiny_workbench(tmp_path / "first")
    lives = [bench.live, tmp_path / "second" / "live"]
    lives[1].mkdir(parents=True)
    bundles = [
        tiny_bundle(tmp_path / "first" / "train" / "bundle"),
        tiny_bundle(tmp_path / "second" / "train" / "bundle", bias=1.5),
    ]
    started.append(LocalTarget().push(bundles[0], bench, Order()))
    ids: list[list[str]] = [[], []]

    def ask(times: int, who: int) -> None:
        with Client(started[0].address, timeout=SECONDS) as client:
            for _ in range(times):
                ids[who] += client.post("/predict", {"instances": [ROW]}).json()["prediction_ids"]
            label = {"labels": [{"prediction_id": ids[who][-1], "label": "yes"}]}
            assert client.post("/labels", label).status == 200

    ask(3, 0)
    challenge(lives[0], bundles[1].folder, share=0.000001)  # beside, and as good as never asked
    promote(lives[0])
    ask(5, 1)
    roll_back(lives[0])
    ask(2, 0)
    for live, bundle, own in zip(lives, bundles, ids, strict=True):
        assert found(live, bundle, len(own)) == set(own)
        predictor = load_bundle(bundle.folder)
        assert set(read_logs(predictor, live).told["prediction_id"]) == {ids[0][2], ids[0][-1], ids[1][-1]}


def found(live: Path, bundle: Bundle, count: int) -> set[str]:
    """Return the ids that a run's logs hold of its model, once so many are there."""
    version = load_bundle(bundle.folder).version

    def read() -> list[str]:
        return [
            name
            for log in logs_of(live)
            for name in read_log(log, bundle.contract, version=version)[1]["prediction_id"]
        ]

    eventually(lambda: len(read()) >= count)
    names = read()
    assert len(names) == count
    return set(names)
