"""How sure an answer is: the interval around a number, or the set of classes, that holds the truth in so many of a hundred rows.

Both are tables of plain numbers that training fitted on out-of-fold predictions; to read them costs some microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats

__all__ = ["COVERAGE", "IntervalTable", "SetTable"]

COVERAGE = 0.9
"""Share of rows that an interval or a set holds when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class IntervalTable:
    """Intervals around a number, whose ends depend on the number.

    Attributes
    ----------
    levels : tuple of float
        Shares of rows that the intervals hold, ascending.
    centres : tuple of float
        Predictions for which the ends are known, ascending; between them they are interpolated.
    below, above : tuple of tuple of float
        Per level and centre, what is added to the prediction for the lower and for the upper end.
    lowest : float or None
        No end lies below it: the outcome never did.
    """

    levels: tuple[float, ...]
    centres: tuple[float, ...]
    below: tuple[tuple[float, ...], ...]
    above: tuple[tuple[float, ...], ...]
    lowest: float | None = None

    def ends(self, predicted: Floats, level: float) -> Floats:
        """Return the ends of the intervals.

        Parameters
        ----------
        predicted : array, shape (rows,)
        level : float
            One of ``levels``.

        Returns
        -------
        Floats
            Shape (rows, 2).

        Raises
        ------
        ValueError
            When the level is not one of them.

        Examples
        --------
        >>> import numpy as np
        >>> IntervalTable((0.9,), (0.0, 10.0), ((-1.0, -3.0),), ((2.0, 4.0),), 0.0).ends(np.array([0.5, 5.0]), 0.9).tolist()
        [[0.0, 2.6], [3.0, 8.0]]
        """
        place = self.levels.index(level)
        low = predicted + np.interp(predicted, self.centres, self.below[place])
        high = predicted + np.interp(predicted, self.centres, self.above[place])
        ends: Floats = np.stack([low, high], axis=1)
        return ends if self.lowest is None else np.maximum(ends, self.lowest)


@dataclass(frozen=True, slots=True)
class SetTable:
    """Sets of classes.

    Attributes
    ----------
    levels : tuple of float
        Shares of rows whose true class is in the set, ascending.
    least : tuple of tuple of float
        Per level and class, the probability from which on the class is in the set.
    """

    levels: tuple[float, ...]
    least: tuple[tuple[float, ...], ...]

    def holds(self, scores: Floats, level: float) -> NDArray[np.bool_]:
        """Say which classes are in the set; the most probable one always is.

        Parameters
        ----------
        scores : array, shape (rows, classes)
        level : float
            One of ``levels``.

        Returns
        -------
        array of bool, shape (rows, classes)

        Raises
        ------
        ValueError
            When the level is not one of them.

        Examples
        --------
        >>> import numpy as np
        >>> SetTable((0.9,), ((0.2, 0.4),)).holds(np.array([[0.7, 0.3], [0.5, 0.5], [0.1, 0.9]]), 0.9).tolist()
        [[True, False], [True, True], [False, True]]
        """
        held: NDArray[np.bool_] = scores >= np.array(self.least[self.levels.index(level)])
        held[np.arange(len(scores)), scores.argmax(axis=1)] = True
        return held
