"""Batch prediction with what AutoML trained: rows of CSV in, and beside each its answer, in files that follow no order."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.refusal import RefusalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.testing.vertex.tabular import TabularModel

__all__ = ["check_formats", "tabular_files"]

_SHARDS = 2


def check_formats(job: dict[str, Any], answers: Sequence[str]) -> None:
    """Refuse forms of rows and of answers that such a model does not know here."""
    given = job["inputConfig"].get("instancesFormat")
    if given != "csv":
        raise RefusalError("INVALID_ARGUMENT", f"instances_format '{given}' is not supported by the model.")
    asked = job["outputConfig"].get("predictionsFormat")
    if asked not in answers or asked == "bigquery":
        raise RefusalError("INVALID_ARGUMENT", f"predictions_format '{asked}' is not supported by the model.")


def tabular_files(
    model: TabularModel, rows: Sequence[dict[str, str]], answers: Sequence[dict[str, Any]], form: str
) -> dict[str, bytes]:
    """Return the files of answers by name; workers write them, each in its own order."""
    told = list(zip(rows, answers, strict=True))
    end = ".csv" if form == "csv" else ""
    files: dict[str, bytes] = {}
    for shard in range(_SHARDS):
        part = told[shard::_SHARDS][::-1]
        text = _lines(model, part) if form == "csv" else "".join(_line(*one) for one in part)
        files[f"prediction.results-{shard:05}-of-{_SHARDS:05}{end}"] = text.encode()
    return files


def _line(row: dict[str, str], answer: dict[str, Any]) -> str:
    """A row and its answer as a line of JSON."""
    return json.dumps({"instance": row, "prediction": answer}) + "\n"


def _lines(model: TabularModel, part: Sequence[tuple[dict[str, str], dict[str, Any]]]) -> str:
    """Rows with their answers beside them, below their names."""
    target, stream = model.task.target, io.StringIO()
    writer = csv.writer(stream)
    names = [f"{target}_{label}_scores" for label in model.classes] or [f"predicted_{target}"]
    for place, (row, answer) in enumerate(part):
        if place == 0:
            writer.writerow([*row, *names])
        writer.writerow([*row.values(), *(answer.get("scores") or [answer["value"]])])
    return stream.getvalue()
