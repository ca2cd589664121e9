"""CatBoost: boosting of symmetric trees (Prokhorenkova et al., 2018), in quick settings; its trees answer fast."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from fivefold.core.protocols import Candidate, Fitted
from fivefold.training.families.callbacks import CatBoostCallback
from fivefold.training.families.catboost_closing import export, pool, rehearsal
from fivefold.training.families.closing import Closing
from fivefold.training.families.footprint import Footprint
from fivefold.training.families.pace import learning_rate, outputs_of, round_seconds, rounds_ahead
from fivefold.training.families.samples import with_all_classes
from fivefold.training.families.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.clock import Deadline
    from fivefold.core.objective import ObjectiveName
    from fivefold.core.protocols import Problem, Sample

__all__ = ["CatBoost"]

_MOST_ROUNDS = 1_000
_SPEED = 1.2e8
_BYTES = Footprint(free=20e6, value=8, row=100, score=80, part=150)
"""Values: their copy and their bins. Parts: most of it while the model is written as JSON and read."""
_CURVATURE = 6
"""Bytes for each leaf and pair of classes: what a step by Newton solves."""
_LOSSES = {"binary": "Logloss", "multiclass": "MultiClass"}
_NUMBERS: dict[ObjectiveName, str] = {"squared_error": "RMSE", "absolute_error": "MAE"}
_FIXED: dict[str, float | int | str | bool] = {
    "boosting_type": "Plain",
    "bootstrap_type": "Bernoulli",
    "grow_policy": "SymmetricTree",
    "nan_mode": "Min",
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
        slower = learning_rate(problem, 0.06, speed=_SPEED)
        shallow = {**settings, "learning_rate": slower, "depth": 4, "l2_leaf_reg": 4.6}
        found = [
            Candidate("catboost", "catboost", {**settings}, rank=3.0),
            Candidate("catboost-shallow", "catboost", {**shallow}, rank=5.5),
        ]
        if problem.objective.name == "absolute_error":
            mean = {"loss_function": "RMSE", "eval_metric": "MAE"}
            found.append(Candidate("catboost-mean", "catboost", {**settings, **mean}, rank=3.5))
        return found

    def prepare(self) -> None:
        """Load CatBoost."""
        importlib.import_module("catboost")

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a round."""
        # A symmetric tree asks for every leaf on each level: it costs what four times the leaves cost elsewhere.
        return round_seconds(problem, rows, speed=_SPEED, leaves=4 * _leaves(candidate))

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of a fit."""
        rounds = rounds or rounds_ahead(problem, _MOST_ROUNDS, self.pace(candidate, problem, rows))
        curvature = _leaves(candidate) * outputs_of(problem) ** 2 * _CURVATURE
        return _BYTES.of(problem, rows, parts=rounds * _leaves(candidate)) + curvature

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
        settings["thread_count"] = problem.threads
        settings |= {name: value for name, value in candidate.settings.items() if value is not None}
        if problem.trends:
            settings["monotone_constraints"] = "(" + ",".join(map(str, problem.trends)) + ")"
        most = _MOST_ROUNDS if valid is not None else max(1, rounds)
        settings["iterations"] = most
        model = catboost.CatBoost(settings)
        learned = with_all_classes(train, problem.classes)  # it knows only classes that it sees
        rehearse = rehearsal(settings, learned, valid, until)
        stopping = Stopping(Closing(until, rehearse), len(train.target))
        model.fit(
            pool(learned),
            eval_set=None if valid is None else pool(valid),
            use_best_model=valid is not None,
            callbacks=[CatBoostCallback(stopping, str(settings.get("eval_metric", "")))],
        )
        kept = int(model.tree_count_)
        cut = stopping.stopped and stopping.done < most
        return Fitted("catboost", export(model), rounds=kept, stopped=cut, tried=stopping.done)


def _leaves(candidate: Candidate) -> int:
    """Leaves of a tree."""
    return 1 << int(candidate.settings["depth"] or 6)
