"""What the results say: a line per run, then Fivefold against every peer, then ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from contest import score
from tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Result", "compare", "loss_of", "tell"]

_DRAWS = 200
_STRETCHES = 30
"""Stretches of time that the test part is dealt into after a split by time."""
Result = dict[str, Any]
Key = tuple[str, int, float]


def tell(results: list[Result], tables: dict[tuple[str, int], Table], place: Path) -> Iterator[str]:
    """Markdown of all runs and of the standings."""
    contests: dict[Key, dict[str, Result]] = {}
    for result in results:
        contests.setdefault((result["table"], result["seed"], result["budget"]), {})[result["peer"]] = result
    yield from _runs(contests)
    yield ""
    yield from _pairs(contests, tables, place)
    yield ""
    yield from _ranks(contests)


def _runs(contests: dict[Key, dict[str, Result]]) -> Iterator[str]:
    """A line per run."""
    yield "| table | seed | peer | metric | score | fit s | of budget | 1 row ms | 10,000 rows s | MB on disk | peak MB | failure |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for (table, seed, budget), found in contests.items():
        for peer, run in sorted(found.items(), key=lambda pair: loss_of(pair[1])):
            head = f"| {table} | {seed} | {peer} | {run['metric']} | "
            if run["failure"]:
                yield f"{head}- | - | {run['wall_seconds'] / budget:.0%} | - | - | - | {run['peak_bytes'] / 1e6:.0f} | {run['failure']} |"
                continue
            yield (
                f"{head}{run['score']:.5g} | {run['fit_seconds']:.1f} | {run['fit_seconds'] / budget:.0%} | "
                f"{run['predict_one_ms']:.1f} | {run['predict_many_seconds']:.3f} | {run['size_bytes'] / 1e6:.2f} | "
                f"{run['peak_bytes'] / 1e6:.0f} | |"
            )


def _pairs(
    contests: dict[Key, dict[str, Result]], tables: dict[tuple[str, int], Table], place: Path
) -> Iterator[str]:
    """Fivefold against every peer: a win or a loss is a difference whose 95 % interval leaves zero out."""
    yield "| against | contests | wins | ties | losses | better on (share, 95 % interval) | median relative gain | peer slower (1 row), times | peer larger, times |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for peer in sorted({peer for found in contests.values() for peer in found} - {"fivefold"}):
        met = [(key, found) for key, found in contests.items() if {"fivefold", peer} <= found.keys()]
        if not met:
            continue
        signs = [compare(found["fivefold"], found[peer], tables[key[:2]], place) for key, found in met]
        both = [
            (f["fivefold"], f[peer]) for _, f in met if not (f["fivefold"]["failure"] or f[peer]["failure"])
        ]
        gains = [_gain(mine, theirs) for mine, theirs in both]
        ahead = np.array([loss_of(f["fivefold"]) < loss_of(f[peer]) for _, f in met], dtype=float)
        draws = np.random.default_rng(0).choice(ahead, (2000, ahead.size)).mean(axis=1)
        low, high = np.quantile(draws, [0.025, 0.975])
        slower = _median([theirs["predict_one_ms"] / mine["predict_one_ms"] for mine, theirs in both])
        larger = _median([theirs["size_bytes"] / mine["size_bytes"] for mine, theirs in both])
        yield (
            f"| {peer} | {len(met)} | {signs.count(1)} | {signs.count(0)} | {signs.count(-1)} | "
            f"{ahead.mean():.2f} ({low:.2f} to {high:.2f}) | {_median(gains):+.2%} | {slower:.1f} | {larger:.1f} |"
        )


def _ranks(contests: dict[Key, dict[str, Result]]) -> Iterator[str]:
    """Mean rank over the contests that all peers took part in; a failure is last."""
    peers = sorted({peer for found in contests.values() for peer in found})
    full = [found for found in contests.values() if len(found) == len(peers)]
    yield f"Mean rank over the {len(full)} contests that every peer took part in, failures last:"
    yield ""
    yield "| peer | mean rank | failures | fits over budget by more than 3 % + 2 s |"
    yield "|---|---|---|---|"
    places: dict[str, list[float]] = {peer: [] for peer in peers}
    for found in full:
        losses = {peer: loss_of(run) for peer, run in found.items()}
        for peer, loss in losses.items():
            better = sum(other < loss for other in losses.values())
            places[peer].append(better + (sum(other == loss for other in losses.values()) + 1) / 2)
    for peer in sorted(peers, key=lambda peer: float(np.mean(places[peer] or [0]))):
        runs = [found[peer] for found in contests.values() if peer in found]
        late = sum(run.get("fit_seconds", 0.0) > 1.03 * run["budget"] + 2 for run in runs)
        rank = f"{np.mean(places[peer]):.2f}" if places[peer] else "-"
        yield f"| {peer} | {rank} | {sum(bool(run['failure']) for run in runs)} of {len(runs)} | {late} of {len(runs)} |"


def compare(mine: Result, theirs: Result, table: Table, place: Path) -> int:
    """1 for a win, 0 for a tie, -1 for a loss; by a bootstrap of the paired difference over the test rows, groups or stretches of time."""
    if mine["failure"] or theirs["failure"]:
        return bool(theirs["failure"]) - bool(mine["failure"])
    truth, rng = table.truth(), np.random.default_rng(0)
    answers = [np.load(place / "answers" / run["answers"]) for run in (mine, theirs)]
    sign, differences, unit = 1 if table.metric == "roc_auc" else -1, [], _units(table)
    for _ in range(_DRAWS):
        drawn = rng.integers(0, unit.max() + 1, unit.max() + 1)
        rows = np.repeat(np.arange(unit.size), np.bincount(drawn, minlength=unit.max() + 1)[unit])
        if table.task == "binary" and np.unique(truth[rows]).size < 2:
            continue
        one, other = (score(table.metric, truth[rows], found[rows]) for found in answers)
        differences.append(sign * (one - other))
    low, high = np.quantile(differences, [0.025, 0.975])
    return int(low > 0) - int(high < 0)


def _units(table: Table) -> np.ndarray:
    """What each test row is drawn with: rows of a group, or of a stretch of time, err alike."""
    apart = table.group_column or table.time_column
    if not apart:
        return np.arange(table.truth().size)
    column = pl.read_parquet(table.test, columns=[apart])[apart]
    if table.group_column:
        return np.unique(column.to_numpy(), return_inverse=True)[1]
    first = column.rank("min").to_numpy().astype(np.intp) - 1
    return np.unique(first * _STRETCHES // first.size, return_inverse=True)[1]


def loss_of(run: Result) -> float:
    """Lower is better; infinite for a failure."""
    if run["failure"]:
        return float("inf")
    return 1 - float(run["score"]) if run["metric"] == "roc_auc" else float(run["score"])


def _gain(mine: Result, theirs: Result) -> float:
    """How much smaller Fivefold's loss is, relative to the peer's."""
    return (loss_of(theirs) - loss_of(mine)) / max(loss_of(theirs), 1e-12)


def _median(values: list[float]) -> float:
    """The median; not a number when there is nothing."""
    return float(np.median(values)) if values else float("nan")
