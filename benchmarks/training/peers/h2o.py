"""H2O AutoML; needs a Java runtime on the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def fit(job: Any, train: Any) -> Any:
    """Start a server of its own and search."""
    import h2o
    from h2o.automl import H2OAutoML

    h2o.init(nthreads=job.cores, bind_to_localhost=True, log_level="ERRR")
    h2o.no_progress()
    frame, more = h2o.H2OFrame(train), {}
    if job.task != "regression":
        frame[job.target] = frame[job.target].asfactor()
    groups = job.groups()
    if groups is not None:
        frame["(fold)"] = h2o.H2OFrame((groups.astype("category").cat.codes % 5).to_frame("(fold)"))
        more = {"fold_column": "(fold)"}
    metric = {"roc_auc": "AUC", "log_loss": "logloss", "rmse": "RMSE"}[job.metric]
    search = H2OAutoML(max_runtime_secs=int(job.seconds), seed=job.seed, sort_metric=metric, verbosity=None)
    columns = [name for name in train if name != job.target]
    search.train(x=columns, y=job.target, training_frame=frame, **more)
    # Of a frame of one row it would tell other types, and refuse to answer.
    return search.leader, {name: frame.types[name] for name in columns}


def predict(job: Any, model: Any, rows: Any) -> Any:
    """Probabilities of every class, or numbers."""
    import h2o

    leader, types = model
    asked = h2o.H2OFrame(rows, column_types={name: types[name] for name in rows if name in types})
    found = leader.predict(asked).as_data_frame()
    if job.task == "regression":
        return found["predict"].to_numpy()
    return found[[f"p{k}" for k in range(job.classes)]].to_numpy()


def save(job: Any, model: Any, folder: Path) -> None:  # noqa: ARG001
    """Keep the model in H2O's own form; its scorer's archive is no longer part of the open release."""
    import h2o

    h2o.save_model(model[0], path=str(folder), force=True)
