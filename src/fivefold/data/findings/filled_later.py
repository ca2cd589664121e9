"""Columns written after the event: filled for one answer only, or dates that lie after the moment of the question.

A ``refund_date`` that only refunds have need not give the answer in every row to give it away: where it is filled, the
answer is known. So what counts is how pure the filled rows (or the empty ones) are, not how well all rows are told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtrc

from fivefold.core.artefacts import Finding
from fivefold.data.answer import PLACES, word_parts
from fivefold.data.examples import example_rows
from fivefold.data.rest import Rest
from fivefold.data.suspects import near_copies
from fivefold.measure.independence import ranks
from fivefold.measure.numbers import as_numbers
from fivefold.report.figures import percent
from fivefold.runtime.values import level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["FilledLater", "marked_columns"]

_LEAST = 15
"""Filled rows, and empty ones, that are enough to speak of."""
_PURE = 0.995
_NEARLY_PURE = 0.98
"""One wrong cell in fifty: such a mark counts where the rest of the table is far from it."""
_CHANCE = 1e-6
"""Chance of rows so pure, over all columns together."""
_ENOUGH_ROWS = 50
"""Marked rows in which one wrong cell in fifty can be seen."""
_OVERWHELMING_ROWS = 100
_OVERWHELMING_SHARE = 0.5
"""Share of the class that has the mark, from which, if every marked row is of the class, the column is left out; also if
nearly every one is, where nothing else in the table picks out as many rows nearly as well."""
_COMMON = 0.8
"""Share of all rows up to which a class is not so common that pure rows mean little."""
_APART = 0.98
"""AUC of the target's amounts between filled and empty rows from which they do not overlap."""
_AHEAD = 0.95
_USUAL = (0.3, 0.99)
"""Shares between which one value is a column's usual one, so that the others are as good as filled."""
_VALUE, _ANSWER = "__value__", "__answer__"
_NOT = {"begins with": "does not begin with", "ends in": "does not end in"}
_LEVELS = 20
"""Values up to which each is looked at by itself: an indicator of one class of several gives that class away and no other."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Rows that a column marks, and what they have in common."""

    rows: Flags
    how: str
    answer: str
    purity: float
    covered: float
    emptiness: bool
    truth: Floats
    apart: bool = False
    value: bool = False

    @property
    def many(self) -> bool:
        """Whether there are rows enough to act upon; amounts that lie apart must be both inside and outside."""
        least = min(self.rows.sum(), self.rows.size - self.rows.sum()) if self.apart else self.rows.sum()
        return bool(least >= _ENOUGH_ROWS) and (self.apart or self.covered >= _OVERWHELMING_SHARE)


class FilledLater:
    """Asks what was filled in only after the outcome was known."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return one finding per column; a column whose filled rows give the answer away overwhelmingly is left out."""
        if table.frame.height < 2 * _LEAST:
            return ()
        marks = _marks(table)
        rests = _unrivalled(table, marks)
        findings = [
            _finding(table, name, mark, rests.get(name))
            for name, mark in marks.items()
            if name in rests or ((mark.purity >= _PURE or mark.apart) and not mark.value)
        ]
        told = {name for finding in findings for name in finding.columns}
        return findings + [one for one in _ahead(table) if not told & set(one.columns)]


def marked_columns(table: CheckedTable) -> set[str]:
    """Columns whose being filled, or empty, gives the answer away in these rows."""
    return set(_marks(table))


def _marks(table: CheckedTable) -> dict[str, _Mark]:
    """What columns mark that cannot be chance: of each the mark that covers most of the rows with its answer."""
    if table.frame.height < 2 * _LEAST:
        return {}
    found = {}
    columns = [column for column in table.contract.columns if column.role != "constant"]
    for column in columns:
        marks = [
            mark
            for rows, how, emptiness in _marked(table, column)
            if (mark := _mark(table, rows, how, len(columns), emptiness=emptiness)) is not None
        ]
        if not marks and table.contract.task != "regression":
            marks = _value_marks(table, column, len(columns))
        if marks:
            found[column.name] = max(marks, key=lambda mark: mark.covered)
    return found


def _marked(table: CheckedTable, column: Column) -> list[tuple[Flags, str, bool]]:
    """Rows that a column singles out: the filled ones, the empty ones, those with another than a number's usual value."""
    values = table.frame[column.name]
    there = values.is_not_null().to_numpy()
    marked = [(there, "is filled", True), (~there, "is empty", True)]
    if column.kind in {"number", "integer"}:
        counted = values.drop_nulls().alias("value").value_counts(sort=True).head(1)
        share = int(counted["count"][0]) / len(values) if counted.height else 0.0
        if _USUAL[0] <= share <= _USUAL[1]:
            usual = counted["value"][0]
            marked.append(((values != usual).fill_null(value=False).to_numpy(), f"is not {usual:g}", False))
    return [one for one in marked if _LEAST <= int(one[0].sum()) <= len(values) - _LEAST]


