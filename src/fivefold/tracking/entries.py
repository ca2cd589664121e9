"""What is told of a training: params, metrics and tags of the run itself, and of each candidate with its fits."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivefold.core.artefacts.model import where
from fivefold.core.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fivefold.core.artefacts import Evaluation, Model, Score, Trial
    from fivefold.core.training import Training

__all__ = ["DIGEST", "CandidateEntries", "Entries", "Point", "of_candidates", "of_training"]

DIGEST = "fivefold.model"
"""Tag with the digest of the Model: by it a training is found again."""

_PARAM, _TAG, _KEY = 500, 5000, 250
"""Characters that MLflow takes; for params what older versions take."""
_STRANGE = re.compile(r"[^A-Za-z0-9_\-. ]")


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric."""

    key: str
    value: float
    step: int = 0


@dataclass(frozen=True, slots=True)
class Entries:
    """What stands in one run of MLflow's.

    Attributes
    ----------
    params : dict of str to str
    points : list of Point
    tags : dict of str to str
    """

    params: dict[str, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    def param(self, name: str, value: object) -> None:
        """Add a setting; a list as its names."""
        text = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
        self.params[_key(name)] = text[:_PARAM]

    def point(self, name: str, value: float | None, step: int = 0) -> None:
        """Add a value, unless it is none."""
        if value is not None and math.isfinite(value):
            self.points.append(Point(_key(name), float(value), step))

    def score(self, name: str, score: Score) -> None:
        """Add a figure with the ends of its interval."""
        self.point(name, score.value)
        self.point(f"{name}.low", score.low)
        self.point(f"{name}.high", score.high)

    def tag(self, name: str, value: str) -> None:
        """Add a tag, unless it says nothing."""
        if value:
            self.tags[_key(name)] = value[:_TAG]


@dataclass(frozen=True, slots=True)
class CandidateEntries:
    """A candidate as a run below that of its training.

    Attributes
    ----------
    name : str
    status : str
        ``FINISHED`` when any fit could be used, ``KILLED`` when the time ended it, else ``FAILED``.
    seconds : float
        Of all its fits together.
    entries : Entries
    """

    name: str
    status: str
    seconds: float
    entries: Entries


def of_training(training: Training) -> Entries:
    """Return what is told of the training itself."""
    model, entries = training.model.body, Entries()
    for item in training.brief.body.plan:
        entries.param(item.key, item.value)
    for name, value in training.means.items():
        entries.param(f"budget.{name}", value)
    entries.param("seed", training.seed)
    entries.param("target", model.target)
    for name, value in _tags(training).items():
        entries.tag(name, value)
    _sealed(entries, model.evaluation)
    for name, number in _sizes(training, model).items():
        entries.point(name, number)
    for row in model.leaderboard:
        if row.name == "blend":
            entries.point("folds.loss", row.loss)
            entries.point(f"folds.{model.metric}", row.metric)
    return entries


def of_candidates(model: Model) -> list[CandidateEntries]:
    """Return what is told of each candidate, the best first."""
    fits: dict[str, list[Trial]] = {row.name: [] for row in model.leaderboard}
    for trial in model.trials:
        fits.setdefault(trial.candidate, []).append(trial)
    return [_candidate(model, name, own) for name, own in fits.items() if own]


def _tags(training: Training) -> dict[str, str]:
    """Where it comes from, and what it answers."""
    model = training.model.body
    members = ", ".join(f"{member.name} ({member.weight:.2f})" for member in model.members)
    return {
        "mlflow.source.name": "fivefold",
        "mlflow.source.type": "LOCAL",
        "fivefold.version": __version__,
        "fivefold.run": training.run,
        "fivefold.source": training.source,
        "fivefold.dataset": training.dataset.header.digest,
        DIGEST: training.model.header.digest,
        "fivefold.task": model.task,
        "fivefold.target": model.target,
        "fivefold.metric": model.metric,
        "fivefold.members": members or "the baseline",
        "fivefold.ended": model.ended,
        "fivefold.notes": " ".join(model.notes),
    }


def _sealed(entries: Entries, evaluation: Evaluation) -> None:
    """The figures of the sealed part, each with the ends of its interval."""
    for score in evaluation.scores:
        entries.score(f"sealed.{score.metric}", score)
    for score in evaluation.baseline:
        entries.score(f"baseline.{score.metric}", score)
    entries.score(f"gain.{evaluation.metric}", evaluation.gain)
    for rival in evaluation.rivals:
        entries.score(f"rival.{rival.family}.{rival.score.metric}", rival.score)
    if evaluation.coverage is not None:
        held = evaluation.coverage
        entries.point("coverage.share", held.share)
        entries.point("coverage.share.low", held.low)
        entries.point("coverage.share.high", held.high)
        entries.point("coverage.width", held.width)
    if evaluation.reliability is not None:
        entries.point("calibration.error", evaluation.reliability.error)
        entries.point("calibration.brier", evaluation.reliability.brier)


def _sizes(training: Training, model: Model) -> dict[str, float]:
    """What it took and what came out."""
    return {
        "seconds": training.model.header.seconds,
        "train_rows": model.train_rows,
        "sealed_rows": model.evaluation.rows,
        "size_bytes": model.size_bytes,
        "predict_ms": model.predict_ms,
        "fits": len(model.trials),
    }


def _candidate(model: Model, name: str, fits: list[Trial]) -> CandidateEntries:
    """One candidate with its fits: the number of a fold is the step."""
    entries, seconds = Entries(), sum(fit.seconds for fit in fits)
    for setting, value in fits[0].settings.items():
        entries.param(setting, value)
    for fit in fits:
        entries.point("loss", fit.score, fit.fold)
        entries.point("seconds", fit.seconds, fit.fold)
        entries.point("rounds", fit.rounds or None, fit.fold)
        entries.point("memory_bytes", fit.memory_bytes or None, fit.fold)
    entries.point("seconds.total", seconds)
    entries.point("memory_bytes.peak", max(fit.memory_bytes for fit in fits) or None)
    row = next((row for row in model.leaderboard if row.name == name), None)
    if row is not None:
        entries.point("folds.loss", row.loss)
        entries.point(f"folds.{model.metric}", row.metric)
        entries.point("weight", row.weight)
        entries.point("predict_ms", row.predict_ms)
        entries.point("size_bytes", row.size_bytes)
    entries.tag("fivefold.version", __version__)
    entries.tag("fivefold.family", fits[0].family)
    entries.tag("fivefold.states", ", ".join(_once(fit.state for fit in fits)))
    entries.tag("fivefold.ended", "; ".join(f"{where(fit.fold)}: {fit.reason}" for fit in fits if fit.reason))
    return CandidateEntries(name, _status(fits), seconds, entries)


def _status(fits: list[Trial]) -> str:
    """How a candidate ended, in MLflow's words."""
    states = {fit.state for fit in fits}
    if states & {"done", "stopped"}:
        return "FINISHED"
    return "KILLED" if states & {"killed", "skipped", "refused"} else "FAILED"


def _once(words: Iterable[str]) -> Iterator[str]:
    """Each word once, in the order in which they came."""
    yield from dict.fromkeys(words)


def _key(name: str) -> str:
    """A name as MLflow takes it."""
    return _STRANGE.sub("_", name).lstrip(".")[:_KEY] or "_"
