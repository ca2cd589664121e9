"""``deploy``: the fourth step, and the rehearsal of a service before a platform meets it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivefold.cli import summary
from fivefold.cli.console import Bar, note, say
from fivefold.cli.options import (
    Config,
    DeployTarget,
    JsonFlag,
    Out,
    Port,
    RunName,
    settings_of,
    store_of,
)
from fivefold.cli.step_group import OWN, StepGroup
from fivefold.core import records
from fivefold.core.artefacts import Model
from fivefold.core.errors import UnhealthyError
from fivefold.core.quantities import parse_seconds
from fivefold.core.store import Store
from fivefold.deployment.rehearsal.platform import PLATFORMS, platform_named
from fivefold.deployment.rehearsal.rehearse import rehearse_address, rehearse_bundle
from fivefold.result import Result
from fivefold.service.settings import MODEL_NAME
from fivefold.service.tokens import own_token
from fivefold.workflow import resume

if TYPE_CHECKING:
    from fivefold.deployment.rehearsal.stage import Scene

__all__ = ["check", "make", "register"]

_MARKS = {"passed": "passed ", "failed": "FAILED ", "skipped": "skipped"}


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(cls=StepGroup, rich_markup_mode=None, subcommand_metavar="[RUN | COMMAND] [ARGS]...")
    group.command(OWN)(make)
    group.command()(check)
    help_text = "Step 4: start the model as a service; or rehearse what a platform does to one."
    app.add_typer(group, name="deploy", help=help_text)


def make(
    run: RunName = "latest",
    target: DeployTarget = None,
    port: Port = None,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Start the model as a service and verify it with golden rows; 'deploy RUN' is short for it."""
    chosen = target or settings_of({}, config).deploy
    flags = {
        "deploy.target": chosen if chosen != "none" or target else "local",
        "deploy.port": port,
        "out": out,
    }
    with Bar() as bar, resume(run, settings_of(flags, config), progress=bar) as journey:
        journey.deploy()
        result = Result(journey.run)
    summary.show_step(result, "deploy", as_json=as_json)


def check(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RUN|BUNDLE|URL", help="A run, a bundle's folder, or where a service answers."
        ),
    ] = "latest",
    platforms: Annotated[
        list[str] | None,
        typer.Option(
            "--as", help=f"Platform to play: {', '.join(PLATFORMS)}; may be repeated.", show_default="all"
        ),
    ] = None,
    name: Annotated[
        str,
        typer.Option(
            "--name", help="Of a URL: what the model is called under /v2/models.", show_default="model"
        ),
    ] = MODEL_NAME,
    latency: Annotated[
        str | None,
        typer.Option(
            "--latency",
            help="What 95 of 100 one-row requests may take, such as 20ms.",
            show_default="told only",
        ),
    ] = None,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Fail health checks for as long as the platform waits for them."),
    ] = False,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Play a platform against a service: start-up order, probes, forms of a request, sizes, times, end.

    A run's model or a bundle is started for it, once per platform; a URL is only asked, with the first token of FIVEFOLD_TOKENS if
    that is set. Exit code 4 when anything failed.
    """
    seconds = None if latency is None else parse_seconds(latency, name="latency")
    failed = 0
    for played in platforms or list(PLATFORMS):
        note(f"as {played}")
        platform = platform_named(played)
        if what.startswith(("http://", "https://")):
            token = own_token(os.environ)
            scenes = rehearse_address(what, platform, token=token, model=name, latency=seconds)
        else:
            bundle = _bundle(what, store_of(out, config))
            scenes = rehearse_bundle(bundle, platform, latency=seconds, thorough=thorough)
        failed += sum(_shown(scene, as_json=as_json) for scene in scenes)
    if failed:
        raise typer.Exit(UnhealthyError.exit_code)


def _shown(scene: Scene, *, as_json: bool) -> bool:
    """Print one part, and return whether it failed."""
    if as_json:
        say(records.dump(scene).decode().replace("\n", " "))
    else:
        wanted = f"; expected: {scene.expected}" if scene.state != "passed" else ""
        say(f"  {_MARKS[scene.state]}  {scene.name}: {scene.seen}{wanted}")
    return scene.state == "failed"


def _bundle(what: str, store: str) -> Path:
    """Return the bundle that was named, itself or by its run."""
    bundle = Path(what)
    if (bundle / "bundle.json").is_file():
        return bundle
    return Store(Path(store)).find(what).need("train", Model).folder / "bundle"
