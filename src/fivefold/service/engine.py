"""The engine: the predictor, from the moment it is asked for until it is proved, and how it answers a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fivefold.core.errors import RequestError
from fivefold.service.lineup import LINE_UP_SUFFIX, read_line_up
from fivefold.service.models import Models

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fivefold.runtime.predictor import Json, Predictor
    from fivefold.runtime.rows import Rows
    from fivefold.runtime.values import Cleaned

__all__ = ["Answers", "Engine"]

_SLICE = 128
"""Rows that are worked on at a stretch: a few milliseconds, after which health checks and others get their turn."""


@dataclass(slots=True)
class Answers:
    """What became of a request's instances; not frozen, since one is made for each request.

    Attributes
    ----------
    rows : list of dict
        Those that were answered, as the model understood them.
    predictions : list of dict
    unseen, extra : list of int
        Per answered row, categories that training did not see, and keys that the contract does not have.
    refused : dict of int to RequestError
        The other instances by their positions in the request, in order.
    """

    rows: list[dict[str, Cleaned]] = field(default_factory=list)
    predictions: list[dict[str, Json]] = field(default_factory=list)
    unseen: list[int] = field(default_factory=list)
    extra: list[int] = field(default_factory=list)
    refused: dict[int, RequestError] = field(default_factory=dict)


class Engine:
    """Models that are being loaded, or answer.

    All rows are worked on in one thread, the event loop's: for a row or a few hundred that is faster than any hand-over.

    Parameters
    ----------
    place : Path
        A bundle, or the file of a line-up.

    Attributes
    ----------
    models : Models or None
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self.models: Models | None = None

    @property
    def lined_up(self) -> bool:
        """Whether the file of a line-up says who answers, and may say something else later."""
        return self._place.suffix == LINE_UP_SUFFIX

    @property
    def predictor(self) -> Predictor | None:
        """The one whose answers are returned; None as long as it is being loaded."""
        return None if self.models is None else self.models.champion

    @property
    def state(self) -> Literal["starting", "ready"]:
        """Whether predictions can be had."""
        return "starting" if self.models is None else "ready"

    def load(self) -> None:
        """Load what is named and play its golden rows; only then does it answer. What answers now does so until then.

        Raises
        ------
        ArtefactError
            When a file is damaged, or an answer is not the known one.
        """
        self.models = Models.load(read_line_up(self._place), self.models)

    async def answer(
        self,
        predictor: Predictor,
        instances: Sequence[object],
        *,
        coverage: float | None = None,
        strict: bool = True,
    ) -> Answers:
        """Answer the instances; with a coverage each answer also says how sure it is.

        Raises
        ------
        RequestError
            When an instance cannot be understood and this is strict; nothing is predicted then. Otherwise such instances
            are among the refused.
        """
        refused: dict[int, RequestError] = {}
        if len(instances) <= _SLICE:
            rows = predictor.read(instances, None if strict else refused)
            predictions = predictor.answer(rows, coverage=coverage) if rows.values else []
            return Answers(rows.values, predictions, rows.unseen, rows.extra, refused)
        read = []
        for start in range(0, len(instances), _SLICE):
            read.append(_read(predictor, instances, start, None if strict else refused))
            await asyncio.sleep(0)
        answers = Answers(refused=refused)
        for rows in read:
            if rows.values:
                answers.predictions.extend(predictor.answer(rows, coverage=coverage))
            answers.rows.extend(rows.values)
            answers.unseen.extend(rows.unseen)
            answers.extra.extend(rows.extra)
            await asyncio.sleep(0)
        return answers


def _read(
    predictor: Predictor, instances: Sequence[object], start: int, refused: dict[int, RequestError] | None
) -> Rows:
    """Read one slice of a request; positions count through the whole of it."""
    here: dict[int, RequestError] | None = None if refused is None else {}
    try:
        rows = predictor.read(instances[start : start + _SLICE], here)
    except RequestError as error:
        if error.row >= 0:
            error.row += start
        raise
    if refused is not None and here:
        for position, found in here.items():
            found.row = start + position
            refused[found.row] = found
    return rows