def _value_marks(table: CheckedTable, column: Column, columns: int) -> list[_Mark]:
    """What single values of a column mark, or all but one; of a code with many values, what a part of it does."""
    profile = table.profiles.get(column.name)
    if column.kind == "datetime" or profile is None or profile.distinct < 2:
        return []
    values = table.frame[column.name]
    if profile.distinct <= _LEVELS:
        return _marks_of(table, values, ("is", "is not"), columns)
    if column.kind != "string" or column.role != "category" or column.form in PLACES:
        return []
    marks, parts = [], word_parts(values)
    for how, part in parts:
        if 2 <= part.n_unique() <= _LEVELS:
            marks += _marks_of(table, part, (how, _NOT[how]), len(parts) * columns)
    return marks


def _marks_of(table: CheckedTable, values: pl.Series, words: tuple[str, str], tried: int) -> list[_Mark]:
    """What values mark, or all but one; many an honest word names a class, so few rows say nothing."""
    import polars as pl

    marks: list[_Mark] = []
    answers = table.frame[table.contract.target].alias(_ANSWER)
    pairs = pl.DataFrame([values.alias(_VALUE), answers]).drop_nulls().group_by(_VALUE, _ANSWER).len("rows")
    crossed = pairs.pivot(_ANSWER, index=_VALUE, values="rows", sort_columns=True).fill_null(0).sort(_VALUE)
    inside = crossed[:, 1:].to_numpy()
    beside = inside.sum(axis=0) - inside
    for value, *counts in zip(crossed[_VALUE].to_list(), inside, beside, strict=True):
        for rows, word in zip(counts[: 1 if len(inside) == 2 else 2], words, strict=False):
            if rows.sum() < _ENOUGH_ROWS or rows.max() < _NEARLY_PURE * rows.sum():
                continue
            marked = (
                (values == value if word == words[0] else values != value).fill_null(value=False).to_numpy()
            )
            mark = _mark(table, marked, f"{word} '{level(value)}'", 2 * len(inside) * tried, emptiness=False)
            marks += [replace(mark, value=True)] if mark is not None and mark.many else []
    return marks


def _mark(table: CheckedTable, rows: Flags, how: str, columns: int, *, emptiness: bool) -> _Mark | None:
    """Say what marked rows have in common, if it cannot be chance."""
    target = table.frame[table.contract.target]
    if table.contract.task == "regression":
        return _amounts(target.to_numpy().astype(np.float64), rows, how, emptiness=emptiness)
    inside = target.filter(rows).alias("value").value_counts(sort=True)
    answer, count, marked = str(inside["value"][0]), int(inside["count"][0]), int(rows.sum())
    everywhere = int((target == answer).sum())
    base, purity = everywhere / len(target), count / marked
    if purity < _NEARLY_PURE or float(bdtrc(count - 1, marked, base)) * columns > _CHANCE:
        return None
    truth = (target == answer).to_numpy().astype(np.float64)
    return _Mark(
        rows, how, f"is '{answer}'", purity, count / everywhere * (base <= _COMMON), emptiness, truth
    )


def _amounts(target: Floats, rows: Flags, how: str, *, emptiness: bool) -> _Mark | None:
    """Marked rows of which all have one and the same amount, or larger or smaller amounts than all others."""
    inside, outside = target[rows], target[~rows]
    amounts, counts = np.unique(inside, return_counts=True)
    same, purity = float(amounts[counts.argmax()]), float(counts.max()) / inside.size
    elsewhere = float((outside == same).mean())
    if purity >= _NEARLY_PURE and elsewhere <= 0.2 and np.unique(outside).size > 1:
        covered = float(counts.max()) / int((target == same).sum())
        truth = (target == same).astype(np.float64)
        return _Mark(rows, how, f"is {same:g}", purity, covered, emptiness, truth)
    placed = ranks(target)
    larger = _area(placed, rows) >= 0.5
    standing = placed if larger else -placed
    area = _area(standing, rows)
    if not emptiness or area < _APART:
        return None
    answer = f"is {'larger' if larger else 'smaller'} than elsewhere"
    return _Mark(rows, how, answer, area, 0.0, emptiness, standing, apart=True)


