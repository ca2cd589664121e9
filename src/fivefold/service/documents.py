"""Documents: JSON as callers write it, a little more of it than the standard has."""

from __future__ import annotations

import re

import orjson

from fivefold.core.errors import RequestError

__all__ = ["read_document"]

_MARK = b"\xef\xbb\xbf"
# A text is passed over whole, so that the words in it stay. Its end may be missing, and nothing is tried twice: the time
# grows with the length alone, whatever is sent.
_BEYOND = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|-?(?:NaN|Infinity)', re.DOTALL)


def read_document(body: bytes, shape: str, *, row: int = -1) -> object:
    """Read JSON in UTF-8.

    ``NaN``, ``Infinity`` and ``-Infinity``, which JSON does not have and Python's, JavaScript's and C++'s libraries write
    none the less, are read as null: a missing value, as everywhere else. A byte order mark is passed over.

    Parameters
    ----------
    body : bytes
    shape : str
        What was expected, for the error.
    row : int
        Which line of several this is, for the error.

    Raises
    ------
    RequestError
        With the code ``invalid_json``. The message tells where the mistake is, and repeats nothing of what was sent.

    Examples
    --------
    >>> read_document(b'{"price": NaN, "name": "NaN"}', "an object")
    {'price': None, 'name': 'NaN'}
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        mended = _mended(body)
        if mended != body:
            try:
                return orjson.loads(mended)
            except orjson.JSONDecodeError:
                pass  # the first error says better where the mistake is
        where = f"line {error.lineno}, column {error.colno}" if body.strip() else "it is empty"
        raise RequestError(
            f"The body is no JSON ({where})",
            expected=f"{shape} in UTF-8; a missing value is null",
            todo="write it with a library for JSON",
            code="invalid_json",
            row=row,
        ) from error


def _mended(body: bytes) -> bytes:
    """Return the body in the standard's own words."""
    body = body.removeprefix(_MARK)
    if b"NaN" not in body and b"Infinity" not in body:
        return body
    return _BEYOND.sub(lambda found: found[0] if found[0][:1] == b'"' else b"null", body)
