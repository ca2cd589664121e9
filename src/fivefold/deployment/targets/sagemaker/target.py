"""The target ``sagemaker``: the model as a variant behind an endpoint of Amazon SageMaker."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Resource
from fivefold.core.errors import SettingsError
from fivefold.core.journal import Journal
from fivefold.core.options import read_options
from fivefold.core.orders import DeploymentPlan
from fivefold.core.prices import Prices
from fivefold.deployment.targets.sagemaker.account import Account
from fivefold.deployment.targets.sagemaker.deploying import Deploying, account_of, same_machines, variants_for
from fivefold.deployment.targets.sagemaker.removing import (
    CONFIGURATION,
    ENDPOINT,
    MODEL,
    before_in,
    give_back,
    last_first,
    remove,
    weighted,
)
from fivefold.deployment.targets.sagemaker.settings import Names, SageMakerSettings
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fivefold.core.artefacts import Release
    from fivefold.core.orders import Bundle, Order
    from fivefold.core.workbench import Workbench

__all__ = ["SageMakerTarget"]

_TARGET = "sagemaker"
_MOVING = ("Creating", "Updating")


class SageMakerTarget:
    """Makes model, endpoint configuration and endpoint, parts the requests, and removes."""

    platform = "sagemaker"

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        read_options(SageMakerSettings, _TARGET, order)

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:  # noqa: ARG002 - the seam's
        """Look at what is there already, and price the machines.

        Raises
        ------
        SettingsError
            When an option cannot be used, nobody knows a machine's price, or there are no credentials.
        SageMakerError
            When SageMaker does not let itself be asked.
        """
        settings = read_options(SageMakerSettings, _TARGET, order)
        names = Names.of(settings, load_bundle(bundle.folder).version)
        account = account_of(settings)
        state = account.endpoint(names.endpoint)
        wanted = variants_for(settings, names, state)
        on_it = state is not None and same_machines(state.variants, wanted)
        there = {
            Resource(MODEL, names.model): account.has_model(names.model),
            Resource(CONFIGURATION, f"{names.model}-..."): on_it,
            Resource(ENDPOINT, names.endpoint): state is not None,
        }
        checked = [
            f"{one.kind} {one.name} is there already, and kept" for one, is_there in there.items() if is_there
        ]
        others = [one.model for one in wanted if one.model != names.model]
        if others:
            checked.append(
                f"{', '.join(others)} keep {100 - settings.share} % of the requests, and their machines"
            )
        price = Prices(order.prices).of(f"{_TARGET}.{settings.instance_type}", region=settings.region)
        charge = price.charge(f"{settings.instances} x {settings.instance_type}", count=settings.instances)
        makes = tuple(
            replace(one, name=f"{settings.region}/{one.name}")
            for one, is_there in there.items()
            if not is_there
        )
        return DeploymentPlan(_TARGET, makes, (charge,), price.currency, tuple(checked))

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Make model, configuration and endpoint, and play the golden rows against this very model.

        It waits for the endpoint as long as the option ``patience`` says, in a whole run no longer than its time: one that is left
        alone goes on, and costs, and ``--resume`` goes on with it.

        Raises
        ------
        SettingsError
            When an option cannot be used.
        SageMakerError
            When SageMaker refuses, or the endpoint does not come into service; the journal says what stands.
        """
        settings = read_options(SageMakerSettings, _TARGET, order)
        predictor = load_bundle(bundle.folder)
        journal = Journal(bench.live, _TARGET)
        journal.begin(order)
        account = replace(account_of(settings), until=bench.deadline if bench.in_run else None)
        return Deploying(settings, account, journal, predictor, bench).run(bundle.folder)

    def status(self, release: Release) -> str:
        """Return ``ready``, ``starting``, ``idle`` (there, and given no requests) or ``stopped``."""
        account, endpoint, model = _placed(release)
        state = account.endpoint(endpoint)
        if state is None or state.broken:
            return "stopped"
        weights = [one.weight for one in state.variants if one.model == model]
        if weights and state.status != "Creating":
            return "ready" if any(weights) else "idle"
        if weights:
            return "starting"
        return "starting" if state.status in _MOVING else "stopped"

    def remove(self, release: Release | None, live: Path) -> bool:
        """Take the model from its endpoint, and delete endpoint, configuration and model; what others use stays.

        Raises
        ------
        SageMakerError
            When SageMaker refuses; what is left stays in the journal.
        """
        journal = Journal(live, _TARGET)
        noted = [entry.resource for entry in journal.entries]
        named = [one for one in (release.resources if release else ()) if one not in noted]
        waits = {
            name: float(journal.order.options[name])
            for name in ("patience", "pause")
            if name in journal.order.options
        }
        found = False
        for resource in last_first([*named, *noted]):
            found = remove(resource, journal, **waits, further=named) or found
            if resource in noted:
                journal.drop(resource)
        if not noted:
            journal.close()
        return found

    def route(self, release: Release, shares: Mapping[str, float]) -> Release:
        """Give each model of the release's endpoint, by the name of its variant, its share of the requests.

        Raises
        ------
        SettingsError
            When the shares do not add up to 1, or name somebody who is not there.
        """
        account, endpoint, _ = _placed(release)
        state = account.endpoint(endpoint)
        held = {one.name: one for one in state.variants} if state is not None else {}
        if abs(sum(shares.values()) - 1) > 1e-6 or set(shares) - set(held) or min(shares.values()) < 0:
            raise SettingsError(
                "These shares cannot be had",
                seen=", ".join(f"{name}: {share:g}" for name, share in shares.items()),
                expected=f"shares that add up to 1, of {', '.join(held) or 'nobody'}",
                todo="give others",
            )
        account.weigh(endpoint, [replace(one, weight=shares.get(name, 0.0)) for name, one in held.items()])
        account.wait(endpoint)
        return release

    def roll_back(self, release: Release, live: Path) -> Release:
        """Give the requests back to those who had them before.

        Where they are still on the endpoint they have them at once. Then the configuration without this model comes back, which takes
        minutes: a model without requests would cost as much as one with them.

        Raises
        ------
        SettingsError
            When there was nobody before.
        """
        account, endpoint, model = _placed(release)
        state = account.settle(endpoint)
        others = [one for one in state.variants if one.model != model] if state is not None else []
        if others:
            self.route(release, {one.name: one.weight for one in weighted(others, 1.0)} | {model: 0.0})
        before = before_in(Journal(live, _TARGET), _one(release, ENDPOINT))
        if state is None or not give_back(account, endpoint, weighted(others, 1.0) if others else (), before):
            raise SettingsError(
                "There is no model to go back to",
                seen="none was behind this endpoint before, or its configuration is gone",
                expected="a model that had the requests before",
                todo="deploy the other run again, or take this one away: fivefold undeploy RUN",
            )
        return release


def _one(release: Release, kind: str) -> Resource:
    """Return the resource of a kind."""
    return next(one for one in release.resources if one.kind == kind)


def _placed(release: Release) -> tuple[Account, str, str]:
    """Return account, endpoint and model of a release."""
    region, _, endpoint = _one(release, ENDPOINT).name.partition("/")
    return Account(region), endpoint, _one(release, MODEL).name.partition("/")[2]
