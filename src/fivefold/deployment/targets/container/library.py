"""Shared libraries as an image needs them: what a process loads, without the tables that only debuggers read."""

from __future__ import annotations

import struct

__all__ = ["loaded_part"]

_ELF64 = b"\x7fELF\x02\x01"
"""64 bits, the low byte first: every processor that images are built for."""
_HEADER = 64
_PROGRAM_OFFSET, _SECTION_OFFSET = 32, 40
_PROGRAM_SIZE, _SECTION_COUNT = 54, 60
_LEAST_SAVED = 65536


def loaded_part(data: bytes) -> bytes:
    """Return a shared library up to the end of its last segment; what is no such library, or has little behind it, as it is.

    Compilers put debugging information and names of static symbols last, where nothing is ever loaded from: of uvloop it is 12 MB of
    13.6. The table that lists these sections goes with them; a loader reads the one of segments.
    """
    if not data.startswith(_ELF64) or len(data) < _HEADER:
        return data
    (table,) = struct.unpack_from("<Q", data, _PROGRAM_OFFSET)
    size, count = struct.unpack_from("<HH", data, _PROGRAM_SIZE)
    if not count or len(data) < table + size * count:
        return data
    segments = [struct.unpack_from("<IIQQQQ", data, table + size * place) for place in range(count)]
    end = max(table + size * count, *(offset + length for _, _, offset, _, _, length in segments))
    if len(data) - end < _LEAST_SAVED:
        return data
    kept = bytearray(data[:end])
    struct.pack_into("<Q", kept, _SECTION_OFFSET, 0)
    struct.pack_into("<HH", kept, _SECTION_COUNT, 0, 0)
    return bytes(kept)
