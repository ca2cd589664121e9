"""A warehouse and a store of objects on loopback, with a data set and a bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from fivefold.cloud.google import Patience
from fivefold.core.orders import Order
from fivefold.testing.bigquery import BigQueryEmulator
from fivefold.testing.cloud_storage import CloudStorageEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDER = Order(options={"dataset": "clinic.ward", "bucket": "models", "rows": 40})


@dataclass(frozen=True)
class Cloud:
    """Both services.

    Attributes
    ----------
    warehouse : BigQueryEmulator
    storage : CloudStorageEmulator
    """

    warehouse: BigQueryEmulator
    storage: CloudStorageEmulator

    def inventory(self) -> list[str]:
        """All that stands there."""
        objects = [f"gs://{bucket}/{name}" for bucket, name in self.storage.objects]
        return objects + [f"clinic.{dataset}.{name}" for dataset, name in self.warehouse.models.models]


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setattr("fivefold.cloud.google.PATIENCE", Patience(tries=2, pause=0.01))
    with CloudStorageEmulator("models") as storage, BigQueryEmulator("clinic", storage) as warehouse:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", warehouse.host)
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.address)
        warehouse.datasets["ward"] = "EU"
        yield Cloud(warehouse, storage)
