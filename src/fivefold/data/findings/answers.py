"""Answers that are none: ``N/A`` beside ``stayed`` and ``left`` is no third class, and -999 is no price; only a person knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.absent import absent_numbers, absent_words, stand_ins
from fivefold.data.examples import example_rows
from fivefold.data.findings.spelling import variants
from fivefold.data.findings.zeros import zeros_apart
from fivefold.data.ordinals import levels_of
from fivefold.report.figures import percent
from fivefold.report.language import plural
from fivefold.runtime.figures import parse_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Figure, Severity
    from fivefold.core.protocols import CheckedTable

__all__ = ["DoubtfulAnswers"]

_MOST_CLASSES = 1_000
_OTHERS = 2
"""Classes that must be left without those in doubt: with one alone there would be nothing to learn."""
_WORD = 3
"""Letters of a word that stands for no answer; ``x`` and its like may well be a class."""
_REAL = frozenset({"refused", "xxx"})
"""Stand-ins of a feature that are answers where they are asked for: a loan is granted or refused."""
_DENIALS = ("not ", "un", "in")
_NONE = frozenset({"none", "nothing"})
_CODES = ("9", "99", "999", "9999", "99999", "-9", "-99", "-999", "-9999")
_CODE_GAP = 2.0
"""Spans of all other codes that must lie between them and a code that stands for no answer."""
_USUAL_ZEROS = 0.2
"""Share of rows beyond which an answer of 0 rather means that there is none."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Doubt:
    """An answer that may be none."""

    value: str
    rows: int
    severity: Severity = "warning"


class DoubtfulAnswers:
    """Looks at the target: words and numbers that stand for no answer, and one answer in several spellings."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for each of the two; nothing is changed by itself, and what the person has said is believed."""
        target = table.contract.target
        if not table.frame.height:
            return ()
        if table.contract.task == "regression":
            doubts = _of_numbers(target, table.frame[target].to_numpy().astype(np.float64))
            return _absent(table, doubts) if not _is_told(table) else ()
        counts: dict[str, int] = dict(
            table.frame[target].drop_nulls().alias("value").value_counts(name="rows").iter_rows()
        )
        if len(counts) > _MOST_CLASSES:
            return ()
        found = _absent(table, _of_classes(counts)) if not _is_told(table) else []
        return [*found, *_spelled(table, counts)]


def _is_told(table: CheckedTable) -> bool:
    """Whether the person has said which values of the target stand for a missing one, or that none does."""
    profile = table.profiles.get(table.contract.target)
    return profile is not None and any(
        one.what.endswith("stands for a missing value") and one.confidence == 1 for one in profile.decisions
    )


def _of_numbers(name: str, figures: NDArray[np.float64]) -> list[_Doubt]:
    """Amounts that stand far from all others and come back."""
    known = figures[np.isfinite(figures)]
    doubts = [_Doubt(one.value, one.rows) for one in absent_numbers(name, known)]
    known = known[~np.isin(known, [float(one.value) for one in doubts])]
    if known.size and zeros_apart(known) is not None:
        zeros = int((known == 0).sum())
        doubts.append(_Doubt("0", zeros, "warning" if zeros <= _USUAL_ZEROS * known.size else "info"))
    return doubts


def _of_classes(counts: dict[str, int]) -> list[_Doubt]:
    """Classes whose name usually stands for no answer, as long as two others are left."""
    pairs = list(counts.items())
    folded = {word.strip().casefold() for word in counts}
    found: dict[str, Severity] = {one.value: "warning" for one in absent_words(pairs)}
    for one in stand_ins(pairs):
        word = one.value.strip().casefold()
        denied = [word.removeprefix(start).strip() for start in _DENIALS if word.startswith(start)]
        if len(word) >= _WORD and word not in _REAL and not folded.intersection(denied):
            found[one.value] = "warning"
    for word in _codes(counts):
        found[word] = "warning"
    rest = [word for word in counts if word not in found]
    if levels_of(rest) is None:
        for word in rest:
            if word.casefold() in _NONE:
                found[word] = "info"
    if len(counts) - len(found) < _OTHERS:
        return []
    doubts = [_Doubt(word, counts[word], weight) for word, weight in found.items()]
    return sorted(doubts, key=lambda one: (-one.rows, one.value))


