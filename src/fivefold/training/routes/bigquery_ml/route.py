"""The route ``bigquery-ml``: rows go to a data set, a model is trained there, and answers to the sealed rows come back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from fivefold.cloud.bigquery import BigQueryService
from fivefold.cloud.google import ServiceError
from fivefold.cloud.jobs import Jobs
from fivefold.cloud.names import Name
from fivefold.cloud.noted_jobs import job_of, naming, settle
from fivefold.cloud.price import Purse
from fivefold.cloud.refused import refusals_as
from fivefold.core.errors import StepError
from fivefold.core.routes import RouteOutcome, RoutePlan, route_journal
from fivefold.training.routes.bigquery_ml.draft import Draft
from fivefold.training.routes.bigquery_ml.rows import parquet_of
from fivefold.training.routes.bigquery_ml.settings import ROUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from fivefold.core.artefacts import Resource
    from fivefold.core.journal import Entry, Journal
    from fivefold.core.orders import Order
    from fivefold.core.protocols import Floats
    from fivefold.core.routes import RouteWork
    from fivefold.core.tables import Frame
    from fivefold.core.workbench import Workbench

__all__ = ["BigQueryMLRoute"]

_SECTION = f"train.{ROUTE}"


class BigQueryMLRoute:
    """Trains a linear model or boosted trees inside BigQuery."""

    def plan(self, work: RouteWork, bench: Workbench, order: Order) -> RoutePlan:
        """Look at the data set, and weigh what would be read; make nothing.

        Raises
        ------
        MisuseError
            When an option is wrong, or the data set is not there or not permitted.
        """
        draft, journal = Draft.of(work, order, bench.live), route_journal(bench.live, ROUTE)
        with _cloud(draft.settings.payer) as service, refusals_as("The training cannot be planned", _SECTION):
            draft = _placed(draft, service)
        stands = {entry.resource for entry in journal.entries if entry.made}
        return RoutePlan(
            ROUTE,
            seconds=draft.settings.seconds,
            makes=tuple(each for each in draft.resources if each not in stands),
            expenses=draft.expenses(),
            scan=sum(price.scanned for price in draft.scanned),
            checked=(f"the data set {'.'.join(draft.settings.home)} is there, in {draft.location}",),
        )

    def train(self, work: RouteWork, bench: Workbench, order: Order) -> RouteOutcome:
        """Load, train, ask and remove; what stands there already for the same rows and options is not made again.

        Raises
        ------
        BudgetError
            When a query would read or cost more than the budget says.
        MisuseError
            As for :meth:`plan`.
        StepError
            When the service fails; what was made is noted, and the same call goes on.
        """
        draft, journal = Draft.of(work, order, bench.live), route_journal(bench.live, ROUTE)
        with _cloud(draft.settings.payer) as service, refusals_as("The training cannot go on", _SECTION):
            draft = _placed(draft, service)
            making = _Making(draft, service, journal, bench)
            journal.begin(order)
            own, scores = making.train()
            stays = (draft.resources[-1],) if draft.settings.keep else ()
            stuck = _tidied(service, journal, stays)
        if journal.entries:
            journal.end()
        rate, kept = draft.query_rate, tuple(entry.resource for entry in journal.entries)
        return RouteOutcome(
            scores=scores,
            name=str(draft.options["MODEL_TYPE"]),
            rows=draft.tables.learned,
            settings=dict(draft.options),
            own=own,
            money=making.purse.spent,
            scanned=making.purse.scanned,
            kept=kept,
            serving=f"ML.PREDICT, {rate:g} USD per TiB that it reads and at least 10 MB a table; it must be kept there for that",
            notes=(*_notes(draft), *stuck),
        )

    def remove(self, live: Path) -> bool:
        """Delete the tables and the model; what is gone already counts as removed."""
        journal = route_journal(live, ROUTE)
        if not journal.entries:
            return False
        payer = str(
            journal.order.options.get("project") or Name.read(journal.entries[0].resource.name).project
        )
        with _cloud(payer) as service, refusals_as("It cannot be removed", _SECTION):
            return _removed(service, journal)


class _Making:
    """One training, under way."""

    def __init__(self, draft: Draft, service: BigQueryService, journal: Journal, bench: Workbench) -> None:
        self._draft, self._service, self._journal, self._bench = draft, service, journal, bench
        self._until, self._goes_on = bench.deadline, not journal.whole
        self.purse = Purse(bench.budget)

    def train(self) -> tuple[dict[str, float], Floats]:
        """Do what is not done yet; return the service's own figures, and the scores of the sealed rows."""
        draft, progress = self._draft, self._bench.progress
        train, sealed, model = draft.resources
        progress.advance(0.1, f"{ROUTE}: bringing {draft.tables.train.height:,} rows to BigQuery")
        self._load(train, draft.tables.train)
        self._load(sealed, draft.tables.sealed)
        progress.advance(0.3, f"{ROUTE}: training {draft.options['MODEL_TYPE']}")
        self._create(model)
        progress.advance(0.9, f"{ROUTE}: asking it")
        asking = self._jobs(draft.query_rate)
        _, fields = asking.price(draft.evaluate)
        figures = _figures(fields, asking.run(draft.evaluate).rows)
        return figures, _scores(asking.run(draft.predict).rows, draft)

    def _load(self, resource: Resource, frame: Frame) -> None:
        """Fill a table, unless an earlier try did."""
        table, entry = Name.read(resource.name), self._noted(resource)
        there = self._service.tables(table.project, table.dataset)
        if entry.made and table.part in there:
            return
        left = max(1.0, self._until.remaining())
        self._service.load(table, parquet_of(frame), self._naming(resource)(), left, self._labels)
        self._journal.made(resource)

    def _create(self, resource: Resource) -> None:
        """Train; a training that an earlier try had begun is waited for, and what it cost is counted, but not paid twice."""
        model, jobs = self._draft.model, self._jobs(self._draft.train_rate)
        entry = self._noted(resource)
        earlier = job_of(entry) if self._goes_on else None
        if earlier is not None:
            jobs.follow(earlier)
        there = self._service.model(model.project, model.dataset, model.part) is not None
        if earlier is not None or not there:
            self.purse.set_aside(self._draft.machine)
        if not there:
            jobs.run(self._draft.create, self._naming(resource))
        self._journal.made(resource)

    def _noted(self, resource: Resource) -> Entry:
        """Note what is about to be made, if it is not noted."""
        return self._journal.note(resource, self._draft.version)

    def _naming(self, resource: Resource) -> Callable[[], Mapping[str, str]]:
        """What names the job that makes something, and writes that down."""
        return naming(self._service, self._journal, resource, self._draft.location)

    @property
    def _labels(self) -> dict[str, str]:
        """What every job carries."""
        return {"route": ROUTE, "version": self._draft.version}

    def _jobs(self, rate: float) -> Jobs:
        """What runs statements at a price, out of the one purse."""
        return Jobs(self._service, self.purse, self._until, self._labels, rate)


