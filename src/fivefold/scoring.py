"""Batch prediction: a file of rows in, the same rows with predictions out, read and written as a stream."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError
from fivefold.core.extract import Extract
from fivefold.core.tables import read_parquet
from fivefold.data.gather import gather

if TYPE_CHECKING:
    from fivefold.core.tables import Frame
    from fivefold.runtime.predictor import Predictor

__all__ = ["score_file", "score_frame"]

FORMATS = (".parquet", ".csv", ".jsonl")


def score_file(predictor: Predictor, address: str, out: Path, *, coverage: float | None = None) -> int:
    """Score a file.

    Parameters
    ----------
    predictor : Predictor
    address : str
        The rows.
    out : Path
        ``.parquet``, ``.csv`` or ``.jsonl``; appears only when whole.
    coverage : float, optional
        As for :func:`score_frame`.

    Returns
    -------
    int
        Rows scored.

    Raises
    ------
    InputError
        When the file lacks a column, or the output cannot be written.
    RequestError
        When the model does not offer the coverage.
    """
    if out.suffix not in FORMATS:
        raise InputError(
            "The output's form is unknown",
            seen=str(out),
            expected=", ".join(FORMATS),
            todo="name --out with one of them",
        )
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK):
        raise InputError(
            f"The folder '{out.parent}' cannot be written",
            expected="a folder that is there and may be written",
            todo="choose another with --out",
        )
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".fivefold-") as folder:
        fetched = gather(Extract(address), Path(folder))
        scored = score_frame(predictor, read_parquet(fetched.path), coverage=coverage)
        part = Path(folder) / f"scored{out.suffix}"
        if out.suffix == ".parquet":
            scored.write_parquet(part)
        elif out.suffix == ".csv":
            scored.write_csv(part)
        else:
            scored.write_ndjson(part)
        part.replace(out)
    return scored.height


def score_frame(predictor: Predictor, frame: Frame, *, coverage: float | None = None) -> Frame:
    """Return the frame with its predictions.

    Parameters
    ----------
    predictor : Predictor
    frame : Frame
    coverage : float, optional
        Share of rows for which to say how sure each prediction is; one of the predictor's ``levels``.

    Returns
    -------
    Frame
        With ``prediction``, and one ``probability: CLASS`` column per class; with a coverage also ``interval: low`` and
        ``interval: high``, or ``set``, its classes between bars.

    Raises
    ------
    RequestError
        When the model does not offer the coverage.
    """
    import polars as pl

    scores, classes = predictor.scores(frame), predictor.contract.classes
    columns = [pl.Series("prediction", predictor.labels(scores))]
    for position, label in enumerate(classes):
        columns.append(pl.Series(f"probability: {label}", scores[:, position]))
    if coverage is not None and classes:
        held = predictor.sets(scores, coverage).tolist()
        names = [
            " | ".join(name for name, inside in zip(classes, row, strict=True) if inside) for row in held
        ]
        columns.append(pl.Series("set", names, dtype=pl.String))
    elif coverage is not None:
        ends = predictor.intervals(scores, coverage)
        columns += [
            pl.Series(f"interval: {end}", ends[:, place]) for place, end in enumerate(("low", "high"))
        ]
    return frame.with_columns(columns)
