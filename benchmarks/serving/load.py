"""Load by wrk: so many clients that ask for the same row, each as soon as it has its answer."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Load", "put_load"]

_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}
_SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
local file = io.open("{body}", "rb")
wrk.body = file:read("*all")
file:close()
"""


@dataclass(frozen=True)
class Load:
    """What came of it: milliseconds, answers per second, and answers that were no 2xx."""

    p50_ms: float
    p99_ms: float
    per_second: float
    errors: int


def put_load(url: str, body: bytes, folder: Path, *, clients: int, seconds: float, core: int) -> Load:
    """Ask for so many seconds, from a core of its own."""
    (folder / "body.json").write_bytes(body)
    (folder / "post.lua").write_text(_SCRIPT.format(body=folder / "body.json"))
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "--latency"]
    done = subprocess.run(
        [*command, "-s", str(folder / "post.lua"), url], capture_output=True, text=True, check=True
    )
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    socket_errors = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", done.stdout
    )
    return Load(
        p50_ms=_quantile(done.stdout, "50%"),
        p99_ms=_quantile(done.stdout, "99%"),
        per_second=float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]),
        errors=int(errors[1] if errors else 0)
        + sum(map(int, socket_errors.groups() if socket_errors else ())),
    )


def _quantile(text: str, name: str) -> float:
    """Read one line of wrk's distribution."""
    value, unit = re.search(rf"{re.escape(name)}\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * _UNITS[unit]
