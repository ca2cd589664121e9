"""A token that a service made for itself lies in memory, never in a log; ``python -m fivefold.service.kept_token`` prints it.

Logs are kept and passed on; what lies here is readable to the service's own user alone, and gone with the container.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.core.errors import FivefoldError, SettingsError
from fivefold.service.variables import listening_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["READ", "kept", "main", "place_of"]

READ = "python3 -m fivefold.service.kept_token"
"""What prints it, in the service's container."""
_MEMORY = Path("/dev/shm")
"""A container has it for itself, in memory, even where its root can only be read."""


@contextmanager
def kept(token: str, port: int) -> Iterator[Path]:
    """Keep the token of the service on a port as long as it runs.

    Raises
    ------
    SettingsError
        When there is no place for it, or what lies there belongs to another user.
    """
    place = place_of(port)
    try:
        place.unlink(missing_ok=True)
        # A link that somebody laid there is not followed.
        place.touch(0o600, exist_ok=False)
        place.write_text(f"{token}\n")
    except OSError as error:
        raise SettingsError(
            "The token that was made for this start can be kept nowhere",
            seen=f"'{place}': {error.strerror}",
            expected="a place in memory, for this user alone",
            todo=f"give a token of your own in {TOKENS_VARIABLE}, or mount a tmpfs there",
        ) from error
    try:
        yield place
    finally:
        with suppress(OSError):
            place.unlink()


def place_of(port: int) -> Path:
    """Where the token of the service on a port lies."""
    memory = _MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())
    return memory / f"fivefold-token-{port}"


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Print the token of the service that the variables tell of; return the exit code."""
    try:
        _, port = listening_on(environ)
        sys.stdout.write(place_of(port).read_text())
    except (OSError, FivefoldError, ValueError) as error:
        sys.stderr.write(f"no token was made here: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
