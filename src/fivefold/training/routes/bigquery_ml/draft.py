"""The draft of a training in BigQuery ML: names, statements and prices, worked out before anything is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fivefold.cloud.names import Name
from fivefold.cloud.price import Price
from fivefold.core import records
from fivefold.core.artefacts import Resource
from fivefold.core.options import read_options
from fivefold.core.prices import Prices
from fivefold.core.routes import Expense
from fivefold.training.routes.bigquery_ml import statements
from fivefold.training.routes.bigquery_ml.rows import Tables, bytes_of
from fivefold.training.routes.bigquery_ml.settings import ROUTE, BigQueryMLSettings

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.orders import Option, Order
    from fivefold.core.prices import Price as Rate
    from fivefold.core.routes import RouteWork

__all__ = ["Draft"]


@dataclass(frozen=True)
class Draft:
    """What would be made.

    Attributes
    ----------
    work : RouteWork
    settings : BigQueryMLSettings
    tables : Tables
    prices : Prices
    run : str
        Whose it is: two runs over the same rows have names of their own, so that neither removes what is the other's.
    location : str
        Where the data set lies, once that is known: prices differ.
    """

    work: RouteWork
    settings: BigQueryMLSettings
    tables: Tables
    prices: Prices
    run: str
    location: str = ""

    @classmethod
    def of(cls, work: RouteWork, order: Order, live: Path) -> Draft:
        """Read options and rows.

        Raises
        ------
        SettingsError
            When an option is wrong.
        """
        settings = read_options(BigQueryMLSettings, ROUTE, order, "train")
        settings.check()
        return cls(work, settings, Tables.of(work), Prices(order.prices, "train"), live.parent.name)

    @cached_property
    def version(self) -> str:
        """The same run, rows and options, the same version: names end with it."""
        facts = {
            "dataset": self.work.digest,
            "options": self.options,
            "columns": self.columns,
            "run": self.run,
        }
        return records.digest(facts).removeprefix("sha256:")[:8]

    @cached_property
    def options(self) -> dict[str, Option]:
        """Options of the model besides label and split."""
        work = self.work
        return statements.options_for(self.settings.model, work.contract.task, balanced=work.balanced)

    @property
    def columns(self) -> list[str]:
        """The features, as BigQuery calls them."""
        return self.tables.sealed.columns[:-1]

    @property
    def train(self) -> Name:
        """Table of the training rows."""
        return self._name("train")

    @property
    def sealed(self) -> Name:
        """Table of the sealed rows, without their target."""
        return self._name("sealed")

    @property
    def model(self) -> Name:
        """The model."""
        return self._name(re.sub(r"\W+", "_", self.tables.label, flags=re.ASCII).lower())

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What is made, in this order."""
        tables = [Resource("table", str(name)) for name in (self.train, self.sealed)]
        return (*tables, Resource("model", str(self.model)))

    @property
    def create(self) -> str:
        """The statement that trains."""
        return statements.create_model(self.model, self.train, self.columns, self.tables.label, self.options)

    @property
    def evaluate(self) -> str:
        """The statement that asks for the service's own figures."""
        return statements.evaluate(self.model)

    @property
    def predict(self) -> str:
        """The statement that asks for answers."""
        classes = bool(self.work.contract.classes)
        return statements.predict(self.model, self.sealed, self.columns, self.tables.label, classes=classes)

    @property
    def train_rate(self) -> float:
        """What training costs for each TiB that it reads."""
        return self._price(f"train-{self._kind}").amount

    @property
    def query_rate(self) -> float:
        """What any other query costs for each TiB that it reads."""
        return self._price("query").amount

    @property
    def machine(self) -> float:
        """What the machine costs that trees are trained on, for all of the time that is kept."""
        if self._kind == "linear":
            return 0.0
        return self.settings.seconds / 3600 * self._price("train-trees-machine").amount

    @property
    def scanned(self) -> tuple[Price, Price]:
        """What training and asking will read, by the tables as they stand here."""
        taught, asked = bytes_of(self.tables.train), bytes_of(self.tables.sealed)
        return Price.of(taught, 1, self.train_rate), Price.of(asked, 1, self.query_rate)

    def expenses(self) -> tuple[Expense, ...]:
        """What is paid; loading the tables and asking for the service's own figures is free."""
        taught, asked = self.scanned
        rate = self._price(f"train-{self._kind}")
        found = [
            Expense("CREATE MODEL", taught.money, f"{taught.words()} ({rate.source})"),
            Expense(
                "ML.PREDICT of the sealed rows",
                asked.money,
                f"{asked.words()} ({self._price('query').source})",
            ),
        ]
        if self.machine:
            hour = self._price("train-trees-machine")
            why = f"{self.settings.seconds:g} s at {hour.amount:g} {hour.currency} an hour ({hour.source})"
            found.insert(1, Expense("the machine that trains trees, at most", self.machine, why))
        return tuple(found)

    @property
    def _kind(self) -> str:
        """How prices call such a model."""
        return "linear" if self.settings.model == "linear" else "trees"

    def _price(self, name: str) -> Rate:
        """A price of BigQuery's, where the data set lies."""
        return self.prices.of(f"bigquery.{name}", unit="TiB", region=self.location)

    def _name(self, part: str) -> Name:
        """A name in the data set."""
        return Name(*self.settings.home, f"fivefold_{part}_{self.version}")
