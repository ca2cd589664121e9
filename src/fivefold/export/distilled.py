"""Distilled: what is told of a model that learned from another one's answers, since that one cannot be written in a form."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.core.artefacts import Score
from fivefold.measure.metrics import metric_of

__all__ = ["Distilled"]


@dataclass(frozen=True, slots=True)
class Distilled:
    """How a student compares with its teacher, the model of a run.

    Attributes
    ----------
    bundle : str
        Digest of the run's bundle.
    lacks : tuple of str
        Columns that the student does not read.
    learned, answered : int
        Rows that it learned from, and how many of these the teacher had answered without having seen their targets.
    rows : int
        Sealed rows on which both were measured; neither had learned from them.
    teacher, student : Score
        The headline metric on these rows.
    loss : Score
        How much worse the student is, by the same rows; below 0 where it is better.
    labels : float or None
        Share of these rows that get another label; None for numbers.
    """

    bundle: str
    lacks: tuple[str, ...]
    learned: int
    answered: int
    rows: int
    teacher: Score
    student: Score
    loss: Score
    labels: float | None = None

    def words(self) -> str:
        """Two lines for a person."""
        without = f", without {', '.join(map(repr, self.lacks))}" if self.lacks else ""
        label, loss = metric_of(self.student.metric).label, self.loss
        apart = "" if self.labels is None else f"; another label on {100 * self.labels:.3g} %"
        return (
            f"distilled: one LightGBM{without}, taught by the model's answers on {self.answered:,} of {self.learned:,} rows\n"
            f"{label} {self.student.value:.4g} beside {self.teacher.value:.4g} on {self.rows:,} sealed rows that neither had seen: "
            f"a loss of {loss.value:.3g} ({loss.low:.3g} to {loss.high:.3g}){apart}"
        )
