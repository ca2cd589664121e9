"""Outliers: numbers so far from all others of their column that a slip is likelier than a rare case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable, Floats

__all__ = ["FarOutside"]

_LEAST_ROWS = 100
_SAMPLE = 10_000
_SIGMA = 0.6745
"""A normal's upper quartile."""
_FAR = 7.0
"""Robust standard deviations; of a hundred thousand normal numbers none is beyond six."""
_BEYOND_TAIL = 3.5
_LIGHT = 4.5
"""Distance of the last hundredth over that of the last quarter: 3.4 of a normal, 5.6 of an exponential distribution."""
_MARGIN = 1_000.0
"""A tail that goes on as it began would reach the limit in one of so many tables."""
_APART = 1.5
"""How many times farther out the nearest outlier must be than the last number that is none."""
_SHARE = 0.005
_FEW = 3
_MOST_FINDINGS = 8


class FarOutside:
    """Compares the extremes of each number with its quartiles and its tail, on a logarithmic scale where it is skewed.

    A heavy tail is carried on as a power law (Hill, 1975), so that only what lies far beyond it
    counts. What half a percent of the rows share is a group of its own, not an outlier.
    """

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column, the farthest first, at most eight."""
        found = []
        for column in table.contract.columns:
            if column.role == "number" and column.kind in {"number", "integer"} and not column.personal:
                outside = _look(table.frame[column.name], column)
                if outside is not None:
                    found.append(outside)
        found.sort(key=lambda one: -one.distance)
        return [_finding(table, one, len(found)) for one in found[:_MOST_FINDINGS]]


@dataclass(frozen=True, slots=True)
class _Outside:
    """Values of one column that lie far outside.

    Attributes
    ----------
    column : str
    places : array of int
        Rows, the farthest first.
    values : Floats
    usual : (float, float)
        Where the middle 98 % lie.
    distance : float
        Of the farthest, in robust standard deviations.
    """

    column: str
    places: np.ndarray[tuple[int], np.dtype[np.int64]]
    values: Floats
    usual: tuple[float, float]
    distance: float


def _look(series: pl.Series, column: Column) -> _Outside | None:
    """Look at one column; most are done once their extremes have been compared with the limits."""
    import polars as pl

    known = series.drop_nulls()
    if known.len() < _LEAST_ROWS:
        return None
    step = max(1, known.len() // _SAMPLE)
    some = known.gather_every(step).cast(pl.Float64).to_numpy()
    low, high = _limits(some, known.len())
    least, most = known.min(), known.max()
    if (
        not isinstance(least, int | float)
        or not isinstance(most, int | float)
        or (least >= low and most <= high)
    ):
        return None
    values = as_numbers(series)
    outside = (values < low) | (values > high)
    if outside.sum() > max(_FEW, _SHARE * known.len()):
        return None
    centre = float(np.median(some))
    inside = values[~outside & ~np.isnan(values)]
    outside &= ~_joined(values, outside, inside, centre)
    if not outside.any():
        return None
    scale = _scale(inside)
    places = np.flatnonzero(outside)
    places = places[np.argsort(-np.abs(values[places] - centre), kind="stable")]
    usual = np.quantile(inside, [0.01, 0.99])
    distance = abs(float(values[places[0]]) - centre) / scale if scale > 0 else float("inf")
    return _Outside(column.name, places, values[places], (float(usual[0]), float(usual[1])), distance)


def _joined(values: Floats, outside: np.ndarray, inside: Floats, centre: float) -> np.ndarray:
    """Sides on which the numbers go on without a gap up to the farthest."""
    joined = np.zeros(values.size, dtype=bool)
    for side, end in ((1.0, inside.max()), (-1.0, inside.min())):
        far = outside & (side * (values - centre) > 0)
        if far.any():
            nearest = float((side * (values[far] - centre)).min())
            if nearest < _APART * max(0.0, side * (float(end) - centre)):
                joined |= far
    return joined


def _scale(values: Floats) -> float:
    """Robust standard deviation."""
    low, high = np.quantile(values, [0.25, 0.75])
    return float(high - low) / (2 * _SIGMA)


def _limits(values: Floats, rows: int) -> tuple[float, float]:
    """How far down and up the numbers of a column may go."""
    counts = np.unique(values, return_counts=True)
    top = counts[0][counts[1].argmax()]
    if counts[1].max() > 0.4 * values.size:
        # Half the rows say nothing, such as no visits: how far the others go is told by the others.
        rest = values[values != top]
        if rest.size < _LEAST_ROWS:
            return -np.inf, np.inf
        values, rows = rest, int(rows * rest.size / values.size)
    high = _limit(values, rows)
    if values.min() >= 0 and (values > 0).sum() >= _LEAST_ROWS:
        logs = np.log(values[values > 0])
        if _heaviness(logs) < _heaviness(values):
            high = max(high, float(np.exp(min(700.0, _limit(logs)))))
    return -_limit(-values, rows), high


def _quantiles(values: Floats) -> tuple[float, float, float, float]:
    """Median, and how far above it the last quarter, twentieth and hundredth begin."""
    middle, quarter, twentieth, hundredth = np.quantile(values, [0.5, 0.75, 0.95, 0.99], method="lower")
    return float(middle), float(quarter - middle), float(twentieth - middle), float(hundredth - middle)


def _heaviness(values: Floats) -> float:
    """How much farther the last hundredth begins than the last quarter."""
    _, quarter, _, hundredth = _quantiles(values)
    return hundredth / quarter if quarter > 0 else np.inf


def _limit(values: Floats, rows: int = 0) -> float:
    """How far up the numbers may go; with the number of rows, a heavy tail is carried on."""
    middle, quarter, twentieth, hundredth = _quantiles(values)
    if quarter <= 0 or twentieth <= 0:
        return np.inf
    limit = middle + max(_FAR * quarter / _SIGMA, _BEYOND_TAIL * hundredth)
    if rows and hundredth > _LIGHT * quarter:
        index = np.log(hundredth / twentieth) / np.log(5.0)
        limit = max(limit, middle + hundredth * (0.01 * rows * _MARGIN) ** index)
    return float(limit)


def _finding(table: CheckedTable, found: _Outside, columns: int) -> Finding:
    """Say how far which values are."""
    count, farthest = found.places.size, found.values[0]
    low, high = found.usual
    subject = (
        f"{count:,} values of '{found.column}' lie" if count > 1 else f"A value of '{found.column}' lies"
    )
    other = f" (one of {columns} such columns)" if columns > _MOST_FINDINGS else ""
    same = int((found.values == farthest).sum())
    figures: dict[str, float | int | str | bool | None] = {
        "rows": int(count),
        "farthest": float(farthest),
        "usual_from": low,
        "usual_to": high,
        "deviations": round(found.distance, 1) if np.isfinite(found.distance) else None,
    }
    if same > 1:
        figures["same_value"] = same
    return Finding(
        check="outliers",
        severity="warning",
        columns=(found.column,),
        what=f"{subject} far outside: {farthest:g}, where 98 % lie from {low:g} to {high:g}{other}",
        figures=figures,
        done="nothing: rows are never taken away for being far outside",
        question=f"Is {farthest:g} real, a slip, another unit, or a stand-in for a missing value?",
        examples=example_rows(table, found.places.tolist(), [found.column, table.contract.target]),
    )
