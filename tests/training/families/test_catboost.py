"""CatBoost aims at the mean as well where the absolute error counts, and stops by that error; it uses the threads that it is given."""

from __future__ import annotations

from dataclasses import replace

import catboost
import numpy as np
import pytest

from fivefold.core.clock import Deadline
from fivefold.testing.families import member_of, problem, sample
from fivefold.training.families import catboost as catboost_family
from fivefold.training.families import catboost_closing
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


@pytest.mark.parametrize("threads", [1, 2])
def test_it_uses_the_threads_that_the_problem_names(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    used = []

    class Watched(catboost.CatBoost):  # type: ignore[misc]  # CatBoost has no types
        def fit(self, *given: object, **named: object) -> object:
            used.append(self.get_params()["thread_count"])
            return super().fit(*given, **named)

    monkeypatch.setattr(catboost, "CatBoost", Watched)
    asked, given = replace(problem("binary"), threads=threads), sample("binary")
    CatBoost().fit(CatBoost().candidates(asked)[0], asked, given, None, Deadline.after(60.0), 2)
    assert used == [threads]


def test_with_many_classes_it_ends_in_time_to_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on a little with every look, and by a second for so many bytes that are written."""
    classes, exported, now = 40, catboost_closing.export, 0.0

    def clock() -> float:
        nonlocal now
        now += 0.01
        return now

    def export(model: catboost.CatBoost) -> bytes:
        nonlocal now
        written = exported(model)
        now += len(written) / 100_000
        return written

    for place in (catboost_family, catboost_closing):
        monkeypatch.setattr(place, "export", export)
    given = sample("regression", rows=600)
    given = replace(given, target=np.arange(600.0) % classes)
    asked = replace(problem("multiclass"), classes=classes)
    fitted = CatBoost().fit(CatBoost().candidates(asked)[0], asked, given, None, Deadline(12.0, clock), 200)
    assert fitted.stopped
    assert 8 <= fitted.rounds < 100
    assert 5.0 < now <= 12.0
    assert len(member_of(fitted).predict(given.values)) == 600
