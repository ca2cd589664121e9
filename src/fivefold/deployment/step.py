"""Step 4, deploy: Model -> Release. A bundle, a target, a price, and the proof that it answers there as it did here."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.errors import BudgetError, FivefoldError, MisuseError, StepError
from fivefold.core.journal import journals
from fivefold.core.orders import Bundle
from fivefold.core.registry import Registry
from fivefold.deployment.client import Client
from fivefold.deployment.prices import check_money, plan_lines
from fivefold.deployment.process import end
from fivefold.deployment.rehearsal.dress import dress_rehearsal
from fivefold.deployment.rehearsal.platform import platform_named
from fivefold.deployment.standing import read_standing
from fivefold.runtime.bundle import load_bundle
from fivefold.service.port import bind
from fivefold.service.tokens import own_token

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Model, Rehearsal, Release
    from fivefold.core.budget import Budget
    from fivefold.core.orders import DeploymentPlan, Order
    from fivefold.core.protocols import Target
    from fivefold.core.store import Stored
    from fivefold.core.workbench import Workbench

__all__ = ["check_target", "deploy", "has_ended", "is_running", "plan", "status", "stop", "undeploy"]

_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 1.0
_TARGETS: Registry[type[Target]] = Registry("fivefold.targets")


def deploy(model: Stored[Model], bench: Workbench, *, target: str, order: Order) -> Release:
    """Carry a trained model to a target and verify it there.

    Parameters
    ----------
    model : Stored of Model
        Its payload ``bundle/`` is what is deployed.
    bench : Workbench
    target : str
        Name of a registered target: ``local``, ``none``, ``container``, or one of a plug-in.
    order : Order

    Returns
    -------
    Release
        Verified: the golden rows were played against it.

    Raises
    ------
    UnknownPartError
        When there is no such target.
    MisuseError
        When the port is in use, or an option means nothing.
    BudgetError
        When the bundle is larger than the stated size, or a month there costs more than the stated money.
    StepError
        When the service fails the rehearsal, or the target does not get ready, or answers differently.
    """
    place, bundle = _TARGETS.get(target)(), _bundle(model, bench.budget)
    planned = place.plan(bundle, bench, order)
    if planned.charges:
        for line in plan_lines(planned):
            bench.progress.say(line)
    check_money(planned, order, bench.budget)
    rehearsal = _rehearse(place, bundle, bench)
    release = replace(place.push(bundle, bench, order), rehearsal=rehearsal)
    if planned.charges:
        release = replace(release, monthly=planned.monthly, currency=planned.currency)
    release = _with_latency(release, bench.budget)
    return _without_older_service(release, bench.live)


def plan(model: Stored[Model], bench: Workbench, *, target: str, order: Order) -> DeploymentPlan:
    """Say what :func:`deploy` would make, and what it would cost; nothing is made.

    Parameters
    ----------
    model : Stored of Model
    bench : Workbench
    target : str
    order : Order

    Raises
    ------
    UnknownPartError
        When there is no such target.
    MisuseError
        When an option means nothing.
    """
    return _TARGETS.get(target)().plan(_bundle(model, bench.budget), bench, order)


def check_target(target: str, port: int) -> None:
    """Find out before any work is done that a target is unknown or that the port it is to have is taken.

    A port that a service of ours holds may be this run's own, to be kept or replaced; :func:`deploy` will know.

    Raises
    ------
    UnknownPartError
        When there is no such target.
    MisuseError
        When the port is in use.
    """
    _TARGETS.get(target)
    try:
        if port and target == "local":
            bind("127.0.0.1", port).close()
    except MisuseError:
        if not _is_ours(port):
            raise


def status(release: Release) -> str:
    """Return ``ready``, ``starting``, ``built``, ``stopped`` or ``not started``."""
    return _TARGETS.get(release.target)().status(release)


def is_running(release: Release) -> bool:
    """Whether the release runs now, ready or about to be."""
    return status(release) in ("ready", "starting")


def has_ended(release: Release) -> bool:
    """Whether the release ran once and does not any more; one that was never started has not ended."""
    return status(release) == "stopped"


def stop(release: Release, live: Path) -> bool:
    """End the service of a release; what its run has at other targets stands on. Return whether anything was running.

    Parameters
    ----------
    release : Release
    live : Path
        The run's live folder.
    """
    return _TARGETS.get(release.target)().remove(release, live)


def undeploy(release: Release | None, live: Path) -> tuple[str, ...]:
    """Remove what a run has anywhere: its release, and what deployments that broke off have left.

    Parameters
    ----------
    release : Release or None
    live : Path
        The run's live folder, with the journals.

    Returns
    -------
    tuple of str
        Names of the targets where anything stood.

    Raises
    ------
    FivefoldError
        When something cannot be removed from a target; it is removed from the others first.
    """
    named = {journal.target for journal in journals(live)}
    named |= {release.target} if release is not None else set()
    found: list[str] = []
    failed: list[FivefoldError] = []
    for name in sorted(named):
        theirs = release if release is not None and release.target == name else None
        try:
            found += [name] if _TARGETS.get(name)().remove(theirs, live) else []
        except (
            FivefoldError
        ) as error:  # a place that does not answer is no reason to let another go on costing
            failed.append(error)
    if failed:
        raise failed[0]
    return tuple(found)


def _bundle(model: Stored[Model], budget: Budget) -> Bundle:
    """Return what is deployed of a model, if it is no larger than stated."""
    folder = model.folder / "bundle"
    _check_size(folder, budget)
    return Bundle(folder, model.header.digest, load_bundle(folder).contract)


def _is_ours(port: int) -> bool:
    """Whether a service of Fivefold answers on this port."""
    try:
        address = f"http://127.0.0.1:{port}"
        with Client(address, timeout=_ANSWER_SECONDS, token=own_token(os.environ)) as client:
            about = client.get("/").json()
    except StepError:
        return False
    return isinstance(about, dict) and about.get("service") == "fivefold"


def _rehearse(place: Target, bundle: Bundle, bench: Workbench) -> Rehearsal | None:
    """Play the target's platform against the bundle before anything of it is made; None where no service answers."""
    named: str = getattr(place, "platform", "native")
    if not named:
        return None
    bench.progress.advance(0.05, f"rehearsing as {named}")
    return dress_rehearsal(bundle.folder, platform_named(named), bench.deadline)


def _check_size(folder: Path, budget: Budget) -> None:
    """Refuse a bundle that is larger than stated."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if budget.size is not None and size > budget.size:
        raise BudgetError(
            "The bundle is larger than the stated size",
            seen=f"{size / 1e6:.2f} MB",
            expected=f"at most {budget.size / 1e6:.2f} MB",
            todo="state a larger size in [budget], or train again with fewer or smaller members",
        )


def _without_older_service(release: Release, live: Path) -> Release:
    """End a local service that this run had before: the store knows the new release alone, and could not stop it."""
    standing = read_standing(live)
    if standing is None or standing.process.pid == release.pid:
        return release
    if not end(standing.process, patience=_STOP_SECONDS):
        return release
    return replace(release, notes=(*release.notes, f"the service at {standing.address} was stopped"))


def _with_latency(release: Release, budget: Budget) -> Release:
    """Say so when the release is slower than stated; a busy machine can be the reason, so it is not refused."""
    found = release.golden.p95_ms
    if budget.latency is None or found <= budget.latency * 1000:
        return release
    note = f"slower than stated: p95 of one row is {found:.1f} ms, the budget says {budget.latency * 1000:.1f} ms"
    return replace(release, notes=(*release.notes, note))
