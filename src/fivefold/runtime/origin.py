"""Where a bundle comes from: what wrote it, which versions read it, and under which licences these libraries are."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["licences", "ranges", "versions"]

_OWN = "fivefold"
_LIBRARIES = {"onnx": "onnxruntime"}
"""The library that a kind of member is answered by, where it has another name."""
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LICENCE = ("License-Expression", "License")
_LONGEST = 80
"""Characters that a licence's name may have; some put the whole text there."""


def versions(kinds: Iterable[str]) -> dict[str, str]:
    """Return what is installed here: Python, Fivefold, NumPy and the libraries that kinds of members are named after."""
    return {"python": platform.python_version()} | {name: version(name) for name in _installed(kinds)}


def ranges(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the versions of these libraries that this version of Fivefold works with, as ``lightgbm>=4.5``."""
    wanted = set(_installed(kinds))
    found: dict[str, str] = {}
    for line in (requires(_OWN) if _OWN in wanted else None) or ():
        requirement = line.split(";")[0].strip()
        name = _NAME.match(requirement)
        if name and name[0] in wanted:
            found.setdefault(name[0], requirement)
    return tuple(found[name] for name in sorted(found))


def licences(kinds: Iterable[str]) -> dict[str, str]:
    """Return the licence that each of these libraries says it is under.

    Examples
    --------
    >>> licences(["linear"])["fivefold"]
    'Apache-2.0'
    """
    found = {}
    for name in _installed(kinds):
        said = metadata(name)
        words = next((said[key].strip() for key in _LICENCE if key in said), "")
        if words and len(words) <= _LONGEST and "\n" not in words:
            found[name] = words
    return found


def _installed(kinds: Iterable[str]) -> list[str]:
    """Names of the libraries, those that are installed."""
    names = [_OWN, "numpy", *sorted({_LIBRARIES.get(kind, kind) for kind in kinds})]
    return [name for name in names if _is_installed(name)]


def _is_installed(name: str) -> bool:
    """Whether there is such a distribution."""
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True
