"""Loading into the small warehouse: a job that says what comes, then the bytes of a Parquet file, as the service's resumable upload has it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivefold.testing.warehouse import Table, Warehouse, WarehouseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["WarehouseLoads"]


class WarehouseLoads:
    """What fills tables.

    Parameters
    ----------
    warehouse : Warehouse
    there : callable
        Whether a data set is there.
    """

    def __init__(self, warehouse: Warehouse, there: Callable[[str], bool]) -> None:
        self._warehouse, self._there = warehouse, there
        self._waiting: list[Mapping[str, Any]] = []

    def open(self, body: Mapping[str, Any]) -> int:
        """Take what a job says of what comes; return the number of the place where to send it."""
        load = body["configuration"]["load"]
        dataset = load["destinationTable"]["datasetId"]
        if not self._there(dataset):
            raise WarehouseError(f"Not found: Dataset {self._warehouse.project}:{dataset}", "notFound", 404)
        if load.get("sourceFormat") != "PARQUET" or load.get("writeDisposition") != "WRITE_TRUNCATE":
            raise WarehouseError("PARQUET with WRITE_TRUNCATE is what this stand-in loads", "invalid")
        self._waiting.append(body)
        return len(self._waiting) - 1

    def receive(self, place: int, data: bytes) -> tuple[Mapping[str, Any], str]:
        """Fill the table; return the job's configuration, and its id if one came along."""
        configuration = self._waiting[place]["configuration"]
        into = configuration["load"]["destinationTable"]
        if data[:4] != b"PAR1" or data[-4:] != b"PAR1":
            raise WarehouseError("Error while reading data: the input is not a Parquet file", "invalid")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.parquet"
            path.write_bytes(data)
            self._warehouse.load(Table(into["datasetId"], into["tableId"]), path)
        return configuration, str(self._waiting[place].get("jobReference", {}).get("jobId", ""))
