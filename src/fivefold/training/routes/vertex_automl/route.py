"""The route ``vertex-automl``: AutoML on tables of Vertex AI learns from the same rows, and answers the same sealed ones."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.cloud.vertex.bucket import BucketFolder
from fivefold.cloud.vertex.connection import Connection, Patience
from fivefold.cloud.vertex.refusals import VertexError
from fivefold.cloud.vertex.tabular import TabularTraining
from fivefold.core.artefacts import Resource
from fivefold.core.clock import Deadline
from fivefold.core.errors import StepError
from fivefold.core.options import read_options
from fivefold.core.prices import HOURS, Prices
from fivefold.core.routes import Expense, RouteOutcome, RoutePlan, route_journal
from fivefold.training.routes.vertex_automl.answers import read_answers
from fivefold.training.routes.vertex_automl.making import Making, clear
from fivefold.training.routes.vertex_automl.settings import ROUTE, AutoMLSettings, Names, node_hours
from fivefold.training.routes.vertex_automl.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fivefold.core.journal import Journal
    from fivefold.core.orders import Order
    from fivefold.core.prices import Price
    from fivefold.core.routes import RouteWork
    from fivefold.core.workbench import Workbench

__all__ = ["VertexAutoMLRoute"]

_NODE_HOUR = "vertex.automl-tabular"
_BATCH_HOURS = 1.0
"""Hours of one machine that are reckoned with for the answers."""
_REMOVAL, _CLEARING = 600.0, 60.0
"""Seconds that removing may take by itself, and at the end of a training."""


class VertexAutoMLRoute:
    """Trains by Vertex AI's AutoML."""

    def plan(self, work: RouteWork, bench: Workbench, order: Order) -> RoutePlan:
        """Say what would be made, what it costs and how long it takes; look at the table, the bucket and the location.

        Raises
        ------
        SettingsError
            When an option cannot be used, or a price is not known.
        InputError
            When AutoML takes no such table.
        VertexError
            When bucket or location may not be looked at.
        """
        intent = _Intent.of(work, bench, order)
        settings, names, table = intent.settings, intent.names, Table.of(work)
        connection = _connection(settings)
        try:
            training = TabularTraining(connection, settings.parent, bench.deadline)
            stands = training.model(names.model) is not None
            BucketFolder(connection, names.folder).digests()
        finally:
            connection.close()
        wanted = [("objects", names.folder), ("dataset", names.label), ("model", names.model)]
        wanted += [("training pipeline", names.label), ("batch prediction job", names.label)]
        made = [
            Resource(*one) for one in wanted if not stands or one[0] in {"objects", "batch prediction job"}
        ]
        return RoutePlan(
            route=ROUTE,
            seconds=settings.takes(0.0 if stands else intent.hours),
            makes=tuple(made),
            expenses=((intent.training,) if not stands else ()) + (intent.answering,),
            currency=intent.hourly.currency,
            checked=(
                f"{work.split.train_rows:,} rows and {len(work.contract.columns)} columns are within AutoML's limits",
                f"the objective is {table.objective}",
                f"gs://{settings.bucket} and {settings.parent} may be looked at",
                "a model of this table stands there already"
                if stands
                else f"{intent.hours:g} {_units(intent.hours)}; the platform may end sooner, and takes about as long as they say",
            ),
        )

    def train(self, work: RouteWork, bench: Workbench, order: Order) -> RouteOutcome:
        """Train there, have the sealed rows answered, and remove all but what is to be kept.

        Raises
        ------
        VertexError
            When the platform refuses, fails, or is not done by the bench's deadline.
        StepError
            When its answers cannot be used.
        """
        intent, table = _Intent.of(work, bench, order), Table.of(work)
        settings, names, say = intent.settings, intent.names, bench.progress.say
        journal = route_journal(bench.live, ROUTE)
        journal.begin(order)
        connection = _connection(settings)
        try:
            training = TabularTraining(
                connection, settings.parent, bench.deadline, lambda state: say(f"{ROUTE}: {_words(state)}")
            )
            making = Making(names, table, training, connection, journal)
            with _told_of_what_goes_on(say):
                spent = making.model(table.inputs(intent.hours))
            files, form = making.answers(settings.machine_type)
            try:
                scores = read_answers(files, form, table)
            except StepError:
                making.forget_answers()
                raise
            own = training.figures(names.model)
            kept, note = _cleared(connection, settings, journal)
        finally:
            connection.close()
        if journal.entries:
            journal.end()
        else:
            journal.close()
        return RouteOutcome(
            scores=scores,
            name="Vertex AI AutoML",
            rows=table.learned(),
            settings={
                "objective": table.objective,
                "node_hours": intent.hours,
                "node_hours_spent": spent or 0.0,
            },
            own=own,
            money=intent.spent(spent),
            currency=intent.hourly.currency,
            kept=kept,
            serving=_serving(intent, kept),
            notes=(note,) if note else (),
        )

    def remove(self, live: Path) -> bool:
        """Remove what the journal in ``live`` names; return whether anything was noted.

        Raises
        ------
        VertexError
            When something cannot be removed; it stays noted.
        """
        journal = route_journal(live, ROUTE)
        if not journal.entries:
            journal.close()
            return False
        settings = read_options(AutoMLSettings, ROUTE, journal.order, "train")
        connection = _connection(settings)
        try:
            clear(journal, TabularTraining(connection, settings.parent, Deadline.after(_REMOVAL)), connection)
        finally:
            connection.close()
        return True


