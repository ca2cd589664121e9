"""Zeros that stand apart: a blood pressure of 0 was not measured, a garage of 0 square feet is none; only a person knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

__all__ = ["ZerosApart", "zeros_apart"]

_LEAST = 3
_VALUES = 5
"""Different values up to the median, from which their steps tell anything."""
_LEAST_SHARE = 0.003
_MOST = 0.6
"""Share of zeros beyond which they are what is usual, such as no rain."""
_OF_MEDIAN = 0.1
"""The smallest other value, as a share of their median, from which zero lies apart."""
_GAPS = 2.0
"""How many times wider the step from zero must be than the steps from the smallest other value to their median, all but one."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Apart:
    """A column whose zeros lie apart."""

    name: str
    rows: int
    share: float
    least: float
    first: int


class ZerosApart:
    """Finds numbers of which none lies between 0 and a band far above it."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding for all such columns, since their question is the same."""
        found = [one for column in table.contract.columns if (one := _apart(table, column)) is not None]
        if not found:
            return ()
        found.sort(key=lambda one: -one.rows)
        named = ", ".join(
            f"'{one.name}' ({one.rows:,} rows are 0, all others at least {one.least:g})"
            for one in found[:_SHOWN]
        )
        more = f" and {len(found) - _SHOWN} more columns" if len(found) > _SHOWN else ""
        names = [one.name for one in found]
        return [
            Finding(
                check="zeros",
                severity="info",
                columns=tuple(names),
                what=f"zeros stand apart from all other values in {named}{more}",
                figures={
                    "columns": len(found),
                    "rows": max(one.rows for one in found),
                    "share": round(max(one.share for one in found), 4),
                },
                done="nothing: 0 stays a number",
                question="Does 0 mean that there is none, or that it was not measured? If the latter, say missing_values = "
                f'["0"] under [data.columns."{names[0]}"].',
                examples=example_rows(
                    table, [one.first for one in found[:3]], [*names[:4], table.contract.target]
                ),
            )
        ]


def _apart(table: CheckedTable, column: Column) -> _Apart | None:
    """Look at one column."""
    if column.role != "number" or column.kind not in {"number", "integer"} or column.personal:
        return None
    values = as_numbers(table.frame[column.name])
    known = values[~np.isnan(values)]
    least = zeros_apart(known)
    if least is None:
        return None
    zeros = int((known == 0).sum())
    return _Apart(column.name, zeros, zeros / known.size, least, int(np.flatnonzero(values == 0)[0]))


def zeros_apart(known: NDArray[np.float64]) -> float | None:
    """The smallest value above zeros that stand apart from all others; None where there are none.

    Parameters
    ----------
    known : array, shape (values,)
        None of them NaN.

    Examples
    --------
    >>> pressures = np.array([0.0] * 4 + [float(one) for one in range(60, 120)])
    >>> zeros_apart(pressures), zeros_apart(np.arange(60.0))
    (60.0, None)
    """
    zeros = int((known == 0).sum())
    if not max(_LEAST, _LEAST_SHARE * known.size) <= zeros <= _MOST * known.size or known.min() < 0:
        return None
    others = np.unique(known[known > 0])
    if others.size < _VALUES:
        return None
    median = float(np.median(known[known > 0]))
    below = others[others <= median]
    least = float(others[0])
    if below.size < _VALUES or least < _OF_MEDIAN * median:
        return None
    if least < _GAPS * float(np.partition(np.diff(below), -2)[-2]):  # one value may stand alone
        return None
    return least
