"""What the target ``bigquery`` is told: ``[deploy.bigquery]``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.cloud.names import Home, Name, is_part
from fivefold.core.options import check_options

if TYPE_CHECKING:
    from fivefold.core.artefacts import Contract

__all__ = ["BigQuerySettings"]

_TABLE = re.compile(r"[^`\\/\x00-\x1f]+\.[^`\\/\x00-\x1f]+")
"""A table's name may hold most signs, but none that would end it in a statement or an address."""
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_CONNECTION = re.compile(r"[a-z0-9.:-]+\.[a-z0-9-]+\.[A-Za-z0-9_-]+")
_FOLDER = re.compile(r"[\w./-]+")
_ENDPOINT = re.compile(r"https?://[^\s'\"\\]+")
_MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class BigQuerySettings:
    """The table ``[deploy.bigquery]``.

    Attributes
    ----------
    dataset : str
        ``project.dataset``, or ``dataset`` beside ``project``; it must be there.
    project : str
        Pays for the queries, and holds the data set unless that says otherwise.
    bucket : str
        In Cloud Storage, where the model is put for BigQuery to read; it must be there.
    folder : str
        What the object's name begins with.
    model : str
        Name of the model; ``fivefold_`` and the target's name unless given.
    table : str
        Table that is to be scored: its columns' types shape the SQL.
    keep : str
        Columns of that table that stand beside the answers, with commas between.
    rows : int
        Rows that the model in BigQuery is compared on, besides the golden ones.
    endpoint : str
        A shared public Vertex AI endpoint that serves this bundle, for a model that cannot be imported.
    connection : str
        ``project.location.name`` of the connection that may ask the endpoint.
    """

    dataset: str
    project: str = ""
    bucket: str = ""
    folder: str = "fivefold"
    model: str = ""
    table: str = ""
    keep: str = ""
    rows: int = 200
    endpoint: str = ""
    connection: str = ""

    def check(self) -> None:
        """Refuse what BigQuery could not take.

        Raises
        ------
        SettingsError
            Naming the option.
        """
        rules = (
            *self._home.rules,
            ("model", not self.model or is_part(self.model), "letters, digits and underscores"),
            ("bucket", not self.bucket or _BUCKET.fullmatch(self.bucket), "a bucket's name, without gs://"),
            ("folder", _FOLDER.fullmatch(self.folder), "letters, digits, / . - and _"),
            ("rows", 1 <= self.rows <= _MOST_ROWS, f"1 to {_MOST_ROWS}"),
            (
                "table",
                not self.table or _TABLE.fullmatch(self.table),
                "dataset.table or project.dataset.table",
            ),
            (
                "connection",
                not self.connection or _CONNECTION.fullmatch(self.connection),
                "project.location.name",
            ),
            (
                "endpoint",
                not self.endpoint or _ENDPOINT.fullmatch(self.endpoint),
                "https://REGION-aiplatform.googleapis.com/v1/projects/P/locations/REGION/endpoints/ID",
            ),
        )
        check_options("bigquery", self, rules)

    @property
    def payer(self) -> str:
        """The project that pays for the queries."""
        return self._home.payer

    @property
    def kept(self) -> tuple[str, ...]:
        """Columns that stand beside the answers."""
        return tuple(name.strip() for name in self.keep.split(",") if name.strip())

    def name(self, contract: Contract) -> Name:
        """Name of the model."""
        own = re.sub(r"\W+", "_", contract.target, flags=re.ASCII).strip("_").lower()
        return Name(*self._home.place, self.model or f"fivefold_{own or 'model'}")

    def scored(self) -> Name | None:
        """Name of the table that is to be scored."""
        if not self.table:
            return None
        return Name.read(self.table if self.table.count(".") > 1 else f"{self.payer}.{self.table}")

    @property
    def _home(self) -> Home:
        """Where the model is made."""
        return Home(self.dataset, self.project)