@dataclass(frozen=True, slots=True)
class _Intent:
    """What is to be done, by settings, budget and prices.

    Attributes
    ----------
    settings : AutoMLSettings
    names : Names
    hours : float
        Node hours.
    hourly, machine : Price
        Of a node hour, and of the machine that answers by the hour.
    """

    settings: AutoMLSettings
    names: Names
    hours: float
    hourly: Price
    machine: Price

    @classmethod
    def of(cls, work: RouteWork, bench: Workbench, order: Order) -> _Intent:
        """Read the options, and decide on the node hours."""
        settings, prices = read_options(AutoMLSettings, ROUTE, order, "train"), Prices(order.prices, "train")
        hourly = prices.of(_NODE_HOUR, region=settings.location)
        machine = prices.of(f"vertex.{settings.machine_type}", region=settings.location)
        besides = _BATCH_HOURS * machine.amount
        hours = node_hours(settings, bench.budget, work.split.train_rows, hourly.amount, besides)
        return cls(settings, Names.of(settings, work, hours, bench.live), hours, hourly, machine)

    @property
    def training(self) -> Expense:
        """What the training costs at most."""
        return _expense("training", self.hours, _units(self.hours), self.hourly)

    @property
    def answering(self) -> Expense:
        """What the answers to the sealed rows are reckoned to cost."""
        return _expense("answers to the sealed rows", _BATCH_HOURS, "h of a machine", self.machine)

    def spent(self, hours: float | None) -> float:
        """What was charged: by the node hours that the platform names, else as planned; nothing for a model that stood there."""
        trained = 0.0 if hours is None else hours * self.hourly.amount or self.training.money
        return trained + self.answering.money


def _expense(name: str, count: float, unit: str, price: Price) -> Expense:
    """So many at a price."""
    why = f"{count:g} {unit} at {price.amount:g} {price.currency} ({price.source})"
    return Expense(name, count * price.amount, why)


def _connection(settings: AutoMLSettings) -> Connection:
    """Connect to the location."""
    return Connection.to(settings.project, settings.location, Patience(pause=settings.retry_pause))


def _cleared(
    connection: Connection, settings: AutoMLSettings, journal: Journal
) -> tuple[tuple[Resource, ...], str]:
    """Remove what is not to be kept; what cannot be removed costs nobody the scores, but is told and stays noted."""
    training = TabularTraining(connection, settings.parent, Deadline.after(_CLEARING))
    try:
        return clear(journal, training, connection, keep=settings.keep), ""
    except VertexError as error:
        left = tuple(entry.resource for entry in journal.entries)
        return left, f"Not all could be removed from Vertex AI, and stays noted: {error.what}. {error.seen}"


def _serving(intent: _Intent, kept: tuple[Resource, ...]) -> str:
    """What it takes to have answers of the model."""
    stands = next((one.name for one in kept if one.kind == "model"), "")
    who = f"the model {stands}" if stands else "it was removed; with keep = true it stays, and"
    month = f"{intent.machine.amount * HOURS:.2f} {intent.machine.currency} a month"
    return f"{who} answers batches, or an endpoint of at least one {intent.settings.machine_type}, {month}; it cannot leave Vertex AI as a bundle"


@contextlib.contextmanager
def _told_of_what_goes_on(say: Callable[[str], None]) -> Iterator[None]:
    """Tell who pressed Ctrl-C that the platform goes on, and costs."""
    try:
        yield
    except KeyboardInterrupt:
        say(
            f"{ROUTE}: a training that began goes on there; the same command waits for it, undeploy gives it up"
        )
        raise


def _units(hours: float) -> str:
    """Node hours, in words."""
    return "node hour" if hours == 1.0 else "node hours"


def _words(state: str) -> str:
    """Say a state of the platform's, such as ``PIPELINE_STATE_RUNNING``."""
    kind, _, what = state.partition("_STATE_")
    return f"{'training' if kind == 'PIPELINE' else 'answers to the sealed rows'}: {what.lower()}"
