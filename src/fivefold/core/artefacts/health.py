"""Health: how a release is doing, with reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from fivefold.core.artefacts.dataset import Figure
from fivefold.core.artefacts.evaluation import Score

__all__ = ["CheckResult", "ColumnDrift", "Health", "Verdict"]

Verdict = Literal["healthy", "watch", "act", "unknown"]


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """How far one column, or the score, has moved from training.

    Attributes
    ----------
    column : str
        Name of the column; ``(score)`` for the predictions.
    rows : int
        Rows of the window that were compared.
    effect : float
        Jensen-Shannon distance (base 2, 0 to 1) over the reference's fixed bins.
    expected : float
        95th percentile of the effect that chance alone gives for so many rows.
    p_value, q_value : float
        Chance of such an effect without drift, alone and after Benjamini-Hochberg over all columns.
    drifted : bool
    """

    column: str
    rows: int
    effect: float
    expected: float
    p_value: float
    q_value: float
    drifted: bool


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer of one check.

    Attributes
    ----------
    check : str
    verdict : {"healthy", "watch", "act", "unknown"}
    reason : str
        One sentence.
    figures : dict of str to Figure
    drift : tuple of ColumnDrift
    scores : tuple of Score
        Realised metrics, where labels are known.
    advice : str
        What to do next; empty when nothing is needed.
    """

    check: str
    verdict: Verdict
    reason: str
    figures: dict[str, Figure] = field(default_factory=dict)
    drift: tuple[ColumnDrift, ...] = ()
    scores: tuple[Score, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """The fifth artefact.

    Attributes
    ----------
    verdict : {"healthy", "watch", "act", "unknown"}
        The worst verdict of the checks that could tell; ``unknown`` when none could.
    reasons : tuple of str
    checks : tuple of CheckResult
    predictions : int
        Logged predictions in the window.
    labelled : int
        Those whose truth is known.
    first, last : str
        Time of the first and last logged prediction, ISO, UTC; empty when there is none.
    known_at : str
        When the service was told the latest of the known outcomes, ISO, UTC; empty when they are from a table.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    checks: tuple[CheckResult, ...]
    predictions: int
    labelled: int
    first: str
    last: str
    known_at: str = ""
