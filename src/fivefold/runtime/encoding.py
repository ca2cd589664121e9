"""What an encoder is made of: each part is data that training fits and the runtime follows.

The parts stand in the order of their features in the matrix. All of them read *cleaned* values (see
:mod:`fivefold.runtime.values`), and a missing value becomes NaN in every feature that comes from it, except where a part
says otherwise. Large arrays lie beside the JSON in ``encoder.npz`` and are named ``<part position>.<field>``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = [
    "CodePart",
    "DatePart",
    "DatePieces",
    "EncoderSpec",
    "GapPart",
    "NumberPart",
    "Part",
    "RatePart",
    "Single",
    "TextPart",
]

DatePieces = Literal["year", "month", "day", "weekday", "hour", "minute", "day_of_year", "elapsed_days"]


@dataclass(frozen=True, slots=True)
class NumberPart:
    """A number or a boolean as it is: one feature of kind ``number`` named like the column."""

    column: str
    part: Literal["number"] = "number"


@dataclass(frozen=True, slots=True)
class CodePart:
    """Position of a category in the list: one feature of kind ``code`` with ``len(categories) + 1`` levels.

    A value that is not in the list gets the last code, ``len(categories)``.

    Attributes
    ----------
    column : str
    categories : tuple of str
    ordered : bool
        Whether the list goes from low to high: the feature is then of kind ``number``, and a value that is not in the list
        counts as missing.
    """

    column: str
    categories: tuple[str, ...]
    ordered: bool = False
    part: Literal["code"] = "code"


@dataclass(frozen=True, slots=True)
class RatePart:
    """Smoothed mean of the target per category (m-estimate), one ``rate`` feature per output.

    Outputs: 1 for binary (share of the positive class, the second of the contract's classes) and regression (mean), the
    number of classes for multiclass. Missing is a level of its own when training saw it; unseen gets the prior.
    With counts, a feature of kind ``number`` named ``column (count)`` follows: ``log(1 + count)``, 0 for unseen values.

    Attributes
    ----------
    column : str
    categories : tuple of str
    rates : tuple of tuple of float
        One tuple of outputs per category.
    prior : tuple of float
        For values that training did not see.
    missing : tuple of float
        For missing values.
    counts : tuple of int
        Training rows of each category, then of missing values; empty for no such feature.
    """

    column: str
    categories: tuple[str, ...]
    rates: tuple[tuple[float, ...], ...]
    prior: tuple[float, ...]
    missing: tuple[float, ...]
    counts: tuple[int, ...] = ()
    part: Literal["rate"] = "rate"


@dataclass(frozen=True, slots=True)
class DatePart:
    """Pieces of a date in UTC, one ``number`` feature each, named ``column.piece``.

    Attributes
    ----------
    column : str
    pieces : tuple of DatePieces
        ``weekday`` counts from 0 on Monday; ``elapsed_days`` is days since ``origin``.
    origin : float
        Seconds since 1970.
    """

    column: str
    pieces: tuple[DatePieces, ...]
    origin: float
    part: Literal["date"] = "date"


@dataclass(frozen=True, slots=True)
class TextPart:
    r"""TF-IDF of lower-cased words and word pairs, projected (latent semantic analysis), with two plain counts.

    Words are runs of letters and digits (``[^\W_]+`` in Unicode); pairs are two neighbouring words joined by a space.
    Weights are ``(1 + log(count)) * idf``, scaled to length 1; the product with ``components`` gives the features of kind
    ``text`` named ``column ~ k`` (k from 1), then scores of kind ``rate`` named like those of a ``RatePart`` but ``score``,
    then two of kind ``number``: ``column (words)`` and ``column (characters)``. A score is what a linear model on the
    weights says about an output, without its constant. A missing text gives NaN everywhere; one without a known word zeros.

    Attributes
    ----------
    column : str
    vocabulary : tuple of str
        Known words and pairs; position is the row of the arrays.
    width : int
        Number of components.
    scores : int
        Number of scores: none, or one per output.

    Arrays ``<position>.idf`` (float32, one per term) and ``<position>.components`` (float32, terms x (width + scores)).
    """

    column: str
    vocabulary: tuple[str, ...]
    width: int
    scores: int = 0
    part: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class GapPart:
    """Days from one date to another: one feature of kind ``number`` named ``second - first``.

    Parts that read two columns stand behind all those that read one.
    """

    first: str
    second: str
    part: Literal["gap"] = "gap"


Single: TypeAlias = NumberPart | CodePart | RatePart | DatePart | TextPart
"""Parts that read one column."""
Part: TypeAlias = Single | GapPart


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """All parts, in the order of their features."""

    parts: tuple[Part, ...]
