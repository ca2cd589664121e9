"""One-column leaks: a single feature that nearly gives the answer is seldom known when the question is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.answer import Answer, sampled
from fivefold.data.examples import example_rows
from fivefold.data.findings.filled_later import marked_columns
from fivefold.data.findings.hindsight import speaks_of_before
from fivefold.data.rest import Rest, stands_apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from fivefold.core.artefacts import Column
    from fivefold.core.protocols import CheckedTable

__all__ = ["OVERWHELMING", "SUSPICIOUS", "OneColumnLeaks"]

TELLING = 0.98
"""Score from which a column is held against the rest of the table: a copy of the answer with one wrong cell in fifty."""
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
        copies = _near_copies(table, frame, answer, scores) if answer.sure else {}
        rest = _said_by_the_rest(table, frame, scores, copies) if copies else 0.0
        findings = []
        for name, score in scores.items():
            apart = name in copies and stands_apart(1 - copies[name] + _luck(answer), 1 - rest, len(copies))
            if score >= SUSPICIOUS or apart:
                best = max(score, copies[name]) if apart else score
                findings.append(_finding(table, name, best, answer, rest if apart else None))
        return findings


def _near_copies(
    table: CheckedTable, frame: pl.DataFrame, answer: Answer, scores: Mapping[str, float]
) -> dict[str, float]:
    """Columns that may be the answer with a few wrong cells or a little noise, and how well they give it."""
    copies = {}
    for column in table.contract.columns:
        if not _can_be_a_copy(column, table) or scores[column.name] >= OVERWHELMING:
            continue
        score = answer.score_coarsely(frame[column.name], column)
        if score >= TELLING:
            copies[column.name] = score
    return copies


def _can_be_a_copy(column: Column, table: CheckedTable) -> bool:
    """Whether a column might have been written from the answer: no date is, nor what was known before."""
    if column.role in {"identifier", "constant"} or column.kind == "datetime":
        return False
    return column.name != table.split.by and not speaks_of_before(column.name)


def _said_by_the_rest(
    table: CheckedTable, frame: pl.DataFrame, scores: Mapping[str, float], copies: Mapping[str, float]
) -> float:
    """Score of everything else together; what gives the answer away itself is no part of it."""
    leaking = {name for name, score in scores.items() if score >= OVERWHELMING}
    return Rest(table, frame).score({*leaking, *copies, *marked_columns(table)})


def _luck(answer: Answer) -> float:
    """What one row of the smaller class, on the wrong side or the right one, does to an area under the curve."""
    return 0.0 if answer.amounts else 0.5 / answer.least


def _finding(table: CheckedTable, name: str, score: float, answer: Answer, rest: float | None) -> Finding:
    """Say what was found, with rows of different answers; of a column that stands apart, what the rest says."""
    target = table.contract.target
    out = rest is not None or (answer.sure and score >= OVERWHELMING)
    what = f"'{name}' alone nearly gives '{target}': {answer.measure} {min(score, 0.99999):.4f} out of fold"
    figures: dict[str, float | int | str | None] = {
        "score": round(score, 6),
        "measure": answer.measure,
        "rows": answer.rows,
    }
    if rest is not None:
        what += f", while all other columns together reach {rest:.4f}"
        figures["rest"] = round(rest, 4)
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
