"""XGBoost's trees as arrays answer what XGBoost answers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xgboost

from fivefold.core.clock import Deadline
from fivefold.runtime.members.trees import TreesMember
from fivefold.testing.families import problem, sample
from fivefold.training.families.forest import xgboost_forest
from fivefold.training.families.xgboost import XGBoost


def test_its_trees_answer_without_it() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(-4, 5, size=(800, 5)).astype(np.float32)  # every value lies on a threshold
    values[rng.random(values.shape) < 0.2] = np.nan
    target = np.digitize(np.nan_to_num(values[:, 0]) + np.isnan(values[:, 1]), (-1.0, 2.0))
    data = xgboost.DMatrix(values, target, nthread=1)
    settings = {
        "objective": "multi:softprob",
        "num_class": 3,
        "max_depth": 5,
        "nthread": 1,
        "base_score": 0.5,
    }
    booster = xgboost.train(settings, data, num_boost_round=12)
    member = TreesMember.load(
        xgboost_forest(bytes(booster.save_raw("json")), 24).payload("softmax", [0.0] * 3, 1.0)
    )
    np.testing.assert_allclose(
        member.predict(values), booster.predict(data, iteration_range=(0, 8)), atol=1e-6
    )


@pytest.mark.parametrize("threads", [1, 2])
def test_it_uses_the_threads_that_the_problem_names(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    used = []

    class Watched(xgboost.Booster):
        def update(self, *given: object, **named: object) -> None:
            used.append(json.loads(self.save_config())["learner"]["generic_param"]["nthread"])
            super().update(*given, **named)  # type: ignore[arg-type]  # whatever is given

    monkeypatch.setattr(xgboost, "Booster", Watched)
    asked, given = replace(problem("binary"), threads=threads), sample("binary")
    XGBoost().fit(XGBoost().candidates(asked)[0], asked, given, None, Deadline.after(60.0), 1)
    assert used == [str(threads)]
