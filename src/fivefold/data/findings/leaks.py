"""One-column leaks: a single feature that nearly gives the answer is seldom known when the question is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.answer import Answer, sampled, word_codes
from fivefold.data.bands import bands_of
from fivefold.data.examples import example_rows
from fivefold.data.findings.filled_later import marked_columns
from fivefold.data.findings.pair_leaks import leaking_in_pairs
from fivefold.data.phrases import telling_phrase
from fivefold.data.rest import Rest
from fivefold.data.suspects import OVERWHELMING, SUSPICIOUS, TELLING, near_copies
from fivefold.measure.numbers import as_numbers
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable
    from fivefold.data.phrases import Phrase

__all__ = ["OneColumnLeaks"]

_SHOWN = 3
_KNOWN = 0.9
"""Share of the rows that must have a level."""


class OneColumnLeaks:
    """Predicts the target from each column alone, out of fold; see :class:`fivefold.data.answer.Answer`."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for every column that gives the answer away, or nearly.

        From a score of 0.999 on the column is left out, and from 0.98 on where the rest of the table says far less; from
        0.995 on the person is asked in any case.
        """
        frame = sampled(table)
        if frame is None:
            return ()
        answer = Answer(frame[table.contract.target], amounts=table.contract.task == "regression")
        columns = [
            column for column in table.contract.columns if column.role not in {"identifier", "constant"}
        ]
        scores = {column.name: answer.score(frame[column.name], column) for column in columns}
        phrases = _phrases(frame, answer, columns, scores)
        told = {name: phrase.score for name, phrase in phrases.items()}
        scores |= told
        copies = near_copies(table, frame, answer, told) if answer.sure else {}
        copies = {name: score for name, score in copies.items() if scores[name] < OVERWHELMING}
        apart = _standing_apart(table, frame, answer, scores, copies) if copies else {}
        findings = []
        for name, score in scores.items():
            if name in apart:
                found = _finding(table, name, apart[name].score, answer, apart[name])
            elif score >= SUSPICIOUS:
                found = _finding(table, name, score, answer)
            else:
                continue
            findings.append(_with_words(found, table, phrases[name]) if name in phrases else found)
        named = {name for finding in findings for name in finding.columns}
        return [*findings, *_bands(table, frame, [one for one in columns if one.name not in named])]


def _phrases(
    frame: pl.DataFrame, answer: Answer, columns: Sequence[Column], scores: Mapping[str, float]
) -> dict[str, Phrase]:
    """Words in the texts of a column that give the answer better than the texts as a whole do."""
    found = {}
    for column in columns:
        if column.kind == "string":
            phrase = telling_phrase(frame[column.name], answer)
            if phrase is not None and phrase.score > scores[column.name]:
                found[column.name] = phrase
    return found


def _with_words(finding: Finding, table: CheckedTable, phrase: Phrase) -> Finding:
    """Add the words that do it, unless they may tell who somebody is."""
    (name,) = finding.columns
    column = next(column for column in table.contract.columns if column.name == name)
    words = ", ".join(f"'{one}'" for one in phrase.words[:_SHOWN])
    said = "certain words" if column.personal else words
    return replace(finding, what=f"{finding.what}, by whether a text holds {said}")


def _bands(table: CheckedTable, frame: pl.DataFrame, columns: Sequence[Column]) -> list[Finding]:
    """Ask about columns that may have been cut from the amount itself, since a model would be told its range."""
    target = table.contract.target
    if table.contract.task != "regression":
        return []
    amounts = frame[target].to_numpy().astype(np.float64)
    findings = []
    for column in columns:
        known = frame[column.name].is_not_null().to_numpy()
        if column.kind == "datetime" or column.name == table.split.by or known.mean() < _KNOWN:
            continue
        count = bands_of(word_codes(frame[column.name])[known], amounts[known])
        if count:
            findings.append(
                Finding(
                    check="leaks",
                    severity="warning",
                    columns=(column.name,),
                    what=f"'{column.name}' cuts '{target}' into {count} ranges that do not overlap, as if it had been made from it",
                    figures={"bands": count, "rows": int(known.sum())},
                    question=f"Is '{column.name}' known at the moment when '{target}' is asked for? If so, give it a role in "
                    "[data.columns]; if not, exclude it under [data].",
                    examples=example_rows(table, _different(table), (column.name, target)),
                )
            )
    return findings


@dataclass(frozen=True, slots=True)
class _Apart:
    """A near copy that nothing else comes near: its score and what else there is, and whether it is the amount itself."""

    score: float
    rest: float
    same: bool = False


def _standing_apart(
    table: CheckedTable,
    frame: pl.DataFrame,
    answer: Answer,
    scores: Mapping[str, float],
    copies: Mapping[str, float],
) -> dict[str, _Apart]:
    """Near copies that nothing else comes near.

    What gives the answer away itself, alone or in a pair, is no part of the rest. One row of the smaller class, on the wrong side or the right
    one, moves an area under the curve by half of its share: so much may be luck. What is the amount itself is held
    against the last amount; no guess from other columns meets amounts to the figure, however easy the question is.
    """
    rest, apart = Rest(table, frame), {}
    same = {}
    if answer.amounts:
        shares = {name: answer.sameness(as_numbers(frame[name])) for name in copies}
        same = {name: share for name, share in shares.items() if share >= TELLING}
    for name, share in same.items():
        if rest.is_far_behind(rest.same_as_last(), share, measure="purity"):
            apart[name] = _Apart(share, rest.same_as_last(), same=True)
    others = {name: score for name, score in copies.items() if name not in same}
    if others:
        leaking = {name for name, score in scores.items() if score >= OVERWHELMING}
        reached = rest.score({*leaking, *copies, *marked_columns(table), *leaking_in_pairs(table)})
        luck = 0.0 if answer.amounts else 0.5 / rest.answer.least
        for name, score in others.items():
            if rest.is_far_behind(reached, score - luck, len(others)):
                apart[name] = _Apart(score, reached)
    return apart


def _finding(
    table: CheckedTable, name: str, score: float, answer: Answer, apart: _Apart | None = None
) -> Finding:
    """Say what was found, with rows of different answers; of a column that stands apart, what the rest says."""
    target = table.contract.target
    out = apart is not None or (answer.sure and score >= OVERWHELMING)
    what = f"'{name}' alone nearly gives '{target}': {answer.measure} {min(score, 0.99999):.4f} out of fold"
    figures: dict[str, float | int | str | None] = {
        "score": round(score, 6),
        "measure": answer.measure,
        "rows": answer.rows,
    }
    if apart is not None and apart.same:
        what = f"'{name}' is '{target}' itself, but for one factor or addend, in {percent(apart.score)} of the rows"
        figures |= {"measure": "share of equal rows", "rest": round(apart.rest, 4)}
    elif apart is not None:
        what += f", while all other columns together reach {apart.rest:.4f}"
        figures["rest"] = round(apart.rest, 4)
    return Finding(
        check="leaks",
        severity="severe" if out else "warning",
        columns=(name,),
        what=what,
        figures=figures,
        done="left out of the features" if out else "",
        question=f"Is '{name}' known at the moment when '{target}' is asked for? If so, give it a role in [data.columns].",
        leave_out=out,
        examples=example_rows(table, _different(table), (name, target)),
    )


def _different(table: CheckedTable) -> list[int]:
    """Rows of a low, a middle and a high answer."""
    order = table.frame[table.contract.target].arg_sort().to_numpy()
    return [int(order[place]) for place in np.unique([0, order.size // 2, order.size - 1])]
