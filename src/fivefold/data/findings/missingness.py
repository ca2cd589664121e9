"""Missing values that depend on the target: a sign that whether something was written down has to do with the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.measure.association import association
from fivefold.measure.discovery import false_discovery_rates
from fivefold.measure.independence import counts_by_chance, ranks, ranks_by_chance
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Figure
    from fivefold.core.protocols import CheckedTable

    Flags = NDArray[np.bool_]

__all__ = ["TellingGaps"]

_LEAST = 10
"""Filled rows, and empty ones, below which nothing is said."""
_DISCOVERIES = 0.001
_EFFECT = 0.15
"""Association (Cramer's V, or the root of the share of variance) below which the dependence matters to nobody."""
_STRONG = 0.4
_SHOWN = 8
_CLASSES = 30


@dataclass(frozen=True, slots=True)
class _Gap:
    """A column's missing values and what they say of the target."""

    name: str
    missing: Flags
    p_value: float
    effect: float


class TellingGaps:
    """Tests, column by column, whether values are missing more often for some targets than for others.

    A chi-square test for classes and a rank test for amounts; false discoveries over all columns are kept to one in a
    thousand, and weak dependences, however certain, are passed over.
    """

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding that names the columns, the most telling first."""
        gaps = _gaps(table)
        rates = false_discovery_rates([gap.p_value for gap in gaps])
        telling = [
            gap
            for gap, rate in zip(gaps, rates, strict=True)
            if rate < _DISCOVERIES and gap.effect >= _EFFECT
        ]
        if not telling:
            return ()
        telling.sort(key=lambda gap: -gap.effect)
        return (_finding(table, telling),)


def _gaps(table: CheckedTable) -> list[_Gap]:
    """Columns with gaps enough, tested."""
    gaps = []
    seen: dict[bytes, _Gap] = {}
    for column in table.contract.columns:
        missing = table.frame[column.name].is_null().to_numpy()
        if not _LEAST <= int(missing.sum()) <= missing.size - _LEAST:
            continue
        # Columns that are missing together, such as the answers of one questionnaire, are tested once.
        key = np.packbits(missing).tobytes()
        if key not in seen:
            seen[key] = _test(table, column.name, missing)
        same = seen[key]
        gaps.append(_Gap(column.name, missing, same.p_value, same.effect))
    return gaps


def _test(table: CheckedTable, name: str, missing: Flags) -> _Gap:
    """Test one column."""
    target = table.frame[table.contract.target].to_numpy()
    if table.contract.task == "regression":
        amounts = target.astype(np.float64)
        p_value = ranks_by_chance(amounts[missing], amounts[~missing])
        effect = association(missing.astype(np.intp), ranks(amounts), 0)
        return _Gap(name, missing, p_value, effect or 0.0)
    names, codes, counts = np.unique(target.astype(str), return_inverse=True, return_counts=True)
    frequent = np.argsort(-counts)[:_CLASSES]
    kept = np.isin(codes, frequent)
    both = np.stack(
        [np.bincount(codes[kept & side], minlength=names.size)[frequent] for side in (missing, ~missing)]
    )
    if frequent.size < 2 or not both.sum(axis=1).all():
        return _Gap(name, missing, 1.0, 0.0)
    p_value = counts_by_chance(both)
    effect = association(missing.astype(np.intp), codes.astype(np.float64), names.size)
    return _Gap(name, missing, p_value, effect or 0.0)


def _finding(table: CheckedTable, telling: list[_Gap]) -> Finding:
    """Name the columns and say how strongly the first one's gaps go with the target."""
    first, target = telling[0], table.contract.target
    figures: dict[str, Figure] = {gap.name: round(gap.effect, 4) for gap in telling[:_SHOWN]}
    figures |= {"columns": len(telling), "missing": int(first.missing.sum())}
    others = f" (and in {len(telling) - 1:,} more columns)" if len(telling) > 1 else ""
    gone, there = np.flatnonzero(first.missing)[:2], np.flatnonzero(~first.missing)[:1]
    return Finding(
        check="missingness",
        severity="warning" if first.effect >= _STRONG else "info",
        columns=tuple(gap.name for gap in telling),
        what=f"Whether '{first.name}' is missing goes with '{target}'{others}: {_contrast(table, first.missing)}",
        figures=figures,
        question=f"Why is '{first.name}' missing? If it is filled in or asked for depending on what happened later, leave it "
        "out; a model learns from the gaps as well."
        if first.effect >= _STRONG
        else "",
        examples=example_rows(
            table, [*gone.tolist(), *there.tolist()], (*[gap.name for gap in telling[: _SHOWN - 1]], target)
        ),
    )


def _contrast(table: CheckedTable, missing: Flags) -> str:
    """Compare the target of rows with and without a value."""
    target = table.frame[table.contract.target].to_numpy()
    if table.contract.task == "regression":
        amounts = target.astype(np.float64)
        middle, other = float(np.median(amounts[missing])), float(np.median(amounts[~missing]))
        return f"its middle is {middle:.4g} without a value and {other:.4g} with one"
    shares = {
        name: (float((target[missing] == name).mean()), float((target[~missing] == name).mean()))
        for name in table.contract.classes
    }
    name = max(shares, key=lambda one: abs(shares[one][0] - shares[one][1]))
    without, with_one = shares[name]
    return f"'{name}' in {percent(without)} of the rows without a value and in {percent(with_one)} of those with one"
