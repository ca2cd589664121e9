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


def score_file(predictor: Predictor, address: str, out: Path) -> int:
    """Score a file.

    Parameters
    ----------
    predictor : Predictor
    address : str
        The rows.
    out : Path
        ``.parquet``, ``.csv`` or ``.jsonl``; appears only when whole.

    Returns
    -------
    int
        Rows scored.

    Raises
    ------
    InputError
        When the file lacks a column, or the output cannot be written.
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
        scored = score_frame(predictor, read_parquet(fetched.path))
        part = Path(folder) / f"scored{out.suffix}"
        if out.suffix == ".parquet":
            scored.write_parquet(part)
        elif out.suffix == ".csv":
            scored.write_csv(part)
        else:
            scored.write_ndjson(part)
        part.replace(out)
    return scored.height


def score_frame(predictor: Predictor, frame: Frame) -> Frame:
    """Return the frame with its predictions: ``prediction``, and one ``probability: CLASS`` column per class."""
    import polars as pl

    scores = predictor.scores(frame)
    columns = [pl.Series("prediction", predictor.labels(scores))]
    for position, label in enumerate(predictor.contract.classes):
        columns.append(pl.Series(f"probability: {label}", scores[:, position]))
    return frame.with_columns(columns)
