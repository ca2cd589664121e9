"""Answers to the sealed rows: read from the files of a batch prediction, and put into the rows' order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from fivefold.core.errors import StepError
from fivefold.training.routes.vertex_automl.table import NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.training.routes.vertex_automl.table import Table

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["read_answers"]

_Answer: TypeAlias = tuple[int, Mapping[str, float]]
_VALUE = "value"


def read_answers(files: Mapping[str, bytes], form: str, table: Table) -> Floats:
    """Return the scores of the sealed rows, in their order.

    Parameters
    ----------
    files : mapping of str to bytes
        All that lies in the folder of the answers, by name.
    form : str
        ``jsonl`` or ``csv``.
    table : Table

    Returns
    -------
    array, shape (rows, outputs)
        Probabilities in the order of the contract's classes, or one column with the number.

    Raises
    ------
    StepError
        When a row has no answer, or one that cannot be read.
    """
    classes, rows = table.work.contract.classes or (_VALUE,), table.work.split.test_rows
    scores = np.full((rows, len(classes)), np.nan)
    for name, data in sorted(files.items()):
        if "error" in name.lower():
            continue
        try:
            told = list(_lines(data) if form == "jsonl" else _delimited(data, table))
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(f"{name}: {type(error).__name__} {error}", ", ".join(classes)) from error
        for number, answer in told:
            strange = set(answer) - set(classes)
            if strange or not 0 <= number < rows:
                raise _unreadable(", ".join(sorted(strange)) or f"row {number}", ", ".join(classes))
            scores[number] = [answer.get(label, 0.0) for label in classes]
    missing = int(np.isnan(scores).any(axis=1).sum())
    if missing:
        said = next(
            (data[:300].decode(errors="replace") for name, data in files.items() if "error" in name), ""
        )
        raise _unreadable(
            f"{missing:,} of {rows:,} rows have no answer{': ' if said else ''}{said}", "one each"
        )
    return scores


def _lines(data: bytes) -> Iterator[_Answer]:
    """Read lines of JSON."""
    for line in data.decode().splitlines():
        if line.strip():
            document = json.loads(line)
            yield int(float(document["instance"][NUMBER])), _told(document["prediction"])


def _told(prediction: Mapping[str, Any]) -> Mapping[str, float]:
    """What one prediction says, by class."""
    if _VALUE in prediction:
        return {_VALUE: float(prediction[_VALUE])}
    labels, scores = prediction["classes"], prediction["scores"]
    return {str(label): float(score) for label, score in zip(labels, scores, strict=True)}


def _delimited(data: bytes, table: Table) -> Iterator[_Answer]:
    """Read comma-separated values: a column for each class, or one for the number."""
    reader = csv.DictReader(io.StringIO(data.decode(), newline=""))
    columns = _columns(reader.fieldnames or (), table)
    for row in reader:
        yield int(float(row[NUMBER])), {label: float(row[name]) for label, name in columns.items()}


def _columns(names: Any, table: Table) -> dict[str, str]:
    """Which column says what."""
    if not table.work.contract.classes:
        return {
            _VALUE: next(
                (name for name in names if name.startswith("predicted_")), f"predicted_{table.target}"
            )
        }
    ends = ("_score", "_scores")
    wanted = {f"{table.target}_{label}{end}": label for label in table.work.contract.classes for end in ends}
    return {wanted[name]: name for name in names if name in wanted}


def _unreadable(seen: str, expected: str) -> StepError:
    """Say what is wrong with the answers."""
    return StepError(
        "The answers of Vertex AI's AutoML to the sealed rows cannot be used",
        seen=seen,
        expected=f"answers to all rows, in the classes of the contract: {expected}",
        todo="look at the batch prediction job in the console; the same command asks for the answers again",
    )
