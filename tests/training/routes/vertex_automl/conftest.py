from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fivefold.cloud.vertex.connection import EMULATOR
from fivefold.core.clock import Deadline
from fivefold.core.orders import Option, Order
from fivefold.core.workbench import Workbench
from fivefold.testing.targets import tiny_workbench
from fivefold.testing.vertex import VertexEmulator

OPTIONS: Mapping[str, Option] = {
    "project": "shop",
    "location": "europe-west4",
    "bucket": "shop-models",
    "retry_pause": 0.01,
}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[VertexEmulator]:
    """A Vertex AI with an empty bucket."""
    with VertexEmulator() as emulator:
        monkeypatch.setenv(EMULATOR, emulator.address)
        yield emulator


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A workbench with ten hours, and the money for two node hours."""
    bench = tiny_workbench(tmp_path / "bench", seconds=10 * 3600.0)
    return replace(bench, budget=replace(bench.budget, money=50.0))


def order(**options: Option) -> Order:
    return Order(options={**OPTIONS, **options})


def hurried(bench: Workbench, cloud: VertexEmulator, on: str) -> Workbench:
    """The same run, whose time is over once the platform was asked for this."""
    return replace(bench, deadline=Deadline(1.0, lambda: float(on in cloud.asked)))
