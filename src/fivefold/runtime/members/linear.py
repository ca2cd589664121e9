"""Linear models as plain tables of weights: small, quick, and readable by a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix

__all__ = ["CodeTerm", "LinearMember", "LinearSpec", "NumberTerm"]


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
        raise NotImplementedError


class LinearMember:
    """A linear model; build one from a :class:`LinearSpec`, or load its payload."""

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read what :meth:`LinearSpec.payload` wrote."""
        raise NotImplementedError

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for ``logistic``."""
        raise NotImplementedError
