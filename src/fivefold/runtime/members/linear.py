"""Linear models as plain tables of weights: small, quick, and readable by a person."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, Self

import numpy as np

from fivefold.core import records
from fivefold.core.errors import ArtefactError
from fivefold.runtime.explained import Explained
from fivefold.runtime.members.links import linked

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.explained import Explainer

__all__ = ["FURTHEST", "CodeTerm", "LinearMember", "LinearSpec", "NumberTerm"]

FURTHEST = 8.0
"""Scales beyond which a number counts as no further off."""
_CHUNK = 65_536
_EXPLAINED = 256


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """What a feature of kind ``number``, ``rate`` or ``text`` adds to the scores.

    A value x gives ``clip((x - mean) / scale, -8, 8) * weights``; NaN counts as ``fill`` and adds ``missing``.

    Attributes
    ----------
    mean, scale, fill : float
        In the feature's own unit; ``scale`` is above 0.
    weights : tuple of float
        One per score.
    missing : tuple of float
        Added when the value is NaN; one per score.
    """

    mean: float
    scale: float
    fill: float
    weights: tuple[float, ...]
    missing: tuple[float, ...]
    term: Literal["number"] = "number"


@dataclass(frozen=True, slots=True)
class CodeTerm:
    """What a feature of kind ``code`` adds to the scores.

    Attributes
    ----------
    weights : tuple of tuple of float
        For every level (``Feature.levels`` of them) one weight per score.
    missing : tuple of float
        For NaN; one per score.
    """

    weights: tuple[tuple[float, ...], ...]
    missing: tuple[float, ...]
    term: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class LinearSpec:
    """A whole linear model.

    Attributes
    ----------
    link : {"identity", "logistic", "softmax"}
        ``identity`` has one score, the number. ``logistic`` has one score, the log odds of the second class.
        ``softmax`` has one score per class.
    intercept : tuple of float
        One per score.
    terms : tuple of NumberTerm or CodeTerm
        One per feature, in the order of the matrix.
    """

    link: Literal["identity", "logistic", "softmax"]
    intercept: tuple[float, ...]
    terms: tuple[NumberTerm | CodeTerm, ...]

    def payload(self) -> bytes:
        """Return the JSON that :meth:`LinearMember.load` reads."""
        return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False).encode()


class LinearMember:
    """A linear model that answers.

    Parameters
    ----------
    spec : LinearSpec

    Raises
    ------
    ArtefactError
        When the weights do not fit each other.

    Examples
    --------
    >>> spec = LinearSpec("identity", (10.0,), (NumberTerm(5.0, 2.0, 5.0, (3.0,), (-1.0,)),))
    >>> LinearMember(spec).predict(np.array([[9.0], [np.nan]], dtype=np.float32)).tolist()
    [[16.0], [9.0]]
    """

    def __init__(self, spec: LinearSpec) -> None:
        scores = len(spec.intercept)
        _check(spec, scores)
        self._link = spec.link
        self._width = len(spec.terms)
        self._intercept = np.array(spec.intercept, dtype=np.float64)
        numbers = [(place, term) for place, term in enumerate(spec.terms) if isinstance(term, NumberTerm)]
        codes = [(place, term) for place, term in enumerate(spec.terms) if isinstance(term, CodeTerm)]
        self._numbers = np.array([place for place, _ in numbers], dtype=np.intp)
        self._mean = np.array([term.mean for _, term in numbers], dtype=np.float64)
        self._scale = np.array([term.scale for _, term in numbers], dtype=np.float64)
        fill = np.array([term.fill for _, term in numbers], dtype=np.float64)
        self._fill = np.clip((fill - self._mean) / self._scale, -FURTHEST, FURTHEST)
        self._weights = np.array([term.weights for _, term in numbers], dtype=np.float64).reshape(-1, scores)
        self._missing = np.array([term.missing for _, term in numbers], dtype=np.float64).reshape(-1, scores)
        self._codes = np.array([place for place, _ in codes], dtype=np.intp)
        # Every term has one row more than levels: the last is for missing values.
        self._gone = np.array([len(term.weights) for _, term in codes], dtype=np.float32)
        self._last = self._gone - 1
        self._starts = np.cumsum([0, *(len(term.weights) + 1 for _, term in codes)], dtype=np.intp)[:-1]
        rows = [row for _, term in codes for row in (*term.weights, term.missing)]
        self._table = np.array(rows, dtype=np.float64).reshape(-1, scores)

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read what :meth:`LinearSpec.payload` wrote.

        Raises
        ------
        ArtefactError
            When the payload is anything else.
        """
        return cls(records.load(LinearSpec, payload, label="A linear member"))

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for ``logistic``."""
        if values.shape[1] != self._width:
            raise _misfit(f"{values.shape[1]} features", f"{self._width}")
        if len(values) <= _CHUNK:
            scores = self._scores(values)
        else:
            starts = range(0, len(values), _CHUNK)
            scores = np.concatenate([self._scores(values[start : start + _CHUNK]) for start in starts])
        return linked(self._link, scores)

    def explainer(self, background: Matrix) -> Explainer:
        """Get ready to take scores before the link apart: each term, less what it is in the mean of ``background``."""
        starts = range(0, len(background), _EXPLAINED)
        sums = [self._terms(background[start : start + _EXPLAINED]).sum(axis=0) for start in starts]
        usual = np.sum(sums, axis=0) / len(background)

        def explain(values: Matrix, stop: Callable[[], bool]) -> Explained | None:
            terms = None if stop() else self._terms(values)
            return None if terms is None else Explained(self._intercept + usual.sum(axis=0), terms - usual)

        return explain

    def _terms(self, values: Matrix) -> Floats:
        """What every feature adds, shape (rows, features, scores)."""
        terms = np.zeros((len(values), self._width, self._intercept.size))
        if self._numbers.size:
            numbers = values.take(self._numbers, axis=1).astype(np.float64)
            gone = np.isnan(numbers)
            scaled = np.clip((numbers - self._mean) / self._scale, -FURTHEST, FURTHEST)
            scaled = np.where(gone, self._fill, scaled)
            terms[:, self._numbers] = scaled[:, :, None] * self._weights + gone[:, :, None] * self._missing
        if self._codes.size:
            codes = values.take(self._codes, axis=1)
            places = np.where(np.isnan(codes), self._gone, np.minimum(codes, self._last))
            terms[:, self._codes] = self._table[places.astype(np.intp) + self._starts]
        return terms

    def _scores(self, values: Matrix) -> Floats:
        """Add up the terms, before the link."""
        scores = np.empty((len(values), self._intercept.size), dtype=np.float64)
        scores[:] = self._intercept
        if self._numbers.size:
            numbers = values.take(self._numbers, axis=1).astype(np.float64)
            gone = np.isnan(numbers)
            numbers -= self._mean
            numbers /= self._scale
            np.minimum(np.maximum(numbers, -FURTHEST, out=numbers), FURTHEST, out=numbers)
            if gone.any():
                np.copyto(numbers, self._fill, where=gone)
                scores += gone.astype(np.float64) @ self._missing
            scores += numbers @ self._weights
        if self._codes.size:
            codes = values.take(self._codes, axis=1)
            places = np.minimum(codes, self._last)
            np.copyto(places, self._gone, where=np.isnan(codes))
            scores += np.add.reduce(self._table[places.astype(np.intp) + self._starts], axis=1)
        return scores


def _check(spec: LinearSpec, scores: int) -> None:
    """Raise when the terms do not fit the intercept and the link."""
    if scores < (2 if spec.link == "softmax" else 1) or (spec.link != "softmax" and scores != 1):
        raise _misfit(f"{scores} scores with the link '{spec.link}'", "1, or one per class for softmax")
    for term in spec.terms:
        if isinstance(term, CodeTerm):
            fits = bool(term.weights) and {len(row) for row in (*term.weights, term.missing)} == {scores}
        else:
            fits = len(term.weights) == scores == len(term.missing) and term.scale > 0
        if not fits:
            raise _misfit(f"a {term.term} term of another width, or no scale", f"{scores} weights per term")


def _misfit(seen: str, expected: str) -> ArtefactError:
    """Say that a linear member does not fit."""
    return ArtefactError(
        "A linear member cannot be used", seen=seen, expected=expected, todo="train the model again"
    )
