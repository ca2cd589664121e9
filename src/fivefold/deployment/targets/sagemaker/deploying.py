"""A deployment to SageMaker, from the model to its part of the requests; each thing is in the journal before it is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Release, Resource
from fivefold.deployment.golden import play
from fivefold.deployment.manifests.proof import prove_here
from fivefold.deployment.targets.sagemaker.account import Account, Variant
from fivefold.deployment.targets.sagemaker.refusals import SageMakerError, failed
from fivefold.deployment.targets.sagemaker.removing import (
    BEFORE,
    CONFIGURATION,
    ENDPOINT,
    MODEL,
    PROVED,
    last_first,
    remove,
    weighted,
)
from fivefold.deployment.targets.sagemaker.settings import Names
from fivefold.deployment.undone import not_undone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fivefold.core.artefacts import GoldenCheck
    from fivefold.core.journal import Journal
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.targets.sagemaker.account import EndpointState
    from fivefold.deployment.targets.sagemaker.settings import SageMakerSettings
    from fivefold.runtime.predictor import Predictor

__all__ = ["Deploying", "account_of", "same_machines", "variants_for", "weights_of"]

_TARGET = "sagemaker"


def account_of(settings: SageMakerSettings) -> Account:
    """Return the account that a person ordered from."""
    return Account(settings.region, float(settings.patience), settings.pause)


def variants_for(settings: SageMakerSettings, names: Names, state: EndpointState | None) -> tuple[Variant, ...]:  # fmt: skip
    """What the endpoint is to hold: our model with its share, and the others with the rest; with all of it, ours alone."""
    ours = Variant.of(names.model, settings.instance_type, settings.instances, settings.share / 100)
    others = [one for one in state.variants if one.model != names.model] if state is not None else []
    if not others or settings.share == 100:
        return (replace(ours, weight=1.0),)
    return (*weighted(others, 1 - settings.share / 100), ours)


@dataclass(slots=True)
class Deploying:
    """One deployment.

    Attributes
    ----------
    settings : SageMakerSettings
    account : Account
    journal : Journal
    predictor : Predictor
        The bundle in this process.
    bench : Workbench
    """

    settings: SageMakerSettings
    account: Account
    journal: Journal
    predictor: Predictor
    bench: Workbench

    @property
    def names(self) -> Names:
        """Names of what is made."""
        return Names.of(self.settings, self.predictor.version)

    def run(self, bundle: Path) -> Release:
        """Do it; what stands already is kept.

        Raises
        ------
        SageMakerError
            When the platform refuses, or the endpoint does not come into service.
        """
        names, say = self.names, self.bench.progress.advance
        say(0.1, "making the model")
        model = Resource(MODEL, self._named(names.model))
        self.journal.note(model, self.predictor.version)
        if not self.account.has_model(names.model):
            self.account.create_model(
                names.model, self.settings.image, self.settings.role, self.predictor.version
            )
        self.journal.made(model)
        say(0.2, "making the endpoint; this takes minutes")
        state = self._settled()
        wanted = variants_for(self.settings, names, state)
        configuration = self._configured(state, wanted)
        endpoint = self._endpoint(state, wanted, configuration)
        say(0.8, "playing golden rows")
        try:
            check, words = self._verify(bundle)
        except (
            BaseException
        ) as error:  # Ctrl-C, too, must not leave requests, or machines, with a model that was not proved
            self._back_out(error, state, wanted, endpoint)
            raise
        self.journal.amend(endpoint, **{PROVED: self.predictor.version})
        made = [model, *([configuration] if configuration is not None else []), endpoint]
        noted = [entry.resource for entry in self.journal.entries]
        for resource in last_first(one for one in noted if one not in made):  # of an earlier order
            remove(resource, self.journal, self.account.patience, self.account.pause)
            self.journal.drop(resource)
        self.journal.end()
        return Release(
            target=_TARGET,
            address=f"sagemaker://{self.settings.region}/{names.endpoint}",
            pid=0,
            started=0.0,
            bundle_digest=self.predictor.version,
            golden=check,
            notes=words,
            resources=tuple(made),
        )

    def _named(self, name: str) -> str:
        """Name of a resource: with its region, by which it is found again."""
        return f"{self.settings.region}/{name}"

    def _settled(self) -> EndpointState | None:
        """Return what the endpoint holds once it stands still; one of ours that never came into service is deleted for a new one."""
        state = self.account.settle(self.names.endpoint)
        if state is None or not state.broken:
            return state
        if not state.ours:
            raise failed(self.names.endpoint, state.reason or state.status)
        self.account.delete(ENDPOINT, self.names.endpoint)
        return self.account.settle(self.names.endpoint)

    def _configured(self, state: EndpointState | None, wanted: Sequence[Variant]) -> Resource | None:
        """Make the configuration that is wanted.

        Where the current one holds the same models and only weights differ, that is kept; None is returned if another run made it.
        """
        if state is not None and same_machines(state.variants, wanted):
            current = Resource(CONFIGURATION, self._named(state.configuration))
            return current if self.journal.find(current) is not None else None
        name = self.names.configuration(json.dumps([one.document() for one in wanted], sort_keys=True))
        resource = Resource(CONFIGURATION, self._named(name))
        self.journal.note(resource, self.predictor.version)
        if self.account.variants(name) is None:
            self.account.create_configuration(name, wanted)
        self.journal.made(resource)
        return resource

    def _endpoint(
        self, state: EndpointState | None, wanted: Sequence[Variant], configuration: Resource | None
    ) -> Resource:
        """Make the endpoint, change it, or weigh its models."""
        name, chosen = self.names.endpoint, configuration.name.partition("/")[2] if configuration else ""
        resource = Resource(ENDPOINT, self._named(name))
        self.journal.note(resource, self.predictor.version)
        if state is None or all(one.model != self.names.model for one in state.variants):
            self.journal.amend(resource, **{PROVED: ""})
        if state is not None and all(one.model != self.names.model for one in state.variants):
            self.journal.made(resource, **{BEFORE: state.configuration})
        if state is None:
            self.account.create_endpoint(name, chosen)
        elif not same_machines(state.variants, wanted):
            self.account.update_endpoint(name, chosen)
        elif weights_of(state.variants) != weights_of(wanted):
            self.account.weigh(name, wanted)
        found = self.account.wait(name)
        if not same_machines(found.variants, wanted):
            raise failed(name, found.reason or "it went back to its earlier configuration")
        self.journal.made(resource)
        return resource

    def _back_out(
        self,
        cause: BaseException,
        before: EndpointState | None,
        wanted: Sequence[Variant],
        endpoint: Resource,
    ) -> None:
        """Give back what was taken, and say both where that fails, too."""
        try:
            self._give_back(before, wanted, endpoint)
        except SageMakerError as error:
            name, region = self.names.endpoint, self.settings.region
            verb = (
                f"update-endpoint --endpoint-config-name {before.configuration}"
                if before
                else "delete-endpoint"
            )
            by_hand = f"aws sagemaker {verb} --endpoint-name {name} --region {region}"
            raise not_undone(cause, error, "its endpoint could not be given back", by_hand) from cause

    def _give_back(self, before: EndpointState | None, wanted: Sequence[Variant], endpoint: Resource) -> None:
        """Let the endpoint hold again what it held before this command, which is not waited for; one that was made is deleted.

        What an earlier command left here without a proof is taken away like what this one made.
        """
        if before is None:
            self.account.delete(ENDPOINT, self.names.endpoint)
            return
        entry = self.journal.find(endpoint)
        unproved = entry is not None and entry.facts.get(PROVED) == ""
        if unproved and any(one.model == self.names.model for one in before.variants):
            remove(endpoint, self.journal, self.account.patience, self.account.pause)
        elif not same_machines(before.variants, wanted):
            self.account.update_endpoint(self.names.endpoint, before.configuration)
        elif weights_of(before.variants) != weights_of(wanted):
            self.account.weigh(self.names.endpoint, before.variants)

    def _verify(self, bundle: Path) -> tuple[GoldenCheck, tuple[str, ...]]:
        """Play the golden rows, against our model alone whatever its share is."""
        share = f"it has {self.settings.share} % of the requests of '{self.names.endpoint}'"
        if self.settings.verify == "here":
            proof = prove_here(bundle, self.predictor, self.bench.deadline, "sagemaker")
            return proof.check, (
                share,
                "the golden rows were played as SageMaker on this machine, not at the endpoint",
            )

        def ask(row: Mapping[str, object]) -> Mapping[str, object]:
            reply = self.account.invoke(self.names.endpoint, self.names.model, [row])
            answer: Mapping[str, object] = reply["predictions"][0]
            return answer

        return play(ask, self.predictor, self.bench.deadline), (share,)


def same_machines(first: Sequence[Variant], second: Sequence[Variant]) -> bool:
    """Whether these are the same models on the same machines, whatever their weights."""
    return sorted(one.machines for one in first) == sorted(one.machines for one in second)


def weights_of(variants: Sequence[Variant]) -> dict[str, float]:
    """Return what each model has of the requests, by name."""
    return {one.name: one.weight for one in variants}
