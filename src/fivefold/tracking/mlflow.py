"""MLflow: a training becomes a run, and every candidate a run below it; nothing happens unless a server is named.

The protocol is spoken directly, so nothing needs to be installed: docs/decisions/0017-mlflow-by-rest.md.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fivefold.core.errors import FivefoldError, StepError
from fivefold.tracking.address import Address
from fivefold.tracking.entries import DIGEST, of_candidates, of_training
from fivefold.tracking.server import ABSENT, EXISTS, MLflowServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.core.clock import Deadline
    from fivefold.core.training import Training
    from fivefold.tracking.entries import CandidateEntries, Entries, Point

__all__ = ["MLflowTracker"]

_METRICS, _WORDS = 800, 100
"""Metrics, and params or tags, that one request may carry; together they stay below MLflow's 1,000."""
_HANDS = 6
"""Candidates that are sent at once: a request takes a while, mostly spent waiting."""
_LAST = 1.0
"""Seconds kept for the last word, that the run is over; a quarter of what there is where that is less."""
_NAME = 400


class MLflowTracker:
    """Tells the MLflow server that ``MLFLOW_TRACKING_URI`` names."""

    def asked(self) -> bool:
        """Whether the variable is set."""
        return bool(os.environ.get("MLFLOW_TRACKING_URI", "").strip())

    def track(self, training: Training, until: Deadline) -> str:
        """Write the run, its files and its candidates; one that stands there whole only gets the newest report."""
        server = MLflowServer(Address.read(os.environ), until)
        try:
            return _Sending(server, training).send()
        finally:
            server.close()


