"""``python -m fivefold.service.proof BUNDLE``: serves a bundle for a moment, asks it for its golden rows, and ends.

An image runs it once while it is built. It proves that its base fits, and leaves the bytecode of all that a service imports, which
a container with a read-only file system could never write and would compile anew at each start.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from fivefold.core.errors import FivefoldError, StepError
from fivefold.runtime.bundle import load_bundle
from fivefold.service.golden import PROBE, TOLERANCE, difference
from fivefold.service.port import bind
from fivefold.service.server import serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.runtime.bundle import Golden

__all__ = ["main"]

_SECONDS = 60.0
_POLL_SECONDS = 0.05
_HEADERS = {"content-type": "application/json", **PROBE}


def main(arguments: Sequence[str]) -> int:
    """Prove the bundle that is named; return the exit code."""
    folder = Path(arguments[0])
    reading, writing = os.pipe()
    try:
        golden = load_bundle(folder).golden
        with bind("127.0.0.1", 0) as listening:
            port = int(listening.getsockname()[1])
            words = {"host": "127.0.0.1", "port": 0, "log": "none", "leash": reading}
            held = os.dup(listening.fileno())
            server = threading.Thread(target=serve, args=(folder,), kwargs={**words, "fd": held}, daemon=True)
            server.start()
        _wait(port, server)
        apart = max((_apart(port, each) for each in golden), default=0.0)
    except FivefoldError as error:
        sys.stderr.write(f"fivefold.service.proof: {error}\n")
        return error.exit_code
    finally:
        os.close(writing)  # which ends the service
    server.join(_SECONDS)
    sys.stdout.write(f"{len(golden)} golden rows, at most {apart:.2g} off\n")
    return 0


def _wait(port: int, server: threading.Thread) -> None:
    """Wait until the service is ready."""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and server.is_alive():
        if _asked(port, "GET", "/readyz", b"")[0] == 200:
            return
        time.sleep(_POLL_SECONDS)
    raise StepError(
        "The service does not get ready", expected="status 200 from /readyz", todo="read what it printed"
    )


def _apart(port: int, golden: Golden) -> float:
    """How far the answer to a golden row is from the known one."""
    status, body = _asked(port, "POST", "/predict", orjson.dumps({"instances": [golden.row]}))
    apart = difference(golden.answer, orjson.loads(body)["predictions"][0]) if status == 200 else float("inf")
    if not apart <= TOLERANCE:
        raise StepError(
            "The model answers differently here",
            seen=f"status {status}, {apart:.2g} off",
            expected=f"the known answer within {TOLERANCE:g}",
            todo="take a base with the Python and the packages that the model was trained with",
        )
    return apart


def _asked(port: int, method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """Send one request; status 0 where nothing comes back."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request(method, path, body or None, _HEADERS)
        reply = connection.getresponse()
        return reply.status, reply.read()
    except (OSError, HTTPException):
        return 0, b""
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
