"""The image itself: built by an engine, pushed to the registry, and run behind the endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.core.errors import StepError
from fivefold.core.orders import Order
from fivefold.deployment.engine import Engine
from fivefold.deployment.targets.container.target import ContainerTarget
from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.service.golden import TOLERANCE
from fivefold.testing import containers
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import VertexEmulator
from tests.deployment.vertex.orders import ordered

pytestmark = pytest.mark.slow


@pytest.fixture
def engine() -> Iterator[Path]:
    with containers.docker_engine() as folder:
        yield folder


def test_it_is_pushed_and_answers_behind_its_endpoint(
    cloud: VertexEmulator, engine: Path, tmp_path: Path
) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    place = tiny_workbench(tmp_path / "image", seconds=120.0)
    local = ContainerTarget().push(bundle, place, Order(options={"engine": "docker"}))
    cloud.serving.engine = "docker"
    image = f"{cloud.address.partition('://')[2]}/shop/models/fivefold:1"
    bench = tiny_workbench(tmp_path / "vertex")
    order = ordered(image=image, local_image=local.resources[-1].name)
    release = VertexTarget().push(bundle, bench, order)
    assert image in cloud.images.known
    assert sum(cloud.images.layers.values()) > 10_000_000
    assert release.golden.max_difference <= TOLERANCE
    sent = cloud.asked.count("images.layers.create")
    assert sent > 0
    assert VertexTarget().push(bundle, bench, order).resources == release.resources
    assert cloud.asked.count("images.layers.create") == sent
    assert VertexTarget().remove(release, bench.live)
    assert cloud.inventory() == []
    with pytest.raises(StepError, match="The image cannot be pushed"):
        Engine("docker").push("no-such-image:1", image, 60.0, "build it")
    assert ContainerTarget().remove(local, place.live)
