"""Many rows on all cores: rows do not depend on each other, and NumPy and the boosters let other threads run meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.machine import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["side_by_side"]

_LEAST = 1_024
"""Rows that are worth a thread."""


def side_by_side(
    predict: Callable[[Matrix], Floats], values: Matrix, cores: Callable[[], int] = available_cores
) -> Floats:
    """Answer rows in as many stretches as there are cores, at once; what a row gets does not depend on it.

    Parameters
    ----------
    predict : callable
        Answers a matrix, and may be called by several threads.
    values : Matrix
        Shape (rows, features).
    cores : callable
        How many threads at most.

    Returns
    -------
    Floats
        Shape (rows, outputs), in the order of the rows.
    """
    stretches = min(cores(), len(values) // _LEAST)
    if stretches < 2:
        return predict(values)
    with ThreadPoolExecutor(stretches, "fivefold-rows") as crew:
        return np.concatenate(list(crew.map(predict, np.array_split(values, stretches))))
