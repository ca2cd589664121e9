"""Sampling: how many training rows the time and the memory bear, and a smaller snapshot when there are more.

Usually every worker may hold its rows several times over. A table of which the memory bears fewer rows in that way than the time does
is *large*: its columns are read one at a time, its matrix lies on disk, and what families need that learn from there is a byte
a value. What still limits the rows is then the time: rows for which it does not bear some hundred rounds are worth less than
more rounds on some of them (decision 23).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.budget import Budget
    from fivefold.training.search import Search

__all__ = ["Extent", "affordable_rows", "affordable_workers", "draw", "extent_of", "large_notes"]

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
_LARGE = 1_000_000
"""Rows below which no table is large."""
_WORTH = 1.5
"""How many times the rows that could be held a large table must give."""
_PARENT = 600_000_000
"""Bytes of libraries in the process that asks."""
_ROW = 300
"""Bytes that a row of a large table takes besides its values: its target, folds and places, the column that is being encoded, its share of
the sealed rows."""
_TEXT_ROW = 400
_FITTED_ROW = 64
"""Bytes of a row in a fit, besides one for each value: gradients, scores, places."""
_HALF = 0.5
"""Of the memory beside which families that hold their rows learn."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a table is worked through, and how.

    Attributes
    ----------
    rows : int
    large : bool
    threads : int
        Threads of a fit; there are so many fewer workers.
    held : int
        Of a large table, rows that a family learns from which must hold all of them.
    """

    rows: int
    large: bool = False
    threads: int = 1
    held: int = 0


def extent_of(contract: Contract, budget: Budget, seconds: float, rows: int, usual: int) -> Extent:
    """Return how much of a table with so many training rows is worked through.

    Parameters
    ----------
    contract : Contract
    budget : Budget
    seconds : float
        Time for the whole training step.
    rows : int
    usual : int
        What :func:`affordable_rows` says.
    """
    bearable = min(rows, int(_by_time(contract, budget, seconds)))
    if rows < _LARGE or bearable < _WORTH * usual:
        return Extent(min(rows, usual))
    workers = budget.cores
    while workers > 1 and _large_by_memory(contract, budget, workers) < bearable:
        workers -= 1
    most = min(bearable, _large_by_memory(contract, budget, workers))
    if most < _WORTH * usual:
        return Extent(usual)
    held = min(usual, int(_HALF * _by_memory(contract, budget)))
    return Extent(most, large=True, threads=budget.cores // workers, held=max(_LEAST, held))


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
    by_time = _by_time(contract, budget, seconds)
    return max(_LEAST, int(min(by_time, _by_memory(contract, budget))))


def large_notes(search: Search) -> tuple[str, ...]:
    """What a reader must know of how a large table was learned from; nothing of any other.

    Parameters
    ----------
    search : Search
        After its run.
    """
    rows = search.workshop.rows
    if not rows.terms.large:
        return ()
    judged, total = rows.judged(search.folds[0]).size, rows.folds.size
    notes = [
        f"A large table: {judged:,} of {total:,} rows were held out once to choose by, instead of fold after fold"
        + ("." if rows.terms.split.rolling else ", and nothing was fitted again for their sake.")
    ]
    families = dict.fromkeys(search.candidates[number].family for number in search.running)
    part = [family for family in families if search.workshop.share(family) < 1]
    if part:
        notes.append(
            f"{', '.join(part)} learned from {rows.terms.held:,} of these rows, evenly spread: what they need of more of "
            "them would not fit beside the others into the stated memory and time."
        )
    return tuple(notes)


def _by_time(contract: Contract, budget: Budget, seconds: float) -> float:
    """Rows that the time bears."""
    by_time = seconds * budget.cores * _VALUES_PER_SECOND / (_width(contract) * _outputs(contract))
    texts = _texts(contract)
    return min(by_time, seconds * _TEXT_SHARE / (texts * _TEXT_SECONDS)) if texts else by_time


def _by_memory(contract: Contract, budget: Budget) -> float:
    """Rows that every worker can hold as often as it must."""
    return (0.8 * budget.memory / budget.cores - _WORKER) / _row(contract)


def _large_by_memory(contract: Contract, budget: Budget, workers: int) -> int:
    """Rows of a large table that so many workers can learn from at once."""
    width = _width(contract)
    row = 4 * width + _ROW + _TEXT_ROW * _texts(contract) + 24 * _outputs(contract)
    row += workers * (width + _FITTED_ROW + 8 * _outputs(contract))
    return max(0, int((0.8 * budget.memory - _PARENT - workers * _WORKER) / row))


def _width(contract: Contract) -> int:
    """About so many features come from a table."""
    return sum(_features(column, contract) for column in contract.columns)


def _outputs(contract: Contract) -> int:
    """Scores of a row."""
    return len(contract.classes) if contract.task == "multiclass" else 1


def _texts(contract: Contract) -> int:
    """Number of texts in a row."""
    return sum(column.role == "text" for column in contract.columns)


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
    return _width(contract) * 4 * _COPIES + len(contract.columns) * 24


def _features(column: Column, contract: Contract) -> int:
    """About so many features come from a column."""
    if column.role == "text":
        return 34
    if column.role == "date":
        return 6
    if column.role == "category":
        return 1 + _outputs(contract)
    return 1
