"""Pairs that give the answer together: a difference, a sum, a ratio, a product, or two categories side by side.

``total - shipping`` gives the price, ``closed_at - opened_at`` the duration, ``predicted == actual`` the error; none of the
columns needs to say anything alone. All pairs are tried on a thousand rows with a quick score, the best few on more rows
out of fold.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.answer import Answer, sampled, word_codes
from fivefold.data.examples import example_rows
from fivefold.data.findings.filled_later import marked_columns
from fivefold.data.rest import Rest
from fivefold.data.suspects import OVERWHELMING, SUSPICIOUS, TELLING, near_copies
from fivefold.measure.numbers import as_numbers, mean_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

    Codes = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["PairLeaks", "leaking_in_pairs"]

_SCREEN_ROWS = 1_000
_ROWS = 5_000
_MOST_NUMBERS = 50
_MOST_CATEGORIES = 30
_MOST_LEVELS = 200
"""Categories with more values are only asked whether two of them are equal."""
_PROMISING = 0.85
"""Quick score, from 0 to 1, below which no pair is looked at again."""
_TRIED = 8
_HALVED = 0.5
"""A pair must leave at most this share of what the better of the two leaves to be guessed."""
_WAYS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "difference": np.subtract,
    "sum": np.add,
    "ratio": np.divide,
    "product": np.multiply,
    "distance": lambda first, second: np.abs(first - second),
}
_WRITTEN = frozenset({"difference", "sum", "distance", "equal"})
"""Ways in which a column is written from the answer and another one. A ratio or a product may be a law of nature, and two
categories may name what has the answer: such pairs must give it all but exactly to be left out."""
_WORDS = {
    "difference": "the difference of '{}' and '{}'",
    "sum": "the sum of '{}' and '{}'",
    "ratio": "the ratio of '{}' and '{}'",
    "product": "the product of '{}' and '{}'",
    "distance": "how far '{}' and '{}' are apart",
    "equal": "whether '{}' and '{}' are equal",
    "together": "'{}' and '{}' together",
}


@dataclass(frozen=True, slots=True)
class _Try:
    """A pair, the way it is taken together, and its quick score."""

    first: str
    second: str
    way: str
    promise: float


class PairLeaks:
    """Predicts the target from pairs of columns, out of fold."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for every pair that scores 0.995 or more and far better than either column alone.

        From 0.999 on, in rows enough, the column of the two that says more alone, or lies later, is left out; of sums,
        differences and columns that are equal from 0.98 on, where the rest of the table says far less.
        """
        return _without_echoes([finding for _, finding in _told(table)])


def leaking_in_pairs(table: CheckedTable) -> set[str]:
    """Name the columns that are left out because the answer was written into them with another one.

    A ratio or a product may be a law of nature: it says that the question is an easy one, and is held against others.
    """
    found = [finding for way, finding in _told(table) if way in _WRITTEN and finding.leave_out]
    return {name for finding in found for name in finding.columns}


def _told(table: CheckedTable) -> list[tuple[str, Finding]]:
    """Find the pairs, each with the way in which it is taken together."""
    frame = sampled(table, _ROWS)
    if frame is None:
        return []
    answer = Answer(frame[table.contract.target], amounts=table.contract.task == "regression")
    usable = [
        column for column in table.contract.columns if column.role not in {"identifier", "constant", "text"}
    ]
    tries = _number_tries(frame, usable, answer) + _category_tries(frame, usable, answer)
    tries = sorted(tries, key=lambda one: -one.promise)[:_TRIED]
    alone = {
        column.name: answer.score(frame[column.name], column) for column in usable if _is_in(tries, column)
    }
    others = _Others(table, frame)
    found: dict[frozenset[str], tuple[str, Finding]] = {}
    for one in tries:
        best = max(alone[one.first], alone[one.second])
        pair = frozenset((one.first, one.second))
        told = found.get(pair)
        if best >= SUSPICIOUS or (told is not None and told[1].leave_out):
            continue
        score = _score(frame, one, answer)
        if score < TELLING or 1 - score > _HALVED * (1 - best):
            continue
        leaking = _leaking(table, one, alone)
        rest = None
        if answer.sure and score < OVERWHELMING and _is_copied(frame, one, answer, score):
            rest = others.far_behind(score, leaking)
        if rest is not None or (told is None and score >= SUSPICIOUS):
            found[pair] = one.way, _finding(table, one, score, answer, alone, leaking, rest)
    return list(found.values())


class _Others:
    """What a table says without a column of a pair."""

    def __init__(self, table: CheckedTable, frame: pl.DataFrame) -> None:
        self._table = table
        self._frame = frame
        self._rest: Rest | None = None
        self._scores: dict[str, tuple[float, int]] = {}

    def far_behind(self, score: float, leaking: str) -> float | None:
        """Score of everything but this column, and but for what leaks by itself, where it is far behind a pair's."""
        rest = self._rest = self._rest or Rest(self._table, self._frame)
        if leaking not in self._scores:
            copies = near_copies(self._table, rest.frame, rest.answer)
            without = {leaking, *copies, *marked_columns(self._table)}
            self._scores[leaking] = rest.score(without), len({leaking, *copies})
        reached, suspects = self._scores[leaking]
        luck = 0.0 if rest.answer.amounts else 0.5 / rest.answer.least
        return reached if rest.is_far_behind(reached, score - luck, suspects) else None


