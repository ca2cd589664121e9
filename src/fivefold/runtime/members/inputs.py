"""What members see that know neither gaps nor codes: scaled numbers, marks of missing values, one indicator per code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Matrix

__all__ = ["Inputs"]

_CLIP = 3.0
_FAR = 1e6
"""Units beyond which it does not matter how far off a number is: its square must not overflow."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """How a matrix becomes what the nets see: scaled numbers, marks of missing values, one indicator per code.

    Attributes
    ----------
    numbers, gaps, codes : array of int
        Columns of the matrix that are numbers, whose missing values are marked, that are codes.
    levels : array of int
        Levels of each code.
    centre, scale : array of float
        One per number; what is far from the centre is pulled in smoothly.
    """

    numbers: NDArray[np.int32]
    gaps: NDArray[np.int32]
    codes: NDArray[np.int32]
    levels: NDArray[np.int32]
    centre: Matrix
    scale: Matrix

    @property
    def width(self) -> int:
        """Number of inputs."""
        return self.numbers.size + self.gaps.size + int(self.levels.sum())

    def columns(self, values: Matrix) -> Matrix:
        """Return the inputs of these rows, shape (rows, width)."""
        with np.errstate(over="ignore"):
            scaled = (values[:, self.numbers] - self.centre) / self.scale
        scaled = np.clip(scaled, -_FAR, _FAR)
        scaled = np.nan_to_num(scaled / np.sqrt(1 + (scaled / _CLIP) ** 2), nan=0.0)
        columns = np.zeros((len(values), self.width), dtype=np.float32)
        start = self.numbers.size + self.gaps.size
        columns[:, : self.numbers.size] = scaled
        columns[:, self.numbers.size : start] = np.isnan(values[:, self.gaps])
        for at, levels in zip(self.codes.tolist(), self.levels.tolist(), strict=True):
            rows = np.flatnonzero(values[:, at] < levels)
            columns[rows, start + values[rows, at].astype(np.intp)] = 1.0
            start += levels
        return columns
