"""The target ``vertex``: the model as an endpoint of Vertex AI, with its traffic in stages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.cloud.vertex.bucket import BucketFolder
from fivefold.cloud.vertex.connection import Connection, Patience
from fivefold.cloud.vertex.operations import under_way
from fivefold.cloud.vertex.refusals import VertexError
from fivefold.cloud.vertex.tabular import TabularTraining
from fivefold.core.artefacts import Resource
from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError
from fivefold.core.journal import Journal
from fivefold.core.options import read_options
from fivefold.core.orders import DeploymentPlan
from fivefold.core.prices import Prices
from fivefold.deployment.batch import BatchPlan
from fivefold.deployment.targets.vertex.answering import JOB, Answering, job_for, remove_job, resource_of
from fivefold.deployment.targets.vertex.deploying import Deploying, before_in, resources_of
from fivefold.deployment.targets.vertex.registry import Registry
from fivefold.deployment.targets.vertex.rollout import scaled
from fivefold.deployment.targets.vertex.settings import Names, VertexSettings
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fivefold.core.artefacts import Release
    from fivefold.core.orders import Bundle, Order
    from fivefold.core.prices import Price
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.batch import Batch, BatchAnswers, Charged
    from fivefold.deployment.targets.vertex.registry import EndpointState

__all__ = ["VertexTarget"]

_TARGET = "vertex"
_DEPLOYED = "/deployedModels/"
_REMOVAL_SECONDS = 1800.0


class VertexTarget:
    """Uploads, deploys, parts the traffic, and removes."""

    platform = "vertex"

    @staticmethod
    def check(order: Order) -> None:
        """Refuse options that cannot be used, before anything is at hand to be deployed."""
        read_options(VertexSettings, _TARGET, order)

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:  # noqa: ARG002 - the seam's
        """Look at what is there already, and price the machines.

        Raises
        ------
        SettingsError
            When an option cannot be used, or nobody knows a machine's price.
        VertexError
            When Vertex AI does not let itself be asked.
        """
        settings = read_options(VertexSettings, _TARGET, order)
        names = Names.of(settings, load_bundle(bundle.folder).version)
        connection = Connection.to(settings.project, settings.location, Patience(pause=settings.retry_pause))
        registry = Registry(connection, Deadline.after(settings.patience))
        state = registry.endpoint(names.endpoint)
        there = {
            "objects": bool(BucketFolder(connection, names.folder).digests()),
            "model": registry.model(names.model) is not None,
            "endpoint": state is not None,
            "deployed model": state is not None and names.deployed in state.deployed,
        }
        resources = resources_of(names)
        checked = [
            f"{one.kind} {one.name} is there already, and kept" for one in resources if there[one.kind]
        ]
        price = _price(order, settings)
        machines = f"{settings.min_replicas} x {settings.machine_type}"
        if settings.max_replicas > settings.min_replicas:
            machines += f" at least, up to {settings.max_replicas} under load"
        charge = price.charge(machines, count=settings.min_replicas)
        makes = tuple(one for one in resources if not there[one.kind])
        return DeploymentPlan(_TARGET, makes, (charge,), price.currency, tuple(checked))

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Upload, deploy, move the traffic in stages, and play the golden rows.

        It waits for the platform as long as the option ``patience`` says, in a whole run no longer than its time: an operation that
        is left alone goes on, and costs, and ``--resume`` goes on with it.

        Raises
        ------
        SettingsError
            When an option cannot be used.
        UnhealthyError
            When the model did not pass a gate of its traffic: what it took is given back.
        VertexError
            When Vertex AI refuses, or does not come to an end; the journal says what stands.
        """
        deploying = _deploying(bundle, bench, order)
        deploying.journal.begin(order)
        release = deploying.run(bundle.folder)
        kept = self._clear(release, deploying.journal)
        deploying.journal.end()
        return replace(release, notes=(*release.notes, *kept))

    def plan_batch(self, bundle: Bundle, bench: Workbench, order: Order, batch: Batch) -> BatchPlan:
        """Look at what is there already, and price the hours of a machine.

        Raises
        ------
        SettingsError
            When an option or an address cannot be used, or nobody knows the machine's price.
        VertexError
            When Vertex AI does not let itself be asked.
        """
        deploying = _deploying(bundle, bench, order)
        settings, names = deploying.settings, deploying.names
        job = job_for(settings, names, batch)
        job.document()  # which refuses what cannot be read or written
        objects, model = resources_of(names)[:2]
        there = {
            objects: bool(BucketFolder(deploying.connection, names.folder).digests()),
            model: deploying.registry.model(names.model) is not None,
        }
        price = _price(order, settings)
        hours = f"{settings.batch_hours:g} h of one {settings.machine_type}"
        return BatchPlan(
            _TARGET,
            (*(one for one, is_there in there.items() if not is_there), resource_of(job)),
            settings.batch_hours * price.amount,
            price.currency,
            f"{hours} at {price.amount:g} {price.currency} an hour ({price.source})",
        )

    def predict_batch(
        self, bundle: Bundle, bench: Workbench, order: Order, batch: Batch, charged: Charged
    ) -> BatchAnswers:
        """Put the model into the registry, if it is not there, and have a job answer the rows; no endpoint is needed.

        Raises
        ------
        BudgetError
            When the job is not over within the hours that were priced; it is given up.
        VertexError
            When Vertex AI refuses, or the job fails; the journal says what stands.
        """
        deploying = _deploying(bundle, bench, order)
        if not deploying.journal.entries:  # no deployment has begun that --resume could go on with
            deploying.journal.begin(order)
            deploying.journal.end()
        hourly = _price(order, deploying.settings).amount
        return Answering(deploying, batch, hourly, charged).run(bundle.folder)

    def status(self, release: Release) -> str:
        """Return ``ready``, ``starting``, ``idle`` (deployed, and given no requests) or ``stopped``."""
        deployment = _one(release.resources, "deployed model")
        endpoint, _, chosen = deployment.partition(_DEPLOYED)
        registry = _registry(endpoint)
        state = registry.endpoint(endpoint)
        if state is not None and chosen in state.deployed:
            return "ready" if state.traffic.get(chosen) else "idle"
        return "starting" if _is_busy(endpoint) else "stopped"

    def remove(self, release: Release | None, live: Path) -> bool:
        """Undeploy, and delete endpoint, model and objects; an endpoint that others are on, and what somebody else made, stays.

        Raises
        ------
        VertexError
            When Vertex AI refuses; what is left stays in the journal.
        """
        journal = Journal(live, _TARGET)
        noted = [entry.resource for entry in journal.entries]
        named = [one for one in (release.resources if release else ()) if one not in noted]
        found = False
        place = _place([*named, *noted], journal)
        for resource in reversed([*named, *noted]):
            entry = journal.find(resource)
            if entry is None or entry.ours:  # what another run made stays, and stays noted as that
                found = self._remove(resource, journal, place) or found
                if entry is not None:
                    journal.drop(resource)
        if not noted:
            journal.close()
        return found

    def route(self, release: Release, shares: Mapping[str, float]) -> Release:
        """Give each deployed model of the release's endpoint, by its id, its share of the requests.

        Raises
        ------
        SettingsError
            When the shares are no whole percents, or do not add up to 1.
        """
        endpoint = _one(release.resources, "deployed model").partition(_DEPLOYED)[0]
        split = {key: round(value * 100) for key, value in shares.items()}
        if sum(split.values()) != 100 or any(
            abs(split[key] - value * 100) > 1e-6 for key, value in shares.items()
        ):
            raise SettingsError(
                "These shares cannot be had",
                seen=", ".join(f"{key}: {value:g}" for key, value in shares.items()),
                expected="whole percents that add up to 1",
                todo="give others",
            )
        _registry(endpoint).part(endpoint, split)
        return release

    def roll_back(self, release: Release, live: Path) -> Release:
        """Give the traffic back to those who had it before this release; it stays deployed.

        Raises
        ------
        SettingsError
            When there was nobody before.
        """
        deployment = Resource("deployed model", _one(release.resources, "deployed model"))
        endpoint = deployment.name.partition(_DEPLOYED)[0]
        state = _registry(endpoint).endpoint(endpoint)
        before = before_in(Journal(live, _TARGET), deployment)
        known = {key: value for key, value in before.items() if state and key in state.deployed}
        if not known:
            raise SettingsError(
                "There is no model to go back to",
                seen="none was deployed to this endpoint before, or it is gone",
                expected="a model that had the traffic before",
                todo="deploy the other run again, or take this one away: fivefold undeploy RUN",
            )
        shares = {key: value / 100 for key, value in scaled(known, 100).items()}
        return self.route(release, shares)

    def _clear(self, release: Release, journal: Journal) -> list[str]:
        """Remove what an earlier order or bundle of the same run made: it would only cost. What still has its share of the endpoint stays.

        Returns
        -------
        list of str
            What could not be removed, which is no fault of the model that answers now.
        """
        left = [
            one for one in reversed(journal.entries) if one.ours and one.resource not in release.resources
        ]
        left.sort(key=lambda one: one.resource.kind != "deployed model")  # these hold what else there is
        at_work = any(one.resource.kind == JOB and not one.made for one in journal.entries)
        here = _one(release.resources, "deployed model").partition(_DEPLOYED)[0]
        try:
            state = _registry(here).endpoint(here) if left else None
        except VertexError as error:  # without knowing what has requests nothing can be removed
            return [f"left of an earlier order: {len(left)} resources ({error.seen})"]
        needed, said = set[str](), list[str]()
        for resource in (one.resource for one in left if one.resource.kind != JOB):
            endpoint, _, chosen = resource.name.partition(_DEPLOYED)
            if state is not None and endpoint == here and state.traffic.get(chosen):
                needed.add(_last(state.deployed[chosen]))
            elif chosen or not (at_work or _last(resource.name) in needed):
                try:
                    self._remove(resource, journal, _place([resource], journal))
                    journal.drop(resource)
                except VertexError as error:
                    said.append(f"left of an earlier order: {resource.kind} {resource.name} ({error.seen})")
        return said

    def _remove(self, resource: Resource, journal: Journal, place: tuple[str, str]) -> bool:
        """Remove one thing; return whether it stood."""
        if resource.kind == "objects":
            return BucketFolder(Connection.to(*place), resource.name).remove()
        if resource.kind == JOB:
            until = Deadline.after(_REMOVAL_SECONDS)
            parent = "/".join(resource.name.split("/")[:4])
            return remove_job(TabularTraining(_connection(resource.name), parent, until), resource)
        endpoint, _, chosen = resource.name.partition(_DEPLOYED)
        registry = _registry(endpoint)
        if resource.kind == "model":
            return registry.delete(resource.name)
        if chosen:
            return _undeploy(registry, resource, journal)
        state = registry.endpoint(endpoint)
        if state is None or state.deployed or not state.ours or _is_busy(endpoint):
            return False
        return registry.delete(endpoint)


