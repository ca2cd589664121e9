"""A parcel: files of a workshop on their way to another machine, as arrays of bytes by their place in it.

Arrays travel without being copied or pickled byte by byte, and a large one is read from the disk only as it is sent.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Parcel", "pack", "unpack"]

Parcel: TypeAlias = "dict[str, NDArray[np.uint8]]"
"""Contents by name inside a folder; a single file has no name."""


def pack(path: Path) -> Parcel:
    """Take a file, or all files of a folder."""
    if path.is_file():
        return {"": _bytes_of(path)}
    files = sorted(each for each in path.rglob("*") if each.is_file())
    return {each.relative_to(path).as_posix(): _bytes_of(each) for each in files}


def unpack(parcel: Parcel, path: Path) -> None:
    """Lay a parcel out at a path, whole or not at all; what stood there is replaced.

    Parameters
    ----------
    parcel : Parcel
        As :func:`pack` took it; a name that leads out of the folder is refused.
    path : Path
    """
    half = path.with_name(f".{path.name}-{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    half.parent.mkdir(parents=True, exist_ok=True)
    if set(parcel) == {""}:
        half.write_bytes(parcel[""].data)
        half.replace(path)
        return
    half.mkdir()
    for name, content in parcel.items():
        target = half / name
        if not name or not target.resolve().is_relative_to(half.resolve()):
            raise ValueError(f"a parcel must stay in its folder: {name!r}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.data)
    shutil.rmtree(path, ignore_errors=True)
    half.replace(path)


def _bytes_of(path: Path) -> NDArray[np.uint8]:
    """A file's content, mapped; an empty file cannot be."""
    if not path.stat().st_size:
        return np.empty(0, dtype=np.uint8)
    return np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
