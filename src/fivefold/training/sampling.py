"""Sampling: how many training rows the time and the memory bear, and a smaller snapshot when there are more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.budget import Budget

__all__ = ["affordable_rows", "affordable_workers", "draw"]

_LEAST = 2_000
_VALUES_PER_SECOND = 150_000
"""Values (rows x features x outputs) per second of training and core: about a hundred rounds for each of four candidates
on a fold, and as many again on all rows."""
_TEXT_SECONDS = 6e-5
"""Time to encode one text."""
_TEXT_SHARE = 0.1
"""Share of the time that encoding texts may take, once for a fold and once for all rows."""
_WORKER = 400_000_000
"""Bytes that a worker needs for its libraries."""
_COPIES = 6
"""Copies of a matrix that a worker holds at its peak: mapped, binned, and the library's own."""


def affordable_rows(contract: Contract, budget: Budget, seconds: float) -> int:
    """Return how many training rows can be worked through.

    Parameters
    ----------
    contract : Contract
    budget : Budget
        Its cores and memory count.
    seconds : float
        Time for the whole training step.
    """
    features = sum(_features(column, contract) for column in contract.columns)
    outputs = len(contract.classes) if contract.task == "multiclass" else 1
    by_time = seconds * budget.cores * _VALUES_PER_SECOND / (features * outputs)
    texts = sum(column.role == "text" for column in contract.columns)
    if texts:
        by_time = min(by_time, seconds * _TEXT_SHARE / (texts * _TEXT_SECONDS))
    by_memory = (0.8 * budget.memory / budget.cores - _WORKER) / _row(contract)
    return max(_LEAST, int(min(by_time, by_memory)))


def affordable_workers(contract: Contract, budget: Budget, rows: int) -> int:
    """Return how many workers can hold so many rows at once; at most as many as there are cores.

    Parameters
    ----------
    contract : Contract
    budget : Budget
    rows : int
    """
    workers = 0.8 * budget.memory / (_WORKER + rows * _row(contract))
    return max(1, min(budget.cores, int(workers)))


def draw(snapshot: Path, total: int, rows: int, folder: Path, *, seed: int) -> Path:
    """Write a snapshot of so many rows, drawn at random, and return its path; the whole is never held in memory.

    Parameters
    ----------
    snapshot : Path
    total : int
        Rows of the snapshot.
    rows : int
        Rows to keep.
    folder : Path
    seed : int
    """
    import polars as pl

    kept = np.sort(np.random.default_rng(seed).choice(total, rows, replace=False))
    path = folder / "sample.parquet"
    number = "__number__"
    scan = pl.scan_parquet(snapshot).with_row_index(number)
    scan.filter(pl.col(number).is_in(pl.Series(kept).implode())).drop(number).sink_parquet(path)
    return path


def _row(contract: Contract) -> int:
    """Bytes of a row in a worker."""
    features = sum(_features(column, contract) for column in contract.columns)
    return features * 4 * _COPIES + len(contract.columns) * 24


def _features(column: Column, contract: Contract) -> int:
    """About so many features come from a column."""
    if column.role == "text":
        return 34
    if column.role == "date":
        return 6
    if column.role == "category":
        return 1 + (len(contract.classes) if contract.task == "multiclass" else 1)
    return 1
