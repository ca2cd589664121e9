"""XGBoost: boosting on histograms, level by level (Chen & Guestrin, 2016). Its trees are served without it.

An extra: without the package installed the family has no candidates.
"""

from __future__ import annotations

import importlib
import importlib.util
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.protocols import Candidate, Fitted
from fivefold.training.families.aims import Aims
from fivefold.training.families.closing import Closing
from fivefold.training.families.footprint import Footprint
from fivefold.training.families.forest import xgboost_forest
from fivefold.training.families.losses import LINKS, scale_of
from fivefold.training.families.pace import (
    learning_rate,
    most_rounds,
    outputs_of,
    round_seconds,
    rounds_ahead,
)
from fivefold.training.families.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xgboost

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Problem, Sample

__all__ = ["XGBoost"]

_SPEED = 2e8
_BYTES, _HELD = Footprint(free=10e6, value=18, score=24, histogram=2_900, part=550), 12
"""Values: entries with their columns, and bins in two orders. Parts: most of it while the model is read from JSON. A leaf holds about a
dozen rows at least."""
_AIMS = Aims(
    {"binary": "binary:logistic", "multiclass": "multi:softprob"},
    {
        "squared_error": ("reg:squarederror", "rmse"),
        "absolute_error": ("reg:absoluteerror", "mae"),
        "quantile": ("reg:quantileerror", "quantile"),
    },
    metric="eval_metric",
    level="quantile_alpha",
)
_FIXED: dict[str, float | int | str | bool] = {
    "tree_method": "hist",
    "verbosity": 0,
    "base_score": 0.5,  # for regression taken off the target again; for classes even odds
    "reg_lambda": 0.0,
}


class XGBoost:
    """Boosted trees on numbers; codes and rates stand for categories."""

    keeps_trends = True
    learns_quantiles = True

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return one candidate (the tuned defaults of arXiv 2407.04491), for when time is left."""
        if not problem.features or importlib.util.find_spec("xgboost") is None:
            return ()
        if problem.trends and problem.objective.name == "quantile":
            return ()  # it would break them, as below, and nothing else comes near
        settings = {"max_depth": 6, "min_child_weight": 5e-6, "subsample": 0.65, "colsample_bylevel": 0.9}
        if problem.task == "regression":
            settings = {"max_depth": 9, "min_child_weight": 2.0, "subsample": 0.7, "colsample_bylevel": 0.9}
        base = 0.05 if problem.task == "regression" else 0.08
        settings["learning_rate"] = learning_rate(problem, base, speed=_SPEED)
        return (Candidate("xgboost", "xgboost", {**settings}, rank=6.5),)

    def prepare(self) -> None:
        """Load XGBoost."""
        importlib.import_module("xgboost")

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a round."""
        return round_seconds(problem, rows, speed=_SPEED / 2, leaves=_leaves(candidate))

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of a fit."""
        most, seconds = _most_rounds(candidate, problem), self.pace(candidate, problem, rows)
        rounds, leaves = (
            rounds or rounds_ahead(problem, most, seconds),
            min(_leaves(candidate), rows // _HELD),
        )
        return _BYTES.of(problem, rows, leaves=leaves, parts=rounds * leaves)

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
        import xgboost

        base, unit = scale_of(problem, train.target)
        shift = base - unit / 2 if problem.task == "regression" else 0.0
        settings: dict[str, Any] = _FIXED | {k: v for k, v in candidate.settings.items() if v is not None}
        settings |= {"seed": problem.seed, "nthread": problem.threads, **_AIMS.settings(problem)}
        learned = _matrix(train, shift, unit, problem.threads)
        judged = None if valid is None else _matrix(valid, shift, unit, problem.threads)
        booster = xgboost.Booster(settings, [learned] if judged is None else [learned, judged])
        most = max(1, rounds) if judged is None else _most_rounds(candidate, problem)
        stopping, loss = Stopping(Closing(until), len(train.target)), None
        for done in count(1):
            booster.update(learned, done - 1)
            if judged is not None:
                loss = float(booster.eval(judged, iteration=done).rpartition(":")[2])
            if not stopping.goes_on(done, loss) or done >= most:
                break
        kept = done if judged is None else stopping.best_round
        forest = xgboost_forest(bytes(booster.save_raw("json")), kept * outputs_of(problem))
        payload = forest.payload(LINKS[problem.task], [base] * outputs_of(problem), unit)
        return Fitted("trees", payload, kept, stopping.stopped and done < most, done)


def _most_rounds(candidate: Candidate, problem: Problem) -> int:
    """Rounds after which the model could be too large to ship."""
    return most_rounds(max(1, problem.classes - 1) * _leaves(candidate))


def _leaves(candidate: Candidate) -> int:
    """Leaves of a tree, if all of them are there."""
    return 1 << int(candidate.settings["max_depth"] or 6)


def _matrix(sample: Sample, shift: float, unit: float, threads: int) -> xgboost.DMatrix:
    """Hand a sample over."""
    import xgboost

    target = (sample.target - shift) / unit
    return xgboost.DMatrix(np.asarray(sample.values), target, weight=sample.weight, nthread=threads)
