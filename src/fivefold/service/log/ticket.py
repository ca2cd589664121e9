"""Tickets: who waits in an event loop until a thread has written something."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.service.log.backend import NotLoggedError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Sequence

__all__ = ["Ticket", "settle"]


@dataclass(eq=False, slots=True)
class Ticket:
    """One that waits.

    Attributes
    ----------
    loop : asyncio.AbstractEventLoop
    future : asyncio.Future of int
        Is given how many predictions were not found, or a NotLoggedError.
    written : bool
        Whether the thread has written it.
    left : bool
        Whether nobody waits any more.
    """

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[int]
    written: bool = False
    left: bool = False


def settle(tickets: Iterable[tuple[Ticket, int]], *, why: str = "") -> None:
    """Tell all who wait, from any thread: the loop is woken once, not once for each.

    Parameters
    ----------
    tickets : iterable of (Ticket, int)
        With the result of each.
    why : str
        What went wrong; all are told, instead of their results.
    """
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Ticket, int]]] = defaultdict(list)
    for ticket, result in tickets:
        by_loop[ticket.loop].append((ticket, result))
    for loop, those in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there
            loop.call_soon_threadsafe(_resolve, those, why)


def _resolve(tickets: Sequence[tuple[Ticket, int]], why: str) -> None:
    """Wake those who still wait; runs in their loop."""
    for ticket, result in tickets:
        if ticket.future.done():
            continue
        if why:
            ticket.future.set_exception(NotLoggedError(why))
        else:
            ticket.future.set_result(result)
