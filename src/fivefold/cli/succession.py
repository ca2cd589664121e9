"""``challenge``, ``promote`` and ``rollback``: another model in a service that runs, without dropping a request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivefold.cli.console import say
from fivefold.cli.options import Config, Out, RunName, store_of
from fivefold.core.artefacts import Model, Release
from fivefold.core.errors import SettingsError
from fivefold.core.store import Store
from fivefold.deployment.reversal import reverse
from fivefold.deployment.standing import LINE_UP
from fivefold.deployment.succession import challenge as hold_beside
from fivefold.deployment.succession import end_challenge, roll_back
from fivefold.deployment.succession import promote as let_answer
from fivefold.service.lineup import read_line_up

if TYPE_CHECKING:
    from fivefold.core.store import Run

__all__ = ["challenge", "promote", "register", "rollback"]


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (challenge, promote, rollback):
        app.command()(command)


def challenge(
    run: RunName,
    challenger: Annotated[
        str | None, typer.Argument(metavar="[CHALLENGER]", help="The run whose model is to be held beside.")
    ] = None,
    share: Annotated[
        float, typer.Option("--split", help="Share of the rows that it answers; 0 runs it in the shadow.")
    ] = 0.0,
    key: Annotated[
        str,
        typer.Option("--key", help="Column whose value decides, so that a customer always meets one model."),
    ] = "",
    end: Annotated[bool, typer.Option("--end", help="Hold nothing beside the model any longer.")] = False,
    out: Out = None,
    config: Config = None,
) -> None:
    """Hold the model of another run beside the one that a service answers with: in the shadow, or for a share of the rows."""
    store = Store(Path(store_of(out, config)))
    found = store.find(run)
    if end == (challenger is not None):
        raise SettingsError(
            "The other model is not clear",
            seen="a run and --end" if end else "neither a run nor --end",
            expected="the run whose model is to be held beside, or --end",
            todo=f"fivefold challenge {found.id} OTHER, or: fivefold challenge {found.id} --end",
        )
    if challenger is None:
        end_challenge(found.live)
        say(f"run {found.id}: no other model is held beside it")
        return
    bundle = store.find(challenger).need("train", Model).folder / "bundle"
    hold_beside(found.live, bundle, share=share, key=key)
    how = f"answers {share:.0%} of the rows" if share else "answers in the shadow: only the log sees it"
    say(f"run {found.id}: the model of run {store.find(challenger).id} {how}")


def promote(run: RunName = "latest", out: Out = None, config: Config = None) -> None:
    """Let the challenger answer from now on; the former model stays, and 'rollback' brings it back."""
    found = _run(run, out, config)
    standing = let_answer(found.live)
    say(
        f"run {found.id}: {standing.address} answers with {standing.version}; back with: fivefold rollback {found.id}"
    )
    say(
        f"what it answers is looked at by: fivefold monitor {_champion(found)}; what run {found.id}'s own model answered by: fivefold monitor {found.id}"
    )


def rollback(run: RunName = "latest", out: Out = None, config: Config = None) -> None:
    """Let the model that answered before answer again, in a service of this machine or on the platform of a release."""
    found = _run(run, out, config)
    release = found.get("deploy", Release)
    if release is not None and release.body.target != "local":
        reverse(release.body, found.live)
        say(
            f"run {found.id}: {release.body.address} answers as before this release, which stays without requests"
        )
        return
    standing = roll_back(found.live)
    say(f"run {found.id}: {standing.address} answers with {standing.version} again")


def _champion(run: Run) -> str:
    """Return the run whose model answers, by the folder of its bundle."""
    return Path(read_line_up(run.live / LINE_UP).champion).parent.parent.name


def _run(run: str, out: str | None, config: Path | None) -> Run:
    """Find the run."""
    return Store(Path(store_of(out, config))).find(run)
