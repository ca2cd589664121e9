"""The target ``container`` by Podman and Buildah, really built and run: they read the same context, and share a store."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from fivefold.core.orders import Order
from fivefold.core.protocols import Target
from fivefold.deployment.engine import Engine
from fivefold.deployment.rehearsal.platform import platform_named
from fivefold.deployment.rehearsal.rehearse import rehearse_image
from fivefold.deployment.targets.container.target import ContainerTarget
from fivefold.testing.containers import podman_engine
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from tests.deployment.container.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("podman")]
SECONDS = 300.0


@pytest.fixture(scope="module")
def podman() -> Iterator[Path]:
    """Podman and Buildah with a base; skips with the reason where there are none."""
    with podman_engine() as folder:
        yield folder


def images() -> Collection[str]:
    """All that have a name; what another build took the name from stays until it is pruned, with every engine."""
    words = ["podman", "images", "--filter", "label=io.fivefold.bundle", "--filter", "dangling=false"]
    words += ["--format", "{{.Repository}}"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def test_what_podman_builds_passes_as_the_platforms_and_is_healthy(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=SECONDS)
    release = ContainerTarget().push(bundle, bench, Order(options={"engine": "podman"}))
    image, engine = release.resources[-1].name, Engine("podman")
    assert release.golden.max_difference == 0.0
    assert f"run it with: podman run --rm --read-only -p 8080:8080 {image}" in release.notes
    for platform in ("vertex", "sagemaker"):
        scenes = list(rehearse_image(image, engine, platform_named(platform)))
        assert [scene for scene in scenes if scene.state != "passed"] == []
    container = engine.start(image, {}, ["--read-only", "--user", "31415:31415"])
    try:
        eventually(lambda: engine.logs(container), lambda said: " ready" in said)
        # Podman leaves it to systemd to ask by itself.
        asked = subprocess.run(["podman", "healthcheck", "run", container], capture_output=True, text=True)
        assert (asked.returncode, asked.stdout) == (0, "")
        assert engine.inspect(container, "{{.State.Health.Status}}") == "healthy"
    finally:
        engine.discard(container)
    assert ContainerTarget().remove(release, bench.live)
    assert images() == []


def test_what_buildah_builds_is_run_by_podman(tmp_path: Path) -> None:
    target: Target = ContainerTarget()
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=SECONDS)
    order = Order(options={"engine": "buildah"})
    release = target.push(bundle, bench, order)
    image = release.resources[-1].name
    assert target.status(release) == "built"
    assert target.plan(bundle, bench, order).makes == ()
    assert f"run it with: podman run --rm --read-only -p 8080:8080 {image}" in release.notes
    scenes = list(rehearse_image(image, Engine("podman"), platform_named("native")))
    assert [scene for scene in scenes if scene.state != "passed"] == []
    assert target.remove(release, bench.live)
    assert images() == []


def test_the_other_engine_of_one_store_takes_over_what_it_built_anew(tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=SECONDS)
    ContainerTarget().push(bundle, bench, Order(options={"engine": "podman"}))
    release = ContainerTarget().push(bundle, bench, Order(options={"engine": "buildah"}))
    assert ContainerTarget().status(release) == "built"
    assert len(images()) == 1
    assert ContainerTarget().remove(release, bench.live)
    assert images() == []
