"""Step 4 as the workflow calls it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import fivefold.deployment.targets.none
from fivefold.core import records
from fivefold.core.artefacts import Evaluation, Model, Release, Resource, Score
from fivefold.core.errors import BudgetError, MisuseError, StepError, UnknownPartError
from fivefold.core.journal import Journal, journals
from fivefold.core.orders import Option, Order
from fivefold.core.releases import releases
from fivefold.core.store import FORMAT, Header, Stored
from fivefold.core.workbench import Silence
from fivefold.deployment.rehearsal.platform import PLATFORMS
from fivefold.deployment.step import (
    address_now,
    check_target,
    deploy,
    has_ended,
    is_running,
    status,
    stop,
    undeploy,
)
from fivefold.deployment.targets.local import LocalTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.service.port import bind
from fivefold.testing.targets import tiny_bundle, tiny_workbench


@pytest.fixture
def model(tmp_path: Path) -> Stored[Model]:
    """A stored model with a whole bundle."""
    tiny_bundle(tmp_path / "train" / "bundle")
    score = Score("accuracy", 0.9, 0.8, 0.95, greater_is_better=True)
    body = Model(
        task="binary",
        target="shown",
        classes=("no", "yes"),
        metric="accuracy",
        members=(),
        leaderboard=(),
        evaluation=Evaluation(100, "accuracy", (score,), (score,), better=False, gain=score),
        importances=(),
        trials=(),
        train_rows=400,
        size_bytes=1,
        predict_ms=0.1,
        ended="all candidates fitted",
    )
    header = Header("Model", FORMAT, "key", "sha256:0", {}, {}, "2026-01-01T00:00:00Z", 1.0)
    return Stored(header, body, tmp_path / "train")


def test_a_service_is_released_looked_after_and_stopped(model: Stored[Model], tmp_path: Path) -> None:
    release = deploy(model, tiny_workbench(tmp_path), target="local", order=Order())
    try:
        assert (release.target, status(release, tmp_path / "live")) == ("local", "ready")
        assert (is_running(release, tmp_path / "live"), has_ended(release, tmp_path / "live")) == (
            True,
            False,
        )
        assert release.rehearsal is not None
        assert release.rehearsal.platform == "native"
        assert {"start", "known answers", "end"} <= {scene.name for scene in release.rehearsal.scenes}
    finally:
        assert undeploy(release, tmp_path / "live") == ("local",)
    assert (is_running(release, tmp_path / "live"), has_ended(release, tmp_path / "live")) == (False, True)
    assert undeploy(release, tmp_path / "live") == ()


class Reader(Silence):
    """Somebody who reads what is said, and types Ctrl-C as soon as any work begins."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, done: float, text: str) -> None:
        raise KeyboardInterrupt(text)


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        ("local", {}, "process 127.0.0.1"),
        ("kubernetes", {"image": "shop/sales:1"}, "2 to 6 pods of 250m CPU, on the cluster's own bill"),
        (
            "cloudrun",
            {"project": "my-project", "region": "europe-west4", "image": "shop/sales:1"},
            "4 instances, busy day and night, would be 265.43 USD a month",
        ),
    ],
)
def test_what_it_costs_is_said_before_anything_is_made_also_where_that_is_nothing(
    model: Stored[Model], tmp_path: Path, target: str, options: dict[str, Option], said: str
) -> None:
    reader = Reader()
    bench = replace(tiny_workbench(tmp_path), progress=reader)
    with pytest.raises(KeyboardInterrupt, match="rehearsing"):
        deploy(model, bench, target=target, order=Order(options=options))
    assert said in "\n".join(reader.said)
    assert reader.said[-1] == "        0.00 USD a month in all"
    assert list(bench.live.iterdir()) == []


def test_a_place_that_does_not_answer_keeps_no_other_from_being_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        def remove(self, release: Release | None, live: Path) -> bool:
            raise StepError("There is no answer", seen="silence", expected="a word", todo="wait")

    class Willing:
        def remove(self, release: Release | None, live: Path) -> bool:
            Journal(live, "willing").close()
            return True

    places = {"local": LocalTarget, "silent": Silent, "willing": Willing}
    monkeypatch.setattr("fivefold.deployment.step._TARGETS", SimpleNamespace(get=places.__getitem__))
    for name in ("silent", "willing"):
        Journal(tmp_path, name).note(Resource("endpoint", name), "sha256:1")
    with pytest.raises(StepError, match="no answer"):
        undeploy(None, tmp_path)
    assert [journal.target for journal in journals(tmp_path)] == ["silent"]


