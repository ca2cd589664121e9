"""Things that come back: rows of one customer, patient or machine on both sides of a split that does not know of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.roles import named_like_id
from fivefold.measure.association import association

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

    _Linked = tuple[NDArray[np.intp], NDArray[np.float64], int]

__all__ = ["GroupsAcross"]

_COMES_BACK = 1.05
"""Rows per value from which things are said to come back."""
_FEW = 10
_MANY_VALUES = 0.02
"""Values per row from which a column without the name of an identifier may stand for things."""
_STEADY = 0.9
"""Share of a column's variety that a thing must settle for the column to be one of its traits."""
_TRAITS = 2
_ALIKE = 0.15
"""Association of the thing with the target, above chance, from which its rows are alike."""
_SHUFFLES = 99
"""Shuffles of the target that the likeness must beat where nothing but the values' shape speaks for a thing."""
_COUNTED = re.compile(r"[^\W\d_]{0,4}[-_/. ]?\d{2,}[^\W\d_]{0,2}")
"""The shape of names that somebody counted up: P00115, m12, N14228, INV-2041."""
_OF_ONE = frozenset({"email", "phone", "uuid", "hash"})
"""Forms of values that stand for one person or thing."""
_SHAPED = 0.95
_SEVERAL = 2.0
"""Rows per value from which values of such a shape are taken for things without any trait."""
_PLACES = frozenset({"postal code", "code", "latitude", "longitude", "list", "url"})
_LEAST_SHARED = 0.05
_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class _Thing:
    """A column of things that come back."""

    name: str
    distinct: int
    rows: int
    alike: float
    traits: tuple[str, ...]
    named: bool


class GroupsAcross:
    """Finds columns of things that come back, and counts the sealed rows whose thing training knows."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column; none when the split is by groups."""
        if table.split.kind in {"group", "stratified_group", "time_group"}:
            return ()
        things = [thing for column in table.contract.columns if (thing := _thing(table, column)) is not None]
        return [finding for thing in things if (finding := _finding(table, thing)) is not None]


def _thing(table: CheckedTable, column: Column) -> _Thing | None:
    """Take a column for one of things, by its name, or because its rows share traits and a target."""
    if column.role not in {"category", "number"} or column.kind not in {"string", "integer"}:
        return None
    values = table.frame[column.name].drop_nulls()
    distinct = values.n_unique()
    if distinct < _FEW or values.len() < _COMES_BACK * distinct:
        return None
    named = named_like_id(column.name)
    if not named and (
        column.kind != "string" or column.form in _PLACES or distinct < _MANY_VALUES * values.len()
    ):
        return None
    if named and column.kind == "integer" and distinct < _MANY_VALUES * values.len():
        return None
    linked = _linked(table, column.name)
    alike, traits = association(*linked) or 0.0, _traits(table, column.name)
    if not named and alike < _ALIKE:
        return None
    if (
        not named
        and len(traits) < _TRAITS
        and not (_counted_up(column, values) and _beyond_chance(alike, linked))
    ):
        return None
    return _Thing(column.name, distinct, values.len(), alike, traits, named)


def _counted_up(column: Column, values: pl.Series) -> bool:
    """Whether values are names such as P00115, or of persons, with several rows each."""
    different = values.unique(maintain_order=True)
    if values.len() < _SEVERAL * different.len():
        return False
    looked = different.head(_ROWS).to_list()
    shaped = sum(_COUNTED.fullmatch(text) is not None for text in looked)
    return column.form in _OF_ONE or shaped >= _SHAPED * len(looked)


def _beyond_chance(alike: float, linked: _Linked) -> bool:
    """Whether rows of one thing are more alike than in any shuffle of the targets."""
    codes, amounts, classes = linked
    chance = np.random.default_rng(0)
    shuffles = (chance.permutation(amounts) for _ in range(_SHUFFLES))
    return all((association(codes, shuffled, classes) or 0.0) < alike for shuffled in shuffles)


