"""CatBoost aims at the mean as well where the absolute error counts, and stops by that error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fivefold.core.clock import Deadline
from fivefold.testing.families import member_of, problem, sample
from fivefold.training.families.catboost import CatBoost


def names(metric: str) -> list[str]:
    return [candidate.name for candidate in CatBoost().candidates(problem("regression", metric=metric))]


def test_only_the_absolute_error_brings_a_mean_along() -> None:
    assert names("mae") == ["catboost", "catboost-shallow", "catboost-mean"]
    assert names("rmse") == names("pinball_0.9") == ["catboost", "catboost-shallow"]


def test_it_aims_at_the_mean_and_the_other_at_the_median() -> None:
    asked, rng = problem("regression", metric="mae"), np.random.default_rng(0)
    given, unseen = (
        replace(sample("regression", rows=2_000, seed=seed), target=rng.lognormal(sigma=1.2, size=2_000))
        for seed in (0, 1)
    )
    below = {}
    for candidate in CatBoost().candidates(asked):
        fitted = CatBoost().fit(candidate, asked, given, unseen, Deadline.after(60.0), 0)
        below[candidate.name] = float(
            (unseen.target <= member_of(fitted).predict(unseen.values)[:, 0]).mean()
        )
    assert 0.45 < below["catboost"] < 0.55
    assert below["catboost-mean"] > 0.65
