"""One CatBoost as it is usually used: its own care of categories, early stopping on a holdout, the clock as the last word."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from entrant import Plain


class Clock:
    """Stops the boosting when the time is over."""

    def __init__(self, until: float) -> None:
        self.until = until

    def after_iteration(self, info: Any) -> bool:  # noqa: ARG002
        """Whether to go on."""
        return time.monotonic() < self.until


def _words(plain: Plain, rows: Any) -> Any:
    """Categories as words, for CatBoost takes no gap in them."""
    frame = plain.encode(rows)
    for name in plain.categories:
        frame[name] = rows[name].astype(str).where(rows[name].notna(), "")
    return frame


def fit(job: Any, train: Any) -> Any:
    """Boost until the holdout says stop."""
    import catboost

    clock = Clock(time.monotonic() + 0.9 * job.seconds)
    plain, held = Plain(train.drop(columns=job.target)), job.holdout()
    rows, truth = _words(plain, train.drop(columns=job.target)), train[job.target].to_numpy()
    kind = catboost.CatBoostRegressor if job.task == "regression" else catboost.CatBoostClassifier
    model = kind(
        iterations=10_000,
        learning_rate=0.05,
        early_stopping_rounds=100,
        thread_count=job.cores,
        random_seed=job.seed,
        verbose=False,
        allow_writing_files=False,
        cat_features=list(plain.categories),
    )
    model.fit(rows[~held], truth[~held], eval_set=(rows[held], truth[held]), callbacks=[clock])
    return plain, model


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Probabilities of every class, or numbers."""
    plain, booster = model
    frame = _words(plain, rows)
    return booster.predict(frame) if job.task == "regression" else booster.predict_proba(frame)


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Keep the model in its own format."""
    model[1].save_model(str(folder / "model.cbm"))
