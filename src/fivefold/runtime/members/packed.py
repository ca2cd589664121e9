"""Arrays in one block of bytes: a line of JSON that says what follows, then the numbers. The same arrays, the same bytes."""

from __future__ import annotations

import json
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import ArtefactError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["pack", "unpack"]

_KINDS = ("<f2", "<f4", "<f8", "|u1", "<u2", "<i4")


def pack(head: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write arrays, in C order and with the lowest byte first.

    Parameters
    ----------
    head : mapping of str to anything that JSON knows
        Facts beside the arrays.
    arrays : mapping of str to array
        Of float16, float32, float64, uint8, uint16 or int32.

    Examples
    --------
    >>> head, arrays = unpack(pack({"link": "identity"}, {"bias": np.zeros(2, np.float32)}))
    >>> head["link"], arrays["bias"].tolist()
    ('identity', [0.0, 0.0])
    """
    little = {
        name: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for name, array in arrays.items()
    }
    shapes = [[name, array.dtype.str, list(array.shape)] for name, array in little.items()]
    first = json.dumps({**head, "arrays": shapes}, separators=(",", ":")).encode()
    return b"".join([first, b"\n", *(array.tobytes() for array in little.values())])


def unpack(payload: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read what :func:`pack` wrote; the arrays cannot be written to.

    Raises
    ------
    ArtefactError
        When the bytes are anything else, or not all of them are there.
    """
    line, _, rest = payload.partition(b"\n")
    arrays: dict[str, NDArray[Any]] = {}
    try:
        head: dict[str, Any] = json.loads(line)
        start = 0
        for name, kind, shape in head.pop("arrays"):
            if kind not in _KINDS:
                raise _damaged(f"an array of {kind!r}")
            arrays[name] = np.frombuffer(rest, np.dtype(kind), prod(shape), start).reshape(shape)
            start += arrays[name].nbytes
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(f"{type(error).__name__}: {error}") from error
    if start != len(rest):
        raise _damaged(f"{len(rest)} bytes where {start} were announced")
    return head, arrays


def _damaged(seen: str) -> ArtefactError:
    """Say that the bytes are no packed arrays."""
    expected = "a line of JSON, then the arrays that it names"
    return ArtefactError(
        "Packed arrays cannot be read", seen=seen, expected=expected, todo="train the model again"
    )
