"""MLflow servers for tests: the emulator, and the real one where its program is at hand."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

PROGRAM = "TEST_MLFLOW"
"""Path of an ``mlflow`` program, in an environment of its own; else one on the PATH is taken."""
_PATIENCE = 180.0


def program() -> str:
    """The mlflow program; the test is skipped where there is none."""
    found = os.environ.get(PROGRAM) or shutil.which("mlflow")
    if not found:
        pytest.skip(f"no mlflow program: name one in {PROGRAM}")
    return found


@contextlib.contextmanager
def real_server(folder: Path) -> Iterator[str]:
    """Run MLflow's own server over SQLite on loopback."""
    mlflow = program()
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [mlflow, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artefacts")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MLFLOW"))}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env=kept, start_new_session=True
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, folder / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers; fail with its log where it does not."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2):
            return
        time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text(encoding='utf-8')}")


def ask(uri: str, verb: str, body: dict[str, Any] | None = None, **words: str) -> tuple[int, dict[str, Any]]:
    """Ask a server by MLflow's protocol, with a body or with words; return status and answer."""
    data = None if body is None else json.dumps(body).encode()
    address = f"{uri}/api/2.0/mlflow/{verb}" + (f"?{urlencode(words)}" if words else "")
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def file(uri: str, run: dict[str, Any], name: str) -> bytes:
    """A file of a run."""
    place = run["info"]["artifact_uri"].removeprefix("mlflow-artifacts:").strip("/")
    address = f"{uri}/api/2.0/mlflow-artifacts/artifacts/{quote(place)}/{name}"
    with urllib.request.urlopen(address, timeout=30) as reply:
        return bytes(reply.read())


def runs(uri: str, name: str) -> list[dict[str, Any]]:
    """All runs of an experiment, those first that lie below no other."""
    status, found = ask(uri, "experiments/get-by-name", experiment_name=name)
    assert status == 200, found
    number = found["experiment"]["experiment_id"]
    status, found = ask(uri, "runs/search", {"experiment_ids": [number], "max_results": 1000})
    assert status == 200, found
    return sorted(found.get("runs", []), key=lambda run: "mlflow.parentRunId" in words(run, "tags"))


def words(run: dict[str, Any], kind: str) -> dict[str, Any]:
    """Params, tags or metrics of a run by name."""
    return {one["key"]: one["value"] for one in run["data"].get(kind, [])}
