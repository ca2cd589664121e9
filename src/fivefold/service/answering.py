"""Answering: what every protocol does with the instances of a request, once it has read them in its own way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError
from fivefold.service.asked import check_count
from fivefold.service.log import Entry
from fivefold.service.replies import NotReadyError, request_id, row_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from fivefold.runtime.predictor import Json, Predictor
    from fivefold.service.engine import Answers, Engine
    from fivefold.service.log import PredictionLog
    from fivefold.service.metrics import Metrics

__all__ = ["PROBE", "Answered", "Answering"]

PROBE = ("x-fivefold-probe", "golden")
"""Header of a request that plays golden rows: it is answered like any other, and is not part of what the monitor sees."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request's instances were answered.

    Attributes
    ----------
    predictions : list of dict
        An answer per instance, in their order; for one that cannot be understood ``{"error": {"code", "message", "column"}}``.
    ids : list of str or None
        The id of each prediction, by which its outcome is matched later; None where there is no prediction.
    """

    predictions: Sequence[Mapping[str, Json]]
    ids: Sequence[str | None]


class Answering:
    """Answers, counts and logs: the same for every protocol.

    Parameters
    ----------
    engine : Engine
    metrics : Metrics
    log : PredictionLog or None
    """

    def __init__(self, engine: Engine, metrics: Metrics, log: PredictionLog | None) -> None:
        self._engine = engine
        self._metrics = metrics
        self._log = log

    @property
    def predictor(self) -> Predictor:
        """The predictor.

        Raises
        ------
        NotReadyError
            When it is still being loaded.
        """
        predictor = self._engine.predictor
        if predictor is None:
            raise NotReadyError
        return predictor

    async def answer(
        self,
        request: Request,
        instances: Sequence[object],
        *,
        coverage: float | None = None,
        strict: bool = False,
    ) -> Answered:
        """Answer the instances of a request, count them, and hand them to the log.

        Raises
        ------
        NotReadyError
            When the model is still being loaded.
        RequestError
            When no instance can be understood, or one cannot and this is strict.
        """
        began = time.perf_counter()
        check_count(len(instances))
        predictor = self.predictor
        answers = await self._answers(predictor, instances, coverage=coverage, strict=strict)
        # Not made of the caller's id, which may come twice.
        own = request.scope["own_id"]
        ids = [f"{own}-{place}" for place in range(len(instances)) if place not in answers.refused]
        if not _is_probe(request, predictor, instances):
            self._metrics.answered(answers)
            self._record(request, predictor, ids, answers, time.perf_counter() - began)
        if not answers.refused:
            return Answered(answers.predictions, ids)
        return _beside_refusals(len(instances), ids, answers)

    async def _answers(
        self, predictor: Predictor, instances: Sequence[object], *, coverage: float | None, strict: bool
    ) -> Answers:
        """Have the instances answered; a request of which nothing can be answered is refused as a whole."""
        try:
            answers = await self._engine.answer(predictor, instances, coverage=coverage, strict=strict)
        except RequestError as error:
            if error.row >= 0:
                self._metrics.refused(1)
            raise
        if not answers.predictions:
            self._metrics.refused(len(answers.refused))
            raise next(iter(answers.refused.values()))
        return answers

    def _record(
        self, request: Request, predictor: Predictor, ids: list[str], answers: Answers, seconds: float
    ) -> None:
        """Hand the answered request to the log, without what tells who somebody is."""
        if self._log is None:
            return
        rows, hidden = answers.rows, predictor.hidden
        if hidden:
            rows = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
        entry = Entry(
            time=time.time(),
            request_id=request_id(request),
            prediction_ids=ids,
            version=predictor.version,
            rows=rows,
            predictions=answers.predictions,
            latency_ms=seconds * 1000,
            unseen=answers.unseen,
            extra=answers.extra,
        )
        self._log.record(entry)


def _beside_refusals(count: int, ids: Sequence[str], answers: Answers) -> Answered:
    """Put the answers where their instances were, and what was wrong where the others were."""
    given = zip(answers.predictions, ids, strict=True)
    predictions: list[Mapping[str, Json]] = []
    places: list[str | None] = []
    for place in range(count):
        error = answers.refused.get(place)
        answer, name = next(given) if error is None else ({"error": row_error(error)}, None)
        predictions.append(answer)
        places.append(name)
    return Answered(predictions, places)


def _is_probe(request: Request, predictor: Predictor, instances: Sequence[object]) -> bool:
    """Whether this plays golden rows; the header alone would let anybody keep their requests out of the log."""
    if request.headers.get(PROBE[0]) != PROBE[1]:
        return False
    return all(any(instance == golden.row for golden in predictor.golden) for instance in instances)