def _is_in(tries: list[_Try], column: Column) -> bool:
    """Whether a column is one of those tried."""
    return any(column.name in {one.first, one.second} for one in tries)


def _number_tries(frame: pl.DataFrame, columns: list[Column], answer: Answer) -> list[_Try]:
    """Promising pairs of numbers or dates."""
    amounts = [column for column in columns if column.kind in {"number", "integer"}]
    dates = [column for column in columns if column.kind == "datetime"]
    tries = []
    for some, ways in ((amounts, tuple(_WAYS)), (dates, ("difference", "distance"))):
        kept = _most_telling(frame, some, answer) if len(some) > _MOST_NUMBERS else some
        values = {column.name: as_numbers(frame[column.name].head(_SCREEN_ROWS)) for column in kept}
        truths = answer.truths[:_SCREEN_ROWS, -1:] if answer.amounts else answer.truths[:_SCREEN_ROWS]
        for first, second in itertools.combinations(values, 2):
            both = np.column_stack([_together(values[first], values[second], way) for way in ways])
            promises = _promises(both, truths, answer)
            best = int(promises.argmax())
            tries += [
                _Try(first, second, way, float(promise))
                for way, promise in zip(ways, promises, strict=True)
                if promise >= max(_PROMISING, promises[best] - 0.02)
            ]
    return tries


def _most_telling(frame: pl.DataFrame, columns: list[Column], answer: Answer) -> list[Column]:
    """The columns that alone say most of the target, by the quick score."""
    values = np.column_stack([as_numbers(frame[column.name].head(_SCREEN_ROWS)) for column in columns])
    truths = answer.truths[:_SCREEN_ROWS, -1:] if answer.amounts else answer.truths[:_SCREEN_ROWS]
    order = np.argsort(-_promises(values, truths, answer), kind="stable")
    return [columns[place] for place in order[:_MOST_NUMBERS]]


def _promises(values: Floats, truths: Floats, answer: Answer) -> Floats:
    """Quick scores: how far the order of each column of values goes with that of the target, from 0 to 1."""
    rows = len(values)
    known = np.isfinite(values)
    order = np.argsort(np.where(known, values, np.inf), axis=0)
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(rows)[:, None], axis=0)
    count = known.sum(axis=0)
    weighted = np.where(known, places, 0.0)
    middle = (count - 1) / 2.0
    scores = np.zeros(values.shape[1])
    for truth in truths.T:
        if answer.amounts:
            there = np.where(known, truth[:, None], 0.0)
            mean = there.sum(axis=0) / np.maximum(count, 1)
            apart = np.where(known, truth[:, None] - mean, 0.0)
            spread = np.sqrt(
                (apart**2).sum(axis=0) * np.maximum(count.astype(float) ** 3 - count, 1.0) / 12.0
            )
            one = np.abs((weighted * apart).sum(axis=0)) / np.maximum(spread, 1e-12)
        else:
            inside = (known * truth[:, None]).sum(axis=0)
            outside = count - inside
            area = ((weighted * truth[:, None]).sum(axis=0) - inside * middle) / np.maximum(
                inside * outside, 1e-9
            )
            one = 2 * np.abs(area)
        scores = np.maximum(scores, one)
    promises: Floats = np.where(count >= 0.5 * rows, scores, 0.0)
    return promises


def _together(first: Floats, second: Floats, way: str) -> Floats:
    """Take two columns of numbers together; NaN where that gives no number."""
    with np.errstate(all="ignore"):
        made = _WAYS[way](first, second)
    return np.where(np.isfinite(made), made, np.nan)


def _category_tries(frame: pl.DataFrame, columns: list[Column], answer: Answer) -> list[_Try]:
    """Promising pairs of categories, booleans or numbers of few values."""
    codes: dict[str, Codes] = {}
    words: dict[str, pl.Series] = {}
    for column in columns:
        values = frame[column.name]
        few = values.n_unique() <= _MOST_LEVELS
        if column.kind in {"string", "boolean"} or (
            few and column.kind == "integer" and values.n_unique() <= 20
        ):
            words[column.name] = values
            if few:
                codes[column.name] = word_codes(values)
    names = sorted(words, key=lambda name: words[name].n_unique())[:_MOST_CATEGORIES]
    tries = []
    for first, second in itertools.combinations(names, 2):
        ways = []
        if first in codes and second in codes:
            joint = codes[first] * (int(codes[second].max()) + 1) + codes[second]
            ways.append(("together", joint))
        if words[first].dtype == words[second].dtype:
            ways.append(("equal", _equal(words[first], words[second])))
        for way, joint in ways:
            promise = _quick(joint, answer)
            if promise >= _PROMISING:
                tries.append(_Try(first, second, way, promise))
    return tries


