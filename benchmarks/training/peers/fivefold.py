"""Fivefold, by its own API; it seals a fifth of the rows that it is given and never learns from them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any


def fit(job: Any, train: Any) -> Any:  # noqa: ARG001 - it reads the file itself, as a person would have it
    """Run all steps; nothing is deployed."""
    import fivefold

    return fivefold.run(
        job.train,
        target=job.target,
        budget=f"{job.seconds:g}s",
        task=job.task,
        metric=job.metric,
        time_column=job.time_column,
        group_column=job.group_column,
        seed=job.seed,
        out=str(Path(job.folder) / "store"),
    )


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Answer from the bundle."""
    if job.task == "regression":
        return model.model.predict(rows)
    order = sorted(range(job.classes), key=lambda k: float(model.trained.classes[k]))
    return model.model.predict_proba(rows)[:, order]


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Keep the bundle."""
    shutil.copytree(model.artefact("train").folder / "bundle", folder / "bundle")
