"""A deployment to Vertex AI, from the bundle to its share of the traffic; each thing is in the journal before it is asked for."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.bucket import BucketFolder
from fivefold.core.artefacts import Release, Resource
from fivefold.core.clock import Deadline
from fivefold.core.errors import StepError
from fivefold.deployment.engine import running_engine
from fivefold.deployment.golden import play
from fivefold.deployment.targets.vertex.registry import EndpointState, Registry
from fivefold.deployment.targets.vertex.rollout import Rollout
from fivefold.deployment.targets.vertex.schemata import (
    instance_schema,
    parameters_schema,
    prediction_schema,
    to_yaml,
)
from fivefold.deployment.targets.vertex.settings import Names
from fivefold.runtime.background import background_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fivefold.cloud.vertex.connection import Connection
    from fivefold.core.artefacts import GoldenCheck
    from fivefold.core.journal import Journal
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.targets.vertex.settings import VertexSettings
    from fivefold.runtime.predictor import Predictor

__all__ = ["Deploying", "before_in", "resources_of"]

_TARGET = "vertex"
_ROWS = 200
_TRIES = 40
_LABELS = {"made_by": "fivefold"}


def resources_of(names: Names) -> tuple[Resource, ...]:
    """All that a deployment makes, in the order of making."""
    return (
        Resource("objects", names.folder),
        Resource("model", names.model),
        Resource("endpoint", names.endpoint),
        Resource("deployed model", names.deployment),
    )


def before_in(journal: Journal, deployment: Resource) -> dict[str, int]:
    """Traffic of the endpoint before a model was deployed to it; empty where nobody noted it."""
    entry = journal.find(deployment)
    noted = json.loads(entry.facts.get("before", "{}")) if entry else {}
    return {str(key): int(value) for key, value in noted.items()}


@dataclass(slots=True)
class Deploying:
    """One deployment.

    Attributes
    ----------
    settings : VertexSettings
    connection : Connection
    journal : Journal
    predictor : Predictor
        The bundle in this process.
    bench : Workbench
    """

    settings: VertexSettings
    connection: Connection
    journal: Journal
    predictor: Predictor
    bench: Workbench

    @property
    def names(self) -> Names:
        """Names of all that is made."""
        return Names.of(self.settings, self.predictor.version)

    @property
    def registry(self) -> Registry:
        """The platform, with the person's patience from now on."""
        until = self.bench.wait(self.settings.patience)
        return Registry(self.connection, until, lambda name: self._say(0.5, f"waiting for {name}"))

    def run(self, bundle: Path) -> Release:
        """Do it; what stands already is kept.

        Raises
        ------
        UnhealthyError
            When the model did not pass a gate.
        VertexError
            When the platform refuses, or does not come to an end.
        """
        names = self.names
        endpoint, deployed = resources_of(names)[2:]
        self.register(bundle)
        ours = self._endpoint(endpoint)
        self._say(0.3, "deploying the model; this takes minutes")
        stages, check = self._deploy(deployed)
        made = [one for one in resources_of(names) if ours or one != endpoint]
        return Release(
            target=_TARGET,
            address=f"{self.connection.vertex}/v1/{names.endpoint}",
            pid=0,
            started=0.0,
            bundle_digest=self.predictor.version,
            golden=check,
            notes=(*stages, *self._shared(made)),
            resources=tuple(made),
        )

    def register(self, bundle: Path) -> None:
        """Put the model into the registry: image, objects and their description; what stands there already is kept.

        Raises
        ------
        VertexError
            When the platform refuses, or does not come to an end.
        """
        names = self.names
        objects, model = resources_of(names)[:2]
        if self.settings.local_image:
            self._say(0.05, "pushing the image")
            self._push_image()
        self._say(0.1, "putting the bundle into the bucket")
        self._note(objects, there=bool(BucketFolder(self.connection, names.folder).digests()))
        self._put(bundle)
        self.journal.made(objects)
        self._say(0.2, "uploading the model")
        self._note(model, there=self.registry.model(names.model) is not None)
        self.registry.upload(names.model, self._model())
        self.journal.made(model)

    def _push_image(self) -> None:
        """Send the image from an engine of this machine to Artifact Registry."""
        settings, host = self.settings, self.settings.image.partition("/")[0]
        todo = f"build it with the target 'container', log in with: gcloud auth configure-docker {host}"
        patience = self.bench.wait(settings.patience).remaining()
        running_engine().push(settings.local_image, settings.image, patience, todo)

    def _say(self, done: float, text: str) -> None:
        """Tell the person how far it is."""
        self.bench.progress.advance(done, text)

    def _note(self, resource: Resource, *, there: bool = False) -> None:
        """Note what is about to be asked for, unless it is there already."""
        self.journal.note(resource, self.predictor.version, there=there)

    def _shared(self, resources: Sequence[Resource]) -> list[str]:
        """Say what another run made, of the same bundle and image."""
        entries = (self.journal.find(resource) for resource in resources)
        kinds = ", ".join(entry.resource.kind for entry in entries if entry is not None and not entry.ours)
        return [f"made by another run, which alone takes it away: {kinds}"] if kinds else []

    def _put(self, bundle: Path) -> None:
        """Put bundle and schemata into the bucket."""
        contract = self.predictor.contract
        files = {
            f"bundle/{path.relative_to(bundle)}": path.read_bytes()
            for path in sorted(bundle.rglob("*"))
            if path.is_file()
        }
        schemata = {
            "instance": instance_schema(contract),
            "parameters": parameters_schema(),
            "prediction": prediction_schema(contract),
        }
        files |= {f"schemata/{name}.yaml": to_yaml(one).encode() for name, one in schemata.items()}
        BucketFolder(self.connection, self.names.folder).put(files)

    def _model(self) -> dict[str, Any]:
        """Describe the model to the registry."""
        folder = self.names.folder
        uris = {f"{name}SchemaUri": f"{folder}/schemata/{name}.yaml" for name in _SCHEMATA}
        return {
            "displayName": f"{self.predictor.contract.target} by fivefold"[:128],
            "description": f"Bundle {self.predictor.version}",
            "labels": _LABELS,
            "artifactUri": f"{folder}/bundle",
            "predictSchemata": uris,
            "containerSpec": {
                "imageUri": self.settings.image,
                "ports": [{"containerPort": 8080}],
                "healthRoute": "/readyz",
                "predictRoute": "/vertex/predict",
            },
        }

    def _endpoint(self, endpoint: Resource) -> bool:
        """Make the endpoint, or take the one that is there; return whether it is one of ours."""
        state = self.registry.endpoint(endpoint.name)
        if state is not None and not state.ours:
            return False
        self._note(endpoint)
        if state is None:
            self.registry.create_endpoint(endpoint.name, self._described())
        self.journal.made(endpoint)
        return True

    def _described(self) -> dict[str, Any]:
        """Describe a new endpoint."""
        name = self.names.endpoint.rpartition("/")[2]
        described: dict[str, Any] = {"displayName": name, "labels": _LABELS}
        if self.settings.log_table:
            described["predictRequestResponseLoggingConfig"] = {
                "enabled": True,
                "samplingRate": self.settings.log_rate,
                "bigqueryDestination": {"outputUri": f"bq://{self.settings.log_table}"},
            }
        return described

    def _deploy(self, deployed: Resource) -> tuple[tuple[str, ...], GoldenCheck]:
        """Deploy the model without traffic, unless it is the first, then give it its share, and prove its answers."""
        names = self.names
        self.registry.settle(names.endpoint)
        state = self._state()
        self._note(deployed, there=names.deployed in state.deployed)
        others = {key: value for key, value in state.traffic.items() if key != names.deployed}
        if others:  # what was noted of the traffic before may be long ago
            self.journal.amend(deployed, before=json.dumps(others))
        noted = before_in(self.journal, deployed)
        before = others or {key: value for key, value in noted.items() if key in state.deployed}
        if names.deployed not in state.deployed:
            split = others | {"0": 0} if others else {"0": 100}
            self.journal.amend(deployed, operation="", passed="0")
            self.registry.deploy(
                names.endpoint,
                self._deployed_model(),
                split,
                lambda operation: self.journal.amend(deployed, operation=operation),
            )
            state = self._state()
        self.journal.made(deployed)
        now = state.traffic.get(names.deployed, 0)
        rows = background_rows(self.predictor, _ROWS)
        expected = self.predictor.answer(self.predictor.read(rows))
        place = (names.endpoint, names.deployed)
        rollout = Rollout(
            self.registry, place, before, (rows, expected), self.settings, self.bench.wait(math.inf)
        )

        def reached(percent: int) -> None:
            self._say(0.6, f"the new model has {percent} % of the requests")
            self.journal.amend(deployed, passed=str(percent))

        entry = self.journal.find(deployed)
        passed = int(entry.facts.get("passed", now)) if entry else now
        return rollout.run(now, passed, reached, self._verify)

    def _deployed_model(self) -> dict[str, Any]:
        """Describe the model on its endpoint."""
        settings = self.settings
        described: dict[str, Any] = {
            "id": self.names.deployed,
            "model": self.names.model,
            "displayName": self.names.model.rpartition("/")[2],
            "dedicatedResources": {
                "machineSpec": {"machineType": settings.machine_type},
                "minReplicaCount": settings.min_replicas,
                "maxReplicaCount": settings.max_replicas,
            },
        }
        account = settings.service_account
        return described | ({"serviceAccount": account} if account else {})

    def _state(self) -> EndpointState:
        """What the endpoint holds now."""
        return self.registry.endpoint(self.names.endpoint) or EndpointState({}, {}, ours=True)

    def _verify(self) -> GoldenCheck:
        """Play the golden rows; the requests that others answer do not count."""
        self._say(0.8, "playing golden rows")
        registry, names, times = self.registry, self.names, []

        def ask(row: Mapping[str, object]) -> Mapping[str, object]:
            for _ in range(_TRIES * 100 // self.settings.share):
                began = time.perf_counter()
                reply = registry.predict(names.endpoint, [row])
                if str(reply.get("deployedModelId")) == names.deployed:
                    times.append(time.perf_counter() - began)
                    answer: Mapping[str, object] = reply["predictions"][0]
                    return answer
            raise StepError(
                "The new model gets no requests",
                seen=f"none of its endpoint's last answers came from {names.deployed}",
                expected=f"{self.settings.share} % of them",
                todo="look at the endpoint's traffic split, then the same command again",
            )

        check = play(ask, self.predictor, Deadline.after(1.0))
        # What it took others to answer is no time of this model's.
        times.sort()
        p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
        return replace(check, p50_ms=round(p50 * 1000, 4), p95_ms=round(p95 * 1000, 4))


_SCHEMATA = ("instance", "parameters", "prediction")
