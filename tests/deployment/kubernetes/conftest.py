from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.testing.kubernetes import ClusterEmulator
from tests.deployment.kubernetes.orders import IMAGE

TOKENS = {"tokens": base64.b64encode(b"a-token-of-the-secret").decode()}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClusterEmulator]:
    """A cluster that has the image and a Secret, and nothing else."""
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl on this machine")
    home = tmp_path / "home"
    home.mkdir()
    with ClusterEmulator(home) as emulator:
        emulator.push(IMAGE, tmp_path)
        emulator.create("secrets", "shop", {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "sales-tokens"}, "data": TOKENS})  # fmt: skip
        monkeypatch.setenv("KUBECONFIG", str(emulator.configuration))
        monkeypatch.setenv("HOME", str(home))
        yield emulator