def _price(order: Order, settings: VertexSettings) -> Price:
    """Price of a machine by the hour."""
    return Prices(order.prices).of(f"{_TARGET}.{settings.machine_type}", region=settings.location)


def _deploying(bundle: Bundle, bench: Workbench, order: Order) -> Deploying:
    """Put together what a deployment works with; nothing is asked for yet."""
    settings = read_options(VertexSettings, _TARGET, order)
    connection = Connection.to(settings.project, settings.location, Patience(pause=settings.retry_pause))
    return Deploying(settings, connection, Journal(bench.live, _TARGET), load_bundle(bundle.folder), bench)


def _undeploy(registry: Registry, deployment: Resource, journal: Journal) -> bool:
    """Take a model from its endpoint; return whether it was there, or about to be.

    What is under way there and is not known to be ours is somebody else's, and is not given up.
    """
    endpoint, _, chosen = deployment.name.partition(_DEPLOYED)
    entry, state, begun = journal.find(deployment), registry.endpoint(endpoint), False
    if state is not None and chosen not in state.deployed and entry is not None:
        # It cannot be taken away before it is there; one that never ends never will be.
        operation = entry.facts.get("operation")
        if operation:
            begun = registry.give_up(operation)
        elif operation is not None:  # it was asked for, and the reply that would have named it did not come
            registry.settle(endpoint)
        state = registry.endpoint(endpoint)
    if state is None or chosen not in state.deployed:
        return begun
    return registry.undeploy(endpoint, chosen, _rest(state, chosen, before_in(journal, deployment)))


