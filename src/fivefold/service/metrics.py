"""Counters and times for Prometheus; names end in their unit, labels have few values, buckets begin at 0.25 ms."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

    from fivefold.service.engine import Answers, Engine
    from fivefold.service.log import PredictionLog

__all__ = ["Metrics"]

_BUCKETS = (
    0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip


class Metrics:
    """What ``/metrics`` shows; one object per service, with a registry of its own.

    Parameters
    ----------
    engine : Engine
    log : PredictionLog or None
    """

    def __init__(self, engine: Engine, log: PredictionLog | None) -> None:
        from prometheus_client import CollectorRegistry, ProcessCollector

        self._engine = engine
        self._log = log
        # Plain figures, told to Prometheus when it asks: its own counters lock and look up at every step, and would
        # cost a request as much as a model does. All are written in the event loop's thread.
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, _Times] = {}
        self._unshadowed = self._predictions = self._unseen = self._extra = 0
        self._refused = self._rehearsed = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests[route, status] += 1
        times = self._seconds.get(route)
        if times is None:
            times = self._seconds[route] = _Times()
        times.counts[bisect_left(_BUCKETS, seconds)] += 1
        times.total += seconds

    def answered(self, answers: Answers) -> None:
        """Count the rows of an answered request."""
        self._predictions += len(answers.predictions)
        self._unseen += sum(answers.unseen)
        self._extra += sum(answers.extra)

    def refused(self, rows: int) -> None:
        """Count rows that could not be understood."""
        self._refused += rows

    def rehearsed(self) -> None:
        """Count a request that was refused and says of itself that it is a rehearsal's."""
        self._rehearsed += 1

    def unshadowed(self, rows: int) -> None:
        """Count rows that a challenger in the shadow was not asked for."""
        self._unshadowed += rows

    def page(self) -> bytes:
        """Everything in Prometheus' text format."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Tell all figures: those kept here, and those that are known elsewhere and only read off."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        requests = CounterMetricFamily(
            "fivefold_requests", "Requests by route and status.", labels=["route", "code"]
        )
        for (route, status), count in self._requests.items():
            requests.add_metric([route, str(status)], count)
        yield requests
        seconds = HistogramMetricFamily(
            "fivefold_request_duration_seconds",
            "From the request's head to the end of the answer.",
            labels=["route"],
        )
        for route, times in self._seconds.items():
            seconds.add_metric([route], times.buckets(), times.total)
        yield seconds
        for name, what, value in self._counts():
            yield CounterMetricFamily(name, what, value=value)
        predictor = self._engine.predictor
        yield GaugeMetricFamily(
            "fivefold_ready", "Whether predictions can be had.", value=float(predictor is not None)
        )
        info = GaugeMetricFamily("fivefold_model_info", "The model.", labels=["version", "target", "task"])
        if predictor is not None:
            info.add_metric([predictor.version, predictor.contract.target, predictor.contract.task], 1.0)
        yield info

    def _counts(self) -> tuple[tuple[str, str, int], ...]:
        """Figures without labels that only grow."""
        return (
            ("fivefold_predictions", "Rows answered.", self._predictions),
            (
                "fivefold_unseen_categories",
                "Values of categories that training did not see.",
                self._unseen,
            ),
            (
                "fivefold_shadow_rows_skipped",
                "Rows that the challenger in the shadow was not asked for, since it was behind.",
                self._unshadowed,
            ),
            ("fivefold_extra_columns", "Columns sent that the model does not know.", self._extra),
            (
                "fivefold_rows_refused",
                "Rows that could not be understood, whether the others were answered or the whole was refused.",
                self._refused,
            ),
            (
                "fivefold_rehearsed_requests",
                "Requests that were refused and called themselves a rehearsal's: their rows are not among those that could not be understood.",
                self._rehearsed,
            ),
            (
                "fivefold_log_rows_dropped",
                "Rows missing from the prediction log.",
                self._log.dropped if self._log else 0,
            ),
        )


@dataclass(slots=True)
class _Times:
    """Times of a route: how many fell below each bucket's end and above the one before, the last without an end."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(_BUCKETS) + 1))
    total: float = 0.0

    def buckets(self) -> list[tuple[str, float]]:
        """Return each bucket's end and how many were at most that long."""
        ends = [*map(str, _BUCKETS), "+Inf"]
        return list(zip(ends, map(float, accumulate(self.counts)), strict=True))