def _codes(values: pl.Series) -> NDArray[np.intp]:
    """Number the values; a missing one stands for itself."""
    dense = values.rank("dense").to_numpy().astype(np.float64)
    gone = np.isnan(dense)
    dense[gone] = np.arange(int(gone.sum())) + values.len() + 1.0
    _, codes = np.unique(dense, return_inverse=True)
    numbered: NDArray[np.intp] = codes.astype(np.intp)
    return numbered


def _linked(table: CheckedTable, name: str) -> _Linked:
    """A column's values as numbers, the rows' targets, and how many classes these are of (0 for amounts)."""
    frame = table.frame.select(name, table.contract.target).drop_nulls().head(_ROWS)
    target = frame[table.contract.target]
    classes = 0 if table.contract.task == "regression" else target.n_unique()
    amounts = target.rank("dense") - 1 if classes else target
    return _codes(frame[name]), amounts.to_numpy().astype(np.float64), classes


def _traits(table: CheckedTable, name: str) -> tuple[str, ...]:
    """Other columns that are the same in nearly all rows of a thing and vary between things."""
    frame = table.frame.head(_ROWS)
    things = _codes(frame[name])
    counts = np.bincount(things)
    several = counts[things] > 1
    if int(several.sum()) < 2 * _FEW:
        return ()
    traits = []
    for column in table.contract.columns:
        if column.name == name or column.role in {"identifier", "constant", "text"}:
            continue
        values = frame[column.name].rank("dense").fill_null(0).to_numpy().astype(np.int64)[several]
        _, firsts, inside = np.unique(things[several], return_index=True, return_inverse=True)
        same = float((values == values[firsts][inside]).mean())
        shares = np.bincount(values) / values.size
        chance = float((shares**2).sum())
        rows_per_thing = several.sum() / firsts.size
        by_chance = (1 + (rows_per_thing - 1) * chance) / rows_per_thing
        if chance < 0.5 and (same - by_chance) / max(1e-9, 1 - by_chance) >= _STEADY:
            traits.append(column.name)
    return tuple(traits)


def _finding(table: CheckedTable, thing: _Thing) -> Finding | None:
    """Say how many sealed rows have their thing in training."""
    shared, sealed = 0, table.sealed.height
    places: list[int] = []
    if sealed and thing.name in table.sealed.columns:
        asked = table.sealed[thing.name]
        known = asked.is_in(table.frame[thing.name].drop_nulls().unique().implode()).fill_null(value=False)
        shared = int(known.sum())
        places = known.arg_true().head(3).to_list()
        if shared < _LEAST_SHARED * sealed:
            return None
    by_time = table.split.kind == "time"
    across = f"; {shared:,} of {sealed:,} sealed rows are of one that training knows" if sealed else ""
    traits = f", whose rows share {_listed(thing.traits)}," if thing.traits else ""
    what = f"'{thing.name}'{traits} comes back: {thing.distinct:,} values in {thing.rows:,} training rows{across}"
    shown = (thing.name, *thing.traits[:6])
    examples = example_rows(table, places, shown, frame=table.sealed) if places else ()
    return Finding(
        check="groups",
        severity="info" if by_time else "warning",
        columns=(thing.name,),
        what=what,
        figures={
            "distinct": thing.distinct,
            "rows": thing.rows,
            "sealed_rows": shared,
            "sealed_share": round(shared / sealed, 4) if sealed else None,
            "alike": round(thing.alike, 4),
        },
        question=f"Will the model meet new values of '{thing.name}'? If so, name it as the group column, so that it is tested on "
        "values that it has not learned from.",
        examples=examples,
    )


def _listed(names: tuple[str, ...]) -> str:
    """Columns in a sentence, the first three."""
    shown = [f"'{name}'" for name in names[:3]] + ([f"{len(names) - 3} more"] if len(names) > 3 else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
