"""Elsewhere: what a model that was trained at another place answered on the same sealed rows; no part of the Model, which it cannot replace."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.core.artefacts.evaluation import Rival, Score
from fivefold.core.artefacts.release import Resource

__all__ = ["ELSEWHERE", "Elsewhere", "Elsewheres"]

ELSEWHERE = "elsewhere.json"
"""Name of the run's record of them."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A model that was trained at another place, beside the run's own.

    Attributes
    ----------
    route : str
        Such as ``bigquery-ml``.
    model : str
        Digest of the Model that it was held beside.
    key : str
        Digest of what went in: the same, and it is not done again.
    rival : Rival
        Its headline metric on the sealed rows, and what the run's model gains over it.
    scores : tuple of Score
        All its metrics there.
    judged : int
        Sealed rows on which the two were compared.
    rows : int
        Training rows that it learned from.
    settings : dict of str to (str | int | float | bool)
    own : dict of str to float
        The place's own figures, by its own names, on rows of the training part that it kept aside.
    seconds, money : float
        What it took and cost.
    currency : str
    kept : tuple of Resource
        What still stands there; empty where all was removed.
    serving : str
        What it takes to have answers of it.
    notes : tuple of str
    scanned : int
        Bytes that a warehouse billed for reading; 0 in records of earlier versions.
    """

    route: str
    model: str
    key: str
    rival: Rival
    scores: tuple[Score, ...]
    judged: int
    rows: int
    settings: dict[str, str | int | float | bool]
    own: dict[str, float]
    seconds: float
    money: float
    currency: str
    kept: tuple[Resource, ...] = ()
    serving: str = ""
    notes: tuple[str, ...] = ()
    scanned: int = 0


@dataclass(frozen=True, slots=True)
class Elsewheres:
    """All of a run, kept in ``elsewhere.json``.

    Attributes
    ----------
    models : tuple of Elsewhere
        One a route.
    """

    models: tuple[Elsewhere, ...] = ()

    def put(self, found: Elsewhere) -> Elsewheres:
        """Return the record with this one in place of the same route's."""
        return Elsewheres((*(one for one in self.models if one.route != found.route), found))

    def beside(self, model: str) -> tuple[Elsewhere, ...]:
        """Return those that were held beside the Model of this digest."""
        return tuple(one for one in self.models if one.model == model)
