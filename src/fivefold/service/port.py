"""The port: which one it is to be, and taking it before anything slow begins, so that one in use is found out at once."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

from fivefold.core.errors import MisuseError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PORT", "PORTS", "bind", "listen_on"]

PORT = 8080
"""Unless another one is said."""
PORTS = ("AIP_HTTP_PORT", "SAGEMAKER_BIND_TO_PORT")
"""Variables in which platforms name it."""
_BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens; whoever connects waits until the service takes them.

    Parameters
    ----------
    host : str
        Name or address of the interface.
    port : int
        0 lets the system choose.

    Raises
    ------
    MisuseError
        When the port is in use, is no port, or may not be had.

    Examples
    --------
    >>> with bind("127.0.0.1", 0) as listening:
    ...     listening.getsockname()[1] > 0
    True
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol must be named: asyncio sends small replies at once only where it sees that this is TCP.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Connections of a service that has just ended linger for a minute; they must not block its successor.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise MisuseError(
                f"Port {port} is in use",
                seen=f"another program listens on {host}:{port}",
                expected="a free port",
                todo="stop that program, choose another --port, or use 0 to let the system choose",
                code="port_in_use",
            ) from error
        raise MisuseError(
            f"Port {port} on '{host}' cannot be taken",
            seen=getattr(error, "strerror", None) or str(error),
            expected="an address of this machine and a port from 1024 to 65535, or 0",
            todo="choose another --host or --port",
            code="port_unusable",
        ) from error
    return listening


def listen_on(host: str | None, port: int | None, environ: Mapping[str, str]) -> tuple[str, int]:
    """Return interface and port: those given, else the platform's, else this machine's own.

    Raises
    ------
    SettingsError
        When ``AIP_HTTP_PORT`` or ``SAGEMAKER_BIND_TO_PORT`` is no port.
    """
    named = next((name for name in PORTS if environ.get(name)), "")
    # A platform asks from outside the container; a person's machine is not opened unasked.
    host = host or ("0.0.0.0" if named else "127.0.0.1")
    if port is not None or not named:
        return host, PORT if port is None else port
    said = environ[named]
    if not (said.isascii() and said.isdecimal()) or int(said) > 65535:
        raise SettingsError(
            f"The variable {named} cannot be used",
            seen=repr(said),
            expected="a whole number from 0 to 65535",
            todo="set it right, or unset it",
        )
    return host, int(said)