class _Sending:
    """One training on its way to a server."""

    def __init__(self, server: MLflowServer, training: Training) -> None:
        self.server = server
        self.training = training
        self.end = _milliseconds(training.model.header.created)
        self.begin = self.end - round(training.model.header.seconds * 1000)
        self.last = min(_LAST, server.until.remaining() / 4)

    def send(self) -> str:
        """Send it all, and return what the person is told."""
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "").strip() or self._name()
        experiment = self._experiment(name)
        stands = self._find(experiment)
        if stands is not None:
            self._files(stands, report_only=True)
            return f"stands in MLflow already: {self._where(name, stands)}"
        run = self._create(experiment, f"{self.training.model.body.target} ({self.training.run})", "")
        try:
            self._write(run, of_training(self.training))
            kept_apart = self._files(run)
            candidates = of_candidates(self.training.model.body)
            left = self._candidates(experiment, run["run_id"], candidates)
        except FivefoldError:
            with contextlib.suppress(FivefoldError):
                self._close(run, "FAILED", self.end)
            raise
        self._close(run, "FINISHED", self.end)
        sent = f"sent to MLflow with {len(candidates) - left} of {len(candidates)} candidates"
        more = " (the time was over before all were sent)" if left else ""
        return f"{sent}{more}: {self._where(name, run)}{kept_apart}"

    def _name(self) -> str:
        """The experiment of this table and target."""
        return f"{self.training.source}: {self.training.model.body.target}"[:_NAME]

    def _experiment(self, name: str) -> str:
        """Id of the experiment of this name, which is made where it is not there."""
        found = self._look(name)
        if found is None:
            try:
                return str(self.server.post("experiments/create", {"name": name})["experiment_id"])
            except StepError as error:
                found = self._look(name) if error.code == EXISTS else None
                if found is None:
                    raise
        if found.get("lifecycle_stage") == "deleted":
            raise StepError(
                f"The experiment '{name}' was deleted in MLflow",
                expected="one that takes runs",
                todo="restore it there, or name another in MLFLOW_EXPERIMENT_NAME",
            )
        return str(found["experiment_id"])

    def _look(self, name: str) -> dict[str, Any] | None:
        """The experiment of this name; None when there is none."""
        try:
            found: dict[str, Any] = self.server.get("experiments/get-by-name", experiment_name=name)
        except StepError as error:
            if error.code == ABSENT:
                return None
            raise
        experiment: dict[str, Any] = found["experiment"]
        return experiment

    def _find(self, experiment: str) -> dict[str, Any] | None:
        """The run that tells of this very model, if it was sent whole."""
        condition = f"tags.`{DIGEST}` = '{self.training.model.header.digest}'"
        condition += " and attributes.status = 'FINISHED'"
        words = {"experiment_ids": [experiment], "filter": condition, "max_results": 1}
        runs = self.server.post("runs/search", words).get("runs", [])
        return {**runs[0]["info"]} if runs else None

    def _create(self, experiment: str, name: str, parent: str) -> dict[str, Any]:
        """Begin a run."""
        tags = [{"key": "mlflow.parentRunId", "value": parent}] if parent else []
        body = {"experiment_id": experiment, "run_name": name, "start_time": self.begin, "tags": tags}
        info: dict[str, Any] = self.server.post("runs/create", body)["run"]["info"]
        return info

    def _write(self, run: dict[str, Any], entries: Entries) -> None:
        """Write what is told, in as few requests as the server's limits allow."""
        params, tags, points = _pairs(entries.params), _pairs(entries.tags), list(entries.points)
        while params or tags or points:
            body: dict[str, object] = {
                "run_id": run["run_id"],
                "params": params[:_WORDS],
                "tags": tags[:_WORDS],
                "metrics": [self._metric(point) for point in points[:_METRICS]],
            }
            self.server.post("runs/log-batch", body)
            params, tags, points = params[_WORDS:], tags[_WORDS:], points[_METRICS:]

    def _metric(self, point: Point) -> dict[str, object]:
        """A value as MLflow wants it."""
        return {"key": point.key, "value": point.value, "step": point.step, "timestamp": self.end}

    def _files(self, run: dict[str, Any], *, report_only: bool = False) -> str:
        """Lay the card and the report beside the run; return a remark where the server does not take files by HTTP."""
        place = urlsplit(run.get("artifact_uri", ""))
        files = dict(_papers(self.training))
        if report_only:
            files.pop("card.md", None)
        # Another host would be given the credentials of this one.
        if place.scheme != "mlflow-artifacts" or place.netloc not in {"", self._netloc()}:
            return f"; it takes no files by HTTP ({place.scheme or 'a folder'}), so card and report stay here"
        for name, (path, kind) in files.items():
            self.server.put(f"{place.path.strip('/')}/{name}", path.read_bytes(), kind)
        return ""

    def _netloc(self) -> str:
        """Host and port of the server."""
        return f"{self.server.address.host}:{self.server.address.port}"

    def _candidates(self, experiment: str, parent: str, candidates: list[CandidateEntries]) -> int:
        """Send the candidates side by side, the best first; return how many the time left out."""
        waiting, failures = deque(candidates), deque[FivefoldError]()
        done: deque[str] = deque()

        def work() -> None:
            try:
                while self.server.until.remaining() > self.last and not failures:
                    one = waiting.popleft()
                    self._candidate(experiment, parent, one)
                    done.append(one.name)
            except IndexError:
                pass  # nothing is waiting any more
            except FivefoldError as error:
                failures.append(error)
            finally:
                self.server.close()

        hands = [threading.Thread(target=work, daemon=True) for _ in range(min(_HANDS, len(candidates)))]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join(max(0.0, self.server.until.remaining() - self.last / 2))
        if failures:
            raise failures[0]
        return len(candidates) - len(done)

    def _candidate(self, experiment: str, parent: str, one: CandidateEntries) -> None:
        """Send one candidate."""
        run = self._create(experiment, one.name, parent)
        self._write(run, one.entries)
        self._close(run, one.status, self.begin + round(one.seconds * 1000))

    def _close(self, run: dict[str, Any], status: str, end: int) -> None:
        """Say that a run is over."""
        self.server.post("runs/update", {"run_id": run["run_id"], "status": status, "end_time": end})

    def _where(self, name: str, run: dict[str, Any]) -> str:
        """Where a person finds it."""
        page = f"{self.server.address.shown}/#/experiments/{run['experiment_id']}/runs/{run['run_id']}"
        return f"experiment '{name}', {page}"


def _papers(training: Training) -> Iterator[tuple[str, tuple[Path, str]]]:
    """The files that go along: the card, and the report where it is written."""
    card = training.model.folder / "card.md"
    if card.is_file():
        yield "card.md", (card, "text/markdown")
    if training.report is not None:
        yield "report.html", (training.report, "text/html")


def _pairs(words: dict[str, str]) -> list[dict[str, str]]:
    """Names and values as MLflow wants them."""
    return [{"key": key, "value": value} for key, value in words.items()]


def _milliseconds(moment: str) -> int:
    """An ISO time as milliseconds since 1970."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
