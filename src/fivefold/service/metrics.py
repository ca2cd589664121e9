"""Counters and times for Prometheus; names end in their unit, labels have few values, buckets begin at 0.25 ms."""

from __future__ import annotations

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
        from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

        self._engine = engine
        self._log = log
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "fivefold_requests", "Requests by route and status.", ["route", "code"], registry=self._registry
        )
        self._seconds = Histogram(
            "fivefold_request_duration_seconds",
            "From the request's head to the end of the answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._predictions = Counter("fivefold_predictions", "Rows answered.", registry=self._registry)
        self._unseen = Counter(
            "fivefold_unseen_categories",
            "Values of categories that training did not see.",
            registry=self._registry,
        )
        self._extra = Counter(
            "fivefold_extra_columns", "Columns sent that the model does not know.", registry=self._registry
        )
        self._lines: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        if (route, status) not in self._lines:
            self._lines[route, status] = (
                self._requests.labels(route, str(status)),
                self._seconds.labels(route),
            )
        count, times = self._lines[route, status]
        count.inc()
        times.observe(seconds)

    def answered(self, answers: Answers) -> None:
        """Count the rows of an answered request."""
        self._predictions.inc(len(answers.predictions))
        self._unseen.inc(sum(answers.unseen))
        self._extra.inc(sum(answers.extra))

    def page(self) -> bytes:
        """Everything in Prometheus' text format."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Figures that are known elsewhere and only read off here."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        dropped = self._log.dropped if self._log else 0
        yield CounterMetricFamily(
            "fivefold_log_rows_dropped", "Rows missing from the prediction log.", value=dropped
        )
        predictor = self._engine.predictor
        yield GaugeMetricFamily(
            "fivefold_ready", "Whether predictions can be had.", value=float(predictor is not None)
        )
        info = GaugeMetricFamily("fivefold_model_info", "The model.", labels=["version", "target", "task"])
        if predictor is not None:
            info.add_metric([predictor.version, predictor.contract.target, predictor.contract.task], 1.0)
        yield info
