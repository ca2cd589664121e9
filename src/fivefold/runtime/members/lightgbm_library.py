"""LightGBM's shared library, found without importing its package and called through ctypes."""

from __future__ import annotations

import ctypes
import functools
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.errors import ArtefactError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PARAMETERS", "Library", "library"]

PARAMETERS = b"num_threads=1 verbosity=-1"
"""What every prediction is run with."""

_NAMES = ("lib_lightgbm.so", "lib_lightgbm.dylib", "lib_lightgbm.dll")
_POINTER = ctypes.c_void_p
_INT = ctypes.c_int
_TEXT = ctypes.c_char_p
_INTS = ctypes.POINTER(ctypes.c_int)
_LONGS = ctypes.POINTER(ctypes.c_int64)
_DOUBLES = ctypes.POINTER(ctypes.c_double)
_HANDLES = ctypes.POINTER(ctypes.c_void_p)
_SIGNATURES: dict[str, tuple[type, ...]] = {
    "LGBM_BoosterLoadModelFromString": (_TEXT, _INTS, _HANDLES),
    "LGBM_BoosterFree": (_POINTER,),
    "LGBM_BoosterGetNumFeature": (_POINTER, _INTS),
    "LGBM_BoosterGetNumClasses": (_POINTER, _INTS),
    "LGBM_BoosterPredictForMat": (
        _POINTER, _POINTER, _INT, ctypes.c_int32, ctypes.c_int32, _INT, _INT, _INT, _INT, _TEXT, _LONGS, _DOUBLES,
    ),
    "LGBM_BoosterPredictForMatSingleRowFastInit": (
        _POINTER, _INT, _INT, _INT, _INT, ctypes.c_int32, _TEXT, _HANDLES,
    ),
    "LGBM_BoosterPredictForMatSingleRowFast": (_POINTER, _POINTER, _LONGS, _DOUBLES),
    "LGBM_FastConfigFree": (_POINTER,),
}  # fmt: skip

_SHORT = frozenset({"LGBM_BoosterPredictForMatSingleRowFast"})
"""Functions that take some microseconds: other threads wait for so long, since to let them in and to wait for them takes longer."""


class Library:
    """The functions of the library that a member calls.

    Parameters
    ----------
    path : Path
        The shared library.

    Raises
    ------
    MissingExtraError
        When the system cannot load it, most often for want of OpenMP, which slim images lack.
    """

    def __init__(self, path: Path) -> None:
        try:
            loaded, held = ctypes.CDLL(str(path)), ctypes.PyDLL(str(path))
        except OSError as error:
            raise MissingExtraError(
                "LightGBM's library cannot be loaded, and a member of the blend needs it",
                seen=str(error),
                expected="all shared libraries that it is linked with",
                todo="where libgomp.so.1 is missing: apt-get install libgomp1 (macOS: brew install libomp)",
            ) from error
        loaded.LGBM_GetLastError.restype = ctypes.c_char_p
        self._last_error = loaded.LGBM_GetLastError
        self._functions = {}
        for name, arguments in _SIGNATURES.items():
            function = getattr(held if name in _SHORT else loaded, name)
            function.argtypes = arguments
            function.restype = _INT
            self._functions[name] = function

    def check(self, name: str, *arguments: object) -> None:
        """Call a function by its name.

        Raises
        ------
        ArtefactError
            With the library's own words, when it reports a failure.
        """
        self.bound(name, *arguments)()

    def bound(self, name: str, *arguments: object) -> Callable[[], None]:
        """Return a call of a function with these arguments, for :meth:`check` again and again."""
        function = self._functions[name]

        def call() -> None:
            if function(*arguments):
                raise ArtefactError(
                    "LightGBM cannot use a member of the blend",
                    seen=(self._last_error() or b"").decode("utf-8", "replace"),
                    expected="a model that this version of LightGBM reads",
                    todo="install the version of LightGBM that trained it, or train again",
                )

        return call

    def count(self, name: str, booster: ctypes.c_void_p) -> int:
        """Return what a function that counts something gives."""
        number = ctypes.c_int()
        self.check(name, booster, ctypes.byref(number))
        return number.value


@functools.lru_cache(maxsize=1)
def library() -> Library:
    """Return the library, loaded once.

    Raises
    ------
    MissingExtraError
        When it is not installed, or lacks a library of the system.
    """
    spec = find_spec("lightgbm")
    folders = [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
    for folder in folders:
        for name in _NAMES:
            for path in (folder / "lib" / name, folder / "bin" / name, folder / name):
                if path.is_file():
                    return Library(path)
    raise MissingExtraError(
        "LightGBM is not installed, and a member of the blend needs it",
        seen=", ".join(map(str, folders)) or "no package 'lightgbm'",
        expected="its shared library lib_lightgbm",
        todo="pip install lightgbm",
    )
