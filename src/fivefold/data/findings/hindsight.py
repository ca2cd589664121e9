"""Hindsight: columns whose names say that they were written after the outcome, so that nobody has them when asking.

Columns that give the outcome away by their values are the matter of the check of leaks; here speaks the name. Words that
are often innocent, such as ``duration`` or ``result``, count only where the column says much about the target besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.pieces import pieces
from fivefold.measure.association import association, binned
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable, Floats

__all__ = ["Hindsight", "speaks_of_before"]


def _set(words: str) -> frozenset[str]:
    """Words of a line."""
    return frozenset(words.split())


_ROWS = 20_000
_LEVELS = 50
_TELLING = 0.4
"""Association with the target from which a word that is often innocent counts."""
_OWN_NAME = 0.25
"""Association from which a column that bears the target's name counts."""

_MOMENTS = _set("at on date time datetime timestamp ts by day")
_WRITTEN = _set("updated modified edited changed")
_ENDED = _set(
    "closed resolved completed cancelled canceled refunded returned delivered discharged settled terminated churned died "
    "deceased defaulted rejected approved dismissed expired escalated disposed released repaid"
)
_EVENTS = _set(
    "cancel cancellation termination rejection refusal churn exit leaving resignation return refund death discharge default "
    "denial decline closure dismissal complaint"
)
_FINALS = _set("status state grade score outcome result amount decision price mark verdict disposition")
_OUTCOMES = _set(
    "outcome outcomes actual actuals realised realized prediction predicted pred y_true groundtruth"
)
_IDS = _set("id ids number no nr ref reference")
_AFTERWARDS = _set("afterwards subsequent aftermath posttest followup")
_BEFORE = _set(
    "prev previous past prior last lag lagged before historic historical history old mean avg average median min max baseline "
    "initial first planned expected scheduled estimated target forecast budget requested ago yesterday"
)
_NO_POST = _set("code codes office town index postal card box id number address")
_MAYBE = _set(
    "duration result results resolution response paid payment payments repayment recovered remaining after ended stopped "
    "elapsed until closing final lost collected penalty"
)
_STARTS = _set("start started begin began opened open from pickup departure admission checkin")
_ENDS = _set(
    "end ended finish finished stop stopped closed close to dropoff arrival discharge checkout until"
)
_SPANS = _set("duration elapsed stay los tripduration")


class Hindsight:
    """Asks about columns that are named like something from after the outcome; none is left out by itself."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column."""
        columns = [column for column in table.contract.columns if column.role != "constant"]
        spans = _spans(columns)
        strength = _Strength(table)
        findings = []
        for column in columns:
            why = spans.get(column.name) or _named(column, table.contract.target)
            if column.role == "identifier" or not (why or _worth_a_look(column, table.contract.target)):
                told = None
            else:
                told = strength.of(column)
            if why is None and told is not None:
                why = _suspected(column, table.contract.target, told)
            if why is not None:
                findings.append(_finding(table, column, why, told))
        return findings


class _Strength:
    """How much columns say about the target.

    Parameters
    ----------
    table : CheckedTable
    """

    def __init__(self, table: CheckedTable) -> None:
        frame = table.frame
        self._frame = frame if frame.height <= _ROWS else frame.sample(_ROWS, seed=0)
        self._classes = len(table.contract.classes)
        target = self._frame[table.contract.target]
        if self._classes:
            _, codes = np.unique(target.to_numpy().astype(str), return_inverse=True)
            self._target: Floats = codes.astype(np.float64)
        else:
            self._target = target.to_numpy().astype(np.float64)

    def of(self, column: Column) -> float | None:
        """Association with the target, from 0 to 1; None where it cannot be told."""
        codes = _codes(self._frame[column.name])
        return association(codes, self._target, self._classes) if codes.size else None


