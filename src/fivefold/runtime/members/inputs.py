"""What members see that know neither gaps nor codes: scaled numbers, marks of missing values, one indicator per code, steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix

__all__ = ["CLIP", "FAR", "Inputs", "Preparer"]

CLIP = 3.0
"""Units that a number is pulled towards, however far off it is."""
FAR = 1e6
"""Units beyond which it does not matter how far off a number is: its square must not overflow."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """How a matrix becomes what the nets see: scaled numbers, marks of missing values, one indicator per code, steps of numbers.

    Attributes
    ----------
    numbers, gaps, codes : array of int
        Columns of the matrix that are numbers, whose missing values are marked, that are codes.
    levels : array of int
        Levels of each code.
    centre, scale : array of float
        One per number; what is far from the centre is pulled in smoothly.
    steps, low, length : array
        One per step: its column of the matrix, where it begins, and how long it is. A step says how much of it a value has
        passed, from 0 to 1 (piecewise linear encoding; Gorishniy et al., "On embeddings for numerical features", 2022).
    """

    numbers: NDArray[np.int32]
    gaps: NDArray[np.int32]
    codes: NDArray[np.int32]
    levels: NDArray[np.int32]
    centre: Matrix
    scale: Matrix
    steps: NDArray[np.int32]
    low: Matrix
    length: Matrix

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> Inputs:
        """Take these from a payload; older ones have no steps."""
        none = np.empty(0, dtype=np.float32)
        known = {"steps": np.empty(0, dtype=np.int32), "low": none, "length": none} | arrays
        return cls(*(known[name] for name in cls.__slots__))

    def fits(self, features: int) -> bool:
        """Whether these go together, and ask for columns of a matrix of so many features only."""
        columns = np.concatenate([self.numbers, self.gaps, self.codes, self.steps])
        return (
            self.centre.shape == self.scale.shape == self.numbers.shape
            and self.low.shape == self.length.shape == self.steps.shape
            and bool(np.isfinite(self.low).all() and (self.length > 0).all())
            and self.levels.shape == self.codes.shape
            and bool(((columns >= 0) & (columns < features)).all())
        )

    @property
    def width(self) -> int:
        """Number of inputs."""
        return self.numbers.size + self.gaps.size + int(self.levels.sum()) + self.steps.size

    def columns(self, values: Matrix) -> Matrix:
        """Return the inputs of these rows, shape (rows, width)."""
        columns = np.zeros((len(values), self.width), dtype=np.float32)
        start = self.numbers.size + self.gaps.size
        with np.errstate(over="ignore", invalid="ignore"):
            columns[:, : self.numbers.size] = self._scaled(values)
            if self.steps.size:
                passed = (values.take(self.steps, axis=1) - self.low) / self.length
                columns[:, self.width - self.steps.size :] = _within(passed, 0.0, 1.0)
        if self.gaps.size:
            columns[:, self.numbers.size : start] = np.isnan(values.take(self.gaps, axis=1))
        for at, levels in zip(self.codes.tolist(), self.levels.tolist(), strict=True):
            rows = np.flatnonzero(values[:, at] < levels)
            columns[rows, start + values[rows, at].astype(np.intp)] = 1.0
            start += levels
        return columns

    def _scaled(self, values: Matrix) -> Matrix:
        """Return the numbers in units from their centre, those far off pulled in, and missing ones in the centre."""
        scaled = (values.take(self.numbers, axis=1) - self.centre) / self.scale
        np.minimum(np.maximum(scaled, -FAR, out=scaled), FAR, out=scaled)
        scaled /= np.sqrt(1 + np.square(scaled / CLIP))
        return _within(scaled)


class Preparer:
    """Gives what :meth:`Inputs.columns` gives; one row, bit for bit the same, in half the time: its numbers and steps go one way.

    Parameters
    ----------
    inputs : Inputs
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs, self._width, self._numbers, self._gaps = (
            inputs,
            inputs.width,
            inputs.numbers.size,
            inputs.gaps,
        )
        self._places = np.concatenate([inputs.numbers, inputs.steps])
        self._begin = np.concatenate([inputs.centre, inputs.low], dtype=np.float32)
        self._length = np.concatenate([inputs.scale, inputs.length], dtype=np.float32)
        levels = inputs.levels.tolist()
        starts = (self._numbers + self._gaps.size + np.cumsum([0, *levels])[:-1]).tolist()
        self._codes = tuple(zip(inputs.codes.tolist(), levels, starts, strict=True))

    def columns(self, values: Matrix) -> Matrix | Floats:
        """Return the inputs of these rows, shape (rows, width)."""
        return self._of_one(values[0])[None] if len(values) == 1 else self._inputs.columns(values)

    def _of_one(self, row: Matrix) -> Floats:
        """Return the inputs of one row, shape (width,)."""
        both = row.take(self._places)
        numbers, steps = both[: self._numbers], both[self._numbers :]
        with np.errstate(over="ignore", invalid="ignore"):
            both -= self._begin
            both /= self._length
            np.copyto(both, 0.0, where=np.isnan(both))
            np.minimum(np.maximum(numbers, -FAR, out=numbers), FAR, out=numbers)
            numbers /= np.sqrt(1 + np.square(numbers / CLIP))
            np.minimum(np.maximum(steps, 0.0, out=steps), 1.0, out=steps)
        columns = np.zeros(self._width)
        columns[: self._numbers] = numbers
        columns[self._width - steps.size :] = steps
        if self._gaps.size:
            columns[self._numbers : self._numbers + self._gaps.size] = np.isnan(row.take(self._gaps))
        for place, levels, start in self._codes:
            code = float(row[place])
            if code < levels:
                columns[start + int(code)] = 1.0
        return columns


def _within(values: Matrix, low: float | None = None, high: float | None = None) -> Matrix:
    """Put missing values to 0, and others between two ends, in place: for few rows, NumPy's own wrappers take longest."""
    np.copyto(values, 0.0, where=np.isnan(values))
    if low is not None and high is not None:
        np.minimum(np.maximum(values, low, out=values), high, out=values)
    return values
