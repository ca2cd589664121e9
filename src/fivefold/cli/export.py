"""``export``: a model in the forms that other people's tools read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from fivefold.cli.bundles import bundle_at
from fivefold.cli.console import Bar, say
from fivefold.cli.options import Config, JsonFlag, Out, store_of
from fivefold.core import records
from fivefold.core.artefacts import Model
from fivefold.core.errors import InputError
from fivefold.core.store import Run, Store
from fivefold.export.forms import Exported, check_place, export_distilled, known_rows
from fivefold.export.forms import export as write_export
from fivefold.runtime.bundle import load_bundle
from fivefold.training.distillation import distil

__all__ = ["export", "register"]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(export)


def export(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run's folder, its short id, or 'latest'; or a bundle, a folder or a zip archive.",
            show_default=False,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="onnx: one graph, encoder included; mlflow: a folder that MLflow loads and serves; bundle: one zip archive.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", help="Where to write: a file, or a folder for mlflow.", show_default=False),
    ],
    distilled: Annotated[
        bool,
        typer.Option(
            "--distilled",
            help="With onnx: instead of the run's model, one LightGBM that learns its answers, with its measured loss of quality.",
        ),
    ] = False,
    as_json: JsonFlag = False,
    out: Out = None,
    config: Config = None,
) -> None:
    """Write a model for other tools: ONNX, MLflow, or the bundle as one file; a graph is compared with it on real rows."""
    found = _found(run, to, out, config, distilled=distilled)
    if isinstance(found, Path):
        written = write_export(found, to, output)
    elif distilled:
        written = _taught(found, output)
    else:
        bundle = found.need("train", Model).folder / "bundle"
        written = write_export(
            bundle, to, output, known_rows(found, load_bundle(bundle)) if to == "onnx" else None
        )
    if as_json:
        print(records.dump(written).decode(), end="")
        return
    say(f"{to}: {written.path} ({written.bytes:,} bytes)")
    if written.distilled is not None:
        say(written.distilled.words())
    if written.parity is not None:
        say(written.parity.words())


def _found(run: str, to: str, out: str | None, config: Path | None, *, distilled: bool) -> Path | Run:
    """Find the bundle, or the run."""
    place = bundle_at(run)
    alone = place is not None
    if distilled and (alone or to != "onnx"):
        raise InputError(
            "There is nobody to learn from the model" if alone else "Only a graph is written of a student",
            seen="a bundle without the rows of its run" if alone else f"--to {to} --distilled",
            expected="a run, whose training rows lie beside it" if alone else "--to onnx --distilled",
            todo="name the run" if alone else "leave --distilled out: this form holds the model itself",
        )
    return place or Store(Path(store_of(out, config))).find(run)


def _taught(run: Run, output: Path) -> Exported:
    """Teach a student, and write it."""
    check_place(output)  # told before minutes are spent
    with tempfile.TemporaryDirectory(prefix="fivefold-") as place, Bar() as bar:
        student = distil(run, Path(place), progress=bar)
        rows = known_rows(run, load_bundle(student.folder))
        return export_distilled(student.folder, output, rows, student.told)