def _equal(first: pl.Series, second: pl.Series) -> Codes:
    """Whether two columns agree: 0 or 1, and 2 where one is missing."""
    same: Codes = (first == second).cast(int).fill_null(2).to_numpy().astype(np.int64)
    return same


def _quick(codes: Codes, answer: Answer) -> float:
    """Guess the second half of the rows by the means of the first: the share of the variance that goes."""
    half = codes.size // 2
    count = int(codes.max()) + 1
    rows = np.bincount(codes[:half], minlength=count)
    best = 0.0
    for truth in answer.truths.T:
        prior = truth[:half].mean()
        means = (np.bincount(codes[:half], weights=truth[:half], minlength=count) + 0.5 * prior) / (
            rows + 0.5
        )
        spread = float(((truth[half:] - prior) ** 2).sum())
        left = float(((truth[half:] - means[codes[half:]]) ** 2).sum())
        best = max(best, 1 - left / spread if spread > 0 else 0.0)
    return best


def _score(frame: pl.DataFrame, one: _Try, answer: Answer) -> float:
    """Score a pair out of fold on all the rows."""
    first, second = frame[one.first], frame[one.second]
    if one.way == "equal":
        return answer.score_codes(_equal(first, second))
    if one.way == "together":
        codes = word_codes(second)
        joint = word_codes(first) * (int(codes.max()) + 1) + codes
        _, dense = np.unique(joint, return_inverse=True)
        return answer.score_codes(dense.astype(np.int64))
    made = _together(as_numbers(first), as_numbers(second), one.way)
    same = answer.sameness(made) if answer.amounts and one.way in _WRITTEN else 0.0
    return max(answer.score_figures(made), same)


def _is_copied(frame: pl.DataFrame, one: _Try, answer: Answer, score: float) -> bool:
    """Whether the answer was written into the pair: as it is, with a few wrong cells, or with noise that hardly counts."""
    if one.way not in _WRITTEN:
        return False
    if answer.amounts or one.way == "equal" or score >= SUSPICIOUS:
        return True
    made = _together(as_numbers(frame[one.first]), as_numbers(frame[one.second]), one.way)
    codes = np.unique(made, return_inverse=True)[1].astype(np.int64)
    return not answer.are_names(codes)


def _leaking(table: CheckedTable, one: _Try, alone: dict[str, float]) -> str:
    """Of the two the column that says more alone, or the later date."""
    first, second = table.frame[one.first], table.frame[one.second]
    if first.dtype.is_temporal() and second.dtype.is_temporal():
        return one.first if mean_of(first > second) > 0.5 else one.second
    return max((one.first, one.second), key=lambda name: (alone[name], name == one.second))


def _finding(
    table: CheckedTable,
    one: _Try,
    score: float,
    answer: Answer,
    alone: dict[str, float],
    leaking: str,
    rest: float | None,
) -> Finding:
    """Say what was found, and of a pair that nothing else comes near what the rest of the table says."""
    target = table.contract.target
    out = rest is not None or (answer.sure and score >= OVERWHELMING)
    what = _WORDS[one.way].format(one.first, one.second)
    order = table.frame[target].arg_sort()
    places = [int(order[place]) for place in (0, len(order) // 2, len(order) - 1)]
    what = (
        f"{what[0].upper()}{what[1:]} nearly {'give' if one.way == 'together' else 'gives'} '{target}': "
        f"{answer.measure} {min(score, 0.99999):.4f} out of fold"
    )
    figures: dict[str, float | int | str | None] = {
        "score": round(score, 6),
        "measure": answer.measure,
        "alone": round(max(alone[one.first], alone[one.second]), 4),
        "rows": answer.rows,
    }
    if rest is not None:
        what += f", while all other columns together reach {rest:.4f} without '{leaking}'"
        figures["rest"] = round(rest, 4)
    return Finding(
        check="pair_leaks",
        severity="severe" if out else "warning",
        columns=(leaking,) if out else (one.first, one.second),
        what=what,
        figures=figures,
        done=f"'{leaking}' was left out of the features" if out else "",
        question=f"Are '{one.first}' and '{one.second}' both known at the moment when '{target}' is asked for? "
        f"If so, give '{leaking}' a role in [data.columns].",
        leave_out=out,
        examples=example_rows(table, places, (one.first, one.second, target)),
    )


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """Keep one finding per column that is left out: its pairs with others say the same."""
    seen: set[str] = set()
    kept = []
    for finding in findings:
        if finding.leave_out and set(finding.columns) <= seen:
            continue
        seen |= set(finding.columns) if finding.leave_out else set()
        kept.append(finding)
    return kept
