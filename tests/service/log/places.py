"""Logs for tests, and what to write to them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fivefold.core.artefacts import Contract
from fivefold.runtime.values import Cleaned
from fivefold.service.log import Entry, Labels, Mode, PredictionLog, open_log
from tests.service.serving import ROW


def opened(
    address: str | Path, *, mode: Mode = "async", keep: str = "", capacity: int = 100_000
) -> PredictionLog:
    """A log that is written to."""
    log = open_log(address, mode=mode, keep=keep, capacity=capacity)
    assert log is not None
    return log


def entry(
    contract: Contract,
    name: str = "p",
    *,
    count: int = 1,
    version: str = "v1",
    latency: float = 1.0,
    time: float = 1_700_000_000.25,
) -> Entry:
    """An answered request of so many rows."""
    values: dict[str, Cleaned] = {**ROW, "joined": datetime(2020, 5, 1, 12, 30)}  # noqa: DTZ001 - cleaned dates are naive and UTC
    if contract.task == "regression":
        prediction: dict[str, object] = {"value": 12.5}
    else:
        shares = {label: 1 / len(contract.classes) for label in contract.classes}
        prediction = {"label": contract.classes[0], "score": 0.5, "probabilities": shares}
    return Entry(
        time=time,
        request_id="r",
        prediction_ids=[f"{name}-{position}" for position in range(count)],
        version=version,
        rows=[values] * count,
        predictions=[prediction] * count,
        latency_ms=latency,
        unseen=[1] * count,
        extra=[2] * count,
    )


def labels(*pairs: tuple[str, Cleaned], time: float = 1_700_000_100.5) -> Labels:
    """Labels of one request."""
    return Labels(time, "r", [name for name, _ in pairs], [value for _, value in pairs])
