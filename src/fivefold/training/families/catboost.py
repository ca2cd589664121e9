"""CatBoost: boosting of symmetric trees (Prokhorenkova et al., 2018), in quick settings; its trees answer fast."""

from __future__ import annotations

import importlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from fivefold.core.protocols import Candidate, Fitted
from fivefold.runtime.members.catboost import trimmed
from fivefold.training.families.closing import Closing
from fivefold.training.families.pace import learning_rate, patience, round_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import catboost

    from fivefold.core.clock import Deadline
    from fivefold.core.objective import ObjectiveName
    from fivefold.core.protocols import Problem, Sample

__all__ = ["CatBoost"]

_MOST_ROUNDS = 1_000
_SPEED = 1.2e8
_LOSSES = {"binary": "Logloss", "multiclass": "MultiClass"}
_NUMBERS: dict[ObjectiveName, str] = {"squared_error": "RMSE", "absolute_error": "MAE"}
_FIXED: dict[str, float | int | str | bool] = {
    "boosting_type": "Plain",
    "bootstrap_type": "Bernoulli",
    "grow_policy": "SymmetricTree",
    "nan_mode": "Min",
    "thread_count": 1,
    "allow_writing_files": False,
    "logging_level": "Silent",
}


class CatBoost:
    """Boosted symmetric trees on numbers; codes and rates stand for categories."""

    keeps_trends = True
    learns_quantiles = True
    keeps_trends_of_quantiles = True

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return one candidate, and a shallow one for when time is left; a slower, deeper one helped no blend.

        Where the absolute error counts, one that aims at the mean comes as well, and is only stopped by that error: on half of
        the tables that were tried it comes nearer than one that aims at the median.
        """
        if not problem.features:
            return ()
        rate = learning_rate(problem, 0.08, speed=_SPEED)
        settings = {"learning_rate": rate, "depth": 6, "subsample": 0.9, "border_count": 128}
        shallow = {**settings, "depth": 4, "l2_leaf_reg": 4.6}
        shallow["learning_rate"] = learning_rate(problem, 0.06, speed=_SPEED)
        found = [
            Candidate("catboost", "catboost", {**settings}, rank=3.0),
            Candidate("catboost-shallow", "catboost", {**shallow}, rank=5.5),
        ]
        if problem.objective.name == "absolute_error":
            mean: dict[str, float | int | str | bool | None] = {**settings}
            mean |= {"loss_function": "RMSE", "eval_metric": "MAE"}
            found.append(Candidate("catboost-mean", "catboost", mean, rank=3.5))
        return found

    def prepare(self) -> None:
        """Load CatBoost."""
        importlib.import_module("catboost")

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a round."""
        # A symmetric tree asks for every leaf on each level: it costs what four times the leaves cost elsewhere.
        leaves = 4 << int(candidate.settings["depth"] or 6)
        return round_seconds(problem, rows, speed=_SPEED, leaves=leaves)

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        """Boost until the validation loss has not fallen for a while, the rounds are done, or time is up."""
        import catboost

        wanted = _LOSSES.get(problem.task) or _NUMBERS.get(problem.objective.name)
        wanted = wanted or f"Quantile:alpha={problem.objective.level}"
        settings = _FIXED | {"loss_function": wanted, "random_seed": problem.seed}
        settings |= {name: value for name, value in candidate.settings.items() if value is not None}
        if problem.trends:
            settings["monotone_constraints"] = "(" + ",".join(map(str, problem.trends)) + ")"
        settings["iterations"] = _MOST_ROUNDS if valid is not None else max(1, rounds)
        model = catboost.CatBoost(settings)
        judge = str(settings.get("eval_metric", ""))
        watch = _Watch(Closing(until), None if valid is None else len(train.target), judge)
        model.fit(
            _pool(_with_all_classes(train, problem)),
            eval_set=None if valid is None else _pool(valid),
            use_best_model=valid is not None,
            callbacks=[watch],
        )
        rounds = int(model.tree_count_)
        return Fitted("catboost", _export(model), rounds=rounds, stopped=watch.stopped, tried=watch.tried)


def _with_all_classes(sample: Sample, problem: Problem) -> Sample:
    """CatBoost knows only classes that it sees: a row without weight stands in for each missing one."""
    missing = np.setdiff1d(np.arange(problem.classes), sample.target)
    if not missing.size:
        return sample
    weight = np.ones(sample.target.size) if sample.weight is None else sample.weight
    return type(sample)(
        np.concatenate([sample.values, np.repeat(sample.values[:1], missing.size, axis=0)]),
        sample.features,
        np.concatenate([sample.target, missing.astype(np.float64)]),
        np.concatenate([weight, np.zeros(missing.size)]),
    )


def _pool(sample: Sample) -> catboost.Pool:
    """Hand a sample over; every feature is a number."""
    import catboost

    return catboost.Pool(np.asarray(sample.values), sample.target, weight=sample.weight)


def _export(model: catboost.CatBoost) -> bytes:
    """Return CatBoost's JSON export without what differs between two equal fits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return trimmed(path.read_bytes())


class _Round(Protocol):
    """What CatBoost says after a round."""

    iteration: int
    metrics: dict[str, dict[str, list[float]]]


@dataclass(slots=True)
class _Watch:
    """Called after each round: ends the fit at its deadline or when patience is over."""

    closing: Closing
    rows: int | None
    judge: str
    best: float = float("inf")
    best_round: int = 0
    stopped: bool = False
    tried: int = 0

    def after_iteration(self, info: _Round) -> bool:
        """Whether to go on."""
        self.tried = info.iteration
        self.stopped = self.closing.due(info.iteration)
        if self.rows is None or self.stopped:
            return not self.stopped
        metrics = info.metrics["validation"]
        loss = (metrics.get(self.judge) or next(iter(metrics.values())))[-1]
        if loss < self.best:
            self.best, self.best_round = loss, info.iteration
        return info.iteration - self.best_round < patience(self.rows, self.best_round)
