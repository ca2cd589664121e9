"""Drift inside the table: columns whose values were others in the first part than in the last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ROW, Finding
from fivefold.data.examples import example_rows
from fivefold.measure.discovery import false_discovery_rates
from fivefold.measure.pair import Pair
from fivefold.measure.sketch import sketch_column
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from fivefold.core.artefacts import Column, Figure
    from fivefold.core.protocols import CheckedTable
    from fivefold.core.tables import Frame

__all__ = ["DriftInside"]

_LEAST = 60
"""Rows of a part below which chance alone moves a histogram further than any drift worth knowing."""
_ROWS = 10_000
_PART = 1 / 3
_EFFECT = 0.15
"""Jensen-Shannon distance below which a drift, however certain, is passed over."""
_DISCOVERIES = 0.01
_DRAWS = 500
_MOST_DRAWS = 20_000
_SORTED = 0.95
_SHOWN = 7


@dataclass(frozen=True, slots=True)
class _Moved:
    """How far a column moved, and how likely chance moved it."""

    name: str
    effect: float
    p_value: float
    pair: Pair


class DriftInside:
    """Compares the first third of the rows with the last: by the time column of a split by time, else as they stand.

    The distance is the one that watches a release; a drift must pass a floor and be more than chance, after a correction
    for the number of columns. Rows that stand in the order of a column other than a date are left alone.
    """

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding that names the columns, the furthest moved first."""
        parts = _parts(table)
        if parts is None:
            return ()
        by, first, last = parts
        columns = [column for column in table.contract.columns if _is_compared(column, by)]
        moves = [_move(first, last, column, len(columns), place) for place, column in enumerate(columns)]
        rates = false_discovery_rates([move.p_value for move in moves])
        moved = [
            move
            for move, rate in zip(moves, rates, strict=True)
            if move.effect >= _EFFECT and rate < _DISCOVERIES
        ]
        moved.sort(key=lambda move: -move.effect)
        return (_finding(table, moved, by, first, last),) if moved else ()


def _parts(table: CheckedTable) -> tuple[str, Frame, Frame] | None:
    """The time column, if any, and the first and the last third, sealed rows among them."""
    import polars as pl

    columns = table.contract.columns
    names = [ROW, *(column.name for column in columns)]
    by = table.split.by if table.split.kind in {"time", "time_group"} else None
    frame = table.frame.select(names)
    if set(names) <= set(table.sealed.columns):
        frame = pl.concat([frame, table.sealed.select(names)])
    if by is not None and by in frame.columns:
        frame = frame.filter(pl.col(by).is_not_null()).sort(by, ROW)
    else:
        by = None
        frame = frame.sort(ROW)
        if any(_orders_the_rows(table, frame, column) for column in columns):
            return None
    size = int(frame.height * _PART)
    if size < _LEAST:
        return None
    chance = np.random.default_rng(0)
    kept = np.sort(chance.choice(size, min(size, _ROWS), replace=False))
    return by or "", frame[kept], frame[kept + frame.height - size]


def _orders_the_rows(table: CheckedTable, frame: Frame, column: Column) -> bool:
    """Whether the rows stand in the order of this column, which is no date and counts no rows."""
    if column.kind == "datetime" or column.role in {"identifier", "constant", "text"}:
        return False
    profile = table.profiles.get(column.name)
    if profile is not None and 1 - _SORTED < profile.sorted_share < _SORTED and profile.sorted_share > 0:
        return False
    values = frame[column.name].drop_nulls()
    if values.len() < _LEAST or values.n_unique() < 2:
        return False
    steps = np.diff(values.rank("dense").to_numpy().astype(np.float64))
    runs = float((steps == 0).mean())
    rising = max(float((steps >= 0).mean()), float((steps <= 0).mean()))
    return rising >= _SORTED and (values.n_unique() > 2 or runs >= 1 - 8 / values.len())


def _is_compared(column: Column, by: str) -> bool:
    """Whether a drift of the column would mean anything: dates and counters move by nature."""
    return column.role not in {"identifier", "constant", "date"} and column.name != by


def _move(first: Frame, last: Frame, column: Column, columns: int, seed: int) -> _Moved:
    """Measure one column, and draw what chance alone would do often enough for the correction."""
    reference = sketch_column(first[column.name], column)
    pair = Pair.of(reference, last[column.name], column.categories)
    if pair.effect < _EFFECT:
        return _Moved(column.name, pair.effect, 1.0, pair)
    generator = np.random.default_rng(seed)
    chance = pair.by_chance(_DRAWS, generator)
    needed = min(_MOST_DRAWS, int(2 * columns / _DISCOVERIES))
    if needed > _DRAWS and pair.effect > chance.max():
        chance = np.concatenate([chance, pair.by_chance(needed - _DRAWS, generator)])
    p_value = float((1 + (chance >= pair.effect).sum()) / (1 + chance.size))
    return _Moved(column.name, pair.effect, p_value, pair)


def _finding(table: CheckedTable, moved: list[_Moved], by: str, first: Frame, last: Frame) -> Finding:
    """Name what moved, and how."""
    import polars as pl

    names = [move.name for move in moved]
    order = f"along '{by}'" if by else "in the order of the rows"
    others = f" (and {len(moved) - 1:,} more columns)" if len(moved) > 1 else ""
    figures: dict[str, Figure] = {move.name: round(move.effect, 4) for move in moved[:_SHOWN]}
    figures |= {"columns": len(moved), "rows": first.height}
    personal = any(column.personal for column in table.contract.columns if column.name == names[0])
    both = pl.concat([first.head(1), last.tail(1)])
    return Finding(
        check="drift",
        severity="warning" if by else "info",
        columns=tuple(names),
        what=f"'{names[0]}'{others} changed between the first and the last third {order}: {_change(moved[0], first, last, personal=personal)}",
        figures=figures,
        question="Did the way of measuring or collecting change, or the world? What will new rows look like?",
        examples=example_rows(table, [0, 1], ([by] if by else []) + names[:_SHOWN], frame=both),
    )


def _change(move: _Moved, first: Frame, last: Frame, *, personal: bool) -> str:
    """The change in a few words; of personal values only whether they were there was compared, and none is named."""
    import polars as pl

    gone = move.pair.missing_now - move.pair.missing_then
    if personal or abs(gone) >= 0.1:
        return f"missing in {percent(move.pair.missing_then, places=0)} of the rows, then in {percent(move.pair.missing_now, places=0)}"
    early, late = first[move.name], last[move.name]
    if early.dtype.is_numeric():
        return f"its middle was {_middle(early)}, then {_middle(late)}"
    words = (early.cast(pl.String), late.cast(pl.String))
    then_now = [dict(one.drop_nulls().alias("value").value_counts().iter_rows()) for one in words]
    shares = [
        (str(name), then_now[0].get(name, 0) / early.len(), then_now[1].get(name, 0) / late.len())
        for name in set(then_now[0]) | set(then_now[1])
    ]
    name, then, now = max(shares, key=lambda one: (abs(one[1] - one[2]), one[0]), default=("", 0.0, 0.0))
    return f"'{name[:40]}' was {percent(then, places=0)} of the rows, then {percent(now, places=0)}"


def _middle(values: pl.Series) -> str:
    """Median of numbers."""
    middle = values.drop_nulls().median()
    return f"{middle:.4g}" if isinstance(middle, int | float) else "missing"
