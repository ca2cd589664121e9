from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import pytest

from fivefold.cloud.vertex.refusals import VertexError
from fivefold.core.errors import BudgetError, SettingsError
from fivefold.core.protocols import Target
from fivefold.deployment.prices import check_money
from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.testing.targets import TargetSuite, tiny_bundle, tiny_workbench
from fivefold.testing.vertex import Kind, VertexEmulator
from tests.deployment.vertex.orders import IMAGE, ORDER, ordered


class TestVertex(TargetSuite):
    standing = "ready"
    order = ORDER

    @pytest.fixture(autouse=True)
    def _running(self, cloud: VertexEmulator) -> None:
        self.cloud = cloud

    def make(self) -> Target:
        return VertexTarget()

    def inventory(self, live: Path) -> Collection[str]:
        return self.cloud.inventory()

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        places: tuple[tuple[Kind, str], ...] = (
            ("denied", "storage.objects.create"),
            ("lost", "models.upload"),
            ("lost", "endpoints.deploy"),
            ("denied", "endpoints.predict"),
        )
        return [self._planted(kind, on) for kind, on in places]

    @contextlib.contextmanager
    def _planted(self, kind: Kind, on: str) -> Iterator[None]:
        self.cloud.faults.plant(kind, on)
        try:
            yield
        finally:
            self.cloud.faults.clear()


def test_a_month_is_priced_before_anything_is_made(cloud: VertexEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    order = ordered(min_replicas=2, max_replicas=3)
    plan = VertexTarget().plan(bundle, bench, order)
    assert plan.monthly == pytest.approx(2 * 730 * 0.1095)
    assert "2 x n1-standard-2 at least, up to 3 under load" in plan.charges[0].name
    assert "a figure of us-central1: that of europe-west4 is not known here" in plan.charges[0].why
    assert [one.kind for one in plan.makes] == ["objects", "model", "endpoint", "deployed model"]
    with pytest.raises(BudgetError, match="a month"):
        check_money(plan, order, bench.budget)
    assert cloud.inventory() == []


def test_a_machine_without_a_price_is_refused(cloud: VertexEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(SettingsError, match=r"Nobody knows the price of 'vertex\.c3-standard-8'"):
        VertexTarget().plan(bundle, bench, ordered(machine_type="c3-standard-8"))


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("location", "example.org/", "a region"),
        ("project", "shop/locations", "id or number"),
        ("image", "docker.io/fivefold:1", "europe-west4-docker.pkg.dev/"),
        ("min_replicas", 0, "at least 1"),
        ("max_replicas", 0, "at least min_replicas"),
        ("share", 0, "from 1 to 100"),
        ("endpoint", "Shop!", "letters, digits"),
        ("log_table", "requests", "project.dataset.table"),
        ("requests", 1, "at least 10"),
    ],
)
def test_an_option_that_the_platform_would_refuse_is_refused_here(
    cloud: VertexEmulator, tmp_path: Path, option: str, value: object, said: str
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(SettingsError, match=f"'{option}'") as caught:
        VertexTarget().push(bundle, bench, ordered(**{option: cast("str", value)}))
    assert said in str(caught.value)
    assert cloud.asked == []


def test_an_endpoint_of_somebody_else_is_used_and_left(cloud: VertexEmulator, tmp_path: Path) -> None:
    cloud.endpoints.create({"displayName": "theirs"}, "theirs")
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    release = VertexTarget().push(bundle, bench, ordered(endpoint="theirs"))
    assert "endpoint" not in [one.kind for one in release.resources]
    assert VertexTarget().remove(release, bench.live)
    assert cloud.inventory() == [f"{cloud.parent}/endpoints/theirs"]


def test_requests_are_logged_to_the_table_that_was_named(cloud: VertexEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    order = ordered(log_table="shop.logs.requests", log_rate=0.5)
    VertexTarget().push(bundle, bench, order)
    asked = cloud.asked.count("endpoints.predict")
    rows = cloud.serving.tables["shop.logs.requests"]
    assert len(rows) == asked // 2
    assert (
        '"age": 31.0'
        in rows[0]["request_payload"][0] + rows[1]["request_payload"][0] + rows[2]["request_payload"][0]
    )


def test_an_image_that_is_not_there_is_named(cloud: VertexEmulator, tmp_path: Path) -> None:
    cloud.images.known.clear()
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(VertexError, match=re.escape(IMAGE)):
        VertexTarget().push(bundle, bench, ORDER)
    assert VertexTarget().remove(None, bench.live)
    assert cloud.inventory() == []
