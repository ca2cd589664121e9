"""Objective: what training makes small, in every fit, in every comparison of candidates and in the blend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Objective", "ObjectiveName", "level_of", "pinball"]

ObjectiveName = Literal["log_loss", "squared_error", "absolute_error", "quantile"]
_PINBALL = re.compile(r"pinball_(0\.\d{1,3})")


@dataclass(frozen=True, slots=True)
class Objective:
    """What training makes small.

    Attributes
    ----------
    name : {"log_loss", "squared_error", "absolute_error", "quantile"}
        ``log_loss`` is that of classes. Of numbers, the answer that makes the ``squared_error`` smallest is the mean of what may
        come, and for the ``absolute_error`` it is the median. ``quantile`` is the pinball loss.
    level : float
        Of ``quantile``: the share of what may come that is to lie at or below the answer.

    Examples
    --------
    >>> Objective("absolute_error").quantile, Objective("squared_error").quantile, Objective("quantile", 0.9).quantile
    (0.5, None, 0.9)
    """

    name: ObjectiveName
    level: float = 0.5

    @property
    def quantile(self) -> float | None:
        """Level of the quantile that is aimed at; None where it is the mean, or a probability."""
        return {"absolute_error": 0.5, "quantile": self.level}.get(self.name)


def pinball(level: float) -> str:
    """Name the metric of a quantile.

    Examples
    --------
    >>> pinball(0.90)
    'pinball_0.9'
    """
    return f"pinball_{level:.3g}"


def level_of(metric: str) -> float | None:
    """Return the level of a quantile's metric; None for any other name.

    Examples
    --------
    >>> level_of("pinball_0.9"), level_of("mae"), level_of("pinball_0.0")
    (0.9, None, None)
    """
    found = _PINBALL.fullmatch(metric)
    level = float(found[1]) if found else 0.0
    return level if level > 0 and pinball(level) == metric else None
