"""FLAML's AutoML as its page shows it, told how rows hang together."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def fit(job: Any, train: Any) -> Any:
    """Search for as long as the budget says."""
    import flaml

    task = "regression" if job.task == "regression" else "classification"
    groups, rows = job.groups(), train
    more: dict[str, Any] = {"split_type": "group", "groups": groups.to_numpy()} if groups is not None else {}
    if job.time_column:
        rows, more = train.sort_values(job.time_column, ignore_index=True), {"split_type": "time"}
    model = flaml.AutoML()
    model.fit(
        rows.drop(columns=job.target),
        rows[job.target].to_numpy(),
        task=task,
        metric=job.metric,
        time_budget=job.seconds,
        n_jobs=job.cores,
        seed=job.seed,
        verbose=0,
        **more,
    )
    return model


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Probabilities of every class, or numbers."""
    return model.predict(rows) if job.task == "regression" else model.predict_proba(rows)


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Pickle the best model and what prepares its rows, for there is no other format."""
    import pandas as pd

    pd.to_pickle((model.model, model.feature_transformer, model.label_transformer), folder / "model.pkl")
