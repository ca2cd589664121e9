"""The engine: the predictor, from the moment it is asked for until it is proved, and how it answers a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fivefold.core.errors import RequestError
from fivefold.runtime.bundle import load_bundle
from fivefold.service.golden import prove

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fivefold.runtime.predictor import Json, Predictor
    from fivefold.runtime.values import Cleaned

__all__ = ["Answers", "Engine"]

_SLICE = 128
"""Rows that are worked on at a stretch: a few milliseconds, after which health checks and others get their turn."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of a request's instances.

    Attributes
    ----------
    rows : list of dict
        As the model understood them.
    predictions : list of dict
    unseen, extra : list of int
        Per row, categories that training did not see, and keys that the contract does not have.
    """

    rows: list[dict[str, Cleaned]] = field(default_factory=list)
    predictions: list[dict[str, Json]] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)


class Engine:
    """A bundle that is being loaded, or answers.

    All rows are worked on in one thread, the event loop's: for a row or a few hundred that is faster than any hand-over.

    Parameters
    ----------
    bundle : Path
    """

    def __init__(self, bundle: Path) -> None:
        self._bundle = bundle
        self.predictor: Predictor | None = None

    @property
    def state(self) -> Literal["starting", "ready"]:
        """Whether predictions can be had."""
        return "starting" if self.predictor is None else "ready"

    def load(self) -> None:
        """Load the bundle and play its golden rows; ready only afterwards.

        Raises
        ------
        ArtefactError
            When a file is damaged, or an answer is not the known one.
        """
        predictor = load_bundle(self._bundle)
        prove(predictor)
        self.predictor = predictor

    async def answer(
        self, predictor: Predictor, instances: Sequence[object], *, coverage: float | None = None
    ) -> Answers:
        """Answer all instances or none; with a coverage each answer also says how sure it is.

        Raises
        ------
        RequestError
            When an instance cannot be understood; nothing is predicted then.
        """
        if len(instances) <= _SLICE:
            rows = predictor.read(instances)
            return Answers(rows.values, predictor.answer(rows, coverage=coverage), rows.unseen, rows.extra)
        read = []
        for start in range(0, len(instances), _SLICE):
            try:
                read.append(predictor.read(instances[start : start + _SLICE]))
            except RequestError as error:
                if error.row >= 0:
                    error.row += start
                raise
            await asyncio.sleep(0)
        answers = Answers()
        for rows in read:
            answers.predictions.extend(predictor.answer(rows, coverage=coverage))
            answers.rows.extend(rows.values)
            answers.unseen.extend(rows.unseen)
            answers.extra.extend(rows.extra)
            await asyncio.sleep(0)
        return answers
