"""Step 4, deploy: Model -> Release. A bundle, a target, a price, and the proof that it answers there as it did here."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fivefold.core.errors import BudgetError, FivefoldError, MisuseError, StepError
from fivefold.core.inside import found_inside, told_inside
from fivefold.core.journal import journals
from fivefold.core.orders import Bundle
from fivefold.core.registry import Registry
from fivefold.core.releases import forget_release, note_release, releases
from fivefold.deployment.client import Client
from fivefold.deployment.prices import check_money, plan_lines
from fivefold.deployment.process import Process
from fivefold.deployment.rehearsal.dress import dress_rehearsal
from fivefold.deployment.rehearsal.platform import platform_named
from fivefold.deployment.standing import changing, forget_standing, is_own
from fivefold.runtime.bundle import load_bundle
from fivefold.service.port import bind
from fivefold.service.tokens import own_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.core.artefacts import Model, Rehearsal, Release, Resource
    from fivefold.core.budget import Budget
    from fivefold.core.orders import DeploymentPlan, Order
    from fivefold.core.protocols import Target
    from fivefold.core.store import Stored
    from fivefold.core.workbench import Workbench

__all__ = [
    "address_now",
    "check_target",
    "deploy",
    "has_ended",
    "is_running",
    "plan",
    "status",
    "stop",
    "undeploy",
]

_LOCAL = "local"
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
    if planned.makes or planned.charges:
        for line in plan_lines(planned):
            bench.progress.say(line)
    check_money(planned, order, bench.budget)
    rehearsal = _rehearse(place, bundle, bench)
    made = datetime.now(UTC).isoformat(timespec="microseconds")
    release = replace(place.push(bundle, bench, order), rehearsal=rehearsal, made=made)
    if planned.charges:
        release = replace(release, monthly=planned.monthly, currency=planned.currency)
    release = _with_latency(release, bench.budget)
    release = _each(told_inside, release, bench.live)
    if release.resources:
        note_release(bench.live, release)
    return release


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


def check_target(target: str, order: Order) -> None:
    """Find out before any work is done that a target is unknown, cannot use what it is told, or is to have a port that is taken.

    A port that a service of ours holds may be this run's own, to be kept or replaced; :func:`deploy` will know.

    Raises
    ------
    UnknownPartError
        When there is no such target.
    MisuseError
        When an option means nothing or is missing, or the port is in use.
    """
    check: Callable[[Order], object] | None = getattr(_TARGETS.get(target), "check", None)
    if check is not None:
        check(order)
    try:
        if order.port and target == _LOCAL:
            bind("127.0.0.1", order.port).close()
    except MisuseError:
        if not _is_ours(order.port):
            raise


def status(release: Release, live: Path) -> str:
    """Return ``ready``, ``starting``, ``built``, ``idle``, ``stopped`` or ``not started``.

    Parameters
    ----------
    release : Release
    live : Path
        The live folder of its run. In one that was copied, the service of the folder that it was copied from is not its own.
    """
    if release.removed or (release.pid and not is_own(live, Process(release.pid, release.started))):
        return "stopped"
    return _TARGETS.get(release.target)().status(_each(found_inside, release, live))


def is_running(release: Release, live: Path) -> bool:
    """Whether the release runs now, ready or about to be."""
    return status(release, live) in ("ready", "starting")


def address_now(release: Release | None, live: Path) -> str:
    """Where a run answers now: its last release, else another one; empty when nothing runs.

    Where a platform cannot be asked, as it was released.
    """
    for each in releases(live, release):
        try:
            if each.address and is_running(each, live):
                return each.address
        except FivefoldError:
            return each.address
    return ""


def has_ended(release: Release, live: Path) -> bool:
    """Whether the release answered once and does not any more; one that was never started has not ended."""
    return status(release, live) in ("stopped", "idle")


def undeploy(release: Release | None, live: Path, target: str | None = None) -> tuple[str, ...]:
    """Remove what a run has anywhere: its releases, and what deployments that broke off have left.

    Parameters
    ----------
    release : Release or None
        The last one.
    live : Path
        The run's live folder, with the journals.
    target : str, optional
        Where to remove it alone; what stands elsewhere stays.

    Returns
    -------
    tuple of str
        Names of the targets where anything stood.

    Raises
    ------
    FivefoldError
        When something cannot be removed from a target; it is removed from the others first.
    """
    known = {each.target: each for each in releases(live, release)}
    named = {*known, *(journal.target for journal in journals(live))} - {_LOCAL}
    found: list[str] = []
    failed: list[FivefoldError] = []
    for name in [_LOCAL, *sorted(named)] if target is None else [target]:
        try:
            found += [name] if _removed(name, known.get(name), live) else []
        except (
            FivefoldError
        ) as error:  # a place that does not answer is no reason to let another go on costing
            failed.append(error)
    if failed:
        raise failed[0]
    return tuple(found)


def stop(release: Release | None, live: Path) -> bool:
    """End the service that a run has on this machine, and return whether one was running; what stands elsewhere stays.

    Parameters
    ----------
    release : Release or None
        The last one.
    live : Path
        The run's live folder.
    """
    with changing(live):
        return _stopped(release, live)


def _stopped(release: Release | None, live: Path) -> bool:
    """End the service while nobody else changes what runs."""
    place = _TARGETS.get(_LOCAL)()
    known = next((each for each in releases(live, release) if each.target == _LOCAL), None)
    named = known is not None and place.remove(known, live)
    forget_release(live, _LOCAL)
    # A deployment that was killed at its very end has left a service, and no release that names it.
    return place.remove(None, live) or named


def _removed(target: str, release: Release | None, live: Path) -> bool:
    """Remove what a run has at one target; return whether anything stood."""
    if target == _LOCAL:
        with changing(live):
            found = _stopped(release, live)
            forget_standing(live)
        return found
    theirs = _each(found_inside, release, live) if release is not None else None
    found = _TARGETS.get(target)().remove(theirs, live)
    forget_release(live, target)
    return found


def _each(turned: Callable[[Resource, Path], Resource], release: Release, live: Path) -> Release:
    """Name the resources of a release in another way."""
    return replace(release, resources=tuple(turned(each, live) for each in release.resources))


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


def _with_latency(release: Release, budget: Budget) -> Release:
    """Say so when the release is slower than stated; a busy machine can be the reason, so it is not refused."""
    found = release.golden.p95_ms
    if budget.latency is None or found <= budget.latency * 1000:
        return release
    note = f"slower than stated: p95 of one row is {found:.1f} ms, the budget says {budget.latency * 1000:.1f} ms"
    return replace(release, notes=(*release.notes, note))