def _area(standing: Floats, rows: Flags) -> float:
    """Share of the pairs of a marked and another row in which the marked one stands higher."""
    inside, outside = int(rows.sum()), int((~rows).sum())
    return float((ranks(standing)[rows].sum() - inside * (inside - 1) / 2) / max(1, inside * outside))


def _unrivalled(table: CheckedTable, marks: Mapping[str, _Mark]) -> dict[str, float]:
    """Of marks that nothing else comes near: how pure as many rows are that the rest of the table would pick out.

    What is marked like that, and what may be a copy of the answer, is no part of the rest. One row more or less may be luck.
    """
    tried = {name: mark for name, mark in marks.items() if mark.many}
    if not tried:
        return {}
    drawn = np.random.default_rng(0).permutation(table.frame.height)
    rest = Rest(table, table.frame[drawn])
    copies = near_copies(table, rest.frame, rest.answer)
    values = {name for name, mark in marks.items() if mark.value}
    without, suspects = {*marks, *copies}, values | (copies.keys() - marks.keys())
    guesses: dict[bytes, Floats] = {}
    found = {}
    for name, mark in tried.items():
        truth, rows = mark.truth[drawn[: rest.answer.rows]], mark.rows[drawn[: rest.answer.rows]]
        if truth.tobytes() not in guesses:
            guesses[truth.tobytes()] = rest.guess(truth[:, None], without)[:, 0]
        picked = np.zeros(rows.size, np.bool_)
        picked[np.argsort(-guesses[truth.tobytes()], kind="stable")[: int(rows.sum())]] = True
        purity = _area(truth, picked) if mark.apart else float(truth[picked].mean()) if picked.any() else 0.0
        measure = "AUC" if mark.apart else "purity"
        count = 1 + len(suspects - {name})
        if rest.is_far_behind(purity, mark.purity - 1 / mark.rows.sum(), count, measure=measure):
            found[name] = purity
    return found


def _finding(table: CheckedTable, name: str, mark: _Mark, rest: float | None) -> Finding:
    """Say what was found; of a mark that nothing else comes near, what the rest of the table does."""
    target, marked = table.contract.target, int(mark.rows.sum())
    without_exception = mark.emptiness and mark.many and mark.purity == 1.0 and marked >= _OVERWHELMING_ROWS
    out = rest is not None or (without_exception and table.contract.task != "regression")
    others = np.flatnonzero(~mark.rows)[:1].tolist()
    what = f"Where '{name}' {mark.how}, '{target}' {mark.answer} in {percent(mark.purity)} of {marked:,} training rows"
    figures: dict[str, float | int | str | None] = {
        "rows": marked,
        "purity": round(mark.purity, 5),
        "covered": round(mark.covered, 4),
        "missing": int(table.frame[name].null_count()),
    }
    if rest is not None:
        what += f"; of as many rows picked out by all other columns together, in {percent(rest)}"
        figures["rest"] = round(rest, 4)
    return Finding(
        check="filled_later",
        severity="severe" if out else "warning",
        columns=(name,),
        what=what,
        figures=figures,
        done="left out of the features" if out else "",
        question=f"Is '{name}' filled in before '{target}' is known? If so, give it a role in [data.columns].",
        leave_out=out,
        examples=example_rows(table, [*np.flatnonzero(mark.rows)[:2].tolist(), *others], (name, target)),
    )


def _ahead(table: CheckedTable) -> list[Finding]:
    """Dates that lie after the time of the row in nearly every row: they may not have happened when one asks."""
    time = table.split.by if table.split.kind in {"time", "time_group"} else None
    if time is None or time not in table.frame.columns or not table.frame[time].dtype.is_temporal():
        return []
    moments, findings = as_numbers(table.frame[time]), []
    for column in table.contract.columns:
        if column.kind != "datetime" or column.name == time:
            continue
        gaps = (as_numbers(table.frame[column.name]) - moments) / 86_400
        known = gaps[~np.isnan(gaps)]
        if known.size < _LEAST or float((known > 0).mean()) < _AHEAD:
            continue
        places = np.flatnonzero(gaps > 0)[:3].tolist()
        findings.append(
            Finding(
                check="filled_later",
                severity="warning",
                columns=(column.name,),
                what=f"'{column.name}' lies after '{time}' in {percent(float((known > 0).mean()))} of the rows that have it, by "
                f"{float(np.median(known)):.3g} days in the middle",
                figures={"rows": known.size, "days": round(float(np.median(known)), 3)},
                question=f"At the moment of '{time}', is '{column.name}' known (as a plan is), or does it come later?",
                examples=example_rows(table, places, (time, column.name, table.contract.target)),
            )
        )
    return findings
