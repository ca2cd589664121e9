"""LightAutoML's TabularAutoML."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def fit(job: Any, train: Any) -> Any:
    """Fit within its timeout."""
    from lightautoml.automl.presets.tabular_presets import TabularAutoML
    from lightautoml.tasks import Task

    kind = {"binary": "binary", "multiclass": "multiclass", "regression": "reg"}[job.task]
    model = TabularAutoML(
        task=Task(kind),
        timeout=job.seconds,
        cpu_limit=job.cores,
        reader_params={"n_jobs": job.cores, "random_state": job.seed},
    )
    model.fit_predict(train, roles={"target": job.target}, verbose=0)
    return model


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Probabilities of every class, or numbers."""
    import numpy as np

    found = model.predict(rows).data
    if job.task == "regression":
        return found[:, 0]
    if job.task == "binary":
        return np.column_stack([1 - found[:, 0], found[:, 0]])
    places = model.reader.class_mapping or {k: k for k in range(job.classes)}
    return found[:, [places[k] for k in range(job.classes)]]


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Pickle it, for there is no other format."""
    import pandas as pd

    pd.to_pickle(model, folder / "model.pkl")
