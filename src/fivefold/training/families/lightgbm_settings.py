"""The settings of LightGBM that are worth fitting: few, and far apart from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.protocols import Candidate
from fivefold.training.families.pace import FEW, learning_rate

if TYPE_CHECKING:
    from fivefold.core.protocols import Problem

__all__ = ["portfolio"]

_SPEED = 2.5e8
_LARGE = 5_000
"""Rows from which trees of many leaves are tried before those of few."""


def portfolio(problem: Problem) -> tuple[Candidate, ...]:
    """Return the candidates for a problem, in the order of fitting.

    Random-threshold trees (extra trees) come first, then (with few rows only when time is left) deeper ordinary ones (tuned defaults of arXiv 2407.04491). Slow
    small trees, large random ones, random ones of small leaves, and smoothed ordinary ones (all after AutoGluon's portfolio of
    2025) follow when time is left.

    Parameters
    ----------
    problem : Problem
    """
    extra = {"extra_trees": True, "num_leaves": 31, "feature_fraction": 0.6, "min_data_in_leaf": 20}
    plain = {"num_leaves": 50, "bagging_fraction": 0.75, "bagging_freq": 1, "min_data_in_leaf": 40}
    small = {"extra_trees": True, "num_leaves": 8, "feature_fraction": 0.43, "min_data_in_leaf": 15}
    small |= {"bagging_fraction": 0.72, "bagging_freq": 1, "cat_l2": 1.9}
    large = {"extra_trees": True, "num_leaves": 180, "feature_fraction": 0.4, "min_data_in_leaf": 12}
    large |= {"lambda_l1": 0.77, "lambda_l2": 1.6}
    fine = {"extra_trees": True, "num_leaves": 39, "feature_fraction": 0.46, "min_data_in_leaf": 3}
    fine |= {
        "bagging_fraction": 0.88,
        "bagging_freq": 1,
        "lambda_l1": 0.24,
        "lambda_l2": 0.36,
        "cat_smooth": 15.0,
    }
    smooth = {"num_leaves": 20, "feature_fraction": 0.43, "min_data_in_leaf": 20, "cat_smooth": 49.0}
    smooth |= {"bagging_fraction": 0.71, "bagging_freq": 1}
    rates = (0.05 if problem.rows <= 20_000 else 0.08, 0.04)
    if problem.task == "regression":
        plain |= {"num_leaves": 100, "bagging_fraction": 0.7, "min_data_in_leaf": 3}
        rates = (rates[0], 0.05)
    rank = 5.0 if problem.rows <= FEW else 4.0  # up to there the nets take its place among the first
    # With more rows more rounds pay; as the size of a model caps them, the steps are longer.
    ranks, steps = ((7.0, 5.0), (0.04, 0.1)) if problem.rows >= _LARGE else ((5.0, 7.0), (0.02, 0.03))
    return (
        Candidate("lightgbm-extra", "lightgbm", _scaled(extra, problem, rates[0]), rank=2.0),
        Candidate("lightgbm", "lightgbm", _scaled(plain, problem, rates[1]), rank=rank),
        Candidate("lightgbm-small", "lightgbm", _scaled(small, problem, steps[0]), rank=ranks[0]),
        Candidate("lightgbm-large", "lightgbm", _scaled(large, problem, steps[1]), rank=ranks[1]),
        Candidate("lightgbm-fine", "lightgbm", _scaled(fine, problem, 0.04), rank=6.5),
        Candidate("lightgbm-smooth", "lightgbm", _scaled(smooth, problem, 0.03), rank=8.0),
    )


def _scaled(
    settings: dict[str, float | int | bool], problem: Problem, rate: float
) -> dict[str, float | int | str | bool | None]:
    """Fit the settings to the table: smaller leaves for small tables, quicker steps where rounds are dear."""
    leaf = min(int(settings["min_data_in_leaf"]), max(2, problem.rows // 25))
    group = min(100, max(5, problem.rows // 50))
    rate = learning_rate(problem, rate, speed=_SPEED)
    return {**settings, "learning_rate": rate, "min_data_in_leaf": leaf, "min_data_per_group": group}
