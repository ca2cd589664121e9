"""The rules that hold for every route."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from tests.training.routes.vertex_automl.conftest import order

from fivefold.testing.routes import RouteSuite
from fivefold.training.routes.vertex_automl.route import VertexAutoMLRoute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from contextlib import AbstractContextManager

    from fivefold.core.protocols import Route
    from fivefold.testing.vertex import Kind, VertexEmulator


class TestVertexAutoMLRoute(RouteSuite):
    order = order()
    rows = 1_000

    @pytest.fixture(autouse=True)
    def services(self, cloud: VertexEmulator) -> None:
        self.cloud = cloud

    def make(self) -> Route:
        return VertexAutoMLRoute()

    def inventory(self) -> Collection[str]:
        """All that stands there, by the names under which it is noted."""
        named = {one["displayName"] for one in (*self.cloud.automl.shown(), *self.cloud.jobs.shown())}
        models = {
            one["name"].replace(self.cloud.parent, "projects/shop/locations/europe-west4")
            for one in self.cloud.models.shown()
        }
        folders = {"/".join(name.split("/")[:5]) for name in self.cloud.storage.objects}
        found = {str(one) for one in named | models | folders}
        assert bool(found) == bool(self.cloud.inventory())
        return found

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        points: tuple[tuple[Kind, str], ...] = (
            ("lost", "storage.objects.create"),
            ("lost", "datasets.create"),
            ("lost", "pipelines.create"),
            ("failed", "pipelines.create"),
            ("denied", "jobs.create"),
            ("denied", "evaluations.list"),
        )
        return [self._broken_at(kind, on) for kind, on in points]

    @contextlib.contextmanager
    def _broken_at(self, kind: Kind, on: str) -> Iterator[None]:
        """Have something go wrong again and again."""
        self.cloud.faults.plant(kind, on, times=9)
        yield
        self.cloud.faults.clear()
