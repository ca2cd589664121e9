"""``python -m fivefold.service BUNDLE``: the service as a process, for a release, a container or a trial."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.errors import FivefoldError, SettingsError
from fivefold.service.server import serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["listen_on", "main"]

_PORT = 8080


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Serve until told to end; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        host, port = listen_on(options.host, options.port, environ)
        serve(
            options.bundle,
            host=host,
            port=port,
            log=options.log,
            fd=options.fd,
            leash=options.leash,
        )
    except FivefoldError as error:
        sys.stderr.write(f"fivefold.service: {error}\n")
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m fivefold.service", description="Serve a bundle over HTTP."
    )
    parser.add_argument("bundle", type=Path, help="folder of the bundle")
    parser.add_argument("--host", help="interface; 127.0.0.1, or 0.0.0.0 where AIP_HTTP_PORT is set")
    parser.add_argument("--port", type=int, help=f"port; AIP_HTTP_PORT, or {_PORT}; 0 lets the system choose")
    parser.add_argument("--log", type=Path, help="SQLite file of the prediction log; none is kept without it")
    parser.add_argument("--fd", type=int, help="descriptor of a socket that listens already")
    parser.add_argument(
        "--leash", type=int, help="descriptor of a pipe; end if it is closed before a byte came"
    )
    return parser


def listen_on(host: str | None, port: int | None, environ: Mapping[str, str]) -> tuple[str, int]:
    """Return interface and port: those given, else the platform's, else this machine's own.

    Raises
    ------
    SettingsError
        When ``AIP_HTTP_PORT`` is no port.
    """
    platform_port = environ.get("AIP_HTTP_PORT", "")
    # A platform asks from outside the container; a person's machine is not opened unasked.
    host = host or ("0.0.0.0" if platform_port else "127.0.0.1")
    if port is not None or not platform_port:
        return host, _PORT if port is None else port
    if not platform_port.isdecimal() or int(platform_port) > 65535:
        raise SettingsError(
            "The variable AIP_HTTP_PORT cannot be used",
            seen=repr(platform_port),
            expected="a whole number from 0 to 65535",
            todo="set it right, or unset it",
        )
    return host, int(platform_port)


if __name__ == "__main__":
    sys.exit(main())
