"""Whether the rows, or the answers, have moved away from what the model was trained on.

Drift is a reason to look, never by itself a reason to act: a shifted column may not matter to the model, and a model may
go bad without any column moving. Only outcomes decide that; see the performance check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import CheckResult, ColumnDrift
from fivefold.measure.sketch import count
from fivefold.monitoring.discovery import false_discovery_rates
from fivefold.monitoring.distance import distances_by_chance, jensen_shannon
from fivefold.monitoring.wording import listing, number_of, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.artefacts import ColumnReference, Figure
    from fivefold.core.protocols import Floats, Window

__all__ = ["DriftCheck"]

MIN_ROWS = 50
"""Below this chance alone moves a histogram further than any drift worth knowing."""
PRACTICAL_FLOOR = 0.1
"""Distances below this do no harm, however certain they are; with a million rows everything is certain."""
FALSE_DISCOVERIES = 0.05
DRAWS = 1_000
MAX_DRAWS = 100_000
SEED = 0
NAMED = 3


class DriftCheck:
    """Compares each column, missing values included, and the score with the reference that the bundle carries.

    A column has drifted when its Jensen-Shannon distance is at least 0.1 *and* is more than chance explains at this number
    of rows, after correction for the number of columns.

    Examples
    --------
    >>> from fivefold.testing.checks import window
    >>> DriftCheck().inspect(window("binary", rows=20)).verdict
    'unknown'
    """

    def inspect(self, window: Window) -> CheckResult:
        """Return ``watch`` when anything has drifted, ``unknown`` below 50 rows."""
        rows = window.rows.height
        if rows < MIN_ROWS:
            reason = f"Drift: too little data, {number_of(rows, 'prediction')} of the {MIN_ROWS} needed."
            return CheckResult("drift", "unknown", reason, {"rows": rows, "rows_needed": MIN_ROWS})
        compared = _compare(window)
        moved = [line for line in compared if line.drift.drifted]
        figures: dict[str, Figure] = {"rows": rows, "compared": len(compared), "drifted": len(moved)}
        drift = tuple(line.drift for line in compared)
        if not moved:
            reason = (
                f"Drift: none of {number_of(len(compared) - 1, 'column')}, nor the score, has moved further from training "
                f"than chance explains for {number_of(rows, 'row')}."
            )
            return CheckResult("drift", "healthy", reason, figures, drift)
        advice = (
            "Find out what changed where these values come from; give the outcomes to the monitor (--labels) to see "
            "whether the model still holds."
        )
        return CheckResult("drift", "watch", _reason(moved, len(compared)), figures, drift, advice=advice)


@dataclass(frozen=True, slots=True)
class _Compared:
    """One column's verdict, with the share of missing values in training and now."""

    drift: ColumnDrift
    missing_then: float
    missing_now: float


def _compare(window: Window) -> list[_Compared]:
    """Judge all columns and the score together; those that moved furthest come first."""
    series = {reference.name: window.rows[reference.name] for reference in window.reference.columns}
    references = [*window.reference.columns, window.reference.score]
    series[window.reference.score.name] = window.scores[_score_column(window)]
    lines = []
    for position, reference in enumerate(references):
        counts, missing = count(reference, series[reference.name])
        then = _histogram(reference.counts, reference.missing)
        now = _histogram(tuple(int(number) for number in counts), int(missing))
        effect = float(jensen_shannon(then.astype(np.float64), now.astype(np.float64)))
        chance = _chance(then, now, effect, len(references), position)
        lines.append((reference, now, effect, chance))
    p_values = [float((1 + (chance >= effect).sum()) / (1 + chance.size)) for _, _, effect, chance in lines]
    judged = [
        _judge(*line, p_value=p, q_value=q)
        for line, p, q in zip(lines, p_values, false_discovery_rates(p_values), strict=True)
    ]
    return sorted(judged, key=lambda one: (not one.drift.drifted, -one.drift.effect))


def _score_column(window: Window) -> str:
    """Name of the logged column that the reference's score speaks of."""
    contract = window.contract
    if contract.task == "regression":
        return "value"
    return f"probability: {contract.positive}" if contract.task == "binary" else "label"


def _histogram(counts: tuple[int, ...], missing: int) -> NDArray[np.int64]:
    """Counts per bin with the missing rows as one bin more, so that a change of the missing rate is seen too."""
    return np.array([*counts, missing], dtype=np.int64)


def _chance(
    then: NDArray[np.int64], now: NDArray[np.int64], effect: float, columns: int, position: int
) -> Floats:
    """Distances by chance; where a drift is at stake, enough of them for its p-value to survive the correction."""
    if not then.sum() or not now.sum():
        return np.full(DRAWS, effect)
    generator = np.random.default_rng([SEED, position])
    chance = distances_by_chance(then, now, draws=DRAWS, generator=generator)
    needed = min(int(2 * columns / FALSE_DISCOVERIES), MAX_DRAWS)
    if effect < PRACTICAL_FLOOR or effect <= chance.max() or needed <= DRAWS:
        return chance
    return np.concatenate([chance, distances_by_chance(then, now, draws=needed - DRAWS, generator=generator)])


def _judge(
    reference: ColumnReference,
    now: NDArray[np.int64],
    effect: float,
    chance: Floats,
    *,
    p_value: float,
    q_value: float,
) -> _Compared:
    """Put the facts about one column together."""
    rows = int(now.sum())
    drift = ColumnDrift(
        column=reference.name,
        rows=rows,
        effect=effect,
        expected=float(np.quantile(chance, 0.95)),
        p_value=p_value,
        q_value=q_value,
        drifted=effect >= PRACTICAL_FLOOR and q_value < FALSE_DISCOVERIES,
    )
    return _Compared(drift, reference.missing / max(reference.rows, 1), int(now[-1]) / max(rows, 1))


def _reason(moved: list[_Compared], compared: int) -> str:
    """Name what moved furthest, how far, and how far chance would have moved it."""
    named = [
        f"{_name(line.drift.column)} by {line.drift.effect:.2f} (chance: up to {line.drift.expected:.2f})"
        + _missing(line)
        for line in moved[:NAMED]
    ]
    if len(moved) > NAMED:
        named.append(f"{len(moved) - NAMED} more")
    return (
        f"Drift: of {compared - 1} columns and the score, {len(moved)} moved further from training than chance explains: "
        f"{listing(named)}."
    )


def _name(column: str) -> str:
    """A column as a sentence names it."""
    return "the score" if column == "(score)" else f"'{column}'"


def _missing(line: _Compared) -> str:
    """Say so when the missing values are what changed."""
    if abs(line.missing_now - line.missing_then) < PRACTICAL_FLOOR:
        return ""
    return f", missing in {share(line.missing_now)} of the rows after {share(line.missing_then)} in training"
