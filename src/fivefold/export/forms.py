"""The forms that a bundle is exported in, and how each comes to lie on disk: whole, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import Dataset
from fivefold.core.errors import InputError, StepError
from fivefold.core.store import write_atomically
from fivefold.export.distilled import Distilled
from fivefold.export.mlflow import mlflow_files
from fivefold.export.model import onnx_model
from fivefold.export.parity import Parity, compare
from fivefold.runtime.bundle import load_bundle, read_bundle
from fivefold.runtime.frames import clean_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.store import Run
    from fivefold.core.tables import Frame
    from fivefold.runtime.bundle import BundleContents
    from fivefold.runtime.predictor import Predictor

__all__ = ["FORMS", "Exported", "check_place", "export", "export_distilled", "golden_frame", "known_rows"]

_ROWS = 2_000
"""Rows of each snapshot that a graph is compared on."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes
    ----------
    form : str
    path : str
    bytes : int
    bundle : str
        Digest of the bundle that it was made from.
    parity : Parity or None
        How a graph compares with its bundle; None for forms that are the bundle itself.
    distilled : Distilled or None
        What is written instead of the bundle, and how much worse that is.
    """

    form: str
    path: str
    bytes: int
    bundle: str
    parity: Parity | None = None
    distilled: Distilled | None = None


def export(bundle: Path, form: str, output: Path, rows: Frame | None = None) -> Exported:
    """Write a bundle in another form.

    Parameters
    ----------
    bundle : Path
        A folder or a zip archive.
    form : str
        One of ``FORMS``: ``onnx``, a file; ``mlflow``, a folder; ``bundle``, one zip archive.
    output : Path
        Appears only when it is whole; a file that is there is replaced, a folder must be new or empty.
    rows : Frame, optional
        Cleaned rows that a graph is compared on, besides the golden rows; see :func:`known_rows`.

    Raises
    ------
    InputError
        When the form is unknown, the output cannot be written, or the bundle holds what the form cannot express.
    StepError
        When the export answers otherwise than the bundle.
    """
    if form not in FORMS:
        raise InputError(
            "There is no such form", seen=repr(form), expected=", ".join(FORMS), todo="name one of these"
        )
    check_place(output)
    return FORMS[form](read_bundle(bundle), output, rows)


def export_distilled(student: Path, output: Path, rows: Frame, told: Distilled) -> Exported:
    """Write the graph of a student in place of its teacher's.

    Parameters
    ----------
    student : Path
        Its bundle; the graph is compared with it.
    output : Path
        As of :func:`export`.
    rows : Frame
        Cleaned rows that the graph is compared on.
    told : Distilled
        How it compares with its teacher; kept in the graph as the property ``distilled``.

    Raises
    ------
    InputError
        When the output cannot be written.
    StepError
        When the graph answers otherwise than the student.
    """
    check_place(output)
    written = _to_onnx(read_bundle(student), output, rows, told)
    return replace(written, bundle=told.bundle, distilled=told)


def check_place(output: Path) -> None:
    """Refuse an output whose folder cannot be written.

    Raises
    ------
    InputError
        When it cannot.
    """
    if not output.absolute().parent.is_dir() or not os.access(output.absolute().parent, os.W_OK):
        raise InputError(
            f"The folder '{output.parent}' cannot be written",
            expected="a folder that is there and may be written",
            todo="choose another with --output",
        )


def known_rows(run: Run, predictor: Predictor) -> Frame:
    """Return rows of a run's own snapshots, cleaned: some of those that were learned from and some of the sealed ones.

    Their targets are not read.
    """
    import polars as pl

    names = [column.name for column in predictor.contract.columns]
    folder = run.need("data", Dataset).folder
    parts = []
    for name in ("train.parquet", "test.parquet"):
        scan = pl.scan_parquet(folder / name, glob=False).select(names)
        height = scan.select(pl.len()).collect().item()
        parts.append(scan.gather_every(max(1, -(-height // _ROWS))).collect(engine="streaming"))
    return clean_frame(pl.concat(parts), predictor.contract, strict=True)


def _to_onnx(
    contents: BundleContents, output: Path, rows: Frame | None, told: Distilled | None = None
) -> Exported:
    """Write one graph, if it answers as the bundle does."""
    facts = {} if told is None else {"bundle": told.bundle, "distilled": json.dumps(records.plain(told))}
    model, predictor = onnx_model(contents, facts), contents.predictor()
    frame = golden_frame(predictor)
    if rows is not None:
        frame = frame.vstack(rows)
    found = compare(model, predictor, frame)
    found.demand()
    _write_file(output, model)
    return Exported("onnx", str(output), len(model), contents.version, found)


def _to_mlflow(contents: BundleContents, output: Path, rows: Frame | None) -> Exported:
    """Write a folder that MLflow loads."""
    del rows
    files = mlflow_files(contents)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(
            f"'{output}' is there already",
            expected="a new or an empty folder",
            todo="choose another with --output",
        )
    with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=".fivefold-") as place:
        whole = Path(place) / "model"
        for name, data in files.items():
            path = whole / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if output.is_dir():
            output.rmdir()
        shutil.move(whole, output)
    return Exported("mlflow", str(output), sum(map(len, files.values())), contents.version)


def _to_bundle(contents: BundleContents, output: Path, rows: Frame | None) -> Exported:
    """Write one zip archive, and load it as anyone would."""
    del rows
    archive = contents.archive()
    _write_file(output, archive)
    if load_bundle(output).version != contents.version:
        raise StepError("The archive is another bundle", todo="export it again")
    return Exported("bundle", str(output), len(archive), contents.version)


def _write_file(output: Path, data: bytes) -> None:
    """Write a file at once."""
    if output.is_dir():
        raise InputError(
            f"'{output}' is a folder", expected="the name of a file", todo="choose another with --output"
        )
    write_atomically(output, data)


def golden_frame(predictor: Predictor) -> Frame:
    """Return the golden rows, cleaned."""
    import polars as pl

    names = [column.name for column in predictor.contract.columns]
    given = [golden.row for golden in predictor.golden]
    columns = {name: pl.Series(name, [row.get(name) for row in given], strict=False) for name in names}
    return clean_frame(pl.DataFrame(columns), predictor.contract, strict=True)


FORMS: dict[str, Callable[[BundleContents, Path, Frame | None], Exported]] = {
    "onnx": _to_onnx,
    "mlflow": _to_mlflow,
    "bundle": _to_bundle,
}
"""What writes each form."""
