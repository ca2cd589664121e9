"""AutoGluon's TabularPredictor; the variant is its preset."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def fit(job: Any, train: Any) -> Any:
    """Fit with the preset, and hold the models in memory so that answers come as fast as they can."""
    from autogluon.tabular import TabularPredictor

    metric = {"rmse": "root_mean_squared_error"}.get(job.metric, job.metric)
    predictor = TabularPredictor(
        job.target,
        problem_type=job.task,
        eval_metric=metric,
        path=str(Path(job.folder) / "predictor"),
        verbosity=0,
    )
    predictor.fit(train, presets=job.variant, time_limit=job.seconds, num_cpus=job.cores, num_gpus=0)
    return predictor


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Probabilities of every class, or numbers."""
    model.persist()
    if job.task == "regression":
        return model.predict(rows).to_numpy()
    return model.predict_proba(rows)[list(range(job.classes))].to_numpy()


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Keep the smallest copy that still answers."""
    model.clone_for_deployment(str(folder / "predictor"))
