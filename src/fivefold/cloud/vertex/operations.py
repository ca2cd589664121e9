"""Long-running operations, waited for until they end or patience does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.connection import Asking
from fivefold.cloud.vertex.refusals import NOT_FOUND, VertexError, failed, stalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.cloud.vertex.connection import Connection
    from fivefold.core.clock import Deadline

__all__ = ["cancel", "finish", "under_way"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0


def finish(
    connection: Connection,
    operation: dict[str, Any],
    purpose: str,
    until: Deadline,
    told: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Wait for an operation, and return its response.

    Parameters
    ----------
    connection : Connection
    operation : dict
        As the request that began it was answered.
    purpose : str
        What it is for.
    until : Deadline
    told : callable, optional
        Is told the operation's name now and then, so that a person sees that something goes on.

    Raises
    ------
    VertexError
        When it ends in an error, or not in time.
    """
    began, pause = time.monotonic(), _FIRST_PAUSE
    while not operation.get("done"):
        if until.passed():
            raise stalled(purpose, str(operation["name"]), time.monotonic() - began)
        if told is not None:
            told(str(operation["name"]))
        time.sleep(min(pause, until.remaining()))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        operation = connection.ask(Asking(purpose, "GET", f"/v1/{operation['name']}"))
    if "error" in operation:
        raise failed(purpose, operation["error"])
    response: dict[str, Any] = operation.get("response", {})
    return response


def cancel(connection: Connection, operation: dict[str, Any], purpose: str) -> None:
    """Ask for an operation to be given up; the platform may finish it none the less."""
    connection.ask(Asking(purpose, "POST", f"/v1/{operation['name']}:cancel", {}))


def under_way(connection: Connection, resource: str, kind: str, purpose: str) -> dict[str, Any] | None:
    """Return an operation of this kind that a resource is in the middle of; None where there is none.

    Parameters
    ----------
    connection : Connection
    resource : str
        Name of a model or an endpoint, be it there already or not.
    kind : str
        Such as ``DeployModel``.
    purpose : str
    """
    try:
        page = connection.ask(Asking(purpose, "GET", f"/v1/{resource}/operations"))
    except VertexError as error:
        if error.code == NOT_FOUND:
            return None
        raise
    wanted = f".{kind}OperationMetadata"
    for operation in page.get("operations", ()):
        named = str((operation.get("metadata") or {}).get("@type", ""))
        if named.endswith(wanted) and not operation.get("done"):
            found: dict[str, Any] = operation
            return found
    return None
