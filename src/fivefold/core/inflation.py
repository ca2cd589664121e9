"""Inflating what somebody else packed, and never more of it than was agreed."""

from __future__ import annotations

import zlib

__all__ = ["GZIP", "GZIP_OR_ZLIB", "inflate"]

GZIP = zlib.MAX_WBITS | 16
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
"""What zlib calls the heads: of gzip alone, and of either, for which it looks itself."""


def inflate(data: bytes, most: int, head: int = GZIP) -> bytes:
    """Return what one whole stream inflates to.

    Parameters
    ----------
    data : bytes
    most : int
        Bytes that may come out; what lies beyond is never made.
    head : int
        :data:`GZIP` or :data:`GZIP_OR_ZLIB`.

    Raises
    ------
    OverflowError
        When more would come out.
    zlib.error
        When it is no such stream, is cut off, or goes on behind its end.

    Examples
    --------
    >>> inflate(zlib.compress(b"tree"), 4, GZIP_OR_ZLIB)
    b'tree'
    """
    machine = zlib.decompressobj(head)
    whole = machine.decompress(data, most + 1)
    if len(whole) > most:
        raise OverflowError
    if not machine.eof or machine.unused_data:
        raise zlib.error(f"{len(data)} bytes that end too soon or too late")
    return whole
