"""``export``: a model in the forms that other people's tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fivefold.cli.console import say
from fivefold.cli.options import Config, JsonFlag, Out, store_of
from fivefold.core import records
from fivefold.core.artefacts import Model
from fivefold.core.store import Store
from fivefold.export.forms import Exported, known_rows
from fivefold.export.forms import export as write_export
from fivefold.runtime.bundle import load_bundle
from fivefold.runtime.manifest import MANIFEST

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
    as_json: JsonFlag = False,
    out: Out = None,
    config: Config = None,
) -> None:
    """Write a model for other tools: ONNX, MLflow, or the bundle as one file; a graph is compared with it on real rows."""
    written = _exported(run, to, output, out, config)
    if as_json:
        print(records.dump(written).decode(), end="")
        return
    say(f"{to}: {written.path} ({written.bytes:,} bytes)")
    if written.parity is not None:
        say(written.parity.words())


def _exported(run: str, to: str, output: Path, out: str | None, config: Path | None) -> Exported:
    """Find the bundle and write it."""
    place = Path(run)
    if place.is_file() or (place / MANIFEST).is_file():
        return write_export(place, to, output)
    found = Store(Path(store_of(out, config))).find(run)
    bundle = found.need("train", Model).folder / "bundle"
    rows = known_rows(found, load_bundle(bundle)) if to == "onnx" else None
    return write_export(bundle, to, output, rows)
