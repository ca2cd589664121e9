"""``python -m fivefold.service.healthcheck``: asks the service in the same container whether it is ready; exit code 0 or 1.

Images have no curl, and a shell is not needed either. An engine runs it over and over beside the service, so that it loads little:
no server, no client of HTTP.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

from fivefold.core.errors import FivefoldError
from fivefold.service.port import listen_on
from fivefold.service.variables import told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["main"]

_SECONDS = 4.0
_ASKED = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_READY = b"HTTP/1.1 200 "


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Ask for readiness where the variables say that the service listens; return the exit code."""
    try:
        port = told(environ).get("port")
        _, number = listen_on(None, int(str(port)) if port else None, environ)
        with socket.create_connection(("127.0.0.1", number), timeout=_SECONDS) as connection:
            connection.sendall(_ASKED)
            with connection.makefile("rb") as reply:
                line = reply.readline()
    except (OSError, FivefoldError, ValueError) as error:
        sys.stderr.write(f"not ready: {error}\n")
        return 1
    if not line.startswith(_READY):
        sys.stderr.write(f"not ready: {line.decode('latin-1').strip()}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
