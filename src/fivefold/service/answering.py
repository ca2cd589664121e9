"""Answering: what every protocol does with the instances of a request, once it has read them in its own way."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError
from fivefold.service.asked import check_count
from fivefold.service.gate import is_marked, is_rehearsed
from fivefold.service.log import Entry
from fivefold.service.replies import NotReadyError, request_id, row_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from fivefold.runtime.predictor import Json, Predictor
    from fivefold.service.engine import Answers, Engine
    from fivefold.service.log import PredictionLog
    from fivefold.service.metrics import Metrics
    from fivefold.service.models import Models

__all__ = ["Answered", "Answering", "Part"]

_FINISH_SECONDS = 3.0
"""Time that a challenger in the shadow has at the end."""
_journal = logging.getLogger("fivefold.service")
_MOST_SHADOWS = 64
"""Requests that a challenger in the shadow may be behind."""


@dataclass(slots=True)
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
        self._shadows: set[asyncio.Task[None]] = set()

    @property
    def models(self) -> Models:
        """Who answers.

        Raises
        ------
        NotReadyError
            When it is still being loaded.
        """
        models = self._engine.models
        if models is None:
            raise NotReadyError
        return models

    @property
    def predictor(self) -> Predictor:
        """The model whose answers are returned; see :attr:`models`."""
        return self.models.champion

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
        NotLoggedError
            When the log is durable and cannot be written.
        """
        began = time.perf_counter()
        check_count(len(instances))
        models = self.models
        # For whoever stands outside and tells of the request.
        request.scope["models"], request.scope["rows"] = models, len(instances)
        # Not made of the caller's id, which may come twice.
        own = request.scope["own_id"]
        count = len(instances)
        ids = [f"{own}-0"] if count == 1 else [f"{own}-{place}" for place in range(count)]
        probe = _is_probe(request, models, instances)
        parts: list[Part] = []
        refused: list[RequestError] = []
        alone = probe or models.challenger is None
        for predictor, places in models.alone(instances) if alone else models.parted(instances, ids):
            named = models.as_named(predictor, instances)
            try:
                part = await self._part(predictor, named, places, coverage=coverage, strict=strict)
            except RequestError as error:
                self._count_refused(request, int(error.row >= 0), whole=True)
                raise
            parts.append(part)
            refused.extend(part.answers.refused.values())
        if refused:
            self._count_refused(request, len(refused), whole=len(refused) == count)
            if len(refused) == count:
                raise min(refused, key=lambda error: error.row)
        if not probe:
            asked = _Asked(request, models, instances, ids, time.perf_counter() - began)
            if self._log is not None and self._log.durable:
                entry = self._entry_of(asked, parts)
                if entry is not None:
                    await self._log.commit(entry)
            request.scope["leaving"].then(self._note, asked, parts)
        first = parts[0].answers
        if len(parts) == 1 and not first.refused:
            return Answered(first.predictions, ids)
        return _together(count, ids, parts)

    async def _part(
        self,
        predictor: Predictor,
        instances: Sequence[object],
        places: Sequence[int],
        *,
        coverage: float | None,
        strict: bool,
    ) -> Part:
        """Have those of the instances answered that are one model's."""
        whole = len(places) == len(instances)
        own = instances if whole else [instances[place] for place in places]
        try:
            answers = await self._engine.answer(predictor, own, coverage=coverage, strict=strict)
        except RequestError as error:
            if error.row >= 0:
                error.row = places[error.row]
            raise
        for own_place, found in answers.refused.items():
            found.row = places[own_place]
        return Part(predictor, places, answers, whole=whole)

    def _count_refused(self, request: Request, rows: int, *, whole: bool) -> None:
        """Count rows that could not be understood; a rehearsal's that are all of its request are counted with that alone."""
        if not rows or (whole and is_rehearsed(request.scope)):
            return
        self._metrics.refused(rows)
        if self._log is not None:
            self._log.note_rows(rows)

    def _shadow(self, asked: _Asked) -> None:
        """Have the challenger answer as well; what is too much is left out and counted."""
        challenger, instances = asked.models.challenger, asked.instances
        if challenger is None or self._log is None:
            return
        if len(self._shadows) >= _MOST_SHADOWS:
            self._metrics.unshadowed(len(instances))
            return

        async def answer() -> None:
            own = asked.models.as_named(challenger, instances)
            answers = await self._engine.answer(challenger, own, strict=False)
            part = Part(challenger, range(len(instances)), answers, whole=True)
            if answers.predictions:
                self._hand_over(self._entry(asked, part, shadow=True))

        task = asyncio.get_running_loop().create_task(answer())
        self._shadows.add(task)
        task.add_done_callback(lambda done: self._shadowed(done, len(instances)))

    def _shadowed(self, task: asyncio.Task[None], rows: int) -> None:
        """Count what the challenger did not answer; what broke is told without its words, which may be somebody's data."""
        self._shadows.discard(task)
        if task.cancelled() or task.exception() is not None:
            self._metrics.unshadowed(rows)
            if not task.cancelled():
                _journal.error("the challenger broke: %s", type(task.exception()).__name__)

    async def finish(self) -> None:
        """Let the challenger answer what it has in hand, before the log is closed."""
        if self._shadows:
            await asyncio.wait(self._shadows, timeout=_FINISH_SECONDS)

    def _note(self, asked: _Asked, parts: Sequence[Part]) -> None:
        """Log what was answered, unless that is done, count it, and have the challenger in the shadow answer as well."""
        if self._log is not None and not self._log.durable:
            entry = self._entry_of(asked, parts)
            if entry is not None:
                self._log.record(entry)
        for part in parts:
            self._metrics.answered(part.answers)
        if asked.models.shadowed:
            self._shadow(asked)

    def _entry_of(self, asked: _Asked, parts: Sequence[Part]) -> Entry | None:
        """Return what the log keeps of a request, all of it at once; None where nothing was answered."""
        entry: Entry | None = None
        for part in parts:
            if part.answers.predictions:
                own = self._entry(asked, part)
                entry = own if entry is None else replace(entry, beside=own)
        return entry

    def _hand_over(self, entry: Entry) -> None:
        """Hand something to the log that nobody waits for."""
        if self._log is not None:
            self._log.record(entry)

    def _entry(self, asked: _Asked, part: Part, *, shadow: bool = False) -> Entry:
        """Return what the log keeps, without what tells who somebody is."""
        answers, hidden = part.answers, part.predictor.hidden
        rows = answers.rows
        if hidden:
            rows = [{name: value for name, value in row.items() if name not in hidden} for row in rows]
        places = part.places
        if answers.refused:
            places = [place for own, place in enumerate(places) if own not in answers.refused]
        ids = asked.ids
        all_of_it = len(places) == len(ids)
        return Entry(
            time=time.time(),
            request_id=request_id(asked.request),
            prediction_ids=ids if all_of_it else [ids[place] for place in places],
            version=part.predictor.version,
            rows=rows,
            predictions=answers.predictions,
            latency_ms=0.0 if shadow else asked.seconds * 1000,
            unseen=answers.unseen,
            extra=answers.extra,
            positions=None if part.whole and not answers.refused else places,
            requests=0 if shadow else 1,
            shadow=shadow,
        )


