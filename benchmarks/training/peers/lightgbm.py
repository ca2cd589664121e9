"""One LightGBM as it is usually used: a moderate rate, early stopping on a holdout, the clock as the last word."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from entrant import Plain


def fit(job: Any, train: Any) -> Any:
    """Boost until the holdout says stop."""
    import lightgbm

    until = time.monotonic() + 0.9 * job.seconds
    plain, held = Plain(train.drop(columns=job.target)), job.holdout()
    rows, truth = plain.encode(train.drop(columns=job.target)), train[job.target].to_numpy()
    learning = lightgbm.Dataset(rows[~held], truth[~held])
    judging = lightgbm.Dataset(rows[held], truth[held], reference=learning)
    objective = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}[job.task]
    settings = {"objective": objective, "learning_rate": 0.05, "num_threads": job.cores, "seed": job.seed}
    settings |= {"verbose": -1} | ({"num_class": job.classes} if job.task == "multiclass" else {})

    def clock(state: Any) -> None:
        if time.monotonic() > until:
            raise lightgbm.callback.EarlyStopException(state.iteration, state.evaluation_result_list)

    stop = lightgbm.early_stopping(100, verbose=False)
    booster = lightgbm.train(settings, learning, 10_000, valid_sets=[judging], callbacks=[stop, clock])
    return plain, booster


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Probabilities of every class, or numbers."""
    import numpy as np

    plain, booster = model
    found = booster.predict(plain.encode(rows))
    return np.column_stack([1 - found, found]) if job.task == "binary" else found


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Keep the booster; the categories are in it."""
    model[1].save_model(folder / "model.txt")
