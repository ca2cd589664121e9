"""A warehouse on loopback with a data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fivefold.cloud.google import Patience
from fivefold.testing.bigquery import BigQueryEmulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> Iterator[BigQueryEmulator]:
    monkeypatch.setattr("fivefold.cloud.google.PATIENCE", Patience(tries=2, pause=0.01))
    with BigQueryEmulator("clinic") as emulator:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", emulator.host)
        emulator.datasets["ward"] = "EU"
        yield emulator
