"""What the results of an ablation say: what each part is worth, by table, and what recalibration does to probabilities.

A part pays where the loss without it is larger. Beside wins, ties and losses on the same test rows stands how much larger the loss is without the
part, relatively: the median and the mean over the tables on which the part acts, each table with the mean of its seeds; the interval is a bootstrap
over these tables.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from parts import EVERYTHING, PARTS
from standings import Result, compare, loss_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tables import Table

__all__ = ["tell"]

_DRAWS = 2_000
Run = tuple[str, int]
Pair = tuple[Result, Result]
"""With everything, and without a part."""


def tell(reports: list[Result], tables: dict[Run, Table], place: Path) -> Iterator[str]:
    """Markdown of what is known so far."""
    found: dict[str, dict[Run, Result]] = defaultdict(dict)
    for report in reports:
        found[report["part"]][report["table"], report["seed"]] = report
    whole = found[EVERYTHING]
    pairs = {
        part: {run: (whole[run], without) for run, without in found[part].items() if run in whole}
        for part in PARTS
    }
    seeds = len({seed for _, seed in whole})
    names = sorted({name for name, _ in whole})
    yield f"{len(whole)} trainings with everything: {len(names)} tables, {seeds} seeds at most."
    yield ""
    yield from _worth(pairs, tables, place)
    yield ""
    yield from _by_table(pairs, names)
    yield ""
    yield from _probabilities(pairs["recalibration"])


def _worth(pairs: dict[str, dict[Run, Pair]], tables: dict[Run, Table], place: Path) -> Iterator[str]:
    """A line per part."""
    yield (
        "| part | without it | acts on (tables, trainings) | wins | ties | losses | loss without it: median over tables (95 % interval) | mean | "
        "log loss of classes: mean (95 % interval) | nominal core seconds saved: median | bundle |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for part, found in pairs.items():
        if not found:
            yield f"| {part} | {PARTS[part].off} | none | | | | | | | | |"
            continue
        signs = [compare(*pair, tables[run], place) for run, pair in found.items()]
        changes = _per_table(found, loss_of)
        classes = {run: pair for run, pair in found.items() if "log_loss" in pair[0]}
        logs = _per_table(classes, lambda report: float(report["log_loss"]))
        saved = [(one["nominal_seconds"] - other["nominal_seconds"]) for one, other in found.values()]
        shares = [1 - other["nominal_seconds"] / one["nominal_seconds"] for one, other in found.values()]
        sizes = [other["size_bytes"] / one["size_bytes"] - 1 for one, other in found.values()]
        yield (
            f"| {part} | {PARTS[part].off} | {len(changes)}, {len(found)} | {signs.count(1)} | {signs.count(0)} | {signs.count(-1)} | "
            f"{_figure(changes, np.median)} | {np.mean(changes):+.2%} | {_figure(logs, np.mean) if logs else '-'} | "
            f"{np.median(saved):.0f} ({np.median(shares):.0%}) | {np.median(sizes):+.0%} |"
        )


def _by_table(pairs: dict[str, dict[Run, Pair]], names: list[str]) -> Iterator[str]:
    """How much larger the loss is without a part, on every table."""
    yield f"Loss without it, by table (mean of the seeds; per cent):\n\n| part | {' | '.join(names)} |"
    yield f"|---|{'---|' * len(names)}"
    for part, found in pairs.items():
        cells = []
        for name in names:
            own = {run: pair for run, pair in found.items() if run[0] == name}
            cells.append(f"{100 * _per_table(own, loss_of)[0]:+.1f}" if own else "")
        yield f"| {part} | {' | '.join(cells)} |"


def _probabilities(found: dict[Run, Pair]) -> Iterator[str]:
    """Log loss and calibration error with and without recalibration."""
    yield "| table | seed | log loss | without recalibration | calibration error | without recalibration |"
    yield "|---|---|---|---|---|---|"
    for (name, seed), (one, other) in sorted(found.items()):
        figures = [f"{each[key]:.4f}" for key in ("log_loss", "calibration_error") for each in (one, other)]
        yield f"| {name} | {seed} | {' | '.join(figures)} |"


def _per_table(found: dict[Run, Pair], loss: Callable[[Result], float]) -> list[float]:
    """How much larger a loss is without the part, relatively; the mean of each table's seeds."""
    changes: dict[str, list[float]] = defaultdict(list)
    for (name, _), (one, other) in found.items():
        changes[name].append(loss(other) / max(loss(one), 1e-12) - 1)
    return [float(np.mean(each)) for each in changes.values()]


def _figure(changes: Sequence[float], middle: Callable[..., Any]) -> str:
    """A median or mean with its interval."""
    drawn = np.random.default_rng(0).choice(changes, (_DRAWS, len(changes)))
    low, high = np.quantile(middle(drawn, axis=1), [0.025, 0.975])
    return f"{middle(changes):+.2%} ({low:+.2%} to {high:+.2%})"
