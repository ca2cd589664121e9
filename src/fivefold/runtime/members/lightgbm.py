"""LightGBM models, answered through the library's C interface: the Python package (and SciPy with it) stays out.

Many rows are answered by the trees of the text as plain arrays, which takes a fraction of the library's time.
"""

from __future__ import annotations

import ctypes
import re
import threading
import weakref
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from fivefold.runtime.explained import Explained
from fivefold.runtime.members.forest import Forest, floor32
from fivefold.runtime.members.leaves import rounded
from fivefold.runtime.members.lightgbm_library import PARAMETERS, library
from fivefold.runtime.members.lightgbm_text import END, FIRST, check_text, damaged
from fivefold.runtime.members.lightgbm_trees import read_text
from fivefold.runtime.members.links import linked, two_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.explained import Explainer
    from fivefold.runtime.members.lightgbm_trees import LightGBMText

__all__ = ["LightGBMMember", "joined", "shortened", "trimmed"]

_FLOAT32 = 0
_NORMAL = 0  # the objective's link is applied: probabilities, or the number
_CONTRIBUTIONS = 3  # Shapley values before the link, the base behind them
_ALL = -1
_BY_ROW = 1
_FEW, _MANY = 256, 2_048
"""Rows up to which the library is asked: a forest has its cost for every tree, and the library for every row. As long as there is no
forest, there must be many, so that it is worth the reading."""
_MOST_LEAVES = 255
"""Leaves that trees may have in the mean for a forest: it looks at every node, and the library only at those on the way."""
_EXPLAINED = 25
"""Rows between two looks at the clock."""
_BINARY = frozenset({"binary", "cross_entropy", "xentropy"})
_MULTICLASS = frozenset({"multiclass", "softmax"})
_PLAIN = frozenset({"regression", "regression_l1", "huber", "fair", "quantile", "mape"})
"""Objectives of numbers without a link."""
_NUMBER = re.compile(rb"^Tree=\d+\n", re.MULTILINE)
_SIZES = re.compile(rb"^tree_sizes=.*$", re.MULTILINE)
_UNREAD = re.compile(rb"^(?:split_gain|leaf_weight|internal_value|internal_weight)=.*\n", re.MULTILINE)
_THRESHOLDS = re.compile(rb"^threshold=(.*)$", re.MULTILINE)
_LEAVES = re.compile(rb"^leaf_value=(.*)$", re.MULTILINE)


