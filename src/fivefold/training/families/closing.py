"""The closing of a fit: its model is written, read again, and scores the rows that it is judged on. More rounds take longer to close."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.clock import Deadline

__all__ = ["Closing"]

_AGAIN = 4
"""How many times as many rounds must have been done before the closing is rehearsed again."""
_GROWS = 0.05
"""Share of what a rehearsal took that is thought to grow with its rounds in any case: a busy moment can hide all of it."""


@dataclass(slots=True)
class Closing:
    """Ends a fit while there is time for one more round and for what follows the last one.

    With hundreds of classes a round is hundreds of trees: to write and to score them takes seconds that nobody else keeps. So after
    1, 4, 16, ... rounds the latest 1, 2, 4, ... of them are closed for practice. What that takes has a part that is always the same, on wide tables
    most of it, and a part that grows with the rounds: the second one is the difference of two rehearsals. Of the differences of the latest one to all
    before it the steepest counts, since a busy moment during an earlier one makes the others too flat.

    Attributes
    ----------
    until : Deadline
        When the closing must be over. A counted deadline is looked at once a round and tells nothing else.
    rehearse : callable, optional
        Closes the latest so many rounds and drops what comes of it. Without it there is only one more round to be afraid of.

    Examples
    --------
    >>> from fivefold.core.clock import Deadline
    >>> now = 0.0
    >>> def close(rounds):
    ...     global now
    ...     now += 2.0 * rounds
    >>> closing = Closing(Deadline(20.0, lambda: now), close)
    >>> for rounds in range(1, 100):
    ...     now += 1.0
    ...     if closing.due(rounds):
    ...         break
    >>> rounds, now
    (4, 10.0)
    """

    until: Deadline
    rehearse: Callable[[int], None] | None = None
    _rehearsed: list[tuple[int, float]] = field(init=False, default_factory=list)
    _next: int = field(init=False, default=1)
    _round: float = field(init=False, default=0.0)
    _looked: float | None = field(init=False, default=None)

    def due(self, done: int) -> bool:
        """Whether the fit must end after so many rounds, all those that there are to close."""
        if self.until.counted:
            return self.until.passed()
        now = self.until.clock()
        if self._looked is not None:
            self._round = now - self._looked
        if self.rehearse and done >= self._next:
            rounds = 1 << len(self._rehearsed)
            self.rehearse(rounds)
            began, now = now, self.until.clock()
            self._rehearsed.append((rounds, now - began))
            self._next = done * _AGAIN
        self._looked = now
        return self.until.earlier(self._round + self._seconds(done + 1)).passed()

    def _seconds(self, rounds: int) -> float:
        """Seconds that it takes to close so many rounds, by the rehearsals; the first one alone does not tell what grows."""
        if not self._rehearsed:
            return 0.0
        *before, (latest, took) = self._rehearsed
        slopes = [(took - earlier) / (latest - fewer) for fewer, earlier in before]
        each = max(*slopes, _GROWS * took / latest) if slopes else took / latest
        return took + each * (rounds - latest)
