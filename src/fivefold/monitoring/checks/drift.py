"""Whether the rows, or the answers, have moved away from what the model was trained on.

Drift is a reason to look, never by itself a reason to act: a shifted column may not matter to the model, and a model may
go bad without any column moving. Only outcomes decide that; see the performance check.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import CheckResult, ColumnDrift
from fivefold.measure.discovery import false_discovery_rates
from fivefold.measure.pair import Pair
from fivefold.monitoring.wording import listing
from fivefold.report.figures import figure, percent
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnReference, Figure
    from fivefold.core.protocols import Floats
    from fivefold.core.window import Window

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

    Columns of personal data are not in the log and so are not watched; the reason says which. Dates are watched only for being
    there, since time moves on.

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
            reason = f"Drift: too little data, {plural(rows, 'prediction')} of the {MIN_ROWS} needed."
            return CheckResult("drift", "unknown", reason, {"rows": rows, "rows_needed": MIN_ROWS})
        compared = _compare(window)
        moved = [line for line in compared if line.drift.drifted]
        figures: dict[str, Figure] = {"rows": rows, "compared": len(compared), "drifted": len(moved)}
        drift = tuple(line.drift for line in compared)
        if not moved:
            reason = (
                f"Drift: none of {plural(len(compared) - 1, 'column')}, nor the score, has moved further from training "
                f"than chance explains for {plural(rows, 'row')}.{_unwatched(window)}"
            )
            return CheckResult("drift", "healthy", reason, figures, drift)
        advice = (
            "Find out what changed where these values come from; give the outcomes to the monitor (--labels) to see "
            "whether the model still holds."
        )
        return CheckResult(
            "drift",
            "watch",
            _reason(moved, len(compared)) + _unwatched(window),
            figures,
            drift,
            advice=advice,
        )


@dataclass(frozen=True, slots=True)
class _Compared:
    """One column's verdict, with the share of missing values in training and now."""

    drift: ColumnDrift
    missing_then: float
    missing_now: float


def _compare(window: Window) -> list[_Compared]:
    """Judge all columns and the score together; those that moved furthest come first."""
    personal = set(_personal(window))
    watched = [reference for reference in window.reference.columns if reference.name not in personal]
    values = {reference.name: window.rows[reference.name] for reference in watched}
    values[window.reference.score.name] = window.scores[_score_column(window)]
    dates = {column.name for column in window.contract.columns if column.role == "date"}
    references = [_as_presence(each) if each.name in dates else each for each in watched]
    references.append(window.reference.score)
    known = {column.name: column.categories for column in window.contract.columns}
    lines = []
    for position, reference in enumerate(references):
        pair = Pair.of(reference, values[reference.name], known.get(reference.name, window.contract.classes))
        chance = _chance(pair, len(references), np.random.default_rng([SEED, position]))
        lines.append((pair, chance))
    p_values = [float((1 + (chance >= pair.effect).sum()) / (1 + chance.size)) for pair, chance in lines]
    judged = [
        _judge(pair, chance, p_value=p, q_value=q)
        for (pair, chance), p, q in zip(lines, p_values, false_discovery_rates(p_values), strict=True)
    ]
    return sorted(judged, key=lambda one: (not one.drift.drifted, -one.drift.effect))


def _as_presence(reference: ColumnReference) -> ColumnReference:
    """Of a date only whether it is there: time moves on, and a column that is later every day would alarm for ever."""
    return replace(reference, edges=(), counts=(sum(reference.counts),))


def _personal(window: Window) -> list[str]:
    """Columns that the log does not hold."""
    return [column.name for column in window.contract.columns if column.personal]


def _unwatched(window: Window) -> str:
    """Say which columns nobody watches."""
    names = [_name(column) for column in _personal(window)]
    if not names:
        return ""
    shown = [*names[:NAMED], f"{len(names) - NAMED} more"] if len(names) > NAMED else names
    return f" Not watched, because the log keeps no personal data: {listing(shown)}."


def _score_column(window: Window) -> str:
    """Name of the logged column that the reference's score speaks of."""
    contract = window.contract
    if contract.task == "regression":
        return "value"
    return f"probability: {contract.positive}" if contract.task == "binary" else "label"


def _chance(pair: Pair, columns: int, generator: np.random.Generator) -> Floats:
    """Distances by chance; where a drift is at stake, enough of them for its p-value to survive the correction."""
    chance = pair.by_chance(DRAWS, generator)
    needed = min(int(2 * columns / FALSE_DISCOVERIES), MAX_DRAWS)
    if pair.effect < PRACTICAL_FLOOR or pair.effect <= chance.max() or needed <= DRAWS:
        return chance
    return np.concatenate([chance, pair.by_chance(needed - DRAWS, generator)])


def _judge(pair: Pair, chance: Floats, *, p_value: float, q_value: float) -> _Compared:
    """Put the facts about one column together."""
    drift = ColumnDrift(
        column=pair.reference.name,
        rows=int(pair.now.sum()),
        effect=pair.effect,
        expected=float(np.quantile(chance, 0.95)),
        p_value=p_value,
        q_value=q_value,
        drifted=pair.effect >= PRACTICAL_FLOOR and q_value < FALSE_DISCOVERIES,
    )
    return _Compared(drift, pair.missing_then, pair.missing_now)


def _reason(moved: list[_Compared], compared: int) -> str:
    """Name what moved furthest, how far, and how far chance would have moved it."""
    named = [
        f"{_name(line.drift.column)} by {figure(line.drift.effect)} (chance: up to {figure(line.drift.expected)})"
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
    return (
        f", missing in {percent(line.missing_now)} of the rows after {percent(line.missing_then)} in training"
    )
