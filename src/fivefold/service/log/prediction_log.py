"""The prediction log: a bounded queue, and the one thread that writes what stands in it, batch after batch.

In the mode ``async`` an answer never waits for its record: what the backend cannot take is dropped and counted. In the mode
``durable`` a request is answered when its batch is committed. Requests that come while a batch is being written share the
next one, so that the disk is asked once for all of them.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from fivefold.service.log.backend import NotLoggedError, Pace, Prunable, UnwrittenError
from fivefold.service.log.entry import Batch, Entry, Labels
from fivefold.service.log.ticket import Ticket, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.service.log.backend import Backend

__all__ = ["MODES", "Mode", "PredictionLog"]

Mode = Literal["async", "durable"]
"""Whether an answer waits for its record."""
MODES: tuple[Mode, ...] = get_args(Mode)

_Item: TypeAlias = "tuple[Entry | Labels, Ticket | None]"

_CLOSE_SECONDS = 10.0
_PATIENCE = 10.0
_MOST_ROWS = 10_000
_PRUNE_SECONDS = 3600.0
_AT_ONCE = 8
"""Rows whose lines are made by whoever hands them over: what holds them is in the processor's cache now, and not later."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0

_journal = logging.getLogger("fivefold.service")


class PredictionLog:
    """Answered requests and labels on their way to where they are kept.

    Parameters
    ----------
    backend : Backend
        Is opened here.
    mode : {"async", "durable"}
    capacity : int
        Lines that may wait to be written. Further ones are dropped and counted, or refused where somebody waits for them.
    keep : float, optional
        Seconds after which lines are deleted; a backend that cannot forget keeps them.
    patience : float
        Seconds after which one that waits gives up.

    Raises
    ------
    InputError
        When the backend cannot be opened.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        mode: Mode = "async",
        capacity: int = 100_000,
        keep: float | None = None,
        patience: float = _PATIENCE,
    ) -> None:
        self.durable = mode == "durable"
        self.keeps_labels = backend.keeps_labels and backend.commits
        self._backend = backend
        self._pace = Pace(0.0, 0) if self.durable else backend.pace
        self._capacity = capacity
        self._keep = keep
        self._patience = patience
        self._lock = threading.Lock()
        self._items: deque[_Item] = deque()
        self._in_hand: list[_Item] = []
        self._waiting = 0
        self._counts: Counter[str] = Counter()
        self._dropped = 0
        self._broken = ""  # why the last batch was not written, until the next attempt
        self._wake = threading.Event()
        self._hurry = threading.Event()  # enough has come, or the end
        self._closed = threading.Event()
        backend.open(durable=self.durable)
        self._writer = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self._writer.start()

    @property
    def dropped(self) -> int:
        """Rows that were not written, since the start."""
        return self._dropped

    def record(self, entry: Entry) -> None:
        """Hand over an answered request; returns at once."""
        if entry.size <= _AT_ONCE:
            entry.make_lines()
        with self._lock:
            if not self._put(entry, None):
                self._drop(entry)
            if (
                not self._wake.is_set()
            ):  # it is taken back under the lock, and to set it again would cost as much as all this
                self._wake.set()

    async def commit(self, item: Entry | Labels) -> int:
        """Hand over an answered request or labels, and return when they are committed; the event loop goes on meanwhile.

        Returns
        -------
        int
            How many of the labels' predictions are not in this log.

        Raises
        ------
        NotLoggedError
            When too much waits already, or it cannot be written. It counts as never answered.
        """
        loop = asyncio.get_running_loop()
        ticket = Ticket(loop, loop.create_future())
        with self._lock:
            if self._broken or not self._put(item, ticket):
                raise NotLoggedError(self._broken or "too much waits to be written")
        self._wake.set()
        try:
            async with asyncio.timeout(self._patience):
                return await ticket.future
        except TimeoutError:
            self._withdraw(item, ticket)
            raise NotLoggedError("it was not written in time") from None
        except asyncio.CancelledError:
            self._withdraw(item, ticket)
            raise

    def note(self, status: int, *, rehearsed: bool = False) -> None:
        """Count a request for predictions that got none: its status of HTTP is 400 or above; a rehearsal's is counted by itself."""
        with self._lock:
            if rehearsed:
                self._counts["rehearsed"] += 1
            else:
                self._counts["requests"] += 1
                self._counts["errors" if status >= 500 else "refused"] += 1
        self._wake.set()

    def note_rows(self, refused: int) -> None:
        """Count rows that could not be understood, whether the others of their request were answered or not."""
        with self._lock:
            self._counts["rows_refused"] += refused
        self._wake.set()

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._closed.set()
        self._hurry.set()
        self._wake.set()
        self._writer.join(_CLOSE_SECONDS)

    def _put(self, item: Entry | Labels, ticket: Ticket | None) -> bool:
        """Take one more if there is room, and any request if nothing waits; the lock is held."""
        if self._closed.is_set() or (self._waiting and self._waiting + item.size > self._capacity):
            return False
        self._waiting += item.size
        self._items.append((item, ticket))
        if self._waiting >= self._pace.rows:
            self._hurry.set()
        return True

    def _withdraw(self, item: Entry | Labels, ticket: Ticket) -> None:
        """Forget one that nobody waits for; what is written already was logged, but not answered."""
        with self._lock:
            ticket.left = True
            kept = deque(each for each in self._items if each[1] is not ticket)
            if len(kept) < len(self._items):
                self._waiting -= item.size
                self._items = kept
            elif ticket.written:
                self._uncount(item)

    def _run(self) -> None:
        """Write until the log is closed: the thread's work."""
        try:
            self._write()
        finally:
            # Whatever ended this, nobody waits for a thread that is gone.
            self._closed.set()
            with self._lock:
                left = [*self._in_hand, *self._items]
                self._items.clear()
                self._refuse(left, "the log is closed")
            self._backend.close()

    def _write(self) -> None:
        """Write batch after batch; after one that failed there is a pause, which grows."""
        pause, prune_at, ended = _FIRST_PAUSE, 0.0, False
        while not ended:
            if self._keep is not None and time.monotonic() >= prune_at:
                self._prune(time.time() - self._keep)
                prune_at = time.monotonic() + _PRUNE_SECONDS
            self._wake.wait(None if self._keep is None else _PRUNE_SECONDS)
            # Rows that come within a moment share one transaction, and wake this thread once.
            self._hurry.wait(self._pace.seconds)
            ended = self._closed.is_set()
            counts = self._take()
            self._broken = self._store(self._in_hand, counts, last=ended)
            self._in_hand = []
            if self._broken:
                self._closed.wait(pause)
            # Whoever may not be answered unlogged is refused at once during a pause, hence the shorter ones.
            pause = min(2 * pause, 1.0 if self.durable else _LONGEST_PAUSE) if self._broken else _FIRST_PAUSE
            self._broken = ""
            ended = ended and not self._items

    def _take(self) -> Counter[str]:
        """Take what waits in hand, as far as it makes one batch, and return what was counted."""
        rows = 0
        with self._lock:
            while self._items and rows < _MOST_ROWS:
                self._in_hand.append(self._items.popleft())
                rows += self._in_hand[-1][0].size
            counts, self._counts = self._counts, Counter()
            if not self._items:
                self._wake.clear()
                if not self._closed.is_set():
                    self._hurry.clear()
        return counts

    def _store(self, items: Sequence[_Item], counts: Counter[str], *, last: bool) -> str:
        """Write one batch; return why it was not written, or nothing."""
        if not (items or counts):
            return ""
        entries = [item for item, _ in items if isinstance(item, Entry)]
        batch = Batch(entries, [item for item, _ in items if isinstance(item, Labels)], Counter(counts))
        if entries:
            batch.counts["requests"] += sum(entry.requests for entry in entries)
            batch.counts["predictions"] += sum(entry.answered for entry in entries)
        try:
            unknown = iter(self._backend.write(batch))
        except UnwrittenError as error:
            self._failed(items, counts, error, last=last)
            return str(error)
        told = []
        with self._lock:
            for item, ticket in items:
                self._waiting -= item.size
                if ticket is not None:
                    ticket.written = True
                    told.append((ticket, next(unknown) if isinstance(item, Labels) else 0))
                    if ticket.left:
                        self._uncount(item)
        settle(told)
        return ""

    def _failed(
        self, items: Sequence[_Item], counts: Counter[str], error: UnwrittenError, *, last: bool
    ) -> None:
        """Refuse those who wait; keep the other lines for another attempt if one may help, else drop them."""
        again = error.passing and not last
        with self._lock:
            self._counts.update(counts)
            self._items.extendleft(item for item in reversed(items) if again and item[1] is None)
            lost = [item for item in items if not again or item[1] is not None]
            dropped = self._refuse(lost, str(error))
        self._wake.set()
        _journal.warning("%d rows of the prediction log were dropped: %s", dropped, error)

    def _refuse(self, items: Sequence[_Item], why: str) -> int:
        """Drop lines that nobody waits for, and tell those who wait; return how many were dropped. The lock is held."""
        before = self._dropped
        for item, ticket in items:
            self._waiting -= item.size
            if ticket is None and isinstance(item, Entry):
                self._drop(item)
        settle(((ticket, 0) for _, ticket in items if ticket is not None), why=why)
        return self._dropped - before

    def _uncount(self, item: Entry | Labels) -> None:
        """Take back a request that was logged but not answered: it is noted as one that failed. The lock is held."""
        if isinstance(item, Entry):
            self._counts["requests"] -= item.requests

    def _drop(self, entry: Entry) -> None:
        """Count a request whose rows are dropped, for the metrics and for the log; the lock is held."""
        self._dropped += entry.size
        self._counts.update(requests=entry.requests, predictions=entry.answered, dropped=entry.size)

    def _prune(self, before: float) -> None:
        """Delete old lines, where the backend can."""
        if not isinstance(self._backend, Prunable):
            return
        try:
            gone = self._backend.prune(before)
        except UnwrittenError as error:
            _journal.warning("old lines of the prediction log were not deleted: %s", error)
        else:
            if gone:
                _journal.info("%d old lines of the prediction log were deleted", gone)
