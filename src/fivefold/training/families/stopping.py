"""When a boosted fit ends: its time is up, or the validation loss has not fallen for long enough."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from fivefold.training.families.pace import patience

if TYPE_CHECKING:
    from fivefold.training.families.closing import Closing

__all__ = ["Stopping"]


@dataclass(slots=True)
class Stopping:
    """Remembers the best round; told of every round, it has the clock looked at once.

    Attributes
    ----------
    closing : Closing
        Knows what follows the last round, and looks at the clock.
    rows : int
        Training rows: with few of them more rounds are waited for.
    best : float
        The lowest loss so far.
    best_round : int
        Counted from 1; 0 as long as no loss was told.
    done : int
        Rounds so far.
    stopped : bool
        Whether time was up.
    """

    closing: Closing
    rows: int
    best: float = inf
    best_round: int = 0
    done: int = 0
    stopped: bool = False

    def goes_on(self, done: int, loss: float | None) -> bool:
        """Return whether another round is worth it.

        Parameters
        ----------
        done : int
            Rounds so far.
        loss : float or None
            That of the rows to stop by; None without such rows.
        """
        if loss is not None and (loss < self.best or not self.best_round):
            self.best, self.best_round = loss, done
        self.done, self.stopped = done, self.closing.due(done)
        waits = loss is None or done - self.best_round < patience(self.rows, self.best_round)
        return waits and not self.stopped
