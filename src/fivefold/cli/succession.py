"""``challenge``, ``promote`` and ``rollback``: another model in a service that runs, without dropping a request; or the one before in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fivefold.cli.console import Bar, note, say
from fivefold.cli.deployment import order_flags
from fivefold.cli.options import Config, DeployMoney, JsonFlag, Out, RunName, settings_of, store_of
from fivefold.core import records
from fivefold.core.artefacts import Model
from fivefold.core.errors import SettingsError
from fivefold.core.journal import Journal
from fivefold.core.store import Store
from fivefold.deployment.reversal import check_stands, former_of, note_rolled_back, release_meant, reverse
from fivefold.deployment.standing import LINE_UP
from fivefold.deployment.succession import challenge as hold_beside
from fivefold.deployment.succession import end_challenge, roll_back
from fivefold.deployment.succession import promote as let_answer
from fivefold.report.figures import percent
from fivefold.report.page import write_report
from fivefold.result import Result
from fivefold.service.lineup import read_line_up, run_of
from fivefold.workflow import resume

if TYPE_CHECKING:
    from fivefold.core.artefacts import Release
    from fivefold.core.settings import Settings
    from fivefold.core.store import Run
    from fivefold.deployment.reversal import Former
    from fivefold.deployment.standing import Standing

__all__ = ["Succession", "challenge", "promote", "register", "rollback"]


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
    as_json: JsonFlag = False,
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
        now = _now(found, end_challenge(found.live))
        words = [f"run {found.id}: no other model is held beside it"]
    else:
        bundle = store.find(challenger).need("train", Model).folder / "bundle"
        now = _now(found, hold_beside(found.live, bundle, share=share, key=key))
        how = (
            f"answers {percent(share, places=0)} of the rows"
            if share
            else "answers in the shadow: only the log sees it"
        )
        words = [f"run {found.id}: the model of run {now.challenger} {how}"]
    _show(now, words, as_json=as_json)


def promote(
    run: RunName = "latest", out: Out = None, as_json: JsonFlag = False, config: Config = None
) -> None:
    """Let the challenger answer from now on; the former model stays, and 'rollback' brings it back."""
    found = _run(run, out, config)
    now = _now(found, let_answer(found.live))
    words = [
        f"run {found.id}: {now.address} answers with {now.version}; back with: fivefold rollback {found.id}",
        f"what it answers is looked at by: fivefold monitor {now.champion}; what run {found.id}'s own model answered by: fivefold monitor {found.id}",
    ]
    _show(now, words, as_json=as_json)


def rollback(
    run: RunName = "latest",
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            help="Where, if the run has several releases that can.",
            show_default="the one there is",
        ),
    ] = None,
    money: DeployMoney = None,
    out: Out = None,
    as_json: JsonFlag = False,
    config: Config = None,
) -> None:
    """Let the model that answered before answer again: in a service of this machine, or at the target of a release.

    A platform that parts the requests of an endpoint gives them back; elsewhere the run that had the place before is deployed there again.
    """
    found = _run(run, out, config)
    release = release_meant(found, target)
    if release is None:
        standing = roll_back(found.live)
        now = _now(found, standing)
        if now.champion == found.id and standing.own not in ("", now.version):
            note(_trained_again(found.id))
        _show(now, [f"run {found.id}: {now.address} answers with {now.version} again"], as_json=as_json)
        return
    former = former_of(found, release)
    if former is None:
        now, words = _given_back(found, release)
    else:
        flags = order_flags(Journal(former.run.live, former.release.target)) | {"deploy.money": money}
        now, words = _deployed_again(found, release, former, settings_of(flags, config))
    _show(now, words, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Succession:
    """Who answers after ``challenge``, ``promote`` or ``rollback``.

    Attributes
    ----------
    run : str
        Whose service or release it is.
    address : str
    champion : str
        The run whose model answers; empty after a rollback where requests are parted, which goes back to whatever answered before.
    version : str
        Of that model's bundle; empty where ``champion`` is.
    challenger : str
        The run whose model is held beside it; empty without one.
    share : float
        Share of the rows that the challenger answers; 0 in the shadow.
    key : str
        Column whose value decides who answers a row; empty where lots are drawn.
    """

    run: str
    address: str
    champion: str = ""
    version: str = ""
    challenger: str = ""
    share: float = 0.0
    key: str = ""


def _given_back(run: Run, release: Release) -> tuple[Succession, list[str]]:
    """Have the platform give the requests back to those who had them."""
    with run.lock():
        reverse(release, run.live)
        _note(run, release)
    words = f"{release.address} answers as before this release, which has no requests any more"
    return Succession(run.id, release.address), [f"run {run.id}: {words}"]


def _deployed_again(
    run: Run, release: Release, former: Former, settings: Settings
) -> tuple[Succession, list[str]]:
    """Deploy the run before in the place of this one."""
    check_stands(release, run.live)
    with Bar() as bar, resume(str(former.run.folder), settings, progress=bar) as journey:
        again = journey.release().body
    with run.lock():
        _note(run, release)
    if again.bundle_digest != former.release.bundle_digest:
        note(_trained_again(former.run.id))
    now = Succession(run.id, again.address, champion=former.run.id, version=again.bundle_digest)
    words = (
        f"the model of run {former.run.id} was deployed to '{release.target}' again, in the place of this one"
    )
    return now, [f"run {run.id}: {words}", *(f"  {note}" for note in again.notes)]


def _trained_again(run: str) -> str:
    """Say that what answered before is not what answers again."""
    return f"run {run} was trained again since it answered: what answers now is its newer bundle, not the one before"


def _note(run: Run, release: Release) -> None:
    """Note what was gone back from, and have the report say so."""
    note_rolled_back(run, release)
    write_report(run, Result(run).ledger)


def _now(run: Run, standing: Standing) -> Succession:
    """Tell who answers in a service of this machine; runs are named by the folders of their bundles."""
    line_up = read_line_up(run.live / LINE_UP)
    champion, challenger = (run_of(bundle) for bundle in (line_up.champion, line_up.challenger))
    return Succession(
        run.id, standing.address, champion, standing.version, challenger, line_up.share, line_up.key
    )


def _show(now: Succession, words: list[str], *, as_json: bool) -> None:
    """Print who answers."""
    for line in [records.dump(now).decode().rstrip()] if as_json else words:
        say(line)


def _run(run: str, out: str | None, config: Path | None) -> Run:
    """Find the run."""
    return Store(Path(store_of(out, config))).find(run)
