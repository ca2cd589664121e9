"""Many rows on all cores: rows do not depend on each other, and NumPy and the boosters let other threads run meanwhile."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.machine import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["one_thread", "side_by_side"]

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
    with one_thread():
        if stretches < 2:
            return predict(values)
        with ThreadPoolExecutor(stretches, "fivefold-rows") as crew:
            return np.concatenate(list(crew.map(predict, np.array_split(values, stretches))))


def one_thread() -> AbstractContextManager[object]:
    """Let NumPy's linear algebra do each product in the thread that asks for it.

    By itself it parts every product among as many threads as there are cores, which spin while they wait for one another, and for those of a
    crew: nets took seven times as long.
    """
    controller = _controller()
    limit: AbstractContextManager[object] = (
        controller.limit(limits=1, user_api="blas") if controller else nullcontext()
    )
    return limit


@functools.cache
def _controller() -> Any:
    """What sets the number of threads; None in an image, whose variables say it from the start."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
