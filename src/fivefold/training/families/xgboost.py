"""XGBoost: boosting on histograms, level by level (Chen & Guestrin, 2016). Its trees are served without it.

An extra: without the package installed the family has no candidates.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from itertools import count
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.protocols import Candidate, Fitted
from fivefold.training.families.closing import Closing
from fivefold.training.families.forest import Forest, Grown
from fivefold.training.families.losses import centre_and_unit
from fivefold.training.families.pace import learning_rate, patience, round_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import xgboost

    from fivefold.core.clock import Deadline
    from fivefold.core.objective import ObjectiveName
    from fivefold.core.protocols import Problem, Sample
    from fivefold.runtime.members.trees import Link

__all__ = ["XGBoost", "forest_of"]

_SPEED = 2e8
_MOST_LEAVES, _LEAST_ROUNDS = 60_000, 400
"""Leaves of a whole model, if all trees were full; but never fewer rounds than these."""
_OBJECTIVES = {"binary": "binary:logistic", "multiclass": "multi:softprob"}
_NUMBERS: dict[ObjectiveName, tuple[str, str]] = {
    "squared_error": ("reg:squarederror", "rmse"),
    "absolute_error": ("reg:absoluteerror", "mae"),
    "quantile": ("reg:quantileerror", "quantile"),
}
"""Objective, and the metric by which a fit stops."""
_LINKS: dict[str, Link] = {"binary": "logistic", "multiclass": "softmax", "regression": "identity"}
_FIXED: dict[str, float | int | str | bool] = {
    "tree_method": "hist",
    "nthread": 1,
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
        depth = int(candidate.settings["max_depth"] or 6)
        return round_seconds(problem, rows, speed=_SPEED / 2, leaves=1 << depth)

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

        regression = problem.task == "regression"
        base, unit = centre_and_unit(problem.objective, train.target) if regression else (0.0, 1.0)
        shift = base - unit / 2 if regression else 0.0
        settings: dict[str, Any] = _FIXED | {k: v for k, v in candidate.settings.items() if v is not None}
        settings |= {"seed": problem.seed, **_objective(problem)}
        if problem.trends:
            settings["monotone_constraints"] = "(" + ",".join(map(str, problem.trends)) + ")"
        if problem.task == "multiclass":
            settings["num_class"] = problem.classes
        learned = _matrix(train, shift, unit)
        judged = None if valid is None else _matrix(valid, shift, unit)
        booster = xgboost.Booster(settings, [learned] if judged is None else [learned, judged])
        most = max(1, rounds) if judged is None else _most_rounds(problem, int(settings["max_depth"]))
        best, best_round, stopped, closing = inf, 0, False, Closing(until)
        for done in count(1):
            booster.update(learned, done - 1)
            if judged is not None:
                score = float(booster.eval(judged, iteration=done).rpartition(":")[2])
                best, best_round = (score, done) if score < best or best_round == 0 else (best, best_round)
            stopped = closing.due(done) and done < most
            if (
                stopped
                or done >= most
                or (judged is not None and done - best_round >= _wait(train, best_round))
            ):
                break
        kept = done if judged is None else best_round
        outputs = problem.classes if problem.task == "multiclass" else 1
        forest = forest_of(booster, kept * outputs)
        payload = forest.payload(_LINKS[problem.task], [base] * outputs, unit)
        return Fitted("trees", payload, kept, stopped, done)


def _objective(problem: Problem) -> dict[str, str | float]:
    """What a fit makes small, and by what it stops.

    XGBoost would break trends when it moves leaves to medians: there it makes the squared error small, and only stops by the
    absolute one.
    """
    if problem.task != "regression":
        return {"objective": _OBJECTIVES[problem.task]}
    asked, metric = _NUMBERS[problem.objective.name]
    aim: dict[str, str | float] = {"objective": "reg:squarederror" if problem.trends else asked}
    level = {"quantile_alpha": problem.objective.level} if problem.objective.name == "quantile" else {}
    return aim | {"eval_metric": metric} | level


def _wait(train: Sample, best: int) -> int:
    """Rounds to go on without progress."""
    return patience(len(train.target), best)


def _most_rounds(problem: Problem, depth: int) -> int:
    """Rounds after which the model could be too large to ship."""
    return max(_LEAST_ROUNDS, _MOST_LEAVES // (max(1, problem.classes - 1) << depth))


def _matrix(sample: Sample, shift: float, unit: float) -> xgboost.DMatrix:
    """Hand a sample over."""
    import xgboost

    target = (sample.target - shift) / unit
    return xgboost.DMatrix(np.asarray(sample.values), target, weight=sample.weight, nthread=1)


def forest_of(booster: xgboost.Booster, trees: int) -> Forest:
    """Return the first trees of a booster; their leaves add up to its margins, less its base score."""
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    forest = Forest(int(learner["learner_model_param"]["num_feature"]))
    for tree in learner["gradient_booster"]["model"]["trees"][:trees]:
        split = np.array(tree["split_conditions"], dtype=np.float32)
        # What is equal to the condition goes right: the next smaller number is the threshold.
        threshold = np.nextafter(split, np.float32(-inf))
        left, right = (np.array(tree[side], dtype=np.intp) for side in ("left_children", "right_children"))
        feature = np.array(tree["split_indices"], dtype=np.intp)
        missing_left = np.array(tree["default_left"], dtype=bool)
        forest.add(Grown(left, right, feature, threshold, missing_left, split[:, None].astype(np.float64)))
    return forest
