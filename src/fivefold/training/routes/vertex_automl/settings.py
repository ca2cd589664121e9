"""What a person says of a training by Vertex AI's AutoML, the table ``[train.vertex-automl]``, and how many node hours it gets."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.cloud.vertex.connection import LOCATION, PROJECT
from fivefold.core.options import check_options

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.budget import Budget
    from fivefold.core.routes import RouteWork

__all__ = ["ROUTE", "AutoMLSettings", "Names", "node_hours"]

ROUTE = "vertex-automl"
_LEAST, _MOST = 1.0, 72.0
_USUAL = ((100_000, 3.0), (1_000_000, 6.0), (10_000_000, 12.0))
_BESIDES = 3600.0
_SHARE = 0.5
"""Of the step's time, what the run's own model leaves."""
_MANY = 24.0
"""Node hours that a training gets at most by itself, by rows, and for more rows than those."""


@dataclass(frozen=True, slots=True)
class AutoMLSettings:
    """The options.

    Attributes
    ----------
    project, location : str
        For example ``my-project`` and ``europe-west4``.
    bucket : str
        A bucket of Cloud Storage in the same region, that is there: the rows pass through it.
    node_hours : float
        What the training may take, from 1 to 72; 0 for what the budget's money and time bear.
    machine_type : str
        Of the machine that answers the sealed rows.
    seconds : float
        How long all of it may take; so much of the run's time is kept for it. 0 for the node hours and one hour more.
    keep : bool
        Whether the model stays there; everything else is removed in any case.
    retry_pause : float
        Seconds before a request that was refused for now (429, 503) is sent again; each further pause is twice as long.
    """

    project: str
    location: str
    bucket: str
    node_hours: float = 0.0
    machine_type: str = "n1-standard-4"
    seconds: float = 0.0
    keep: bool = False
    retry_pause: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what the platform would refuse later."""
        rules = (
            ("location", LOCATION.fullmatch(self.location), "a region, such as europe-west4"),
            ("project", PROJECT.fullmatch(self.project), "the project's id or number"),
            ("bucket", self.bucket and "/" not in self.bucket, "the bucket's name alone"),
            ("node_hours", self.node_hours == 0 or _LEAST <= self.node_hours <= _MOST, "1 to 72, or 0 for what the budget bears"),
            ("seconds", self.seconds >= 0, "seconds, or 0 for what the node hours take"),
            ("retry_pause", self.retry_pause >= 0, "seconds"),
        )  # fmt: skip
        check_options(ROUTE, self, rules, "train")

    def takes(self, hours: float) -> float:
        """Seconds that so many node hours are given, with the table's analysis before and the answers after."""
        return self.seconds or 3600.0 * hours + _BESIDES

    @property
    def parent(self) -> str:
        """The location, as the platform names it."""
        return f"projects/{self.project}/locations/{self.location}"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of all that a training makes, known before anything is asked for.

    Attributes
    ----------
    label : str
        Display name of dataset, pipeline and job, which are found again by it.
    folder : str
        Address in Cloud Storage.
    model : str
    """

    label: str
    folder: str
    model: str

    @classmethod
    def of(cls, settings: AutoMLSettings, work: RouteWork, hours: float, live: Path) -> Names:
        """Return the names for a table and a run: two runs of one table do not share what one of them removes."""
        words = (work.digest, work.metric, str(work.balanced), str(hours), str(live.resolve()))
        digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
        label = f"fivefold-{digest[:12]}"
        return cls(label, f"gs://{settings.bucket}/fivefold/{label}", f"{settings.parent}/models/{label}")


def node_hours(settings: AutoMLSettings, budget: Budget, rows: int, hourly: float, besides: float) -> float:
    """Return the node hours that a training gets: those that are asked for, or whole ones that the budget bears.

    Parameters
    ----------
    settings : AutoMLSettings
    budget : Budget
    rows : int
        To learn from.
    hourly, besides : float
        Price of a node hour, and of what is paid besides.

    Returns
    -------
    float
        At least 1, which the platform does not go below; whether the budget bears that is for others to say.
    """
    if settings.node_hours:
        return float(settings.node_hours)
    by_money = (budget.money - besides) / hourly if hourly else _MOST
    by_time = ((settings.seconds or _SHARE * budget.plan()["train"]) - _BESIDES) / 3600.0
    if not settings.seconds and by_time < _LEAST:
        # Minutes bound nothing: beside a model that stands time is no matter, and otherwise it is refused.
        by_time = _MOST
    usual = next((hours for most, hours in _USUAL if rows < most), _MANY)
    return max(_LEAST, float(math.floor(min(by_money, by_time, usual))))