# None of these is frozen: they are made for every request, and freezing costs more than the rest of them.


@dataclass(slots=True)
class _Asked:
    """A request that was answered: who had a part in it, and how many seconds it took."""

    request: Request
    models: Models
    instances: Sequence[object]
    ids: Sequence[str]
    seconds: float


@dataclass(slots=True)
class Part:
    """What one model answered of a request.

    Attributes
    ----------
    predictor : Predictor
    places : sequence of int
        Of its instances in the request.
    answers : Answers
        Positions in it count through these instances.
    whole : bool
        Whether they are all of the request.
    """

    predictor: Predictor
    places: Sequence[int]
    answers: Answers
    whole: bool


def _together(count: int, ids: Sequence[str], parts: Sequence[Part]) -> Answered:
    """Put the answers where their instances were, and what was wrong where the others were."""
    predictions: list[Mapping[str, Json]] = [{}] * count
    names: list[str | None] = [None] * count
    for part in parts:
        given = iter(part.answers.predictions)
        for own, place in enumerate(part.places):
            error = part.answers.refused.get(own)
            if error is None:
                predictions[place], names[place] = next(given), ids[place]
            else:
                predictions[place] = {"error": row_error(error)}
    return Answered(predictions, names)


def _is_probe(request: Request, models: Models, instances: Sequence[object]) -> bool:
    """Whether this plays golden rows; the header alone would let anybody keep their requests out of the log."""
    if not is_marked(request.scope):
        return False
    golden = [each.row for each in models.champion.golden]
    return all(instance in golden for instance in models.named(instances))
