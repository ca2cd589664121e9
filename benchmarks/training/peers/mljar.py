"""mljar-supervised in the mode that it recommends for competitions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any


def fit(job: Any, train: Any) -> Any:
    """Fit within its limit."""
    from supervised.automl import AutoML

    kind = {"binary": "binary_classification", "multiclass": "multiclass_classification"}
    model = AutoML(
        mode="Compete",
        ml_task=kind.get(job.task, "regression"),
        eval_metric={"roc_auc": "auc", "log_loss": "logloss"}.get(job.metric, job.metric),
        total_time_limit=int(job.seconds),
        n_jobs=job.cores,
        random_state=job.seed,
        results_path=str(Path(job.folder) / "results"),
        verbose=0,
    )
    model.fit(train.drop(columns=job.target), train[job.target])
    return model


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Probabilities of every class, or numbers."""
    return model.predict(rows) if job.task == "regression" else model.predict_proba(rows)


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Keep its folder, which is how it is loaded again."""
    shutil.copytree(Path(job.folder) / "results", folder / "results")
