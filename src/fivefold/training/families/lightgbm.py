"""LightGBM: gradient boosting on histograms (Ke et al., 2017), in settings that err differently."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fivefold.core.protocols import Fitted
from fivefold.runtime.members.lightgbm import trimmed
from fivefold.training.families.aims import Aims
from fivefold.training.families.callbacks import LightGBMCallback
from fivefold.training.families.closing import Closing
from fivefold.training.families.footprint import Footprint
from fivefold.training.families.lightgbm_settings import portfolio
from fivefold.training.families.pace import most_rounds, outputs_of, round_seconds, rounds_ahead
from fivefold.training.families.stopping import Stopping

if TYPE_CHECKING:
    from collections.abc import Sequence

    import lightgbm as lgb

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Candidate, Problem, Sample

__all__ = ["LightGBM"]

_SPEED = 2e8
_FIXED: dict[str, float | int | str | bool] = {
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
    "feature_pre_filter": False,
}
_BYTES = Footprint(free=6e6, value=1.3, row=40, score=20, histogram=16 * 255, part=110)
_DRAWN, _SAMPLED, _HELD, _TEXT = 200_000, 16, 8, 4
"""Bins are chosen by so many rows at most, and so many bytes for each of their values; that is over before trees grow. A tree has room for all its
leaves; those that it has, about one for so many rows of a class, take so many times as much in the text of the model."""
_AIMS = Aims(
    {"binary": "binary", "multiclass": "multiclass"},
    {
        "squared_error": ("regression", "regression"),
        "absolute_error": ("regression_l1", "regression_l1"),
        "quantile": ("quantile", "quantile"),
    },
    metric="metric",
    level="alpha",
)


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
        leaves = _leaves(candidate) * (1 if candidate.settings.get("extra_trees") else 2)
        return round_seconds(problem, rows, speed=_SPEED, leaves=leaves)

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of a fit; the matrix itself it reads where it lies."""
        most, seconds = _most_rounds(candidate, problem), self.pace(candidate, problem, rows)
        rounds, leaves = rounds or rounds_ahead(problem, most, seconds), _leaves(candidate)
        held = min(leaves, rows // (_HELD * outputs_of(problem)))
        grown = _BYTES.of(problem, rows, leaves=leaves, parts=rounds * (leaves + _TEXT * held))
        return max(grown, int(_BYTES.free) + len(problem.features) * min(rows, _DRAWN) * _SAMPLED)

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

        settings: dict[str, Any] = _FIXED | {k: v for k, v in candidate.settings.items() if v is not None}
        settings |= {"seed": problem.seed, "num_threads": problem.threads, **_AIMS.settings(problem)}
        data = _dataset(train, settings, None)
        stopping = Stopping(Closing(until), len(train.target))
        most = _most_rounds(candidate, problem) if valid is not None else max(1, rounds)
        booster = lgb.train(
            settings,
            data,
            num_boost_round=most,
            valid_sets=[] if valid is None else [_dataset(valid, settings, data)],
            callbacks=[LightGBMCallback(stopping, lgb.EarlyStopException, valid)],
            keep_training_booster=True,  # otherwise the whole model is written and read once more
        )
        tried = booster.current_iteration()
        kept = tried if valid is None else stopping.best_round
        text: str = booster.model_to_string(num_iteration=kept)
        return Fitted(
            "lightgbm",
            trimmed(text.encode()),
            rounds=kept,
            stopped=stopping.stopped and tried < most,
            tried=tried,
        )


def _most_rounds(candidate: Candidate, problem: Problem) -> int:
    """Rounds after which the model would be too large to ship."""
    return most_rounds(_leaves(candidate) * outputs_of(problem))


def _leaves(candidate: Candidate) -> int:
    """Leaves of a tree."""
    return int(candidate.settings.get("num_leaves") or 31)


def _dataset(sample: Sample, settings: dict[str, Any], reference: lgb.Dataset | None) -> lgb.Dataset:
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
