"""Tables of a folder with an ``index.json``, each split once into the same two Parquet files for everybody.

An entry of the index names ``name``, ``file``, ``task``, ``target``, ``split`` (``random``, ``group`` or ``time``) and, where it
applies, ``group_column`` and ``time_column``. A quarter of the rows is the test part: rows drawn at random (by class), whole
groups, or the latest rows. Classes become 0, 1, ... in the order of their names, so that no peer's own order matters.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

__all__ = ["Table", "read_index", "split"]

_METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


@dataclass(frozen=True)
class Table:
    """A table as the contest has it; ``train`` and ``test`` are files of this machine."""

    name: str
    seed: int
    task: str
    metric: str
    target: str
    classes: int
    rows: int
    columns: int
    time_column: str | None
    group_column: str | None
    train: str
    test: str

    def truth(self) -> np.ndarray:
        """The targets of the test part."""
        return pl.read_parquet(self.test, columns=[self.target])[self.target].to_numpy()


def read_index(folder: Path) -> list[dict[str, object]]:
    """Entries of the index, small tables first."""
    entries: list[dict[str, object]] = json.loads((folder / "index.json").read_text())
    return sorted(entries, key=lambda entry: int(str(entry["rows"])) * int(str(entry["cols"])))


def split(entry: dict[str, object], source: Path, place: Path, seed: int) -> Table:
    """Split a table, unless that was done before."""
    folder = place / f"{entry['name']}-{seed}"
    facts = folder / "table.json"
    if not facts.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        facts.write_text(json.dumps(asdict(_split(entry, source, folder, seed))))
    return Table(**json.loads(facts.read_text()))


def _split(entry: dict[str, object], source: Path, folder: Path, seed: int) -> Table:
    """Read, number the classes, write both parts."""
    task, target, file = str(entry["task"]), str(entry["target"]), source / str(entry["file"])
    frame = pl.read_csv(file, try_parse_dates=True) if file.suffix == ".csv" else pl.read_parquet(file)
    frame = frame.drop_nulls(target)
    names: list[str] = []
    if task != "regression":
        labels = frame[target].cast(pl.String)
        names = sorted(labels.unique().to_list())
        frame = frame.with_columns(labels.replace_strict(names, range(len(names)), return_dtype=pl.Int64))
    group, when = entry.get("group_column"), entry.get("time_column")
    held = _held(frame, task, target, seed, (group, when))
    for name, part in (("train", frame.filter(~held)), ("test", frame.filter(held))):
        part.write_parquet(folder / f"{name}.parquet")
    return Table(
        name=str(entry["name"]),
        seed=seed,
        task=task,
        metric=_METRICS[task],
        target=target,
        classes=len(names),
        rows=frame.height,
        columns=frame.width - 1,
        time_column=str(when) if when else None,
        group_column=str(group) if group else None,
        train=str(folder / "train.parquet"),
        test=str(folder / "test.parquet"),
    )


def _held(frame: pl.DataFrame, task: str, target: str, seed: int, apart: tuple[object, object]) -> pl.Series:
    """Which rows are the test part."""
    group, when = apart
    rng = np.random.default_rng(seed)
    if when:
        return pl.Series(frame[str(when)].rank("ordinal").to_numpy() > 0.75 * frame.height)
    if group:
        names = frame[str(group)].unique(maintain_order=True)
        chosen = names.filter(pl.Series(rng.random(names.len()) < 0.25))
        return frame[str(group)].is_in(chosen.implode())
    kind = pl.repeat(0, frame.height, eager=True) if task == "regression" else frame[target]
    drawn = pl.DataFrame({"kind": kind, "chance": rng.random(frame.height)})
    ranks = drawn.select(pl.col("chance").rank("ordinal").over("kind") * 4 <= pl.len().over("kind"))
    return ranks.to_series()
