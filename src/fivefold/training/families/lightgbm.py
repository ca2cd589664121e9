"""LightGBM: gradient boosting on histograms (Ke et al., 2017), in settings that err differently."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING, cast

from fivefold.core.protocols import Fitted
from fivefold.runtime.members.lightgbm import LightGBMMember
from fivefold.training.families.closing import Closing
from fivefold.training.families.lightgbm_settings import portfolio
from fivefold.training.families.pace import patience, round_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    import lightgbm as lgb
    from lightgbm.callback import CallbackEnv

    from fivefold.core.clock import Deadline
    from fivefold.core.objective import ObjectiveName
    from fivefold.core.protocols import Candidate, Problem, Sample

__all__ = ["LightGBM"]

_SPEED = 2e8
_MOST_LEAVES, _LEAST_ROUNDS = 60_000, 400
"""Leaves of a whole model: about 5 MB of text and a tenth of a millisecond per row; but never fewer rounds than these."""
_FIXED: dict[str, float | int | str | bool] = {
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
    "feature_pre_filter": False,
}
_OBJECTIVES = {"binary": "binary", "multiclass": "multiclass"}
_NUMBERS: dict[ObjectiveName, str] = {
    "squared_error": "regression",
    "absolute_error": "regression_l1",
    "quantile": "quantile",
}


class LightGBM:
    """Boosted trees with native categories and missing values."""

    keeps_trends = True
    learns_quantiles = True
    learns_from_disk = (
        True  # it bins the rows one after the other, a byte a value, and holds nothing else of them
    )

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return two proven settings, and four that are tried when time is left."""
        if not problem.features or (problem.trends and problem.objective.name == "quantile"):
            return ()
        return portfolio(problem)

    def prepare(self) -> None:
        """Load LightGBM."""
        importlib.import_module("lightgbm")

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a round."""
        # Thresholds that are drawn at random are found in half of the time.
        settings = candidate.settings
        leaves = int(settings.get("num_leaves") or 31) * (1 if settings.get("extra_trees") else 2)
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
        import lightgbm as lgb

        settings = _FIXED | {name: value for name, value in candidate.settings.items() if value is not None}
        settings |= {"seed": problem.seed, "num_threads": problem.threads, **_objective(problem)}
        if problem.trends:
            settings["monotone_constraints"] = ",".join(map(str, problem.trends))
        if problem.task == "multiclass":
            settings["num_class"] = problem.classes
        data = _dataset(train, settings, None)
        watch = _Watch(until, len(train.target), lgb.EarlyStopException, valid)
        booster = lgb.train(
            settings,
            data,
            num_boost_round=_most_rounds(settings) if valid is not None else max(1, rounds),
            valid_sets=[] if valid is None else [_dataset(valid, settings, data)],
            callbacks=[watch],
            keep_training_booster=True,  # otherwise the whole model is written and read once more
        )
        tried = booster.current_iteration()
        kept = tried if valid is None else watch.best_round
        text: str = booster.model_to_string(num_iteration=kept)
        return Fitted("lightgbm", text.encode(), rounds=kept, stopped=watch.stopped, tried=tried)


def _objective(problem: Problem) -> dict[str, str | float]:
    """What a fit makes small, and by what it stops.

    LightGBM cannot keep trends while it moves leaves to medians: there it makes the squared error small, and only stops by
    the absolute one. For other quantiles that would not do, so there are no candidates.
    """
    if problem.task != "regression":
        return {"objective": _OBJECTIVES[problem.task]}
    asked = _NUMBERS[problem.objective.name]
    aim: dict[str, str | float] = {"objective": "regression" if problem.trends else asked, "metric": asked}
    return aim | ({"alpha": problem.objective.level} if problem.objective.name == "quantile" else {})


def _most_rounds(settings: dict[str, float | int | str | bool]) -> int:
    """Rounds after which the model would be too large to ship."""
    return max(
        _LEAST_ROUNDS, _MOST_LEAVES // (int(settings["num_leaves"]) * int(settings.get("num_class", 1)))
    )


def _dataset(
    sample: Sample, settings: dict[str, float | int | str | bool], reference: lgb.Dataset | None
) -> lgb.Dataset:
    """Bin a sample; codes are categories."""
    import lightgbm as lgb

    codes = [position for position, feature in enumerate(sample.features) if feature.kind == "code"]
    return lgb.Dataset(
        sample.values,
        sample.target,
        weight=sample.weight,
        reference=reference,
        categorical_feature=codes,
        params=dict(settings),
    )


@dataclass(eq=False)  # LightGBM writes into its dictionary and puts it into a set
class _Watch:
    """Called after each round: remembers the best one, and ends the fit at its deadline or when patience is over."""

    until: Deadline
    rows: int
    signal: type[Exception]
    judged: Sample | None
    best: float = inf
    best_round: int = 1
    stopped: bool = False
    order: int = 30
    before_iteration: bool = False
    closing: Closing | None = None

    def __call__(self, env: CallbackEnv) -> None:
        """Look at one round."""
        done = env.iteration + 1
        results = env.evaluation_result_list or []
        if results and results[0][2] < self.best:
            self.best, self.best_round = results[0][2], done
        self.closing = self.closing or Closing(self.until, partial(self._close, env))
        self.stopped = self.closing.due(done) and done < env.end_iteration
        waited = bool(results) and done - self.best_round >= patience(self.rows, self.best_round)
        if self.stopped or waited:
            raise self.signal(env.iteration, results)

    def _close(self, env: CallbackEnv, rounds: int) -> None:
        """Write, read and score the latest rounds."""
        booster = cast("lgb.Booster", env.model)
        first = booster.current_iteration() - rounds
        text = booster.model_to_string(num_iteration=rounds, start_iteration=first)
        member = LightGBMMember.load(text.encode())
        if self.judged is not None:
            member.predict(self.judged.values)
