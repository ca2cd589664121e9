"""``challenge``, ``promote`` and ``rollback``, as a person and a program use and misuse them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.commands import Call, valid

from fivefold.core.artefacts import Model, Release
from fivefold.core.orders import Order
from fivefold.core.store import Run
from fivefold.deployment.targets.local import LocalTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.targets import tiny_bundle, tiny_workbench


def trained(finished: Path, name: str, bias: float) -> Path:
    """A run of one's own, with a small model."""
    run = Path(shutil.copytree(finished, Path("fivefold-runs") / name))
    shutil.rmtree(run / "train" / "bundle")
    tiny_bundle(run / "train" / "bundle", bias=bias)
    return run


@pytest.fixture
def address(fivefold: Call, finished_run: Path) -> Iterator[str]:
    """Where the service of run ``first`` answers; ``second`` has another model."""
    first = trained(finished_run, "first", 0.25)
    trained(finished_run, "second", 1.5)
    bench = tiny_workbench(first)
    bundle = tiny_bundle(first / "train" / "bundle")
    release = LocalTarget().push(bundle, bench, Order())
    place = Run(first)
    with place.workplace("deploy") as (payload, _):
        place.commit("deploy", release, payload, key="sha256:0", parents={}, seconds=1.0)
    yield release.address
    LocalTarget().remove(release, bench.live)


def version_of(run: str) -> str:
    return load_bundle(Path("fivefold-runs") / run / "train" / "bundle").version


def test_each_change_is_one_document(fivefold: Call, address: str) -> None:
    def changed(*words: str) -> dict[str, object]:
        called = fivefold(*words, "--json")
        assert called.code == 0, called
        return valid(called.out, "succession")

    before = {"run": "first", "address": address, "champion": "first", "version": version_of("first")}
    alone = {"challenger": "", "share": 0.0, "key": ""}
    beside = changed("challenge", "first", "second", "--split", "0.25", "--key", "age")
    assert beside == before | {"challenger": "second", "share": 0.25, "key": "age"}
    assert changed("challenge", "first", "--end") == before | alone
    assert "answers in the shadow" in fivefold("challenge", "first", "second").out
    after = changed("promote", "first")
    assert after == before | alone | {"champion": "second", "version": version_of("second")}
    assert changed("rollback", "first") == before | alone


def test_a_model_that_cannot_stand_beside_it_is_misuse(
    fivefold: Call, address: str, finished_run: Path
) -> None:
    other = trained(finished_run, "other", 0.25)
    tiny_bundle(other / "train" / "bundle", task="regression")
    called = fivefold("challenge", "first", "other")
    assert (called.code, called.out) == (2, "")
    assert "answers another question" in called.err
    called = fivefold("challenge", "first", "second", "--key", "shoes", "--json")
    assert called.code == 2
    assert called.out.startswith('{"error": {"code": "wrong_key"')
    assert fivefold("challenge", "first", "first").code == 2
    assert fivefold("challenge", "first", "second", "--split", "2").code == 2
    assert address in fivefold("challenge", "first", "second", "--json").out


def test_a_rollback_on_a_platform_that_has_none_is_misuse(fivefold: Call, address: str) -> None:
    place = Run(Path("fivefold-runs") / "first")
    release = replace(place.need("deploy", Release).body, target="container")
    with place.workplace("deploy") as (payload, _):
        place.commit("deploy", release, payload, key="sha256:0", parents={}, seconds=1.0)
    called = fivefold("rollback", "first", "--json")
    assert (called.code, "no one to go back to" in called.err) == (2, True)


def test_a_rollback_to_a_run_that_was_trained_again_says_so(fivefold: Call, address: str) -> None:
    again = "run first was trained again since it answered"
    for retrained in (False, True):
        assert fivefold("challenge", "first", "second").code == 0
        assert fivefold("promote", "first").code == 0
        if retrained:
            tiny_bundle(Path("fivefold-runs/first/train/bundle"), bias=0.75)
        back = fivefold("rollback", "first")
        assert back.code == 0, back
        assert (again in back.err) is retrained
        assert f"{address} answers with {version_of('first')} again" in back.out


def test_a_service_of_a_run_that_was_trained_again_says_that_its_release_is_older(
    fivefold: Call, address: str
) -> None:
    run = Run(Path("fivefold-runs/first"))
    released, model = run.need("deploy", Release), run.need("train", Model)
    taken = address.rpartition(":")[2]  # so that none is started
    for parent in (model.header.digest, "sha256:before"):
        with run.workplace("deploy") as (payload, _):
            parents = {"Model": parent}
            run.commit("deploy", released.body, payload, key="", parents=parents, seconds=1.0)
        served = fivefold("serve", "first", "--port", taken)
        assert (served.code, "in use" in served.err) == (2, True)
        older = f"run first was trained again since its release: {address} has the older bundle until fivefold deploy first"
        assert (older in served.err) is (parent == "sha256:before")
