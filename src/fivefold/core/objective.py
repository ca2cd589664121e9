"""Objective: what training makes small, in every fit, in every comparison of candidates and in the blend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Objective", "ObjectiveName"]

ObjectiveName = Literal["log_loss", "squared_error", "absolute_error"]


@dataclass(frozen=True, slots=True)
class Objective:
    """What training makes small.

    Attributes
    ----------
    name : {"log_loss", "squared_error", "absolute_error"}
        ``log_loss`` is that of classes. Of numbers, the answer that makes the ``squared_error`` smallest is the mean of what may
        come, and for the ``absolute_error`` it is the median.

    Examples
    --------
    >>> Objective("absolute_error").quantile, Objective("squared_error").quantile
    (0.5, None)
    """

    name: ObjectiveName

    @property
    def quantile(self) -> float | None:
        """Level of the quantile that is aimed at; None where it is the mean, or a probability."""
        return 0.5 if self.name == "absolute_error" else None
