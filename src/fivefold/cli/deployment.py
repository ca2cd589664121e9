"""``deploy``: the fourth step, and the rehearsal of a service before a platform meets it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias
from urllib.parse import urlsplit

import typer

from fivefold.cli import summary
from fivefold.cli.bundles import bundle_at
from fivefold.cli.console import Bar, note, say
from fivefold.cli.options import (
    AllowHost,
    Config,
    DeployMoney,
    DeployOptions,
    DeployTarget,
    JsonFlag,
    LogKeep,
    LogMode,
    LogTo,
    Out,
    Port,
    RunName,
    set_options,
    settings_of,
    store_of,
)
from fivefold.cli.step_group import OWN, StepGroup
from fivefold.core import records
from fivefold.core.artefacts import Model, Rehearsal, Release
from fivefold.core.credentials import without_password
from fivefold.core.deploy_settings import option_text
from fivefold.core.errors import InputError, MisuseError, SettingsError, UnhealthyError
from fivefold.core.journal import journals
from fivefold.core.quantities import parse_bytes, parse_seconds
from fivefold.core.store import Store
from fivefold.deployment.engine import running_engine
from fivefold.deployment.prices import plan_lines
from fivefold.deployment.rehearsal.platform import PLATFORMS, platform_named
from fivefold.deployment.rehearsal.rehearse import rehearse_address, rehearse_bundle, rehearse_image
from fivefold.deployment.step import undeploy as remove_release
from fivefold.report.page import write_report
from fivefold.result import Result, RunRecord
from fivefold.service.settings import MODEL_NAME
from fivefold.service.tokens import own_token
from fivefold.training.beside import remove_routes
from fivefold.workflow import resume

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.artefacts import Scene
    from fivefold.core.journal import Journal
    from fivefold.core.store import Run
    from fivefold.deployment.rehearsal.platform import Platform

__all__ = ["Checked", "Undeployed", "check", "make", "order_flags", "register", "undeploy"]

_ALLOWED = ("deploy.money", "out")
_STATED = "of a run what its budget states; else told only"
_Latency: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--latency", help="What 95 of 100 one-row requests may take, such as 20ms.", show_default=_STATED
    ),
]
_Size: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--size", help="What a run's model or a bundle may have, such as 20MB.", show_default=_STATED
    ),
]
_ModelName: TypeAlias = Annotated[
    str,
    typer.Option("--name", help="Of a URL: what the model is called under /v2/models.", show_default="model"),
]
_Thorough: TypeAlias = Annotated[
    bool, typer.Option("--thorough", help="Fail health checks for as long as the platform waits for them.")
]
_Image: TypeAlias = Annotated[
    bool, typer.Option("--container", help="It is an image: Docker or Podman runs it.")
]

_MARKS = {"passed": "passed ", "failed": "FAILED ", "skipped": "skipped"}


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(undeploy)
    group = typer.Typer(cls=StepGroup, rich_markup_mode=None, subcommand_metavar="[RUN | COMMAND] [ARGS]...")
    group.command(OWN)(make)
    group.command()(check)
    help_text = "Step 4: start the model as a service; or rehearse what a platform does to one."
    app.add_typer(group, name="deploy", help=help_text)


def make(
    run: RunName = "latest",
    target: DeployTarget = None,
    port: Port = None,
    options: DeployOptions = None,
    log: LogTo = None,
    log_mode: LogMode = None,
    log_keep: LogKeep = None,
    allow_host: AllowHost = None,
    money: DeployMoney = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only say what would be made and what it costs a month.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--resume", help="Go on with a deployment that broke off, as it was ordered.")
    ] = False,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Start the model as a service and verify it with golden rows; 'deploy RUN' is short for it.

    The same command again keeps what stands and goes on where a deployment broke off.
    """
    flags: dict[str, str | None] = {"deploy.port": port, "deploy.money": money, "out": out}
    told = {"log": log, "log_mode": log_mode, "log_keep": log_keep, "allow_host": ",".join(allow_host or ())}
    flags |= {f"deploy.options.{key}": option_text(value) for key, value in told.items() if value}
    flags |= set_options("deploy", options)
    if again:
        flags |= _broken_off(Store(Path(store_of(out, config))).find(run), target, flags)
    chosen = target or flags.get("deploy.target") or settings_of({}, config).deploy
    flags["deploy.target"] = chosen if chosen != "none" or target else "local"
    with Bar() as bar, resume(run, settings_of(flags, config), progress=bar) as journey:
        planned = journey.plan_deployment() if plan else None
        if planned is None:
            journey.release()
        result = Result(journey.run)
    if planned is None:
        summary.show_step(result, "deploy", as_json=as_json)
        lines = summary.answering_lines(result.release, journey.run.live)
        for line in [] if as_json else (*lines, *summary.elsewhere_lines(result.release, journey.run.live)):
            say(line)
        return
    for line in [records.dump(planned).decode().rstrip()] if as_json else plan_lines(planned):
        say(line)


