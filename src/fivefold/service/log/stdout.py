"""A log as lines of JSON on standard output, for containers, whose platform collects them."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from fivefold.core.errors import InputError
from fivefold.service.log.backend import Pace, UnwrittenError

if TYPE_CHECKING:
    from fivefold.service.log.entry import Batch, Line

__all__ = ["StdoutLog"]

_STDOUT = 1


class StdoutLog:
    """One line per prediction.

    A batch is committed when the system has taken all of its lines: they outlive this process, and what becomes of them
    is up to whoever reads. Where standard output is a file, the disk is waited for as well.

    Parameters
    ----------
    descriptor : int
        Of what is open for writing.
    """

    pace = Pace()
    commits = True
    keeps_labels = False

    def __init__(self, descriptor: int = _STDOUT) -> None:
        self._descriptor = descriptor
        self._syncs = False

    def open(self, *, durable: bool) -> None:
        """See what standard output is.

        Raises
        ------
        InputError
            When it is closed.
        """
        try:
            mode = os.fstat(self._descriptor).st_mode
        except OSError as error:
            raise InputError(
                "The prediction log cannot be written to standard output",
                seen=error.strerror or str(error),
                expected="an open standard output",
                todo="leave standard output open, or name another --log",
            ) from error
        self._syncs = durable and stat.S_ISREG(mode)

    def write(self, batch: Batch) -> list[int]:
        """Write the lines of a batch; counters are shown by ``/metrics`` alone."""
        left = memoryview(b"".join(map(_line, batch.lines())))
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
            if self._syncs:
                os.fsync(self._descriptor)
        except OSError as error:
            raise UnwrittenError(error.strerror or str(error), passing=False) from error
        return []

    def close(self) -> None:
        """Leave standard output as it is: it is not ours."""


def _line(line: Line) -> bytes:
    """Return one prediction as JSON, with the row and the answer inside it."""
    moment = datetime.fromtimestamp(line.time, UTC).isoformat(timespec="microseconds")
    document = line._asdict() | {
        "time": moment.replace("+00:00", "Z"),
        "features": orjson.Fragment(line.features),
        "prediction": orjson.Fragment(line.prediction),
    }
    return orjson.dumps({"event": "prediction"} | document, option=orjson.OPT_APPEND_NEWLINE)
