"""What the route ``bigquery-ml`` is told: ``[train.bigquery-ml]``."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.cloud.names import Home
from fivefold.core.options import check_options

__all__ = ["ROUTE", "BigQueryMLSettings"]

ROUTE = "bigquery-ml"
_MODELS = ("boosted_trees", "linear")
_LEAST = 1.0


@dataclass(frozen=True, slots=True)
class BigQueryMLSettings:
    """The table ``[train.bigquery-ml]``.

    Attributes
    ----------
    dataset : str
        ``project.dataset``, or ``dataset`` beside ``project``; it must be there.
    project : str
        Pays for the queries, and holds the data set unless that says otherwise.
    model : {"boosted_trees", "linear"}
    seconds : float
        How long all of it may take; so much of the run's time is kept for it where its own model is still to be trained.
    keep : bool
        Whether the model stays in the data set; the tables never do.
    """

    dataset: str
    project: str = ""
    model: str = "boosted_trees"
    seconds: float = 900.0
    keep: bool = False

    def check(self) -> None:
        """Refuse what BigQuery could not take.

        Raises
        ------
        SettingsError
            Naming the option.
        """
        rules = (
            *Home(self.dataset, self.project).rules,
            ("model", self.model in _MODELS, " or ".join(_MODELS)),
            ("seconds", self.seconds >= _LEAST, "1 or more"),
        )
        check_options(ROUTE, self, rules, "train")

    @property
    def home(self) -> tuple[str, str]:
        """Project and data set of what is made."""
        return Home(self.dataset, self.project).place

    @property
    def payer(self) -> str:
        """The project that pays for the queries."""
        return Home(self.dataset, self.project).payer
