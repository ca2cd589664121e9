"""``python -m fivefold.service.healthcheck``: asks the service in the same container whether it is ready; exit code 0 or 1.

Images have no curl, and a shell is not needed either. An engine runs it over and over beside the service, so that it loads little:
no server, no client of HTTP.
"""

from __future__ import annotations

import os
import socket
import sys
from ipaddress import ip_address
from typing import TYPE_CHECKING

from fivefold.core.errors import FivefoldError
from fivefold.service.variables import listening_on

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["main"]

_SECONDS = 4.0
_ASKED = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_READY = b"HTTP/1.1 200 "


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Ask for readiness where the variables say that the service listens; return the exit code."""
    try:
        host, port = listening_on(environ)
        with socket.create_connection((_reachable(host), port), timeout=_SECONDS) as connection:
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


def _reachable(host: str) -> str:
    """Return where a service on this machine is found that listens there: loopback, where it listens everywhere."""
    try:
        address = ip_address(host)
    except ValueError:  # a name
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "::1"
    return host


if __name__ == "__main__":
    sys.exit(main())
