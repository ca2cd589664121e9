"""Values of leaves in as few digits as a model needs: of the seventeen that a double is written with, most are noise."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["rounded"]

_DIGITS = 7


def rounded(values: Sequence[float]) -> list[float]:
    """Return the values of one tree's leaves, rounded to a ten-millionth of the power of ten below their span.

    The span counts, not the size: the first tree of a regression carries the mean of the target, which may be a million times
    as large as what its leaves tell apart. Order is kept, and so are monotone constraints.

    Parameters
    ----------
    values : sequence of float

    Examples
    --------
    >>> rounded([-0.0087617870160794711, 0.02597550329764722])
    [-0.008761787, 0.025975503]
    >>> rounded([1800000.123456789012, 1800001.987654321098])
    [1800000.1234568, 1800001.9876543]
    """
    span = max(values, default=0.0) - min(values, default=0.0)
    if not 0.0 < span < math.inf:
        return list(values)
    places = _DIGITS - Decimal(span).adjusted()
    return [round(value, places) for value in values]