def test_a_bundle_is_proved_without_starting_anything(model: Stored[Model], tmp_path: Path) -> None:
    release = deploy(model, tiny_workbench(tmp_path), target="none", order=Order())
    assert (release.target, release.address, release.pid, release.rehearsal) == ("none", "", 0, None)
    assert release.bundle_digest == load_bundle(model.folder / "bundle").version
    assert "fresh interpreter" in release.notes[0]
    assert (
        is_running(release, tmp_path / "live"),
        has_ended(release, tmp_path / "live"),
        undeploy(release, tmp_path / "live"),
    ) == (
        False,
        False,
        (),
    )
    assert list((tmp_path / "live").iterdir()) == []


def test_releases_at_several_targets_stand_side_by_side(model: Stored[Model], tmp_path: Path) -> None:
    live = tmp_path / "live"
    local = deploy(model, tiny_workbench(tmp_path), target="local", order=Order())
    try:
        last = deploy(model, tiny_workbench(tmp_path), target="none", order=Order())
        assert status(local, live) == "ready"
        assert [each.target for each in releases(live, last)] == ["none", "local"]
        assert address_now(last, live) == local.address
    finally:
        assert undeploy(last, live, "none") == ()
        assert undeploy(last, live, "local") == ("local",)
    assert [each.target for each in releases(live, last)] == ["none"]
    assert address_now(last, live) == ""


def test_a_copy_of_a_folder_has_no_service_and_ends_none(model: Stored[Model], tmp_path: Path) -> None:
    run, copy = tmp_path / "run", tmp_path / "copy"
    release = deploy(model, tiny_workbench(run), target="local", order=Order())
    shutil.copytree(run, copy)
    try:
        assert status(release, copy / "live") == "stopped"
        assert not stop(release, copy / "live")
        assert undeploy(release, copy / "live") == ()
        assert status(release, run / "live") == "ready"
        moved = run.rename(tmp_path / "moved")  # what was only moved is the run itself, as before
        assert status(release, moved / "live") == "ready"
        assert stop(release, moved / "live")
    finally:
        LocalTarget().remove(release, tmp_path)


def test_what_lies_in_the_folder_of_a_run_is_found_when_it_was_moved(tmp_path: Path) -> None:
    run = tmp_path / "run"
    live = tiny_workbench(run).live
    context = live / "container"
    context.mkdir()
    Journal(live, "container").note(Resource("context", str(context)), "sha256:1")
    assert str(tmp_path) not in (live / "container.journal.json").read_text()
    live = run.rename(tmp_path / "moved") / "live"
    assert Journal(live, "container").entries[0].resource.name == str(live / "container")
    assert undeploy(None, live) == ("container",)
    assert not (live / "container").exists()


def test_a_port_in_use_is_told_before_anything_is_rehearsed(
    model: Stored[Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLATFORMS, "native", replace(PLATFORMS["native"], predict="/nowhere"))
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MisuseError, match=f"Port {port} is in use"):
            deploy(model, tiny_workbench(tmp_path), target="local", order=Order(port=port))


