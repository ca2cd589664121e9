"""Rows that agree in every feature, or very nearly, and differ in the target: noise in the labels, or a column that is missing.

Equal rows that agree in the target too are the matter of the check of duplicates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.twins import FEW_TWINS, twin_units
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.protocols import CheckedTable, Floats
    from fivefold.core.tables import Frame

    Codes = NDArray[np.int64]

__all__ = ["ContradictoryLabels"]

_MANY = 0.01
_FEWEST = 4
_STEPS = 200.0
"""Rows are nearly equal when every number agrees to within this part of the middle half of its column."""
_APART = 1.0
"""Standard deviations of a numeric target by which equal rows must differ to contradict each other."""
_COPIES = 0.05
"""Share of rows with a twin up to which twins are taken for copies; above, different cases often look alike."""
_CEILING = 0.02
_NUMBERS = 3
"""Fewer numbers than this are nearly equal by chance all the time."""


class ContradictoryLabels:
    """Counts the rows that have a twin with another outcome, and says what no model can beat because of it."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding when 1 % of the rows, and at least four, contradict each other."""
        columns = [
            column for column in table.contract.columns if column.role not in {"identifier", "constant"}
        ]
        rows = table.frame.height
        if not columns or rows < _FEWEST:
            return ()
        features = table.frame.select(column.name for column in columns)
        outcome, step = _outcome(table)
        equal, twins = twin_units(features)
        many_twins = twins > FEW_TWINS * rows
        contrary = _contrary(equal, outcome, step)
        near, close = np.zeros(rows, dtype=bool), twins
        if not many_twins and sum(dtype.is_float() for dtype in features.dtypes) >= _NUMBERS:
            units, close = twin_units(_coarse(features))
            if close <= FEW_TWINS * rows:
                near = _contrary(units, outcome, step) & ~contrary
        both = contrary | near
        if both.sum() < max(_FEWEST, _MANY * rows):
            return ()
        lost = _lost(equal, outcome) if step is None else 0.0
        if many_twins and lost < _CEILING:
            return ()
        return (self._finding(table, both, contrary, twins=max(twins, close), lost=lost),)

    def _finding(
        self,
        table: CheckedTable,
        both: NDArray[np.bool_],
        contrary: NDArray[np.bool_],
        *,
        twins: int,
        lost: float,
    ) -> Finding:
        """Say how many rows contradict each other, and show one group of them."""
        rows, target = table.frame.height, table.contract.target
        near = int((both & ~contrary).sum())
        words = "equal" if not near else "equal or nearly equal"
        what = f"{int(both.sum()):,} of {rows:,} training rows have a twin, {words} in every feature, with another '{target}'"
        if lost >= _CEILING:
            what += f": from these columns nobody can be right in more than {percent(1 - lost)} of the rows"
        features = [column.name for column in table.contract.columns]
        places = _one_group(table, both)
        return Finding(
            check="contradictions",
            severity="info" if twins > _COPIES * rows else "warning",
            columns=(target,),
            what=what,
            figures={
                "rows": int(both.sum()),
                "share": round(float(both.mean()), 4),
                "nearly_equal_rows": near,
                "lost_share": round(lost, 4),
            },
            done="nothing: the rows stay as they are",
            question=f"Is '{target}' wrong in some of these rows, or does a column that tells them apart fail to be here?",
            examples=example_rows(table, places, [target, *features]),
        )


def _outcome(table: CheckedTable) -> tuple[Floats, float | None]:
    """The target as numbers, and by how much two of them must differ; None for classes."""
    target = table.frame[table.contract.target]
    if table.contract.task != "regression":
        _, codes = np.unique(target.to_numpy().astype(str), return_inverse=True)
        return codes.astype(np.float64), None
    values = target.to_numpy().astype(np.float64)
    return values, _APART * float(values.std()) or 1.0


def _contrary(units: Codes, outcome: Floats, step: float | None) -> NDArray[np.bool_]:
    """Rows whose unit holds another outcome; of numbers, one that is at least a step away."""
    count = int(units.max()) + 1
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, units, outcome)
    np.maximum.at(high, units, outcome)
    apart: NDArray[np.bool_] = (high - low)[units] >= (step or 0.5)
    return apart


def _lost(units: Codes, outcome: Floats) -> float:
    """Share of the rows that are not of the most frequent class among their equals."""
    pairs, counts = np.unique(np.column_stack([units, outcome.astype(np.int64)]), axis=0, return_counts=True)
    best = np.zeros(int(units.max()) + 1, dtype=np.int64)
    np.maximum.at(best, pairs[:, 0], counts)
    return 1.0 - float(best.sum()) / units.size


def _coarse(features: Frame) -> Frame:
    """Features with their numbers rounded to a small part of their spread; words without case."""
    import polars as pl

    return pl.DataFrame([_rounded(features[name]) for name in features.columns])


def _rounded(values: pl.Series) -> pl.Series:
    """One column, rounded."""
    import polars as pl

    if values.dtype == pl.String:
        return values.str.to_lowercase()
    if not values.dtype.is_float():
        return values
    low, high = values.quantile(0.25), values.quantile(0.75)
    step = (high - low) / _STEPS if low is not None and high is not None else 0.0
    return (values / step).round().alias(values.name) if step > 0 else values


def _one_group(table: CheckedTable, both: NDArray[np.bool_]) -> list[int]:
    """Rows that contradict each other and stand next to each other in the order of their features."""
    features = [
        column.name for column in table.contract.columns if column.role not in {"identifier", "constant"}
    ]
    places = np.flatnonzero(both)
    contrary = table.frame[places]
    units, _ = twin_units(_coarse(contrary.select(features)))
    order = np.argsort(units, kind="stable")
    group = order[units[order] == units[order[0]]]
    labels = contrary[table.contract.target].to_numpy()[group]
    _, firsts = np.unique(labels, return_index=True)
    chosen = [*group[firsts], *np.delete(group, firsts)]
    return [int(places[place]) for place in chosen[:3]]
