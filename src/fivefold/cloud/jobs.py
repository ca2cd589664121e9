"""Statements that are run: each is tried out first, weighed against the budget, and then run under hard caps."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.cloud.google import ServiceError
from fivefold.cloud.price import Price, allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.bigquery import BigQueryService
    from fivefold.cloud.price import Means
    from fivefold.core.clock import Deadline

__all__ = ["Done", "Jobs"]

_LEAST_SECONDS = 1.0
_HIGHER = re.compile(r"(\d+) or higher required")


@dataclass(frozen=True, slots=True)
class Done:
    """A statement that was run.

    Attributes
    ----------
    rows : list of list
        Cells as the service sends them.
    seconds : float
        From its start to its last row.
    job : dict
        By which the service knows it.
    """

    rows: list[list[Any]]
    seconds: float
    job: dict[str, Any]


class Jobs:
    """Runs statements.

    Parameters
    ----------
    service : BigQueryService
    means : Means
        What may be read and spent.
    until : Deadline
        When the last one must be over.
    labels : mapping of str to str
        Every job carries them, so that its costs can be found.
    usd_per_tib : float
        What reading a TiB costs.
    """

    def __init__(
        self,
        service: BigQueryService,
        means: Means,
        until: Deadline,
        labels: Mapping[str, str],
        usd_per_tib: float,
    ) -> None:
        self._service, self._means, self._until, self._labels = service, means, until, dict(labels)
        self._usd_per_tib = usd_per_tib

    def price(self, statement: str) -> tuple[Price, list[dict[str, Any]]]:
        """Say what a statement would cost, and which columns it would give; this costs nothing.

        Raises
        ------
        ServiceError
            When it cannot be run.
        """
        tried = self._service.try_out(statement)
        query = tried.get("query", {})
        tables = len(query.get("referencedTables", ()))
        price = Price.of(int(tried.get("totalBytesProcessed", 0)), tables, self._usd_per_tib)
        fields: list[dict[str, Any]] = query.get("schema", {}).get("fields", [])
        return price, fields

    def run(self, statement: str) -> Done:
        """Run a statement.

        Raises
        ------
        BudgetError
            When it would read or cost more than may be.
        ServiceError
            When it is refused, or does not end in time; it is then asked to end, as after Ctrl-C.
        """
        price, _ = self.price(statement)
        try:
            return self._capped(statement, allow(price, self._means))
        except ServiceError as error:
            wanted = _HIGHER.search(str(error)) if error.reason == "bytesBilledLimitExceeded" else None
            if wanted is None:
                raise
        # Nothing was billed. What a dry run does not know of, such as a model's own bytes, is weighed now.
        asked = Price(int(wanted[1]), self._usd_per_tib)
        return self._capped(statement, allow(asked, self._means))

    def _capped(self, statement: str, most: int) -> Done:
        """Run a statement that may bill so many bytes, in the time that is left."""
        left = max(_LEAST_SECONDS, self._until.remaining())
        began = time.perf_counter()
        job = self._service.run(statement, most, seconds=left, labels=self._labels)
        try:
            rows = list(self._service.rows(job, left))
        except (ServiceError, KeyboardInterrupt) as error:
            if isinstance(error, KeyboardInterrupt) or error.reason == "timeout":
                with contextlib.suppress(ServiceError):
                    self._service.cancel(job)
            raise
        return Done(rows, time.perf_counter() - began, job)
