"""Small datasets as the data step leaves them, and a bench to train on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from fivefold.core.artefacts import (
    FOLD,
    ROW,
    SINCE,
    Brief,
    Column,
    Contract,
    Dataset,
    Kind,
    Model,
    PlanItem,
    PlanValue,
    Profile,
    Question,
    Role,
    Split,
    SplitKind,
    Task,
)
from fivefold.core.budget import Budget
from fivefold.core.clock import Deadline
from fivefold.core.store import Header, Run, Store, Stored
from fivefold.core.workbench import Silence, Workbench
from fivefold.measure.objectives import objective_of
from fivefold.training.rows import Terms

PLAN: dict[str, PlanValue] = {
    "model.candidates": ("linear",),
    "model.estimators": "",
    "model.class_weight": "none",
    "ensemble.max_members": 3,
    "preprocess.high_cardinality": "crossfit_target",
    "calibrate.method": "auto",
    "metric.threshold": "default",
    "metric.costs": "",
    "final.learn_from": "training_rows",
    "final.form": "best",
    "model.increasing": (),
    "model.decreasing": (),
    "evaluate.fairness": (),
}
Body = TypeVar("Body")
_METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
_KINDS: dict[Role, Kind] = {
    "number": "number",
    "category": "string",
    "text": "string",
    "date": "datetime",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class Stage:
    """A dataset and its brief, ready to be trained on."""

    folder: Path
    dataset: Stored[Dataset]
    brief: Stored[Brief]

    def bench(
        self, *, seconds: float = 20.0, cores: int = 2, seed: int = 0, name: str = "train"
    ) -> Workbench:
        """Return an empty bench."""
        place = self.folder / name
        for part in ("payload", "scratch", "live"):
            (place / part).mkdir(parents=True)
        budget = Budget(time=seconds, memory=4 * 10**9, cores=cores)
        folders = (place / "payload", place / "scratch", place / "live")
        return Workbench(*folders, Deadline.after(seconds), budget, seed, Silence())

    def nominal_bench(self, name: str, *, seconds: float = 9.0, cores: int = 2, seed: int = 0) -> Workbench:
        """Return the bench of a deterministic training of so many nominal seconds; the real deadline is far away."""
        bench = self.bench(name=name, seconds=600.0, cores=cores, seed=seed)
        return replace(bench, nominal=replace(bench.budget, time=seconds).nominal({"memory"}))

    def terms(self, *, rates: bool = True, balanced: bool = False, seed: int = 0) -> Terms:
        """Return the terms of the work on this dataset."""
        body = self.dataset.body
        path = str(self.dataset.folder / "train.parquet")
        objective = objective_of(body.contract.task)
        return Terms(
            path, body.contract, body.split, rates, balanced, 20.0, seed, objective, weight=body.weight
        )


@dataclass(frozen=True)
class Trained:
    """A stage after training."""

    stage: Stage
    bench: Workbench
    model: Model


def table(rows: int, *, seed: int = 0) -> pl.DataFrame:
    """Draw a table whose outcome follows from age, city and note; one column has no value at all."""
    rng = np.random.default_rng(seed)
    age = rng.normal(50, 12, rows)
    city = rng.integers(0, 12, rows)
    late = rng.random(rows) < 0.4
    days = rng.integers(0, 700, rows)
    known = rng.random(rows) > 0.1
    return pl.DataFrame(
        {
            "age": pl.Series(np.where(known, age, np.nan), nan_to_null=True),
            "city": [f"city {number}" for number in city],
            "member": pl.Series(rng.random(rows) < 0.5, dtype=pl.Boolean),
            "note": ["came late again" if one else "came on time" for one in late],
            "day": pl.Series((1_600_000_000 + days * 86_400) * 10**6).cast(pl.Datetime("us")),
            "empty": pl.Series([None] * rows, dtype=pl.Float64),
            "signal": (age - 50) / 12 + np.where(city % 2, 1.2, -1.2) + np.where(late, 1.0, -0.7),
        }
    )


ROLES: dict[str, Role] = {
    "age": "number", "city": "category", "member": "boolean", "note": "text", "day": "date", "empty": "number",
}  # fmt: skip


def outcome(frame: pl.DataFrame, task: Task, *, seed: int = 0) -> pl.Series:
    """Draw the outcome of a table."""
    signal = frame["signal"].to_numpy() + np.random.default_rng(seed).normal(scale=0.5, size=frame.height)
    if task == "regression":
        return pl.Series("outcome", 100 + 20 * signal)
    edges = (0.0,) if task == "binary" else (-1.0, 1.0)
    names = np.array(["no", "yes"] if task == "binary" else ["high", "low", "middle"])
    return pl.Series("outcome", names[np.digitize(signal, edges)].tolist())


def drawn(task: Task, rows: int) -> pl.DataFrame:
    """Draw a table with its outcome."""
    frame = table(rows)
    return frame.with_columns(outcome(frame, task))


def make_stage(
    folder: Path,
    task: Task = "binary",
    *,
    frame: pl.DataFrame | None = None,
    folds: int = 3,
    kind: SplitKind = "random",
    plan: dict[str, PlanValue] | None = None,
    weight: str | None = None,
) -> Stage:
    """Make a stage over a frame with a column ``outcome``, or over 300 drawn rows; one of its columns may be the weight."""
    whole = drawn(task, 300) if frame is None else frame
    truth = whole["outcome"]
    classes = () if task == "regression" else tuple(sorted(truth.unique().to_list()))
    columns = tuple(
        Column(name, role, _KINDS[role], nullable=True)
        for name, role in ROLES.items()
        if name in whole.columns
    )
    contract = Contract("outcome", task, classes, classes[-1] if task == "binary" else None, columns)
    place = folder / "dataset"
    place.mkdir()
    own = [whole[weight]] if weight else []
    split = _write(
        place, whole.select([column.name for column in columns]).with_columns(truth, *own), folds, kind
    )
    body = Dataset(whole.height, (), (), contract, (), split, weight=weight)
    items = PLAN | {"metric.primary": _METRICS[task]} | (plan or {})
    brief = Brief(
        Question("outcome"),
        Profile(whole.height, (), len(classes), None, whole.height),
        task,
        (),
        tuple(PlanItem(key, value, (), "default", "") for key, value in items.items()),
        (),
        (),
        "2026-01-01",
    )
    return Stage(folder, _stored(body, place), _stored(brief, place))


def _stored(body: Body, folder: Path) -> Stored[Body]:
    """Wrap a record as the store would."""
    return Stored(Header(type(body).__name__, 1, "key", "digest", {}, {}, "", 0.0), body, folder)


def _write(folder: Path, frame: pl.DataFrame, folds: int, kind: SplitKind) -> Split:
    """Write both snapshots: a fifth is sealed, the rest dealt into folds (blocks in order for a split by time)."""
    rows = np.arange(frame.height)
    sealed = rows % 5 == 4
    fold = rows % folds + 1 if folds > 1 else (rows % 4 == 0).astype(int)
    if kind == "stratified_group":
        sealed, fold = rows // 7 % 5 == 4, rows // 7 % folds + 1
    if kind in {"time", "time_group"}:
        fold = rows * (folds + 1) // frame.height
    group = pl.Series("person", [f"person {number}" for number in rows // 7])
    marked = frame.with_columns(pl.Series(ROW, rows), pl.Series(FOLD, fold.astype(np.int8)))
    marked = marked.with_columns(group) if kind in {"group", "stratified_group", "time_group"} else marked
    if kind == "time_group":
        since = np.minimum(fold + 1, folds + 1)
        marked = marked.with_columns(pl.Series(SINCE, since.astype(np.int8)))
    marked.filter(~sealed).write_parquet(folder / "train.parquet")
    marked.filter(sealed).drop(FOLD).write_parquet(folder / "test.parquet")
    by = {"group": "person", "stratified_group": "person", "time": "day", "time_group": "day"}.get(kind)
    rolling, group_by = kind in {"time", "time_group"}, "person" if kind == "time_group" else None
    return Split(kind, by, folds, rolling, int((~sealed).sum()), int(sealed.sum()), "a test", group_by)


def as_run(trained: Trained) -> Run:
    """Put a training into a store, as a run does."""
    run = Store(trained.stage.folder / "runs").open("a-run")
    parts: tuple[tuple[str, Dataset | Brief | Model, Path | None], ...] = (
        ("research", trained.stage.brief.body, None),
        ("data", trained.stage.dataset.body, trained.stage.dataset.folder),
        ("train", trained.model, trained.bench.folder),
    )
    for step, body, payloads in parts:
        with run.workplace(step) as (place, _):
            if payloads is not None:
                shutil.copytree(payloads, place, dirs_exist_ok=True)
            run.commit(step, body, place, key=step, parents={}, seconds=1.0)
    return run
