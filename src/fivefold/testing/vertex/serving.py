"""What runs behind the endpoints: containers are started by the contract, asked as the platform asks, and logged."""

from __future__ import annotations

import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.doubles import as_doubles
from fivefold.testing.vertex.endpoints import Deployment
from fivefold.testing.vertex.faults import Trouble
from fivefold.testing.vertex.operations import now
from fivefold.testing.vertex.refusal import RefusalError
from fivefold.testing.vertex.replica import BundleReplica, ContainerReplica, Probes, Replica
from fivefold.testing.vertex.request import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.testing.vertex.endpoints import Endpoints, KeptEndpoint
    from fivefold.testing.vertex.models import KeptModel, Models
    from fivefold.testing.vertex.replica import Container
    from fivefold.testing.vertex.request import Request

__all__ = ["Serving"]

_LIMIT = 1_500_000
_MANIFEST = "bundle.json"
_API = "google.cloud.aiplatform.v1."


class Serving:
    """The containers of a location.

    Parameters
    ----------
    models : Models
    endpoints : Endpoints
    folder : Path
        For what containers print.
    number : str
        The project's number.

    Attributes
    ----------
    probes : Probes
    engine : str
        Client of an engine that has the images; empty where a process of this installation stands in for them.
    tables : dict of str to list of dict
        Rows of the warehouse, by ``project.dataset.table``.
    trouble : dict of str to Trouble
        What is wrong with the replicas of a model, by its id.
    """

    def __init__(self, models: Models, endpoints: Endpoints, folder: Path, number: str) -> None:
        self._models = models
        self._endpoints = endpoints
        self._folder = folder
        self._number = number
        self._replicas: list[Replica] = []
        self._lock = threading.Lock()
        self._asked = 0
        self.probes = Probes()
        self.engine = ""
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.trouble: dict[str, Trouble] = {}

    def deploy(self, name: str, body: dict[str, Any], chosen: str, split: dict[str, int]) -> dict[str, Any]:
        """Start a model's container, and give it traffic once it is healthy."""
        endpoint, wanted = self._endpoints.get(name), body["deployedModel"]
        model = self._models.get(wanted["model"])
        machine = wanted["dedicatedResources"]["machineSpec"]["machineType"]
        replica = self.replica(model, name.rpartition("/")[2], chosen, machine)
        document = wanted | {
            "id": chosen,
            "model": model.name,
            "modelVersionId": "1",
            "createTime": now(),
            "displayName": wanted.get("displayName") or model.document["displayName"],
        }
        with self._endpoints.lock:
            endpoint.promised.discard(chosen)
            endpoint.deployments[chosen] = Deployment(document, model, replica)
            model.deployments.append({"endpoint": name, "deployedModelId": chosen})
            if split:
                self._endpoints.settle(endpoint, split)
        return {"@type": f"{_API}DeployModelResponse", "deployedModel": document}

    def replica(self, model: KeptModel, endpoint: str, chosen: str, machine: str) -> Replica:
        """Start a container of a model; return it healthy."""
        spec = model.document["containerSpec"]
        route = f"/v1/endpoints/{endpoint}/deployedModels/{chosen}"
        ports = spec.get("ports") or [{"containerPort": 8080}]
        stored = f"gs://caip-tenant-{self._number}/{model.name.rpartition('/')[2]}/artifacts"
        environ = {one["name"]: one.get("value", "") for one in spec.get("env", ())} | {
            "AIP_HTTP_PORT": str(ports[0]["containerPort"]),
            "AIP_HEALTH_ROUTE": spec.get("healthRoute") or route,
            "AIP_PREDICT_ROUTE": spec.get("predictRoute") or f"{route}:predict",
            "AIP_STORAGE_URI": stored if model.document.get("artifactUri") else "",
            "AIP_ENDPOINT_ID": endpoint,
            "AIP_DEPLOYED_MODEL_ID": chosen,
            "AIP_MODEL_NAME": endpoint,
            "AIP_VERSION_NAME": chosen,
            "AIP_FRAMEWORK": "CUSTOM_CONTAINER",
            "AIP_MODE": "PREDICTION",
            "AIP_MODE_VERSION": "1.0.0",
            "AIP_PROJECT_NUMBER": self._number,
            "AIP_MACHINE_TYPE": machine,
        }
        container = self._container(model, f"{endpoint}-{chosen}-{uuid.uuid4().hex[:6]}")
        replica = Replica(container, environ, self.probes)
        with self._lock:
            self._replicas.append(replica)
        try:
            replica.start()
        except RefusalError:
            self.release(replica)
            raise
        return replica

    def undeploy(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Take a model from an endpoint, and end its container."""
        endpoint, chosen = self._endpoints.get(name), str(body["deployedModelId"])
        with self._endpoints.lock:
            gone = endpoint.deployments.pop(chosen, None)
            if gone is None:
                return {"@type": f"{_API}UndeployModelResponse"}
            rest = {key: int(value) for key, value in (body.get("trafficSplit") or {}).items()}
            if rest or not endpoint.deployments:
                self._endpoints.settle(endpoint, rest if endpoint.deployments else {})
            gone.model.deployments = [
                one for one in gone.model.deployments if one["deployedModelId"] != chosen
            ]
        if gone.replica is not None:
            self.release(gone.replica)
        return {"@type": f"{_API}UndeployModelResponse"}

    def check_undeploy(self, name: str, body: dict[str, Any]) -> None:
        """Refuse to take away what is not there, or has traffic that goes nowhere then."""
        endpoint, chosen = self._endpoints.get(name), str(body.get("deployedModelId", ""))
        if chosen not in endpoint.deployments:
            raise RefusalError("NOT_FOUND", f"The DeployedModel {chosen} does not exist in {name}.")
        rest = {key: int(value) for key, value in (body.get("trafficSplit") or {}).items()}
        others = set(endpoint.deployments) - {chosen}
        if others and not rest and endpoint.traffic.get(chosen):
            message = (
                f"DeployedModel {chosen} has traffic assigned to it; unassign it before it is undeployed."
            )
            raise RefusalError("FAILED_PRECONDITION", message)
        if rest.get(chosen):
            raise RefusalError("INVALID_ARGUMENT", "The traffic split gives traffic to what is undeployed.")

    def predict(self, name: str, request: Request, *, raw: bool) -> Reply:
        """Hand a request on to whose turn it is."""
        if len(request.raw) > _LIMIT:
            message = f"Request payload size exceeds the limit: {_LIMIT} bytes."
            raise RefusalError("INVALID_ARGUMENT", message)
        endpoint = self._endpoints.get(name)
        body = request.raw
        if not raw:
            document = request.json()
            if not document.get("instances"):
                raise RefusalError("INVALID_ARGUMENT", "instances must not be empty.")
            known = {key: document[key] for key in ("instances", "parameters") if key in document}
            body = json.dumps(as_doubles(known)).encode()
        with self._endpoints.lock:
            whose = endpoint.next()
        kind = request.headers.get("content-type", "application/json") if raw else "application/json"
        status, answer, media = self._ask(whose, body, kind)
        if raw:
            return Reply(answer, status, {"Content-Type": media} | _names(whose))
        return self._answered(endpoint, whose, (body, status, answer))

    def release(self, replica: Replica) -> None:
        """End a container."""
        replica.close()
        with self._lock:
            self._replicas.remove(replica)

    def close(self) -> None:
        """End all containers."""
        for replica in list(self._replicas):
            replica.close()

    @property
    def replicas(self) -> tuple[Replica, ...]:
        """All containers."""
        return tuple(self._replicas)

    @property
    def running(self) -> int:
        """How many containers there are."""
        return len(self._replicas)

    def ask_replica(self, replica: Replica, model: KeptModel, body: bytes) -> tuple[int, bytes]:
        """Ask a container outside of any endpoint, as batch prediction does."""
        spec = model.document["containerSpec"]
        route = spec.get("predictRoute") or "/v1/endpoints/0/deployedModels/0:predict"
        return replica.ask(route, body, {"Content-Type": "application/json"})[:2]

    def _container(self, model: KeptModel, label: str) -> Container:
        """Return what stands for a model's image."""
        image = model.document["containerSpec"]["imageUri"]
        if self.engine:
            return ContainerReplica(self.engine, image)
        inside = self._models.images.known.get(image)
        holds = (model.folder / _MANIFEST).is_file()
        return BundleReplica(
            model.folder if holds or inside is None else inside, self._folder / f"{label}.log"
        )

    def _ask(self, whose: Deployment, body: bytes, kind: str) -> tuple[int, bytes, str]:
        """Ask a container, with whatever is wrong with it."""
        trouble = self.trouble.get(whose.model.name.rpartition("/")[2], Trouble())
        if trouble.delay:
            time.sleep(trouble.delay)
        if trouble.every and whose.answered % trouble.every == 0:
            return (
                500,
                b'{"error": {"code": "internal_error", "message": "made to fail"}}',
                "application/json",
            )
        if whose.replica is None or not whose.replica.healthy:
            raise RefusalError("UNAVAILABLE", f"DeployedModel {whose.id} has no healthy replica.")
        spec = whose.model.document["containerSpec"]
        endpoint = whose.model.deployments[0]["endpoint"].rpartition("/")[2]
        route = spec.get("predictRoute") or f"/v1/endpoints/{endpoint}/deployedModels/{whose.id}:predict"
        return whose.replica.ask(route, body, {"Content-Type": kind})

    def _answered(self, endpoint: KeptEndpoint, whose: Deployment, said: tuple[bytes, int, bytes]) -> Reply:
        """Put an answer of the container into the platform's words, and log it."""
        body, status, answer = said
        if status != 200:
            kind = "INVALID_ARGUMENT" if status < 500 else "INTERNAL"
            raise RefusalError(kind, answer.decode(errors="replace"))
        found = json.loads(answer)
        self._log(endpoint, whose, body, answer)
        shown = {
            "predictions": as_doubles(found.get("predictions", [])),
            "deployedModelId": whose.id,
            "model": whose.model.name,
            "modelDisplayName": whose.model.document["displayName"],
            "modelVersionId": "1",
        }
        return Reply.of(shown | ({"metadata": as_doubles(found["metadata"])} if "metadata" in found else {}))

    def _log(self, endpoint: KeptEndpoint, whose: Deployment, body: bytes, answer: bytes) -> None:
        """Write a share of requests to the table that the endpoint names."""
        logging = endpoint.document.get("predictRequestResponseLoggingConfig") or {}
        if not logging.get("enabled"):
            return
        rate = float(logging.get("samplingRate", 1.0))
        with self._lock:
            self._asked += 1
            if int(self._asked * rate) == int((self._asked - 1) * rate):
                return
            place = logging.get("bigqueryDestination", {}).get("outputUri", "").removeprefix("bq://")
            row = {
                "endpoint": endpoint.document["name"],
                "deployed_model_id": whose.id,
                "logging_time": now(),
                "request_id": str(uuid.uuid4().int % 10**18),
                "request_payload": [json.dumps(one) for one in json.loads(body)["instances"]],
                "response_payload": [json.dumps(one) for one in json.loads(answer)["predictions"]],
            }
            self.tables.setdefault(place, []).append(row)


def _names(whose: Deployment) -> dict[str, str]:
    """Who answered, as headers."""
    return {
        "X-Vertex-AI-Deployed-Model-Id": whose.id,
        "X-Vertex-AI-Model": whose.model.name,
        "X-Vertex-AI-Model-Version-Id": "1",
    }
