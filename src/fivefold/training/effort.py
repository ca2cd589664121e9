"""Effort: how long work takes, as decisions count it: by the clock, or, in a deterministic run, by what is done.

How many folds there are, who is raced and whether there is a last fit follows from seconds. Measured ones differ from one run to
the next, and so does the model. Nominal ones depend on the table, the settings and the rounds alone. They are those of one
core of a slow machine, so that a usual one is done well before them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fivefold.core.clock import Deadline
from fivefold.core.protocols import Paced
from fivefold.training.families.pace import round_seconds

if TYPE_CHECKING:
    from fivefold.core.artefacts import Contract
    from fivefold.core.protocols import Candidate, Family, Problem

__all__ = ["NominalWatch", "Stopwatch", "Watch", "encoding_seconds", "nominal_pace", "scoring_seconds"]

_SPEED = 1e8
"""Values that a family works through in a second, when it does not say."""
_BEGIN, _VALUE = 0.02, 1e-7
"""Seconds to open a task, and besides for every value: to read and to bin it."""
_ENCODED, _TEXT = 1e-6, 1e-4
"""Seconds to encode a value, and a text."""
_ROW, _ROUND = 2e-6, 3e-8
"""Seconds to score a row, and besides for every round and output."""


class Watch(Protocol):
    """Counts the seconds of one fit."""

    def until(self, seconds: float, latest: float) -> Deadline:
        """Return the deadline of the fit: so many seconds from its start, and ``latest`` on the clock of all processes."""

    def seconds(self) -> float:
        """Return what the fit has taken."""


@dataclass(slots=True)
class Stopwatch:
    """Measures."""

    began: float = field(default_factory=time.monotonic)

    def until(self, seconds: float, latest: float) -> Deadline:
        """Return whichever comes first."""
        return Deadline(min(self.began + seconds, latest))

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self.began


@dataclass(slots=True)
class NominalWatch:
    """Moves on by one step whenever the fit looks at it, which families do once per round.

    Attributes
    ----------
    step : float
        Nominal seconds from one look to the next.
    now : float
        Nominal seconds since the start.

    Examples
    --------
    >>> watch = NominalWatch(step=0.5)
    >>> until = watch.until(1.2, latest=0.0)
    >>> until.passed(), until.passed(), until.passed(), watch.seconds()
    (False, False, True, 1.5)
    """

    step: float
    now: float = 0.0

    @classmethod
    def of(cls, family: Family, candidate: Candidate, problem: Problem, rows: int) -> NominalWatch:
        """Return the watch for a fit on so many rows."""
        return cls(
            nominal_pace(family, candidate, problem, rows), _BEGIN + _VALUE * rows * len(problem.features)
        )

    def __call__(self) -> float:
        """Move on."""
        self.now += self.step
        return self.now

    def until(self, seconds: float, latest: float) -> Deadline:
        """Return the deadline by this watch; the parent alone minds the clock of all processes."""
        del latest
        return Deadline(seconds, self, counted=True)

    def seconds(self) -> float:
        """Return what was done, in nominal seconds."""
        return self.now


def nominal_pace(family: Family, candidate: Candidate, problem: Problem, rows: int) -> float:
    """Nominal seconds between two looks at the deadline: what the family says, or those of a boosted round."""
    if isinstance(family, Paced):
        return family.pace(candidate, problem, rows)
    return round_seconds(problem, rows, speed=_SPEED)


def encoding_seconds(contract: Contract, rows: int) -> float:
    """Nominal seconds to encode so many rows."""
    texts = sum(column.role == "text" for column in contract.columns)
    return _BEGIN + rows * (_ENCODED * len(contract.columns) + _TEXT * texts)


def scoring_seconds(problem: Problem, rows: int, rounds: int) -> float:
    """Nominal seconds to score so many rows with a model of so many rounds."""
    outputs = problem.classes if problem.task == "multiclass" else 1
    return rows * (_ROW + _ROUND * max(1, rounds) * outputs)