def undeploy(
    run: RunName = "latest",
    target: Annotated[
        str | None,
        typer.Option("--target", help="Remove what stands there alone.", show_default="everywhere"),
    ] = None,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Remove what a run's deployments made, wherever that is; also what one that broke off has left, and what was trained elsewhere."""
    found = Store(Path(store_of(out, config))).find(run)
    with found.lock():
        stored = found.get("deploy", Release)
        places = remove_release(stored.body if stored else None, found.live, target)
        places += remove_routes(found.live) if target is None else ()
        if stored is not None and stored.body.resources and target in (None, stored.body.target):
            gone = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            found.amend("deploy", stored, replace(stored.body, removed=stored.body.removed or gone))
        if stored is not None:
            write_report(found, Result(found).ledger)
    if as_json:
        say(records.dump(Undeployed(found.id, places)).decode().rstrip())
        return
    removed = f"removed from {', '.join(places)}" if places else "nothing stood anywhere"
    say(f"run {found.id}: {removed}")


def check(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RUN|BUNDLE|URL|IMAGE",
            help="A run, a bundle (a folder or a zip archive), where a service answers, or an image.",
        ),
    ] = "latest",
    platforms: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            help=f"Platform to play: {', '.join(PLATFORMS)}; may be repeated.",
            show_default="all; of a URL without vertex",
        ),
    ] = None,
    name: _ModelName = MODEL_NAME,
    latency: _Latency = None,
    size: _Size = None,
    thorough: _Thorough = False,
    container: _Image = False,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Play a platform against a service: start-up order, probes, forms of a request, sizes, times, end.

    A run's model, a bundle or an image is started for it, once per platform; a URL is only asked, with the first token of FIVEFOLD_TOKENS if
    that is set. Exit code 4 when anything failed.
    """
    asked, is_address = _limits(latency, size), _is_address(what)
    bundle, means = (None, {}) if is_address or container else _bundle(what, store_of(out, config))
    if bundle is None and size is not None:
        raise _unsized(what)
    stated = _limits(means.get("latency"), means.get("size"))
    seconds, allowed = asked[0] or stated[0], asked[1] or stated[1]
    rehearsals = []
    for platform in _platforms(platforms, runs_already=is_address):
        note(f"as {platform.name}")
        began = time.monotonic()
        if bundle is not None:
            scenes = rehearse_bundle(bundle, platform, latency=seconds, size=allowed, thorough=thorough)
        elif container:
            scenes = rehearse_image(what, running_engine(), platform, latency=seconds, thorough=thorough)
        else:
            token = own_token(os.environ)
            scenes = rehearse_address(what, platform, token=token, model=name, latency=seconds)
        played = tuple(_shown(scene, as_json=as_json) for scene in scenes)
        rehearsals.append(Rehearsal(platform.name, round(time.monotonic() - began, 2), played))
    found = Checked(what, not any(each.in_state("failed") for each in rehearsals), tuple(rehearsals))
    if as_json:
        say(records.dump(found).decode().rstrip())
    if not found.passed:
        raise typer.Exit(UnhealthyError.exit_code)


@dataclass(frozen=True, slots=True)
class Undeployed:
    """What ``undeploy`` did.

    Attributes
    ----------
    run : str
    removed_from : tuple of str
        Names of the targets and routes where anything stood; nothing of it stands any more.
    """

    run: str
    removed_from: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What ``deploy check`` found.

    Attributes
    ----------
    what : str
        The run, bundle, address or image that was named.
    passed : bool
        Whether no scene failed.
    rehearsals : tuple of Rehearsal
        One for each platform; here a scene may have failed.
    """

    what: str
    passed: bool
    rehearsals: tuple[Rehearsal, ...]