class LightGBMMember:
    """A booster in LightGBM's own text form (``Booster.model_to_string()``, encoded as UTF-8).

    All trees of the text are used, with one thread. Several threads may ask at once.

    Parameters
    ----------
    text : bytes
        The model's text.

    Raises
    ------
    ArtefactError
        When the text is damaged, or its objective is not known here.
    MissingExtraError
        When LightGBM's library is not installed.
    """

    def __init__(self, text: bytes) -> None:
        objective, *details = _objective(text)
        check_text(text)
        self._calls = library()
        booster = self._booster = self._opened(text)
        self._width = self._calls.count("LGBM_BoosterGetNumFeature", booster)
        self._outputs = self._calls.count("LGBM_BoosterGetNumClasses", booster)
        if objective in _MULTICLASS and self._outputs < 2:
            raise damaged(f"{self._outputs} classes with the objective {objective}")
        self._two = objective in _BINARY
        self._known = objective in _BINARY | _MULTICLASS | _PLAIN
        self._link = "logistic" if self._two else "softmax" if objective in _MULTICLASS else "identity"
        self._usual = self._known and set(details) <= {"sigmoid:1", f"num_class:{self._outputs}"}
        self._text = text if self._usual else b""
        self._forest: Forest | None = None
        self._planting = threading.Lock()
        # One row at a time goes through memory that was handed over once; a lock keeps two threads from sharing it.
        self._lock = threading.Lock()
        self._row = np.empty((1, self._width), dtype=np.float32)
        self._answer = np.empty(self._outputs, dtype=np.float64)
        self._written = ctypes.c_int64()
        self._answer_row = self._prepare()

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read the model's text."""
        return cls(payload)

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for binary."""
        if values.shape[1] != self._width:
            raise damaged(f"{values.shape[1]} features", f"a matrix with {self._width} features")
        if len(values) == 1:
            return np.array([self.predict_row(values)])
        forest = self._planted() if len(values) > (_FEW if self._forest else _MANY) else None
        if forest is not None:
            return linked(self._link, forest.sums(values))
        scores = np.empty((len(values), self._outputs), dtype=np.float64)
        self._many(values, scores, _NORMAL)
        return two_columns(scores) if self._two else scores

    def predict_row(self, values: Matrix) -> list[float]:
        """Return the scores of one row, as plain numbers."""
        if values.shape[1] != self._width:
            raise damaged(f"{values.shape[1]} features", f"a matrix with {self._width} features")
        with self._lock:
            self._row[:] = values
            self._answer_row()
            scores: list[float] = self._answer.tolist()
        return [1.0 - scores[0], scores[0]] if self._two else scores

    def explainer(self, _background: Matrix, /) -> Explainer | None:
        """Get ready to take scores before the link apart; the text itself says how many rows went which way."""
        return self._explain if self._known else None

    def _explain(self, values: Matrix, stop: Callable[[], bool]) -> Explained | None:
        """Ask the library for contributions, some rows at a time."""
        if values.shape[1] != self._width:
            raise damaged(f"{values.shape[1]} features", f"a matrix with {self._width} features")
        found = np.empty((len(values), self._outputs, self._width + 1), dtype=np.float64)
        for start in range(0, len(values), _EXPLAINED):
            if stop():
                return None
            part = slice(start, start + _EXPLAINED)
            self._many(values[part], found[part], _CONTRIBUTIONS)
        base = found[0, :, -1] if len(found) else np.zeros(self._outputs)
        return Explained(base, found[:, :, :-1].transpose(0, 2, 1))

    def _planted(self) -> Forest | None:
        """The trees as plain arrays, read when they are first needed; None where the text has what only the library knows."""
        with self._planting:
            if self._forest is None and self._usual:
                found = read_text(self._text)
                self._usual = not isinstance(found, str) and self._suits(found)
                if not isinstance(found, str) and self._usual:
                    self._forest = Forest(found.trees, self._width, self._outputs)
                self._text = b""
            return self._forest

    def _suits(self, found: LightGBMText) -> bool:
        """Whether what was read is what the library holds, and of trees that a forest is quicker with."""
        same = (found.width, found.outputs) == (self._width, self._outputs)
        return same and len(found.trees.value) <= _MOST_LEAVES * found.trees.sizes.size

    def _opened(self, text: bytes) -> ctypes.c_void_p:
        """Let the library read a text; what it holds is given back with this member."""
        booster = ctypes.c_void_p()
        self._calls.check(
            "LGBM_BoosterLoadModelFromString", text, ctypes.byref(ctypes.c_int()), ctypes.byref(booster)
        )
        weakref.finalize(self, self._calls.check, "LGBM_BoosterFree", booster)
        return booster

    def _many(self, values: Matrix, scores: Floats, kind: int) -> None:
        """Let the library answer many rows into ``scores``."""
        block = np.ascontiguousarray(values, dtype=np.float32)
        self._calls.check(
            "LGBM_BoosterPredictForMat",
            self._booster,
            block.ctypes.data_as(ctypes.c_void_p),
            _FLOAT32,
            len(block),
            self._width,
            _BY_ROW,
            kind,
            0,
            _ALL,
            PARAMETERS,
            ctypes.byref(ctypes.c_int64()),
            scores.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )

    def _prepare(self) -> Callable[[], None]:
        """Return the call that answers one row."""
        settled = ctypes.c_void_p()
        self._calls.check(
            "LGBM_BoosterPredictForMatSingleRowFastInit",
            self._booster,
            _NORMAL,
            0,
            _ALL,
            _FLOAT32,
            self._width,
            PARAMETERS,
            ctypes.byref(settled),
        )
        weakref.finalize(self, self._calls.check, "LGBM_FastConfigFree", settled)
        return self._calls.bound(
            "LGBM_BoosterPredictForMatSingleRowFast",
            settled,
            self._row.ctypes.data_as(ctypes.c_void_p),
            ctypes.byref(self._written),
            self._answer.ctypes.data_as(ctypes.POINTER(ctypes.c_double)),
        )


def joined(texts: Sequence[bytes]) -> bytes:
    """Join boosters of the same settings, rounds and data: one whose sum of trees is the mean of theirs.

    Parameters
    ----------
    texts : sequence of bytes
        In LightGBM's own text form.

    Returns
    -------
    bytes
        The first text with the trees of all, their leaves divided by the number of boosters.
    """
    trees = [
        _LEAVES.sub(lambda line: _divided(line, len(texts)), tree) for text in texts for tree in _trees(text)
    ]
    return _Frame.of(texts[0]).around(trees)


def trimmed(text: bytes) -> bytes:
    """Return a text without what no answer and no contribution needs: gains, weights, settings; about two fifths of the size.

    Thresholds get as few digits as split float32 values the same, leaves as :func:`shortened` has them.
    """
    short = _shortest({each for line in _THRESHOLDS.findall(text) for each in line.split()})
    trees = [
        _THRESHOLDS.sub(
            lambda line: b"threshold=" + b" ".join(short[each] for each in line[1].split()),
            _LEAVES.sub(_rounded, _UNREAD.sub(b"", tree)),
        )
        for tree in _trees(text)
    ]
    return replace(_Frame.of(text), rest=END + b"\n\npandas_categorical:null\n").around(trees)


def shortened(text: bytes) -> bytes:
    """Return a text with its leaves as :func:`~fivefold.runtime.members.leaves.rounded` has them."""
    return _Frame.of(text).around([_LEAVES.sub(_rounded, tree) for tree in _trees(text)])


def _shortest(thresholds: set[bytes]) -> dict[bytes, bytes]:
    """For each threshold the number of fewest digits between the same two neighbours of single precision."""
    short: dict[bytes, bytes] = {}
    left = sorted(thresholds)
    for digits in range(1, 18):
        below = floor32(np.array([*map(float, left)]))
        with np.errstate(over="ignore"):  # there is nothing above the last number but infinity
            above = np.nextafter(below, np.float32(np.inf)).astype(np.float64)
        between = np.where(below == 0.0, 0.0, (below + above) / 2)
        tries = [f"{number:.{digits}g}" for number in between.tolist()]
        # What parts missing values from all others is beyond single precision, and stays.
        same = np.isfinite(between) & (floor32(np.array([*map(float, tries)])) == below)
        short |= {left[place]: tries[place].encode() for place in np.flatnonzero(same).tolist()}
        left = [left[place] for place in np.flatnonzero(~same).tolist()]
    return short | {each: each for each in left}


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands before and behind the sizes of a text's trees, and behind the trees; a text may have a hundred megabytes."""

    head: bytes
    settings: bytes
    rest: bytes

    @classmethod
    def of(cls, text: bytes) -> Self:
        """Take a text apart."""
        head, settings = _SIZES.split(text[: text.index(FIRST)], maxsplit=1)
        return cls(head, settings, text[text.index(END) :])

    def around(self, trees: Sequence[bytes]) -> bytes:
        """The same model with these trees instead of its own."""
        blocks = [b"Tree=%d\n%s" % (place, tree) for place, tree in enumerate(trees)]
        sizes = b"tree_sizes=" + b" ".join(b"%d" % len(block) for block in blocks)
        return b"".join([self.head, sizes, self.settings, *blocks, self.rest])


