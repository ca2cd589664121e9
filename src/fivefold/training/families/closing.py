"""The closing of a fit: its model is written, read again, and scores the rows that it is judged on. More rounds take longer to close."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.clock import Deadline

__all__ = ["Closing"]

_AGAIN = 4
"""How many times as many rounds must have been done before the closing is rehearsed again."""
_DOUBTS, _DOUBTED = 2, 10.0
"""How often a rehearsal is held again before a fit ends by it, and how many times longer than it the closing must seem for that."""
_GROWS = 0.05
"""Share of what a rehearsal took that is thought to grow with its rounds in any case: a busy moment can hide all of it."""


@dataclass(slots=True)
class Closing:
    """Ends a fit while there is time for one more round and for what follows the last one.

    With hundreds of classes a round is hundreds of trees: to write and to score them takes seconds that nobody else keeps. So after
    1, 4, 16, ... rounds the latest 1, 2, 4, ... of them are closed for practice. What that takes has a part that is always the same, on wide tables
    most of it, and a part that grows with the rounds: the second one is the difference of two rehearsals. Of the differences of the latest one to all
    before it the steepest counts, since a busy moment during an earlier one makes the others too flat. One during the latest makes all of them too
    steep, and what they say of hundreds of rounds wrong by far: before the fit ends by that, it is held again, and the shortest time counts.

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
    _doubts: int = field(init=False, default=0)
    _round: float = field(init=False, default=0.0)
    _looked: float = field(init=False, default=nan)

    def due(self, done: int) -> bool:
        """Whether the fit must end after so many rounds, all those that there are to close."""
        if self.until.counted:
            return self.until.passed()
        now = self.until.clock()
        self._round = now - (now if isnan(self._looked) else self._looked)
        self._looked = now
        if self.rehearse and done >= self._next:
            rounds = 1 << len(self._rehearsed)
            self._rehearsed.append((rounds, self._hold(self.rehearse, rounds)))
            self._next, self._doubts = done * _AGAIN, _DOUBTS
        while self._late(done) and self.rehearse and self._doubtful(done):
            self._doubts -= 1
            rounds, took = self._rehearsed[-1]
            self._rehearsed[-1] = rounds, min(took, self._hold(self.rehearse, rounds))
        return self._late(done)

    def _hold(self, rehearse: Callable[[int], None], rounds: int) -> float:
        """Rehearse and return the seconds; they are none of the round's."""
        rehearse(rounds)
        began, self._looked = self._looked, self.until.clock()
        return self._looked - began

    def _late(self, done: int) -> bool:
        """Whether one more round, what will be rehearsed again, and the closing would end too late."""
        again = self._doubts * self._rehearsed[-1][1] if self._doubtful(done) else 0.0
        return self._looked + self._round + again + self._seconds(done + 1) >= self.until.at

    def _doubtful(self, done: int) -> bool:
        """Whether the closing is thought to take so much longer than its rehearsal that a little too much in the one is much in the other."""
        return self._doubts > 0 and self._seconds(done + 1) > _DOUBTED * self._rehearsed[-1][1]

    def _seconds(self, rounds: int) -> float:
        """Seconds that it takes to close so many rounds, by the rehearsals; the first one alone does not tell what grows."""
        if not self._rehearsed:
            return 0.0
        *before, (latest, took) = self._rehearsed
        slopes = [(took - earlier) / (latest - fewer) for fewer, earlier in before]
        each = max(*slopes, _GROWS * took / latest) if slopes else took / latest
        return took + each * (rounds - latest)
