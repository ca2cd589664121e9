"""Means: what a family may say, besides what it must, of the time and the memory that its fits take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from fivefold.core.protocols import Problem
    from fivefold.core.tasks import Candidate

__all__ = ["Paced", "Weighed"]


@runtime_checkable
class Paced(Protocol):
    """A family that says how long its work takes; one that does not is thought to boost trees on one core."""

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return nominal seconds from one look at ``until`` to the next, for a fit on so many rows."""


@runtime_checkable
class Weighed(Protocol):
    """A family that says how much memory a fit takes; one that does not is thought to copy its rows several times.

    The whole of a fit is a worker with its libraries, the matrices of the fold, and this.
    """

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes by which a fit raises the resident memory of its process, at their peak.

        They count from when the family is prepared and both samples lie in memory until ``fit`` returns: copies, bins,
        gradients, the model as it grows and its payload. Libraries and the samples themselves do not count.

        Parameters
        ----------
        candidate : Candidate
        problem : Problem
        rows : int
            Rows to learn from; up to a quarter as many to stop by are thought to come with them.
        rounds : int
            Those of a fit on all rows, as ``fit`` is told them; 0 where the fit finds them out.
        """