def _trees(text: bytes) -> list[bytes]:
    """The trees of a text, each below the line with its number."""
    body = text[text.index(FIRST) : text.index(END)]
    return _NUMBER.split(body)[1:]


def _divided(line: re.Match[bytes], by: int) -> bytes:
    """Divide the leaves of a tree."""
    leaves = (repr(float(leaf) / by).encode() for leaf in line[1].split())
    return b"leaf_value=" + b" ".join(leaves)


def _rounded(line: re.Match[bytes]) -> bytes:
    """Write the leaves of a tree in few digits."""
    leaves = rounded([*map(float, line[1].split())])
    return b"leaf_value=" + b" ".join(repr(leaf).encode() for leaf in leaves)


def _objective(text: bytes) -> list[str]:
    """Return the objective's name and details; the library itself would stumble over a text that is cut off."""
    if not text.startswith(b"tree\n") or b"\nend of trees" not in text:
        raise damaged(f"{len(text)} bytes that start with {text[:20]!r}")
    head = text.partition(b"\nTree=0\n")[0]
    lines = [line for line in head.splitlines() if line.startswith(b"objective=")]
    words = lines[0].partition(b"=")[2].split() if lines else []
    if not words:
        raise damaged("no objective")
    return [word.decode("utf-8", "replace") for word in words]
