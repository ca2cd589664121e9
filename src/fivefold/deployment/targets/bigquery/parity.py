"""Parity: the same rows are asked of the bundle here and of the model in BigQuery; the largest difference decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import StepError
from fivefold.export.parity import CLOSE, TOLERANCE, Parity
from fivefold.runtime.background import background_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.core.protocols import Floats
    from fivefold.runtime.predictor import Predictor
    from fivefold.runtime.values import Cleaned

__all__ = ["compared", "demand", "sample_rows"]


def sample_rows(predictor: Predictor, rows: int) -> list[Mapping[str, Cleaned]]:
    """Return rows to be asked, cleaned: the golden ones, and others whose columns are drawn from the bundle's own sketch."""
    drawn = background_rows(predictor, rows)
    return list(predictor.read([*(each.row for each in predictor.golden), *drawn]).values)


def compared(
    predictor: Predictor, rows: Sequence[Mapping[str, Cleaned]], answers: Sequence[Sequence[Any]]
) -> Parity:
    """Compare answers from BigQuery with those of the bundle.

    Parameters
    ----------
    predictor : Predictor
    rows : sequence of dict
        Cleaned, as they were sent.
    answers : sequence of sequence
        Cells as the service sends them, in the order of the rows: position, then label, score of the positive class where there
        are two, and all probabilities if they were asked for; or position and number.

    Raises
    ------
    StepError
        When other rows came back than were sent.
    """
    if [int(answer[0]) for answer in answers] != list(range(len(rows))):
        raise StepError(
            "BigQuery did not answer every row of the sample",
            seen=f"{len(answers):,} answers",
            expected=f"{len(rows):,}, in their order",
            todo="deploy again",
        )
    expected = predictor.blend.predict(predictor.encoded(rows))
    scores, said = _read(predictor, answers)
    apart: Floats = (
        np.abs(scores - _same_columns(predictor, expected, scores)) / np.maximum(1.0, np.abs(scores))
    ).max(axis=1)
    apart = np.where(np.isnan(apart), np.inf, apart)
    others = 0.0
    if said is not None:
        labels = [_word(label) for label in predictor.labels(expected).tolist()]
        others = float(np.mean([mine != theirs for mine, theirs in zip(labels, said, strict=True)]))
    return Parity(len(rows), float(apart.max(initial=0.0)), float((apart > CLOSE).mean()), others)


def demand(parity: Parity) -> None:
    """Refuse a model that answers otherwise.

    Raises
    ------
    StepError
    """
    if not parity.holds:
        raise StepError(
            "The model in BigQuery answers otherwise than the bundle",
            seen=f"a difference of {parity.largest:.2g} on {parity.rows:,} rows",
            expected=f"at most {TOLERANCE:g}",
            todo="it was removed again; deploy the bundle itself to a service, and ask that from BigQuery by a connection",
        )


def _read(predictor: Predictor, answers: Sequence[Sequence[Any]]) -> tuple[Floats, list[str] | None]:
    """Scores and labels of answers."""
    if not predictor.contract.classes:
        return np.array([[_float(answer[1])] for answer in answers]), None
    said = [_word(answer[1]) for answer in answers]
    last = [answer[-1] for answer in answers]
    if isinstance(last[0], list):
        return np.array([[_float(one["v"]) for one in each] for each in last]), said
    return np.array([[_float(each)] for each in last]), said


def _same_columns(predictor: Predictor, expected: Floats, scores: Floats) -> Floats:
    """What of the bundle's scores was asked for: all, or the one that an endpoint calls the score."""
    if scores.shape[1] == expected.shape[1]:
        return expected
    if predictor.contract.task == "binary":
        return expected[:, 1:]
    best = predictor.blend.judgement.decided(expected).argmax(axis=1)
    return np.take_along_axis(expected, best[:, None], axis=1)


def _float(cell: Any) -> float:
    """A number as the service sends it; NaN where there is none."""
    return float("nan") if cell is None else float(cell)


def _word(label: object) -> str:
    """A label in one form: the service sends booleans as words and whole numbers as text."""
    if isinstance(label, bool):
        return "true" if label else "false"
    text = str(label)
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else repr(number)
