"""One-column leaks: a single feature that nearly gives the answer is seldom known when the question is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.answer import Answer, sampled
from fivefold.data.examples import example_rows
from fivefold.data.findings.filled_later import marked_columns
from fivefold.data.rest import Rest
from fivefold.data.suspects import TELLING, near_copies
from fivefold.measure.numbers import as_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from fivefold.core.protocols import CheckedTable

__all__ = ["OVERWHELMING", "SUSPICIOUS", "OneColumnLeaks"]

SUSPICIOUS = 0.995
OVERWHELMING = 0.999


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
        copies = near_copies(table, frame, answer) if answer.sure else {}
        copies = {name: score for name, score in copies.items() if scores[name] < OVERWHELMING}
        apart = _standing_apart(table, frame, answer, scores, copies) if copies else {}
        findings = []
        for name, score in scores.items():
            if name in apart:
                findings.append(_finding(table, name, apart[name].score, answer, apart[name]))
            elif score >= SUSPICIOUS:
                findings.append(_finding(table, name, score, answer))
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

    What gives the answer away itself is no part of the rest. One row of the smaller class, on the wrong side or the right
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
        reached = rest.score({*leaking, *copies, *marked_columns(table)})
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
        what = (
            f"'{name}' is '{target}' itself, but for one factor or addend, in {apart.score:.1%} of the rows"
        )
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
