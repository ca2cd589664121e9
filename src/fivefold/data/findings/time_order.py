"""Time that a random split hides: rows in the order of time, and a target that changes along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.pieces import pieces
from fivefold.measure.association import association
from fivefold.measure.discovery import false_discovery_rates
from fivefold.measure.independence import counts_by_chance, means_by_chance, ranks
from fivefold.measure.numbers import as_numbers
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import CheckedTable

    Codes = NDArray[np.intp]
    Floats = NDArray[np.float64]

__all__ = ["TimeOrder"]

_LEAST = 100
_BLOCKS = 10
_DISCOVERIES = 0.001
_EFFECT = 0.2
"""Association of the target with the block of time from which it changes along it."""
_SORTED = 0.95
"""How far the rows must stand in the order of a column, up or down."""
_RUNS = 4
"""Runs per class up to which a file is sorted by its classes."""
_CLASSES = 20
_BIRTH = frozenset({"birth", "birthday", "birthdate", "dob", "born"})


@dataclass(frozen=True, slots=True)
class _Order:
    """An order of the rows that may be that of time, and how the target changes along it."""

    name: str
    places: NDArray[np.intp]
    sorted: bool
    p_value: float
    effect: float


class TimeOrder:
    """Looks, where the split is not by time, along every date and along the rows themselves."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding, of the order along which the target changes most; a sorted date is named in any case."""
        if table.split.kind in {"time", "time_group"} or table.frame.height < _LEAST:
            return ()
        orders = _orders(table)
        rates = false_discovery_rates([order.p_value for order in orders])
        changing = [
            order
            for order, rate in zip(orders, rates, strict=True)
            if rate < _DISCOVERIES and order.effect >= _EFFECT
        ]
        if changing:
            return (
                _finding(table, max(changing, key=lambda order: (order.sorted, order.effect)), changes=True),
            )
        stood = [order for order in orders if order.sorted and order.name]
        return (_finding(table, stood[0], changes=False),) if stood else ()


def _orders(table: CheckedTable) -> list[_Order]:
    """The dates, and the order of the rows when nothing else explains it."""
    orders, explained = [], False
    rows = np.arange(table.frame.height)
    for column in table.contract.columns:
        if column.role in {"identifier", "constant"}:
            continue
        profile = table.profiles.get(column.name)
        stands = profile is not None and not 1 - _SORTED < profile.sorted_share < _SORTED
        if column.kind != "datetime":
            # Sorted by shop or by price: the order says nothing of time. A column nobody looked at has the share 0.
            explained |= (
                stands and profile is not None and (profile.sorted_share > 0 or _falls(table, column.name))
            )
            continue
        moments = as_numbers(table.frame[column.name])
        known = np.flatnonzero(~np.isnan(moments))
        if known.size < _LEAST or _BIRTH & set(pieces(column.name)):
            continue
        places = known[np.argsort(moments[known], kind="stable")]
        along = _in_order(moments[known])
        explained |= along
        orders.append(_order(table, column.name, places, along=along))
    if not explained and not _sorted_by_target(table):
        orders.append(_order(table, "", rows, along=True))
    return orders


def _falls(table: CheckedTable, name: str) -> bool:
    """Whether a column truly falls or rises along the rows."""
    values = table.frame[name].drop_nulls().rank("dense").to_numpy().astype(np.float64)
    return values.size >= _LEAST and _in_order(values)


def _in_order(values: Floats) -> bool:
    """Whether values rise or fall along the rows, nearly everywhere."""
    if values.size < _LEAST or np.unique(values).size < 3:
        return False
    steps = np.diff(values)
    return max(float((steps >= 0).mean()), float((steps <= 0).mean())) >= _SORTED


def _sorted_by_target(table: CheckedTable) -> bool:
    """Whether the rows stand in the order of the target, as files for teaching do."""
    target = table.frame[table.contract.target]
    codes = (target.rank("dense") - 1).to_numpy().astype(np.float64)
    if table.contract.task == "regression":
        return _in_order(codes)
    runs = int((np.diff(codes) != 0).sum()) + 1
    return runs <= _RUNS * np.unique(codes).size


def _order(table: CheckedTable, name: str, places: NDArray[np.intp], *, along: bool) -> _Order:
    """Part the rows into ten blocks along an order, and compare the targets of the blocks."""
    target = table.frame[table.contract.target].gather(places)
    blocks: Codes = (np.arange(places.size) * _BLOCKS // places.size).astype(np.intp)
    if table.contract.task == "regression":
        placed = ranks(target.to_numpy().astype(np.float64))
        return _Order(
            name, places, along, means_by_chance(blocks, placed), association(blocks, placed, 0) or 0.0
        )
    counted = target.alias("value").value_counts(sort=True)
    names = counted["value"].to_list()[:_CLASSES]
    words = target.to_numpy()
    codes = np.full(words.size, len(names), dtype=np.intp)
    for place, word in enumerate(names):
        codes[words == word] = place
    counts = np.stack(
        [np.bincount(blocks[codes == code], minlength=_BLOCKS) for code in range(len(names) + 1)]
    )
    effect = association(blocks, codes.astype(np.float64), len(names) + 1) or 0.0
    return _Order(name, places, along, counts_by_chance(counts), effect)


def _finding(table: CheckedTable, order: _Order, *, changes: bool) -> Finding:
    """Say along what the target changes."""
    target, kind = table.contract.target, table.split.kind.replace("_", " ")
    first, last = order.places[: order.places.size // 10], order.places[-(order.places.size // 10) :]
    along = f"'{order.name}'" if order.name else "the order of the rows"
    if changes:
        what = f"'{target}' changes along {along}: {_contrast(table, first, last)}; the {kind} split mixes early and late rows"
    else:
        what = (
            f"The rows stand in the order of '{order.name}', but the {kind} split mixes early and late ones"
        )
    named = (
        f"name '{order.name}' as the time column"
        if order.name
        else "bring a column that says when each row was, as the time column"
    )
    shown = (order.name, target) if order.name else (target,)
    return Finding(
        check="time_order",
        severity="warning" if changes else "info",
        columns=(order.name,) if order.name else (target,),
        what=what,
        figures={"effect": round(order.effect, 4), "rows": int(order.places.size), "sorted": order.sorted},
        question=f"Will the model be asked about rows later than these? If so, {named}, so that it is tested on later rows.",
        examples=example_rows(table, [int(order.places[0]), int(order.places[-1])], shown),
    )


def _contrast(table: CheckedTable, first: NDArray[np.intp], last: NDArray[np.intp]) -> str:
    """Compare the target of the first tenth of the rows with that of the last."""
    target = table.frame[table.contract.target].to_numpy()
    if table.contract.task == "regression":
        amounts = target.astype(np.float64)
        early, late = float(np.median(amounts[first])), float(np.median(amounts[last]))
        return f"its middle is {early:.4g} in the first tenth and {late:.4g} in the last"
    shares = {
        name: (float((target[first] == name).mean()), float((target[last] == name).mean()))
        for name in table.contract.classes
    }
    name = max(shares, key=lambda one: abs(shares[one][0] - shares[one][1]))
    return f"'{name}' in {percent(shares[name][0])} of the first tenth and in {percent(shares[name][1])} of the last"
