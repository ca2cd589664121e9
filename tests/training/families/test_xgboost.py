"""XGBoost's trees as arrays answer what XGBoost answers."""

from __future__ import annotations

import numpy as np
import xgboost

from fivefold.runtime.members.trees import TreesMember
from fivefold.training.families.forest import xgboost_forest


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