def _rest(state: EndpointState, chosen: str, before: Mapping[str, int]) -> dict[str, int]:
    """Traffic of the others once a model is gone: as it is among them, else as it was before, else all to the first."""
    others = [key for key in state.deployed if key != chosen]
    for split in (state.traffic, before):
        known = {key: split[key] for key in others if split.get(key)}
        if known:
            return scaled(known, 100)
    return {others[0]: 100} if others else {}


def _one(resources: tuple[Resource, ...], kind: str) -> str:
    """Return the name of a resource of a release."""
    return next((one.name for one in resources if one.kind == kind), "")


def _last(name: str) -> str:
    """Return what a model, or the folder of its objects, is called itself."""
    return name.rpartition("/")[2].partition("@")[0]


def _place(resources: list[Resource], journal: Journal) -> tuple[str, str]:
    """Return project and location: of whatever carries them in its name, else those that were ordered."""
    for resource in resources:
        words = resource.name.split("/")
        if words[0] == "projects":
            return words[1], words[3]
    options = journal.order.options
    return str(options.get("project", "")), str(options.get("location", ""))


def _connection(name: str) -> Connection:
    """Return the connections for a resource."""
    words = name.split("/")
    return Connection.to(words[1], words[3])


def _is_busy(endpoint: str) -> bool:
    """Whether a model is about to come to an endpoint."""
    return under_way(_connection(endpoint), endpoint, "DeployModel", "look for deployments") is not None


def _registry(name: str) -> Registry:
    """Return the platform for a resource."""
    return Registry(_connection(name), Deadline.after(_REMOVAL_SECONDS))