def _figures(fields: list[dict[str, Any]], rows: list[list[Any]]) -> dict[str, float]:
    """The service's own figures: the only row of the statement that asks for them."""
    names, cells = [field["name"] for field in fields], rows[0] if rows else []
    return {name: float(cell) for name, cell in zip(names, cells, strict=False) if cell is not None}


def _scores(rows: list[list[Any]], draft: Draft) -> Floats:
    """Answers as scores, a row for every sealed one.

    Raises
    ------
    StepError
        When rows are missing, or an answer is none.
    """
    classes, sealed = draft.work.contract.classes, draft.tables.sealed.height
    answered = [int(row[0]) for row in rows]
    if answered != list(range(sealed)) or any(row[1] is None for row in rows):
        raise StepError(
            "BigQuery ML did not answer every sealed row",
            seen=f"{len(rows):,} answers",
            expected=f"{sealed:,}",
            todo="look at the model there with the statement in docs/routes/bigquery-ml.md",
        )
    if not classes:
        return np.array([[float(row[1])] for row in rows])
    scores = np.zeros((sealed, len(classes)))
    places = {label: place for place, label in enumerate(classes)}
    for at, row in enumerate(rows):
        for pair in orjson.loads(row[1]):
            if str(pair["label"]) in places:
                scores[at, places[str(pair["label"])]] = float(pair["prob"])
    return scores


def _notes(draft: Draft) -> tuple[str, ...]:
    """What a reader must know."""
    aside = draft.tables.train.height - draft.tables.learned
    notes = [f"It learned from {draft.tables.learned:,} training rows; {aside:,} more told it when to stop."]
    if draft.tables.left_out:
        names = ", ".join(f"'{name}'" for name in draft.tables.left_out)
        notes.append(f"Free texts were left out: {names}.")
    return tuple(notes)


def _placed(draft: Draft, service: BigQueryService) -> Draft:
    """The draft, with the place where its data set lies, which must be there."""
    return replace(draft, location=str(service.dataset(*draft.settings.home).get("location", "")))


def _tidied(service: BigQueryService, journal: Journal, stays: tuple[Resource, ...]) -> tuple[str, ...]:
    """Remove all but what stays; what cannot be removed costs nobody the answers that were paid for, and is told."""
    try:
        _removed(service, journal, besides=stays)
    except ServiceError as error:
        return (f"Not all of it could be removed ({error}): fivefold undeploy does it later.",)
    return ()


def _removed(service: BigQueryService, journal: Journal, besides: tuple[Resource, ...] = ()) -> bool:
    """Remove what is noted, the last first; return whether any of it stood."""
    found = False
    for entry in reversed(journal.entries):
        if entry.resource in besides:
            continue
        name = Name.read(entry.resource.name)
        settle(entry, service)
        delete = service.delete_model if entry.resource.kind == "model" else service.delete_table
        found |= delete(name.project, name.dataset, name.part)
        journal.drop(entry.resource)
    return found


@contextlib.contextmanager
def _cloud(payer: str) -> Iterator[BigQueryService]:
    """The service, for as long as it is needed."""
    with contextlib.closing(BigQueryService(payer)) as service:
        yield service
