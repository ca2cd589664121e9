"""Entries: what is handed to the log, and the lines that every kind of log writes and reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fivefold.runtime.values import Cleaned

__all__ = ["COUNTERS", "Batch", "Entry", "LabelLine", "Labels", "Line", "Prediction"]

COUNTERS = ("requests", "refused", "errors", "predictions", "dropped", "rows_refused", "rehearsed")
"""What a log counts besides its lines, since it began."""


class Line(NamedTuple):
    """One prediction as it is written: ``features`` and ``prediction`` are JSON objects."""

    time: float
    request_id: str
    position: int
    prediction_id: str
    version: str
    features: str
    prediction: str
    latency_ms: float
    unseen: int
    extra: int


class Prediction(NamedTuple):
    """What is read back of one prediction."""

    time: float
    prediction_id: str
    features: str
    prediction: str
    unseen: int
    extra: int


class LabelLine(NamedTuple):
    """One label as it is written and read: ``label`` is a JSON value, ``time`` that of its arrival."""

    time: float
    request_id: str
    prediction_id: str
    label: str


@dataclass(slots=True)
class Entry:
    """One answered request; not frozen, since one is made for each.

    Attributes
    ----------
    time : float
        Seconds since 1970.
    request_id : str
    prediction_ids : sequence of str
    version : str
        Of the bundle that answered.
    rows : sequence of dict
        Cleaned rows, without the columns whose values tell who somebody is.
    predictions : sequence of dict
    latency_ms : float
    unseen, extra : sequence of int
        Per row.
    positions : sequence of int, optional
        Of the rows in their request, where they are not all of it.
    requests : int
        1, or 0 for what is a further part of a request that another entry counts.
    shadow : bool
        Whether nobody saw these answers: they are logged, and not counted as such.
    beside : Entry, optional
        What another model answered of the same request: written with it, or not at all.
    """

    time: float
    request_id: str
    prediction_ids: Sequence[str]
    version: str
    rows: Sequence[Mapping[str, Cleaned]]
    predictions: Sequence[Mapping[str, object]]
    latency_ms: float
    unseen: Sequence[int]
    extra: Sequence[int]
    positions: Sequence[int] | None = None
    requests: int = 1
    shadow: bool = False
    beside: Entry | None = None
    _made: list[Line] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def size(self) -> int:
        """Lines that it takes."""
        own = len(self._made) or len(self.predictions)
        return own + (self.beside.size if self.beside is not None else 0)

    @property
    def answered(self) -> int:
        """Rows that somebody was answered."""
        return 0 if self.shadow else self.size

    def make_lines(self) -> None:
        """Make its lines now and let go of what they are made of: while they wait, texts take less room than values.

        Garbage is also looked for less often: thousands of entries wait for their batch, and each would hold several objects more.
        """
        self._made = list(self._lines())
        self.rows = self.predictions = self.prediction_ids = self.unseen = self.extra = ()
        if self.beside is not None:
            self.beside.make_lines()

    def lines(self) -> Iterator[Line]:
        """Return its lines; those of the shadow have negative positions."""
        yield from self._made or self._lines()
        if self.beside is not None:
            yield from self.beside.lines()

    def _lines(self) -> Iterator[Line]:
        """Make the lines, but those of what is beside it."""
        places = range(len(self.predictions)) if self.positions is None else self.positions
        for position, name in enumerate(self.prediction_ids):
            yield Line(
                self.time,
                self.request_id,
                -1 - places[position] if self.shadow else places[position],
                name,
                self.version,
                orjson.dumps(self.rows[position]).decode(),
                orjson.dumps(self.predictions[position]).decode(),
                self.latency_ms,
                self.unseen[position],
                self.extra[position],
            )


@dataclass(frozen=True, slots=True)
class Labels:
    """What one request told about outcomes.

    Attributes
    ----------
    time : float
        When it arrived, in seconds since 1970.
    request_id : str
    prediction_ids : sequence of str
    labels : sequence
        The outcome of each, in the source's own type.
    """

    time: float
    request_id: str
    prediction_ids: Sequence[str]
    labels: Sequence[Cleaned]

    @property
    def size(self) -> int:
        """Lines that it takes."""
        return len(self.labels)

    def lines(self) -> Iterator[LabelLine]:
        """Return its lines."""
        for name, value in zip(self.prediction_ids, self.labels, strict=True):
            yield LabelLine(self.time, self.request_id, name, orjson.dumps(value).decode())


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written at once: all of it or nothing.

    Attributes
    ----------
    entries : list of Entry
    labels : list of Labels
        Written after the entries, so that a label never overtakes its prediction.
    counts : Counter
        What to add to the log's counters.
    """

    entries: list[Entry] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def lines(self) -> Iterator[Line]:
        """Return the lines of all predictions."""
        return (line for entry in self.entries for line in entry.lines())
