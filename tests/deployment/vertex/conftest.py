from __future__ import annotations

from collections.abc import Iterator

import pytest

from fivefold.cloud.vertex.connection import EMULATOR
from fivefold.testing.vertex import Probes, VertexEmulator
from tests.deployment.vertex.orders import IMAGE


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[VertexEmulator]:
    """A Vertex AI that has the image and nothing else."""
    with VertexEmulator() as emulator:
        emulator.push(IMAGE)
        emulator.serving.probes = Probes(health=0.5)
        monkeypatch.setenv(EMULATOR, emulator.address)
        yield emulator
