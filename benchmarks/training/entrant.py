"""One contest of one peer, in the peer's own environment: fit, answer, measure. Started by ``contest.py``.

    ENVIRONMENT/bin/python -P entrant.py JOB.json

Needs pandas and NumPy alone. A peer is a file ``peers/NAME.py`` with three functions and nothing else to know:

    fit(job, train)          -> model       train has the target and no column that names groups
    predict(job, model, rows) -> array      probabilities (rows, classes 0, 1, ...), or numbers (rows,)
    save(job, model, folder)                whatever must be kept to answer tomorrow
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Job", "Plain"]


@dataclass(frozen=True)
class Job:
    """What a peer is asked to do; the same words for all of them.

    Attributes
    ----------
    peer, variant : str
        File in ``peers/``, and the preset that it takes.
    task : {"binary", "multiclass", "regression"}
    metric : {"roc_auc", "log_loss", "rmse"}
    target : str
        Numbers, or classes as 0, 1, ...
    train, test, folder : str
        Two Parquet files and an empty folder to work in.
    seconds : float
    cores, seed, classes : int
    time_column, group_column : str or None
    """

    peer: str
    variant: str
    task: str
    metric: str
    target: str
    train: str
    test: str
    folder: str
    seconds: float
    cores: int
    seed: int
    classes: int
    time_column: str | None
    group_column: str | None

    def read(self, path: str) -> pd.DataFrame:
        """Read a table without the column that names groups; words are objects whatever pandas is installed."""
        frame = pd.read_parquet(path).drop(columns=[self.group_column] if self.group_column else [])
        words = [name for name in frame if not _is_value(frame[name])]
        return frame.astype(dict.fromkeys(words, object))

    def groups(self) -> pd.Series | None:
        """The group of every training row."""
        return pd.read_parquet(self.train)[self.group_column] if self.group_column else None

    def holdout(self) -> np.ndarray:
        """A fifth of the training rows to stop by: the latest ones, whole groups, or rows at random."""
        rng, groups = np.random.default_rng(self.seed), self.groups()
        frame = pd.read_parquet(self.train, columns=[self.time_column or self.target])
        if self.time_column:
            return (frame[self.time_column].rank(method="first", pct=True) > 0.8).to_numpy()
        if groups is not None:
            codes = pd.factorize(groups)[0]
            return (rng.random(codes.max() + 1) < 0.2)[codes]
        order = rng.permutation(len(frame))
        if self.task == "regression":
            return order % 5 == 0
        ranks = frame.iloc[order].groupby(self.target).cumcount().sort_index()
        return (ranks % 5 == 1).to_numpy()


class Plain:
    """Words as categories, dates as seconds, truth values as numbers: what a single booster's user writes first."""

    def __init__(self, train: pd.DataFrame) -> None:
        words = [name for name in train if not _is_value(train[name])]
        self.categories = {
            name: pd.CategoricalDtype(sorted(train[name].dropna().astype(str).unique())) for name in words
        }

    def encode(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with category and float columns only."""
        columns = {}
        for name in frame:
            column = frame[name]
            if name in self.categories:
                columns[name] = column.astype(str).where(column.notna()).astype(self.categories[name])
            elif pd.api.types.is_datetime64_any_dtype(column):
                columns[name] = (column - pd.Timestamp(0, tz=column.dt.tz)).dt.total_seconds()
            else:
                columns[name] = column.astype(float)
        return pd.DataFrame(columns)


def _is_value(column: pd.Series) -> bool:
    """Whether a column holds numbers, truth values or dates."""
    kinds = pd.api.types
    return bool(kinds.is_numeric_dtype(column) or kinds.is_datetime64_any_dtype(column))


def main() -> None:
    """Do the job and write ``report.json`` and ``answers.npy`` into its folder."""
    job = Job(**json.loads(Path(sys.argv[1]).read_text()))
    sys.modules["entrant"] = sys.modules["__main__"]
    peer, folder = _load(job.peer), Path(job.folder)
    train, test = job.read(job.train), job.read(job.test).drop(columns=job.target)
    began = time.perf_counter()
    model = peer.fit(job, train)
    report: dict[str, Any] = {"fit_seconds": time.perf_counter() - began}
    (folder / "fitted").touch()
    answers = np.asarray(peer.predict(job, model, test), dtype=float)
    wanted = (len(test),) if job.task == "regression" else (len(test), job.classes)
    if answers.shape != wanted or not np.isfinite(answers).all():
        raise ValueError(f"answers of shape {answers.shape}, {wanted} expected, all of them finite")
    np.save(folder / "answers.npy", answers)
    report["predict_one_ms"] = 1000 * _seconds(peer, job, model, test.iloc[:1], repeats=20)
    many = test.iloc[np.resize(np.arange(len(test)), 10_000)].reset_index(drop=True)
    report["predict_many_seconds"] = _seconds(peer, job, model, many, repeats=3)
    (folder / "saved").mkdir()
    peer.save(job, model, folder / "saved")
    report["size_bytes"] = sum(
        path.stat().st_size for path in (folder / "saved").rglob("*") if path.is_file()
    )
    (folder / "report.json").write_text(json.dumps(report))


def _load(name: str) -> Any:
    """Load ``peers/NAME.py`` under another name than the library that it uses."""
    path = Path(__file__).parent / "peers" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"peer_{name}", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path.name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _seconds(peer: Any, job: Job, model: Any, rows: pd.DataFrame, *, repeats: int) -> float:
    """Median time to answer, after one call that warms up; at most ten seconds are spent on it."""
    peer.predict(job, model, rows)
    spent: list[float] = []
    while len(spent) < repeats and sum(spent) < 10:
        began = time.perf_counter()
        peer.predict(job, model, rows)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


if __name__ == "__main__":
    main()