def _codes(values: pl.Series) -> NDArray[np.intp]:
    """Bins of numbers and dates, the frequent levels of words; a missing value is one of its own."""
    import polars as pl

    if values.dtype in {pl.String, pl.Boolean}:
        words = values.cast(pl.String).fill_null("")
        common = words.alias("value").value_counts(sort=True)["value"].head(_LEVELS)
        kept = words.set(~words.is_in(common.implode()), "\u0000")
        _, codes = np.unique(kept.to_numpy().astype(str), return_inverse=True)
        return codes.astype(np.intp)
    return binned(as_numbers(values))


def _spans(columns: Sequence[Column]) -> dict[str, str]:
    """Ends and durations that stand next to a start: all three are one clock, and at its start only that is known."""
    starts = [
        column for column in columns if column.kind == "datetime" and set(pieces(column.name)) & _STARTS
    ]
    ends = [column for column in columns if column.kind == "datetime" and set(pieces(column.name)) & _ENDS]
    if not starts or not ends:
        return {}
    start, end = starts[0].name, next((one.name for one in ends if one.name != starts[0].name), None)
    if end is None:
        return {}
    found = {end: f"it ends what '{start}' begins"}
    spans = [
        column.name for column in columns if set(pieces(column.name)) & _SPANS and column.kind != "datetime"
    ]
    return found | dict.fromkeys(spans, f"it is known only at '{end}', not at '{start}'")


def _named(column: Column, target: str) -> str | None:
    """Why the name alone says so."""
    words = pieces(column.name)
    known, asked = set(words), set(pieces(target))
    if not words or known & _BEFORE or not known - asked:
        return None
    dated = bool(known & _MOMENTS) or column.kind == "datetime"
    posted = words[0] == "post" and len(words) > 1 and not known & _NO_POST and column.role == "number"
    later = words[0] in {"after", "next"} or words[-1] in {"after", "afterwards"}
    reasons = {
        "it changes whenever the row is written again": dated and known & _WRITTEN,
        "it says when something was over": dated and known & _ENDED,
        "it gives the reason for what has happened": "reason" in known and known & (_EVENTS | _ENDED),
        "it is final": "final" in known and known & _FINALS,
        "it is named like an outcome": known & _OUTCOMES,
        "it numbers what came of it": known & _IDS and (known & _EVENTS or known - _IDS == asked),
        "it was measured afterwards": posted or later or known & _AFTERWARDS,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def speaks_of_before(name: str) -> bool:
    """Whether a name says that the column was known before, as a last reading or a plan is."""
    return bool(set(pieces(name)) & _BEFORE)


def _worth_a_look(column: Column, target: str) -> bool:
    """Whether a name says so much that it is worth asking what the column says about the target."""
    known = set(pieces(column.name))
    return bool(known & _MAYBE) or set(pieces(target)) < known


def _suspected(column: Column, target: str, told: float) -> str | None:
    """Why the name may say so, where the column says much about the target besides."""
    known, asked = set(pieces(column.name)), set(pieces(target))
    if known & _BEFORE:
        return None
    if told >= _OWN_NAME and asked < known and max(map(len, asked), default=0) >= 3:
        return f"it bears the name of '{target}'"
    if told >= _TELLING and known & _MAYBE:
        return "its name may speak of what came afterwards"
    return None


def _finding(table: CheckedTable, column: Column, why: str, told: float | None) -> Finding:
    """Ask about one column."""
    target = table.contract.target
    says = (
        f", and it says much about '{target}' (association {told:.2f})"
        if told is not None and told >= _OWN_NAME
        else ""
    )
    places = np.flatnonzero(table.frame[column.name].is_not_null().to_numpy())[:3].tolist()
    return Finding(
        check="hindsight",
        severity="warning",
        columns=(column.name,),
        what=f"'{column.name}' may not be known yet when '{target}' is asked for: {why}{says}",
        figures={} if told is None else {"association": round(told, 4)},
        done="nothing: it stays among the features",
        question=f"Is '{column.name}' filled in before '{target}' is known? If not, leave it out: exclude = [\"{column.name}\"] "
        "under [data].",
        examples=example_rows(table, places, [column.name, target]),
    )
