"""Learning curve: what fewer rows would have given, and so what more might, as part of the Model artefact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fivefold.core.artefacts.evaluation import Score

__all__ = ["LearningCurve", "LearningPoint"]


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """What a candidate reached after it had learned from so many rows.

    Attributes
    ----------
    rows : int
    score : Score
        The headline metric on the rows that the first fold is judged on.
    """

    rows: int
    score: Score


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """One candidate on a quarter, on half and on all of the rows that the first fold learns from.

    Attributes
    ----------
    candidate : str
    judged : int
        Rows of the first fold that all three were judged on.
    points : tuple of LearningPoint
        The fewest rows first.
    gain : Score
        Paired difference in the headline metric from half of the rows to all of them, positive means that more were better.
    verdict : {"helps", "hardly", "unclear"}
        ``hardly``: twice the rows took less than a twentieth from what is missing to a perfect figure, wherever in its interval
        the gain lies; ``helps``: not so, and the interval of the gain lies above zero; ``unclear``: anything else.
    """

    candidate: str
    judged: int
    points: tuple[LearningPoint, ...]
    gain: Score
    verdict: Literal["helps", "hardly", "unclear"]
