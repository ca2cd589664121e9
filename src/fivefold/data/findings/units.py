"""Mixed units: amounts in kilograms and in pounds in one column are not comparable, whatever reads them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.marks import PERCENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Column, ColumnProfile
    from fivefold.core.protocols import CheckedTable

__all__ = ["MixedUnits"]

_AMOUNT = re.compile(
    r"(?P<before>[$€£¥₹]|USD|EUR|GBP|CHF|JPY)? ?[-+]?[0-9][0-9.,' ]*?(?:[eE][-+]?[0-9]+)? ?(?P<after>[^\W\d_]{1,12}\.?|°[CF]?|[$€£¥₹%\"'])?"
)
_DIMENSIONS = {
    "weights": "kg g mg lb lbs oz t st pound pounds kilo kilos gram grams",
    "lengths": "km m cm mm mi ft in yd mile miles inch inches feet \" '",
    "volumes": "l ml cl dl gal pt qt litre litres liter liters gallon gallons",
    "areas": "sqm sqft ha acre acres",
    "times": "s sec min h hr hrs hour hours day days week weeks month months year years mins minutes seconds",
    "temperatures": "°c °f c f k",
    "sums of money": "$ € £ ¥ ₹ usd eur gbp chf jpy",
    "energies": "kcal cal kj j kwh wh mwh",
    "sizes": "kb mb gb tb",
}
_SAME = {"lbs": "lb", "pound": "lb", "pounds": "lb", "kilo": "kg", "kilos": "kg", "gram": "g", "grams": "g"}
_SAME |= {"mile": "mi", "miles": "mi", "inch": "in", "inches": "in", '"': "in", "feet": "ft", "'": "ft"}
_SAME |= {"litre": "l", "litres": "l", "liter": "l", "liters": "l", "gallon": "gal", "gallons": "gal"}
_SAME |= {"acres": "acre", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "days": "day", "weeks": "week"}
_SAME |= {"months": "month", "years": "year", "mins": "min", "minutes": "min", "seconds": "s", "sec": "s"}
_SAME |= {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "°c": "c", "°f": "f"}
_LOOKED_AT = 5_000
_AMOUNTS = 0.7
"""Share of the values that must be amounts with a unit."""
_SOME = 0.01
_FEW = 3


class MixedUnits:
    """Finds columns of amounts in two units of one dimension, be they kept as texts or read as numbers."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column; of numbers the look has kept the marks, of the target's as well."""
        columns = table.contract.columns
        found = (_inspect(table, column) for column in columns if column.kind == "string")
        names = [column.name for column in columns if column.kind != "string"] + [table.contract.target]
        marked = [table.profiles[name] for name in names if name in table.profiles]
        return [*(one for one in found if one is not None), *(_said(one) for one in marked if one.marks)]


def _inspect(table: CheckedTable, column: Column) -> Finding | None:
    """Look at the values of a column of texts."""
    values = table.frame[column.name]
    texts = values.drop_nulls().head(_LOOKED_AT).to_list()
    units = [_unit(text) for text in texts]
    counts = Counter(unit for unit in units if unit)
    dimension = _dimension(set(counts))
    if not units or dimension is None or counts.total() < _AMOUNTS * len(units):
        return None
    least = max(_FEW, _SOME * len(units))
    mixed = {unit: count for unit, count in counts.most_common() if count >= least}
    if len(mixed) < 2:
        return None
    examples = _examples(table, column.name, list(mixed))
    words = ", ".join(f"'{unit}' ({count:,})" for unit, count in mixed.items())
    return Finding(
        check="units",
        severity="warning",
        columns=(column.name,),
        what=f"'{column.name}' holds {dimension} in {len(mixed)} units: {words}",
        figures={"values": len(units), **{f"in {unit}": count for unit, count in mixed.items()}},
        done="nothing: the values are not converted",
        question=f"Can all values of '{column.name}' be written in one unit?",
        examples=examples,
    )


def _said(profile: ColumnProfile) -> Finding:
    """Speak of numbers whose texts carry different marks."""
    name, marks = profile.name, dict(profile.marks)
    words = ", ".join(f"'{mark}' ({count:,})" for mark, count in marks.items() if mark)
    what = f"'{name}' holds sums of money in {len(marks)} units, read as if they were one: {words}"
    question = f"Can all values of '{name}' be written in one currency?"
    if PERCENT in marks:
        apart = f"{marks[PERCENT]:,} texts with '%' beside {marks['']:,} between 0 and 1 without it"
        what = (
            f"'{name}' holds percentages and fractions of 1, and 50 % is read as 50 and 0.5 as 0.5: {apart}"
        )
        question = (
            f"Do the fractions in '{name}' mean hundredths too? If so, write all values with '%', or none."
        )
    return Finding(
        check="units",
        severity="warning",
        columns=(name,),
        what=what,
        figures={
            "values": sum(marks.values()),
            **{f"in {mark}" if mark else "without a mark": count for mark, count in marks.items()},
        },
        done="nothing: the values are not converted",
        question=question,
    )


def _unit(text: str) -> str:
    """Unit of an amount, in one spelling; empty when the text is none."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return ""
    word = (found["after"] or found["before"] or "").rstrip(".").lower()
    return _SAME.get(word, word)


def _dimension(units: set[str]) -> str | None:
    """What all these units measure; None when they do not measure the same."""
    fitting = (
        name
        for name, known in _DIMENSIONS.items()
        if units and units <= {_SAME.get(unit, unit) for unit in known.split()}
    )
    return next(fitting, None)


def _examples(
    table: CheckedTable, name: str, units: list[str]
) -> tuple[dict[str, float | int | str | bool | None], ...]:
    """A row of each unit."""
    texts = table.frame[name].head(_LOOKED_AT).to_list()
    firsts: dict[str, int] = {}
    for place, text in enumerate(texts):
        if text is not None:
            firsts.setdefault(_unit(text), place)
    return example_rows(table, [firsts[unit] for unit in units if unit in firsts], [name])
