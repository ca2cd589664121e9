"""Impossible values: numbers that their column's own name rules out, such as an age of -3 or a latitude of 120."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.pieces import pieces
from fivefold.measure.numbers import as_numbers
from fivefold.report.language import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

__all__ = ["ImpossibleValues"]


def _set(words: str) -> frozenset[str]:
    """Words of a line."""
    return frozenset(words.split())


_MOST = 0.05
"""Where more rows break the rule, the name means something else: ages in months, or numbers that were standardised."""
_LEAST_ROWS = 50


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a name promises.

    Attributes
    ----------
    noun : str
    names : frozenset of str
        Words of a column's name, one of which calls for the rule.
    low, high : float
    unless : frozenset of str
        Words that call it off.
    form : str
        A form of values that calls for it, whatever the name.
    """

    noun: str
    names: frozenset[str]
    low: float
    high: float
    unless: frozenset[str] = field(default_factory=frozenset)
    form: str = ""


_CHANGES = _set(
    "change changes diff difference delta net growth return returns increase decrease gain loss log ln z scaled std score "
    "error deviation residual trend pct_change balance offset relative ratio shift"
)
_NOT_YEARS = _CHANGES | {
    "month",
    "months",
    "day",
    "days",
    "week",
    "weeks",
    "group",
    "band",
    "bucket",
    "code",
    "class",
}
_RULES = (
    _Rule("an age", frozenset({"age", "ages"}), 0, 130, frozenset(_NOT_YEARS)),
    _Rule("a latitude", frozenset({"lat", "latitude"}), -90, 90, _CHANGES, "latitude"),
    _Rule("a longitude", frozenset({"lon", "lng", "longitude"}), -180, 180, _CHANGES, "longitude"),
    _Rule("a percentage", frozenset({"percent", "percentage", "pct", "humidity"}), 0, 100, _CHANGES),
    _Rule("a probability", frozenset({"probability", "proba"}), 0, 1, _CHANGES),
    _Rule("a month", frozenset({"month"}), 0, 12, _CHANGES | {"per", "code", "index"}),
    _Rule("an hour", frozenset({"hour"}), 0, 24, _CHANGES | {"per"}),
    _Rule(
        "a year",
        frozenset({"year"}),
        1000,
        2200,
        _CHANGES | {"per", "in", "of", "last", "first", "tenure", "old"},
    ),
    _Rule("a pH", frozenset({"ph"}), 0, 14, _CHANGES),
    _Rule(
        "a count or a size",
        _set(
            "count counts quantity qty weight height length distance area duration population mileage size salary wage rent "
            "visits rooms bedrooms bathrooms children employees"
        ),
        0,
        np.inf,
        _CHANGES,
    ),
)


class ImpossibleValues:
    """Holds numbers against what the column's name promises."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column."""
        findings = []
        for column in table.contract.columns:
            rule = _rule(column)
            if rule is not None:
                finding = _inspect(table, column, rule)
                if finding is not None:
                    findings.append(finding)
        return findings


def _rule(column: Column) -> _Rule | None:
    """Return what a column's name, or the form of its values, promises."""
    if column.kind not in {"number", "integer"} or column.role != "number" or column.personal:
        return None
    words = set(pieces(column.name))
    return next(
        (
            rule
            for rule in _RULES
            if (words & rule.names or (rule.form and column.form == rule.form)) and not words & rule.unless
        ),
        None,
    )


def _inspect(table: CheckedTable, column: Column, rule: _Rule) -> Finding | None:
    """Look at one column."""
    values = as_numbers(table.frame[column.name])
    known = int((~np.isnan(values)).sum())
    broken = (values < rule.low) | (values > rule.high)
    count = int(broken.sum())
    if known < _LEAST_ROWS or not count or count > max(1.0, _MOST * known):
        return None
    amounts, counts = np.unique(values[broken], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:3]
    named = ", ".join(f"{amounts[place]:g} ({counts[place]:,})" for place in order)
    bounds = f"below {rule.low:g}" if np.isinf(rule.high) else f"outside {rule.low:g} to {rule.high:g}"
    return Finding(
        check="impossible",
        severity="warning",
        columns=(column.name,),
        what=f"{plural(count, 'value')} of '{column.name}' cannot be {rule.noun}: {named}",
        figures={
            "rows": count,
            "share": round(count / known, 5),
            "limits": bounds,
            "lowest": float(amounts[0]),
            "highest": float(amounts[-1]),
        },
        done="nothing: the values stay as they are",
        question=f"Are these slips, or does {amounts[order[0]]:g} stand for a missing value? If so, say it under [data.columns].",
        examples=example_rows(table, np.flatnonzero(broken).tolist(), [column.name, table.contract.target]),
    )
