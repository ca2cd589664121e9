"""The health check of an image, and the proof that is run while it is built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fivefold.service.healthcheck import main
from fivefold.service.port import bind
from fivefold.testing.loopback import free_port
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import eventually, serving
from tests.service.test_server import started


def test_it_says_whether_the_service_is_ready(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    with serving(bundle.folder, tmp_path / "log.sqlite") as service:
        assert main({"FIVEFOLD_SERVE_PORT": str(service.port)}) == 0
        assert main({"AIP_HTTP_PORT": str(service.port)}) == 0
    with bind("127.0.0.1", 0) as nobody:
        port = nobody.getsockname()[1]
    assert main({"FIVEFOLD_SERVE_PORT": str(port)}) == 1
    assert main({"FIVEFOLD_SERVE_PORT": "a door"}) == 1


def test_it_asks_where_the_service_listens(tmp_path: Path) -> None:
    bundle, port = tiny_bundle(tmp_path / "bundle"), str(free_port())
    elsewhere = {"FIVEFOLD_SERVE_HOST": "127.0.0.2", "FIVEFOLD_SERVE_PORT": port}
    with started(str(bundle.folder), variables=elsewhere):
        eventually(lambda: main(elsewhere) == 0)
        assert main(elsewhere | {"FIVEFOLD_SERVE_HOST": "127.0.0.1"}) == 1


@pytest.mark.parametrize(
    ("host", "loopback"), [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("localhost", "127.0.0.1")]
)
def test_what_listens_everywhere_is_asked_on_loopback(host: str, loopback: str, tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    port = str(free_port())
    told = {"FIVEFOLD_SERVE_HOST": loopback, "FIVEFOLD_SERVE_PORT": port}
    with started(str(bundle.folder), variables=told):
        eventually(lambda: main(told | {"FIVEFOLD_SERVE_HOST": host}) == 0)


def test_it_loads_no_server() -> None:
    """It is run beside the service over and over, in the same memory."""
    code = "import sys, fivefold.service.healthcheck; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint({"numpy", "starlette", "uvicorn", "http.client", "asyncio", "ssl", "pydantic"})


def proof(bundle: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fivefold.service.proof", str(bundle)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_bundle_is_proved_over_http_and_the_process_ends(tmp_path: Path) -> None:
    done = proof(tiny_bundle(tmp_path / "bundle").folder)
    assert (done.returncode, done.stdout) == (0, "3 golden rows, at most 0 off\n")


def test_a_damaged_bundle_stops_the_build(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    (bundle.folder / "golden.json").write_text("[]")
    done = proof(bundle.folder)
    assert done.returncode == 1
    assert "golden.json" in done.stderr
