"""Statements that are run: each is tried out first, weighed against the budget, and then run under hard caps."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.cloud.google import ServiceError
from fivefold.cloud.price import Price

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.cloud.bigquery import BigQueryService
    from fivefold.cloud.price import Purse
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
    """

    rows: list[list[Any]]
    seconds: float


class Jobs:
    """Runs statements.

    Parameters
    ----------
    service : BigQueryService
    purse : Purse
        What may be read and spent; each statement takes of it.
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
        purse: Purse,
        until: Deadline,
        labels: Mapping[str, str],
        usd_per_tib: float,
    ) -> None:
        self._service, self._purse, self._until, self._labels = service, purse, until, dict(labels)
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

    def run(self, statement: str, naming: Callable[[], Mapping[str, str]] | None = None) -> Done:
        """Run a statement.

        Parameters
        ----------
        statement : str
        naming : callable, optional
            Names the job, each time that one is begun, and writes the name down where it will be looked for.

        Raises
        ------
        BudgetError
            When it would read or cost more than is left.
        ServiceError
            When it is refused, or does not end in time; it is then asked to end, as after Ctrl-C.
        """
        price, _ = self.price(statement)
        try:
            return self._capped(statement, price, naming)
        except ServiceError as error:
            wanted = _HIGHER.search(str(error)) if error.reason == "bytesBilledLimitExceeded" else None
            if wanted is None:
                raise
        # Nothing was billed. What a dry run does not know of, such as a model's own bytes, is weighed now.
        return self._capped(statement, Price(int(wanted[1]), self._usd_per_tib), naming)

    def follow(self, job: Mapping[str, str]) -> None:
        """Wait for a job that was begun before, if it is still at work, and take what it was billed for.

        Parameters
        ----------
        job : mapping of str to str
            Its name, which may be that of a job that was never begun.
        """
        found = self._service.job(job)
        if found is None:
            return
        if found["status"]["state"] != "DONE":
            self._rows(job, max(_LEAST_SECONDS, self._until.remaining()))
        self._purse.pay(Price(self._service.billed(job), self._usd_per_tib))

    def _capped(self, statement: str, price: Price, naming: Callable[[], Mapping[str, str]] | None) -> Done:
        """Run a statement of that price, if there is so much left, in the time that is left."""
        most = self._purse.allow(price)
        left = max(_LEAST_SECONDS, self._until.remaining())
        began = time.perf_counter()
        named = naming() if naming else None
        job = self._service.run(statement, most, seconds=left, labels=self._labels, reference=named)
        rows = self._rows(job, left)
        if price.scanned:
            self._purse.pay(Price(self._service.billed(job), self._usd_per_tib))
        return Done(rows, time.perf_counter() - began)

    def _rows(self, job: Mapping[str, Any], left: float) -> list[list[Any]]:
        """Rows of a job, which is asked to end where nobody waits for it any more."""
        try:
            return list(self._service.rows(job, left))
        except (ServiceError, KeyboardInterrupt) as error:
            if isinstance(error, KeyboardInterrupt) or error.reason == "timeout":
                with contextlib.suppress(ServiceError):
                    self._service.cancel(job)
            raise
