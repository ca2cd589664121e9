"""Work that has a state of its own, as jobs and training pipelines do: waited for until it is over or patience is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.connection import Asking
from fivefold.cloud.vertex.refusals import failed, stalled

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.cloud.vertex.connection import Connection
    from fivefold.core.clock import Deadline

__all__ = ["has_failed", "is_over", "until_over"]

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 30.0
_OVER = ("_SUCCEEDED", "_FAILED", "_CANCELLED", "_EXPIRED", "_PARTIALLY_SUCCEEDED")


def is_over(work: dict[str, Any]) -> bool:
    """Whether a job or a training pipeline has ended, well or not.

    Examples
    --------
    >>> is_over({"state": "PIPELINE_STATE_RUNNING"}), is_over({"state": "JOB_STATE_FAILED"})
    (False, True)
    """
    return str(work.get("state", "")).endswith(_OVER)


def has_failed(work: dict[str, Any]) -> bool:
    """Whether a job or a training pipeline has ended without what it was for.

    Examples
    --------
    >>> has_failed({"state": "JOB_STATE_CANCELLED"}), has_failed({"state": "JOB_STATE_SUCCEEDED"})
    (True, False)
    """
    return is_over(work) and not str(work["state"]).endswith("STATE_SUCCEEDED")


def until_over(
    connection: Connection,
    work: dict[str, Any],
    purpose: str,
    until: Deadline,
    told: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Wait for a job or a training pipeline, and return it as it is in the end.

    Parameters
    ----------
    connection : Connection
    work : dict
        As it was last shown.
    purpose : str
        What it is for.
    until : Deadline
        When to stop waiting; the work goes on.
    told : callable, optional
        Is told each new state.

    Raises
    ------
    VertexError
        When it fails, is cancelled, or is not over in time.
    """
    began, pause, last = time.monotonic(), _FIRST_PAUSE, ""
    while not is_over(work):
        state = str(work.get("state", ""))
        if told is not None and state != last:
            told(state)
        last = state
        if until.passed():
            raise stalled(purpose, str(work["name"]), time.monotonic() - began)
        time.sleep(min(pause, until.remaining()))
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        work = connection.ask(Asking(purpose, "GET", f"/v1/{work['name']}"))
    if has_failed(work):
        raise failed(purpose, work.get("error") or {"message": work["state"]})
    return work