def test_what_fails_the_rehearsal_is_not_deployed(
    model: Stored[Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLATFORMS, "native", replace(PLATFORMS["native"], predict="/nowhere"))
    with pytest.raises(StepError, match=r"scene 'known answers'.*status 404") as caught:
        deploy(model, tiny_workbench(tmp_path), target="local", order=Order())
    assert "at most 1e-06 off" in caught.value.expected
    assert list((tmp_path / "live").iterdir()) == []


def test_a_release_of_before_the_rehearsal_still_opens(model: Stored[Model], tmp_path: Path) -> None:
    release = deploy(model, tiny_workbench(tmp_path), target="none", order=Order())
    document = json.loads(records.dump(release))
    del document["rehearsal"]
    assert records.load(Release, json.dumps(document).encode(), label="a release") == release


def test_without_time_for_a_fresh_interpreter_the_bundle_is_proved_here(
    model: Stored[Model], tmp_path: Path
) -> None:
    release = deploy(model, tiny_workbench(tmp_path, seconds=0.01), target="none", order=Order())
    assert "little time" in release.notes[0]
    assert release.golden.rows == 3


def test_an_unknown_target_is_refused_with_the_known_names(model: Stored[Model], tmp_path: Path) -> None:
    with pytest.raises(UnknownPartError, match=r"There is no target 'moon'.*local, none") as caught:
        deploy(model, tiny_workbench(tmp_path), target="moon", order=Order())
    assert caught.value.exit_code == 2


def test_a_target_and_a_port_can_be_checked_before_any_work(model: Stored[Model], tmp_path: Path) -> None:
    check_target("local", Order())
    with pytest.raises(UnknownPartError):
        check_target("moon", Order())
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MisuseError, match=f"Port {port} is in use"):
            check_target("local", Order(port))
    release = deploy(model, tiny_workbench(tmp_path), target="local", order=Order(port))
    try:
        check_target("local", Order(port))
        assert deploy(model, tiny_workbench(tmp_path), target="local", order=Order(port)).pid == release.pid
    finally:
        undeploy(release, tmp_path / "live")


def test_a_bundle_beyond_the_stated_size_is_refused(model: Stored[Model], tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path)
    with pytest.raises(BudgetError, match="larger than the stated size"):
        deploy(model, replace(bench, budget=replace(bench.budget, size=100)), target="none", order=Order())


def test_a_release_slower_than_stated_says_so(model: Stored[Model], tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path)
    slow = deploy(
        model, replace(bench, budget=replace(bench.budget, latency=1e-9)), target="none", order=Order()
    )
    assert "slower than stated" in slow.notes[-1]
    quick = deploy(
        model, replace(bench, budget=replace(bench.budget, latency=60.0)), target="none", order=Order()
    )
    assert len(quick.notes) == 1


def test_a_bundle_that_does_not_load_elsewhere_is_refused(
    model: Stored[Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_bundle(model.folder / "bundle")
    monkeypatch.setattr(fivefold.deployment.targets.none, "load_bundle", lambda _: whole)
    monkeypatch.setattr("fivefold.deployment.step.load_bundle", lambda _: whole)
    (model.folder / "bundle" / "golden.json").write_text("[]")
    with pytest.raises(StepError, match=r"golden\.json"):
        deploy(model, tiny_workbench(tmp_path), target="none", order=Order())


def test_stopping_leaves_what_stands_elsewhere(model: Stored[Model], tmp_path: Path) -> None:
    live = tmp_path / "live"
    release = deploy(model, tiny_workbench(tmp_path), target="local", order=Order())
    try:
        context = live / "container"
        context.mkdir()
        Journal(live, "container").note(Resource("context", str(context)), release.bundle_digest)
        assert stop(release, live)
        assert has_ended(release, live)
        assert context.is_dir()
        assert not stop(release, live)
    finally:
        assert undeploy(release, live) == ("container",)
    assert not context.exists()


def test_a_service_without_a_release_is_found_by_its_note(model: Stored[Model], tmp_path: Path) -> None:
    live = tmp_path / "live"
    older = deploy(model, tiny_workbench(tmp_path), target="local", order=Order())
    assert stop(older, live)
    for known in (None, older):  # as a deployment leaves it that is killed before its release is stored
        service = deploy(model, tiny_workbench(tmp_path), target="local", order=Order())
        assert is_running(service, live)
        assert undeploy(known, live) == ("local",)
        assert has_ended(service, live)


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        ("none", {"log": "stdout"}, "no option at all"),
        ("local", {"log_mode": "never"}, "async or durable"),
        ("container", {"engine": "dockr"}, "podman"),
        ("vertex", {"project": "shop"}, "'location', 'image', 'bucket'"),
        ("sagemaker", {}, "needs the option"),
        ("cloudrun", {}, "needs the option"),
        ("kubernetes", {"colour": "grey"}, "knows no option 'colour'"),
        ("bigquery", {"dataset": "clinic.ward", "rows": 0}, "1 to 2000"),
    ],
)
def test_what_a_target_is_told_is_checked_before_any_work(
    target: str, options: dict[str, Option], said: str
) -> None:
    with pytest.raises(MisuseError, match=said):
        check_target(target, Order(options=options))
