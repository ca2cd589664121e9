"""From cleaned values to the matrix that members read: the one encoder of training, batch and service."""

from __future__ import annotations

import struct
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.runtime.encoding import CodePart, DatePart, GapPart, NumberPart, RatePart
from fivefold.runtime.parts.code import CodeEncoder
from fivefold.runtime.parts.date import DateEncoder
from fivefold.runtime.parts.gap import GapEncoder
from fivefold.runtime.parts.number import NumberEncoder
from fivefold.runtime.parts.part import NAN
from fivefold.runtime.parts.rate import RateEncoder
from fivefold.runtime.parts.text import TextEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Feature, Floats, Matrix
    from fivefold.core.tables import Columns, Frame
    from fivefold.runtime.encoding import EncoderSpec, Single
    from fivefold.runtime.parts.part import PairEncoder, PartEncoder
    from fivefold.runtime.values import Cleaned

__all__ = ["Encoder"]

# Beyond float32 there is only infinity, which some models refuse.
_LARGEST = float(np.finfo(np.float32).max)
_INFINITY = float("inf")


class Encoder:
    """Follows a spec.

    A number beyond the range of float32 becomes the end of that range.

    Parameters
    ----------
    spec : EncoderSpec
    arrays : mapping of str to array
        The large arrays that text parts name.
    outputs : int
        Rates per category: 1 for binary and regression, the number of classes for multiclass (see ``RatePart``).

    Attributes
    ----------
    features : tuple of Feature
        The columns of the matrix.
    sources : tuple of tuple of str
        For every feature the one or two contract columns that it comes from.

    Raises
    ------
    ArtefactError
        When rates, arrays or the order of parts do not fit the spec.

    Examples
    --------
    >>> from fivefold.runtime.encoding import CodePart, EncoderSpec, NumberPart
    >>> encoder = Encoder(EncoderSpec((NumberPart("age"), CodePart("city", ("Oslo", "Rome")))), {}, outputs=1)
    >>> [feature.name for feature in encoder.features]
    ['age', 'city']
    >>> encoder.encode_row({"age": 31, "city": "Rome"}).tolist()
    [[31.0, 1.0]]
    """

    def __init__(self, spec: EncoderSpec, arrays: Mapping[str, NDArray[np.float32]], outputs: int) -> None:
        self.spec = spec
        self.arrays = dict(arrays)
        self.outputs = outputs
        single = [part for part in spec.parts if not isinstance(part, GapPart)]
        paired = [part for part in spec.parts if isinstance(part, GapPart)]
        if spec.parts != (*single, *paired):
            raise ArtefactError(
                "The encoder's parts cannot be used",
                seen="a part of two columns before a part of one",
                expected="parts of two columns behind all others",
                todo="train again",
            )
        self._parts = tuple(
            _ready(part, position, self.arrays, outputs) for position, part in enumerate(single)
        )
        self._pairs: tuple[PairEncoder, ...] = tuple(map(GapEncoder, paired))
        self.features: tuple[Feature, ...] = (
            *(feature for part in self._parts for feature in part.features),
            *(feature for pair in self._pairs for feature in pair.features),
        )
        self.sources: tuple[tuple[str, ...], ...] = (
            *((part.column,) for part in self._parts for _ in part.features),
            *(pair.columns for pair in self._pairs for _ in pair.features),
        )
        # Most columns are numbers, which pass as they are: calling their part would cost more than all the rest of it.
        self._steps = tuple(
            (part.column, None if isinstance(part, NumberEncoder) else part.encode_value)
            for part in self._parts
        )
        self._packing = struct.Struct(f"={len(self.features)}f")
        columns, steps = [part.column for part in self._parts], [encode for _, encode in self._steps]
        plain = len(columns) > 1 and not paired and not any(steps)
        self._take_numbers: Callable[[Mapping[str, Cleaned]], tuple[float, ...]] | None = (
            itemgetter(*columns) if plain else None
        )
        self._pair_steps = tuple((*pair.columns, pair.encode_values) for pair in self._pairs)

    def encode_frame(self, frame: Frame) -> Matrix:
        """Encode a cleaned frame.

        Returns
        -------
        Matrix
            Shape (rows, features), float32, C order; NaN where a value is missing.
        """
        values = np.empty((frame.height, len(self.features)), dtype=np.float32)
        self.encode_into(values, frame, max(1, frame.height))
        return values

    def encode_into(self, values: Matrix, columns: Columns, stretch: int) -> None:
        """Encode cleaned columns into a matrix that may lie on disk: one column at a time, so many rows at a time.

        Parameters
        ----------
        values : Matrix
            Shape (rows, features); written.
        columns : Columns
            A frame, or whatever gives its columns one by one.
        stretch : int
        """
        stretches = [slice(begin, begin + stretch) for begin in range(0, columns.height, stretch)]
        start = 0
        for part in self._parts:
            series = columns[part.column]
            for rows in stretches:
                _put(values[rows], start, part.encode_series(series[rows]))
            start += len(part.features)
        for pair in self._pairs:
            first, second = (columns[name] for name in pair.columns)
            for rows in stretches:
                _put(values[rows], start, pair.encode_both(first[rows], second[rows]))
            start += len(pair.features)

    def encode_row(self, row: Mapping[str, Cleaned]) -> Matrix:
        """Encode one cleaned row: shape (1, features), bit for bit what :meth:`encode_frame` gives.

        A column that the row lacks counts as missing.
        """
        values = np.empty((1, len(self.features)), dtype=np.float32)
        # For one row, packing is quicker than any arithmetic of NumPy. It refuses what is beyond the range, but infinity.
        if self._take_numbers is not None:
            try:
                numbers = self._take_numbers(row)
                self._packing.pack_into(values.data, 0, *numbers)
                if isfinite(sum(numbers)):
                    return values
            except (KeyError, struct.error, OverflowError):
                pass  # something is missing, or beyond the range
        encoded = self._encoded(row)
        try:
            self._packing.pack_into(values.data, 0, *encoded)
        except OverflowError:
            return _within(encoded)
        return _within(encoded) if _INFINITY in encoded or -_INFINITY in encoded else values

    def _encoded(self, row: Mapping[str, Cleaned]) -> Sequence[Cleaned]:
        """Return the features of one row."""
        encoded: list[Cleaned] = []
        for column, encode in self._steps:
            value = row.get(column)
            if encode is not None:
                encoded.extend(encode(value))
            else:
                encoded.append(NAN if value is None else value)
        for first, second, encode_both in self._pair_steps:
            encoded.extend(encode_both(row.get(first), row.get(second)))
        return encoded


def _within(encoded: Sequence[Cleaned]) -> Matrix:
    """Make the matrix of one row, and put what lies beyond the range of float32 to its end."""
    values = np.array([encoded], dtype=np.float64)
    return np.minimum(np.maximum(values, -_LARGEST), _LARGEST).astype(np.float32)


def _put(values: Matrix, start: int, encoded: Floats) -> None:
    """Write features into their columns of a matrix."""
    values[:, start : start + encoded.shape[1]] = np.clip(encoded, -_LARGEST, _LARGEST)


def _ready(
    part: Single, position: int, arrays: Mapping[str, NDArray[np.float32]], outputs: int
) -> PartEncoder:
    """Make a part ready to work."""
    if isinstance(part, NumberPart):
        return NumberEncoder(part)
    if isinstance(part, CodePart):
        return CodeEncoder(part)
    if isinstance(part, RatePart):
        return RateEncoder(part, outputs)
    if isinstance(part, DatePart):
        return DateEncoder(part)
    return TextEncoder(part, position, arrays)
