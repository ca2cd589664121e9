"""Tensors of the Open Inference Protocol: read from JSON and from bytes, and written as both."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import orjson

from fivefold.core.errors import RequestError

__all__ = ["Tensor", "check_codec", "read_tensors", "wrong_tensor", "write_tensors"]

BINARY_SIZE = "binary_data_size"
_TYPES = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("<u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("<i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
_TEXTS = "BYTES"
_LENGTH = struct.Struct("<I")  # stands before each text in binary data
_CODECS = frozenset({"pd", "np", "str", "datetime"})
"""MLServer's ways of packing that leave the data as they are."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor.

    Attributes
    ----------
    name : str
    datatype : str
        Such as FP64 or BYTES.
    shape : tuple of int
    values : sequence
        All of them, row after row.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: Sequence[object]


def wrong_tensor(what: str, expected: str) -> RequestError:
    """Say what is wrong with a tensor; which one is told by its place, since a name is something that was sent."""
    return RequestError(
        what, expected=expected, todo="compare with GET /v2/models/{name}", code="wrong_tensor"
    )


def read_tensors(inputs: object, binary: bytes) -> list[Tensor]:
    """Read the inputs of a request.

    Parameters
    ----------
    inputs : object
        What stands under ``inputs``.
    binary : bytes
        What follows the JSON, for the inputs that have a ``binary_data_size``.

    Raises
    ------
    RequestError
        With the code ``wrong_tensor``.

    Examples
    --------
    >>> read_tensors([{"name": "age", "datatype": "INT64", "shape": [2], "data": [3, 4]}], b"")
    [Tensor(name='age', datatype='INT64', shape=(2,), values=[3, 4])]
    """
    if not isinstance(inputs, list) or not inputs:
        raise wrong_tensor("'inputs' is no list of tensors", "one tensor per column, or one of all columns")
    tensors: list[Tensor] = []
    start = 0
    for place, given in enumerate(inputs):
        where = f"Input {place}"
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            raise wrong_tensor(f"{where} is no tensor", "an object with name, datatype, shape and data")
        shape, datatype = _shape(given.get("shape"), where), _datatype(given.get("datatype"), where)
        size = _binary_size(given.get("parameters"), where)
        if size is None:
            values = _listed(given.get("data"), shape, where)
        else:
            values = _unpacked(binary[start : start + size], size, datatype, where)
            start += size
        if len(values) != math.prod(shape):
            raise wrong_tensor(f"{where} has other than as many values as its shape says", "as many")
        tensors.append(Tensor(given["name"], datatype, shape, values))
    if start != len(binary):
        raise wrong_tensor(
            "The bytes behind the JSON are not those of the tensors",
            f"as many as the inputs' {BINARY_SIZE} add up to, and the header Inference-Header-Content-Length",
        )
    return tensors


def write_tensors(
    tensors: Sequence[Tensor], binary: Sequence[bool]
) -> tuple[list[Mapping[str, object]], bytes]:
    """Write the outputs of a reply.

    Parameters
    ----------
    tensors : sequence of Tensor
    binary : sequence of bool
        Which of them are to be bytes behind the JSON.

    Returns
    -------
    outputs : list of dict
        To stand under ``outputs``.
    bytes
        What is to follow the JSON.
    """
    outputs: list[Mapping[str, object]] = []
    pieces: list[bytes] = []
    for tensor, packed in zip(tensors, binary, strict=True):
        output: dict[str, object] = {
            "name": tensor.name,
            "datatype": tensor.datatype,
            "shape": tensor.shape,
        }
        if packed:
            pieces.append(_packed(tensor))
            output["parameters"] = {BINARY_SIZE: len(pieces[-1])}
        else:
            output["data"] = tensor.values
        outputs.append(output)
    return outputs, b"".join(pieces)


def _shape(said: object, where: str) -> tuple[int, ...]:
    """Read a shape: rows, or rows and columns."""
    if (
        isinstance(said, list)
        and len(said) in {1, 2}
        and all(type(each) is int and each >= 0 for each in said)
    ):
        return tuple(said)
    raise wrong_tensor(f"The shape of {where.lower()} is none", "[rows], [rows, 1] or [rows, columns]")


def _datatype(said: object, where: str) -> str:
    """Read a datatype."""
    if isinstance(said, str) and (said == _TEXTS or said in _TYPES):
        return said
    raise wrong_tensor(f"The datatype of {where.lower()} is not known", ", ".join((*_TYPES, _TEXTS)))


def _binary_size(parameters: object, where: str) -> int | None:
    """Read how many of the bytes behind the JSON are an input's; None when it has its data in the JSON."""
    if not isinstance(parameters, dict):
        return None
    check_codec(parameters)
    size = parameters.get(BINARY_SIZE)
    if size is not None and (type(size) is not int or size < 0):
        raise wrong_tensor(f"The {BINARY_SIZE} of {where.lower()} is no size", "a number of bytes")
    return size


def check_codec(parameters: Mapping[str, object]) -> None:
    """Refuse a ``content_type`` of MLServer by which the data would mean something else."""
    codec = parameters.get("content_type")
    if codec is not None and not (isinstance(codec, str) and codec in _CODECS):
        raise wrong_tensor("The content_type is not known", ", ".join(sorted(_CODECS)))


def _listed(data: object, shape: tuple[int, ...], where: str) -> list[object]:
    """Read data out of the JSON: row after row, or a list per row."""
    if not isinstance(data, list):
        raise wrong_tensor(f"{where} has no data", f"a list under data, or a {BINARY_SIZE} in its parameters")
    if len(shape) == 1 or not data or not isinstance(data[0], list):
        return data
    if any(not isinstance(row, list) or len(row) != shape[1] for row in data):
        raise wrong_tensor(f"The rows of {where.lower()} are not all as long as its shape says", "as long")
    return [value for row in data for value in row]


def _unpacked(data: bytes, size: int, datatype: str, where: str) -> list[object]:
    """Read data out of bytes."""
    if len(data) == size:
        if datatype == _TEXTS:
            return _texts(data, where)
        kind = _TYPES[datatype]
        if size % kind.itemsize == 0:
            values: list[object] = np.frombuffer(data, kind).tolist()
            return values
    raise wrong_tensor(f"The bytes of {where.lower()} are not those of its datatype and shape", "all of them")


def _texts(data: bytes, where: str) -> list[object]:
    """Read texts, each behind its length."""
    found: list[object] = []
    start = 0
    try:
        while start < len(data):
            (length,) = _LENGTH.unpack_from(data, start)
            start += _LENGTH.size + length
            if start > len(data):
                break
            found.append(data[start - length : start].decode())
    except (struct.error, UnicodeDecodeError) as error:
        raise _wrong_texts(where) from error
    if start != len(data):
        raise _wrong_texts(where)
    return found


def _wrong_texts(where: str) -> RequestError:
    """Say that bytes are no texts."""
    return wrong_tensor(
        f"The bytes of {where.lower()} are no texts", "texts in UTF-8, each behind its length in four bytes"
    )


def _packed(tensor: Tensor) -> bytes:
    """Return a tensor's values as bytes."""
    if tensor.datatype != _TEXTS:
        return np.array(tensor.values, _TYPES[tensor.datatype]).tobytes()
    texts = [text.encode() if isinstance(text, str) else orjson.dumps(text) for text in tensor.values]
    return b"".join(_LENGTH.pack(len(text)) + text for text in texts)
