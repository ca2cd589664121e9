"""Tables that the tests have learned from elsewhere, as the data step would leave them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fivefold.core.artefacts import FOLD, ROW, SINCE, Column, Contract, Split, Task
from fivefold.core.routes import RouteWork

TARGET = "shown up?"
ROWS, SEALED, FOLDS = 1200, 300, 5
_COLUMNS = (
    Column("distance (km)", "number", "number", nullable=True),
    Column("visits", "category", "integer", nullable=False),
    Column("city", "category", "string", nullable=True),
    Column("Member", "boolean", "boolean", nullable=False),
    Column("member", "text", "string", nullable=True),
    Column("joined", "date", "datetime", nullable=True),
)
CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("high, or more", "low", 'mid "ish"'),
    "regression": (),
}
METRICS: dict[Task, str] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def some_work(
    folder: Path, task: Task = "binary", *, rows: int = ROWS, rolling: bool = False, balanced: bool = False
) -> tuple[RouteWork, NDArray[np.float64]]:
    """Write a table and return the work on it, and the truth of the sealed rows (class positions, or numbers)."""
    folder.mkdir(parents=True, exist_ok=True)
    frame, truth = _table(rows + SEALED, task)
    train, sealed = frame[:rows], frame[rows:]
    folds = np.arange(rows) * (FOLDS + 1) // rows if rolling else 1 + np.arange(rows) % FOLDS
    train = train.with_columns(pl.Series(FOLD, folds, dtype=pl.Int8))
    if rolling:  # a gap: what stands right before a block teaches only the next one
        since = np.minimum(folds + 1 + (np.arange(rows) % (rows // 6) > rows // 7), FOLDS + 1)
        train = train.with_columns(pl.Series(SINCE, since, dtype=pl.Int8))
    train.write_parquet(folder / "train.parquet")
    sealed.drop(TARGET, ROW).write_parquet(folder / "sealed.parquet")
    classes = CLASSES[task]
    contract = Contract(TARGET, task, classes, classes[1] if task == "binary" else None, _COLUMNS)
    split = Split(
        "time" if rolling else "random", "joined" if rolling else None, FOLDS, rolling, rows, SEALED, ""
    )
    work = RouteWork(
        train=folder / "train.parquet",
        sealed=folder / "sealed.parquet",
        contract=contract,
        split=split,
        metric=METRICS[task],
        balanced=balanced,
        seed=0,
        digest=f"sha256:{task}",
    )
    return work, truth[rows:]


def _table(rows: int, task: Task) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """A table whose target follows from its columns, but for some noise."""
    random = np.random.default_rng(7)
    distance, visits = random.gamma(2.0, 4.0, rows), random.integers(0, 6, rows)
    city = random.integers(0, 4, rows)
    lines = (
        0.3 * distance - 0.8 * visits + np.array([2.0, -1.0, 0.0, -2.0])[city] + random.normal(0, 0.8, rows)
    )
    if task == "regression":
        truth: NDArray[np.float64] = lines
        target = pl.Series(TARGET, lines)
    else:
        classes = CLASSES[task]
        places = np.searchsorted(np.quantile(lines, np.arange(1, len(classes)) / len(classes)), lines)
        truth = places.astype(np.float64)
        target = pl.Series(TARGET, [classes[place] for place in places])
    start = datetime(2016, 1, 31, 23, 59, 59, 250_000, tzinfo=UTC)
    gone = random.random(rows) < 0.1
    names = ["Oslo", "Bergen, vest", 'the "old" town', "Ås"]
    frame = pl.DataFrame(
        {
            "distance (km)": [
                None if one else float(value) for one, value in zip(gone, distance, strict=True)
            ],
            "visits": visits.tolist(),
            "city": [None if place % 97 == 5 else names[one] for place, one in enumerate(city)],
            "Member": (random.random(rows) < 0.5).tolist(),
            "member": [None if place % 50 == 3 else f"came {place % 7}\ntimes" for place in range(rows)],
            "joined": [start + timedelta(hours=place) for place in range(rows)],
            TARGET: target,
            ROW: list(range(rows)),
        }
    )
    return frame.with_columns(pl.col("joined").dt.cast_time_unit("us")), truth