def _codes(counts: dict[str, int]) -> list[str]:
    """Codes of nines among other codes that lie far below or above them."""
    numbers = {word: parse_plain(word) for word in counts}
    known = {word: number for word, number in numbers.items() if number is not None}
    doubted = [word for word in known if word in _CODES]
    others = [number for word, number in known.items() if word not in doubted]
    if len(known) < len(counts) or len(others) < _OTHERS:
        return []
    low, high = min(others), max(others)
    gap = _CODE_GAP * max(high - low, 1.0)
    return [word for word in doubted if max(low - known[word], known[word] - high) > gap]


def _absent(table: CheckedTable, doubts: Sequence[_Doubt]) -> list[Finding]:
    """One finding for the values in doubt of each weight."""
    weights: tuple[Severity, ...] = ("warning", "info")
    by_weight = {weight: [one for one in doubts if one.severity == weight] for weight in weights}
    return [_finding(table, same, weight) for weight, same in by_weight.items() if same]


def _finding(table: CheckedTable, doubts: Sequence[_Doubt], weight: Severity) -> Finding:
    """Ask whether values are answers."""
    target = table.contract.target
    rows = sum(one.rows for one in doubts)
    share = rows / table.frame.height
    named = ", ".join(f"'{one.value}' ({plural(one.rows, 'row')})" for one in doubts[:_SHOWN])
    more = f" and {len(doubts) - _SHOWN} more values" if len(doubts) > _SHOWN else ""
    listed = ", ".join(f'"{one.value}"' for one in doubts)
    kind = "an amount" if table.contract.task == "regression" else "a class of its own"
    return Finding(
        check="answers",
        severity=weight,
        columns=(target,),
        what=f"{percent(share)} of the answers in '{target}' look like none: {named}{more}",
        figures={"values": len(doubts), "rows": rows, "share": round(share, 4)},
        done=f"nothing: each counts as {kind}, and the model learns to predict it",
        question=f"Are these rows answers? If not, say missing_values = [{listed}] under "
        f'[data.columns."{target}"], and they are set aside; if they are, say missing_values = [].',
        examples=_examples(table, [one.value for one in doubts]),
    )


def _spelled(table: CheckedTable, counts: dict[str, int]) -> list[Finding]:
    """Ask whether classes are one in several spellings."""
    found = variants(counts, of_target=True) if len(counts) > 1 else []
    if not found:
        return []
    target = table.contract.target
    rows = sum(one.rows for one in found)
    named = ", ".join(
        f"'{one.written}' for '{one.meant}' ({plural(one.rows, 'row')})" for one in found[:_SHOWN]
    )
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return [
        Finding(
            check="answers",
            severity="warning",
            columns=(target,),
            what=f"'{target}' seems to hold one answer in several spellings: {named}{more}",
            figures={"variants": len(found), "rows": rows, "share": round(rows / table.frame.height, 4)},
            done="nothing: each spelling is a class of its own, and the model learns to tell them apart",
            question="Do these mean the same? If so, write them alike in the source.",
            examples=_examples(table, [one.written for one in found]),
        )
    ]


def _examples(table: CheckedTable, values: Sequence[str]) -> tuple[dict[str, Figure], ...]:
    """The first row of each of the first three values, with a few features beside it."""
    target = table.frame[table.contract.target]
    amounts = table.contract.task == "regression"
    places = [
        int(np.flatnonzero((target == (float(one) if amounts else one)).fill_null(value=False).to_numpy())[0])
        for one in values[:3]
    ]
    names = [column.name for column in table.contract.columns[:3]]
    return example_rows(table, places, [table.contract.target, *names])
