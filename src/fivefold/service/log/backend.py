"""Backends: what a kind of log has to be able to do.

To add one, write a class for ``Backend``, and for ``Readable`` if the monitor shall read it, and name it in ``address.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.service.log.entry import Batch, LabelLine, Prediction

__all__ = [
    "FIRST_ROWS",
    "READ_ROWS",
    "Backend",
    "NotLoggedError",
    "Pace",
    "Prunable",
    "Readable",
    "UnwrittenError",
]

READ_ROWS = 20_000
"""Lines that are read at a stretch."""
FIRST_ROWS = (
    "SELECT one.latency_ms FROM {table} one LEFT JOIN {table} before ON before.id = one.id - 1 WHERE one.position >= 0 AND"
    " (before.id IS NULL OR before.request_id <> one.request_id OR before.position < 0 OR before.position >= one.position)"
    " ORDER BY one.id DESC LIMIT 10000"
)
"""Latencies of the latest requests in a table of SQL: of the first row of each that was answered, wherever it stood in its request.

Clients may give the same id to several requests: a position that does not rise begins another one, too.
"""


class NotLoggedError(Exception):
    """Something could not be logged that must not go unlogged; the caller may try again."""


class UnwrittenError(Exception):
    """A batch was not written; the message names no credential.

    Parameters
    ----------
    why : str
    passing : bool
        Whether the same batch may succeed later: the database restarts, or somebody else holds the file.
    """

    def __init__(self, why: str, *, passing: bool) -> None:
        super().__init__(why)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is gathered before it is written.

    Attributes
    ----------
    seconds : float
        So long at most a line waits for others.
    rows : int
        So many lines do not wait.
    """

    seconds: float = 0.1
    rows: int = 5_000


class Backend(Protocol):
    """A place that a log is written to. One thread writes, batch after batch."""

    @property
    def pace(self) -> Pace:
        """How much is gathered before it is written."""

    @property
    def commits(self) -> bool:
        """Whether each batch is safe when ``write`` returns; if not, neither durable mode nor labels can be had."""

    @property
    def keeps_labels(self) -> bool:
        """Whether labels can be written, and read again."""

    def open(self, *, durable: bool) -> None:
        """Make or check the place; refuse what is not ours with an InputError.

        ``durable`` asks that what is written survives not only this process but the machine.
        """

    def write(self, batch: Batch) -> list[int]:
        """Write a batch, all or nothing; return for each of its labels how many predictions are not in this log.

        An UnwrittenError says that nothing of it was written.
        """

    def close(self) -> None:
        """Let go of the place."""


@runtime_checkable
class Readable(Protocol):
    """A log that can be read while services write to it; one that does not exist yet is empty."""

    def predictions(self, version: str) -> Iterator[list[Prediction]]:
        """What the bundle of this version answered, oldest first, some thousands at a time; all if it is empty.

        Whatever cannot be read is an ArtefactError.
        """

    def requests(self) -> tuple[dict[str, float], list[float]]:
        """The counters, and the latencies in milliseconds of the latest 10,000 answered requests."""

    def labels(self) -> Iterator[list[LabelLine]]:
        """All labels in the order in which they came."""


@runtime_checkable
class Prunable(Protocol):
    """A log that can forget."""

    def prune(self, before: float) -> int:
        """Delete predictions and labels older than this moment, and return how many lines went."""