def _shown(scene: Scene, *, as_json: bool) -> Scene:
    """Print one part when it is over, unless a program waits for all of them; return it."""
    if not as_json:
        wanted = f"; expected: {scene.expected}" if scene.state != "passed" else ""
        say(f"  {_MARKS[scene.state]}  {scene.name}: {scene.seen}{wanted}")
    return scene


def _limits(latency: str | None, size: str | None) -> tuple[float | None, int | None]:
    """Return seconds for a row and bytes for the bundle; None for what nobody said."""
    return (
        None if latency is None else parse_seconds(latency, name="latency"),
        None if size is None else parse_bytes(size, name="size"),
    )


def _unsized(what: str) -> SettingsError:
    """Say that nobody knows how large something elsewhere is."""
    return SettingsError(
        "--size is said of a run's model, or of a bundle",
        seen=f"'{without_password(what)}', whose files are not at hand",
        expected="a run or a bundle",
        todo="leave --size out",
    )


def _platforms(named: list[str] | None, *, runs_already: bool) -> list[Platform]:
    """Return those to be played: all that a service can answer, where none is named."""
    usual = [name for name, each in PLATFORMS.items() if not (runs_already and each.tells_routes)]
    return [platform_named(name) for name in named or usual]


def _is_address(what: str) -> bool:
    """Whether this is an address; one that nobody can be asked at is refused."""
    if not what.startswith(("http://", "https://")):
        return False
    try:
        parts = urlsplit(what)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not close, or a port that is none
        whole = False
    if not whole:
        raise InputError(
            "Nothing can be asked at this address",
            seen=f"'{without_password(what)}'",
            expected="where a service answers, such as http://127.0.0.1:8080",
            todo="check the address",
        )
    return True


def _bundle(what: str, store: str) -> tuple[Path, Mapping[str, str]]:
    """Return the bundle that was named, itself or by its run, and the means that were stated for the run, in the person's words."""
    bundle = bundle_at(what)
    if bundle is not None:
        return bundle, {}
    try:
        run = Store(Path(store)).find(what)
    except MisuseError as error:
        raise MisuseError(
            f"There is nothing to check by the name of '{what}'",
            seen=f"neither a bundle nor a run; runs: {error.seen}",
            expected="a run, a bundle (a folder or a zip archive), an address that begins with http:// or https://, or an image with --container",
            todo="name one of these",
        ) from error
    return run.need("train", Model).folder / "bundle", RunRecord.read(run).means


def _broken_off(run: Run, target: str | None, flags: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return the flags of the deployment that broke off; money may be stated anew, and nothing else ordered."""
    anew = [key.rpartition(".")[2] for key, value in flags.items() if value and key not in _ALLOWED]
    if anew:
        raise SettingsError(
            "--resume goes on with a deployment as it was ordered",
            seen=f"another order for {', '.join(anew)}",
            expected="--resume alone, or with --target and --money",
            todo=f"leave that out; or order anew, without --resume: fivefold deploy {run.id} --target TARGET",
        )
    open_ones = [each for each in journals(run.live) if not each.whole and target in (None, each.target)]
    if not open_ones:
        where = f" to '{target}'" if target else ""
        raise MisuseError(
            f"No deployment of run '{run.id}'{where} broke off",
            seen="none in its journals",
            expected="one to go on with",
            todo=f"begin one: fivefold deploy {run.id} --target TARGET",
        )
    if len(open_ones) > 1:
        raise MisuseError(
            f"It is not clear which deployment of run '{run.id}' to go on with",
            seen=", ".join(journal.target for journal in open_ones),
            expected="one that broke off",
            todo=f"name it: fivefold deploy {run.id} --resume --target TARGET",
        )
    return order_flags(open_ones[0])


def order_flags(journal: Journal) -> dict[str, str | None]:
    """Return what a deployment was ordered by, as flags."""
    options = {f"deploy.options.{key}": option_text(value) for key, value in journal.order.options.items()}
    return {"deploy.target": journal.target, "deploy.port": str(journal.order.port), **options}
