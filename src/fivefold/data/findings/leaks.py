"""One-column leaks: a single feature that nearly gives the answer is seldom known when the question is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.answer import Answer, sampled
from fivefold.data.examples import example_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable

__all__ = ["OVERWHELMING", "SUSPICIOUS", "OneColumnLeaks"]

SUSPICIOUS = 0.995
OVERWHELMING = 0.999


class OneColumnLeaks:
    """Predicts the target from each column alone, out of fold; see :class:`fivefold.data.answer.Answer`."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for every column that scores 0.995 or more; from 0.999 on it is left out."""
        frame = sampled(table)
        if frame is None:
            return ()
        answer = Answer(frame[table.contract.target], amounts=table.contract.task == "regression")
        findings = []
        for column in table.contract.columns:
            if column.role in {"identifier", "constant"}:
                continue
            score = answer.score(frame[column.name], column)
            if score >= SUSPICIOUS:
                findings.append(_finding(table, column.name, score, answer))
        return findings


def _finding(table: CheckedTable, name: str, score: float, answer: Answer) -> Finding:
    """Say what was found, with rows of different answers."""
    target = table.contract.target
    out = answer.sure and score >= OVERWHELMING
    return Finding(
        check="leaks",
        severity="severe" if out else "warning",
        columns=(name,),
        what=f"'{name}' alone nearly gives '{target}': {answer.measure} {min(score, 0.99999):.4f} out of fold",
        figures={"score": round(score, 6), "measure": answer.measure, "rows": answer.rows},
        done="left out of the features" if out else "",
        question=f"Is '{name}' known at the moment when '{target}' is asked for? If so, give it a role in [data.columns].",
        leave_out=out,
        examples=example_rows(table, _different(table), (name, target)),
    )


def _different(table: CheckedTable) -> list[int]:
    """Rows of a low, a middle and a high answer."""
    order = table.frame[table.contract.target].arg_sort().to_numpy()
    return [int(order[place]) for place in np.unique([0, order.size // 2, order.size - 1])]
