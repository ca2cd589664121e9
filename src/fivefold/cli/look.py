"""``show`` and ``doctor``: what is there."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivefold.cli import summary
from fivefold.cli.console import say
from fivefold.cli.options import Config, JsonFlag, Out, RunName, store_of
from fivefold.core import records
from fivefold.core.errors import FivefoldError, PartError
from fivefold.core.machine import available_cores, available_memory
from fivefold.core.quantities import format_bytes
from fivefold.core.registry import GROUPS, Registry
from fivefold.core.store import Store
from fivefold.core.version import __version__
from fivefold.deployment.step import status
from fivefold.result import Result

if TYPE_CHECKING:
    from fivefold.core.artefacts import Release

__all__ = ["Diagnosis", "doctor", "register", "show"]

_LIBRARIES = (
    "duckdb",
    "polars",
    "numpy",
    "scipy",
    "scikit-learn",
    "lightgbm",
    "catboost",
    "starlette",
    "uvicorn",
)


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(show)
    app.command()(doctor)


def show(
    run: RunName = "latest",
    step: Annotated[
        str,
        typer.Argument(
            metavar="STEP", help="research, data, train, deploy or monitor; the whole run if not given."
        ),
    ] = "",
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Show a run, or the artefact of one of its steps."""
    found = Store(Path(store_of(out, config))).find(run)
    result = Result(found)
    if not step:
        summary.show(result, as_json=as_json)
        return
    summary.show_step(result, step, as_json=as_json)
    if step == "deploy" and not as_json:
        live, last = found.live, result.release
        say(f"  now: {f'removed {last.removed}' if last.removed else _now(last, live)}")
        for line in (*summary.answering_lines(last, live), *summary.elsewhere_lines(last, live, now=_now)):
            say(line)


def doctor(as_json: JsonFlag = False) -> None:
    """Tell what this machine has and whether every part can be loaded."""
    found = Diagnosis(
        fivefold=__version__,
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        cores=available_cores(),
        memory_bytes=available_memory(),
        disk_bytes=shutil.disk_usage(".").free,
        libraries={name: _installed(name) for name in _LIBRARIES},
        parts={group: _parts(group) for group in GROUPS},
    )
    broken = [name for parts in found.parts.values() for name, state in parts.items() if state != "ok"]
    if as_json:
        say(records.dump(found).decode().rstrip())
    else:
        _print(found)
    if broken:
        raise typer.Exit(1)


def _now(release: Release, live: Path) -> str:
    """Say how a release stands now."""
    try:
        return status(release, live)
    except FivefoldError as error:  # a platform that cannot be asked from here is no reason to show nothing
        return f"not known: {error}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What ``doctor`` found.

    Attributes
    ----------
    fivefold, python, platform : str
    cores : int
        Worker processes that may run at once.
    memory_bytes, disk_bytes : int
        What is free here.
    libraries : dict of str to str
        Version of each library; ``missing`` when it is not installed.
    parts : dict of str to dict of str to str
        Every registered part by entry-point group: ``ok``, or why it cannot be loaded.
    """

    fivefold: str
    python: str
    platform: str
    cores: int
    memory_bytes: int
    disk_bytes: int
    libraries: dict[str, str]
    parts: dict[str, dict[str, str]]


def _installed(name: str) -> str:
    """Version of a library."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _parts(group: str) -> dict[str, str]:
    """Load every part of a group and say how it went."""
    registry: Registry[object] = Registry(group)
    states = {}
    for name in registry.names():
        try:
            registry.get(name)
            states[name] = "ok"
        except PartError as error:
            states[name] = str(error)
    return states


def _print(found: Diagnosis) -> None:
    """Print the diagnosis for a person."""
    say(f"fivefold {found.fivefold}, Python {found.python}, {found.platform}")
    memory, disk = format_bytes(found.memory_bytes), format_bytes(found.disk_bytes)
    say(f"cores {found.cores}, memory {memory} free, disk {disk} free")
    say("libraries: " + ", ".join(f"{name} {version}" for name, version in found.libraries.items()))
    for group, parts in found.parts.items():
        say(f"{GROUPS[group]}: " + ", ".join(n if s == "ok" else f"{n} ({s})" for n, s in parts.items()))
