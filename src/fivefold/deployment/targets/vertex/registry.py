"""Models and endpoints by their own names: each is looked for before it is asked for, so that nothing is made twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.connection import Asking
from fivefold.cloud.vertex.operations import cancel, finish, under_way
from fivefold.cloud.vertex.refusals import EXISTS, NOT_FOUND, STALLED, VertexError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fivefold.cloud.vertex.connection import Connection
    from fivefold.core.clock import Deadline

__all__ = ["EndpointState", "Registry"]


@dataclass(frozen=True, slots=True)
class EndpointState:
    """What an endpoint holds.

    Attributes
    ----------
    traffic : dict of str to int
        Percent of the requests, by id of the deployed model; those without any are not named.
    deployed : dict of str to str
        Name of the model, by id of the deployed model.
    ours : bool
        Whether Fivefold made it.
    """

    traffic: dict[str, int]
    deployed: dict[str, str]
    ours: bool


class Registry:
    """Models and endpoints of a location.

    Parameters
    ----------
    connection : Connection
    until : Deadline
        When to stop waiting for operations.
    told : callable, optional
        Is told now and then what is waited for.
    """

    def __init__(
        self, connection: Connection, until: Deadline, told: Callable[[str], None] | None = None
    ) -> None:
        self._connection = connection
        self._until = until
        self._told = told

    def model(self, name: str) -> dict[str, Any] | None:
        """Return a model; None where it is not there."""
        return self._get(name, "look for the model")

    def upload(self, name: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Take a model into the registry under a name of ours, and return it; one that is there is kept."""
        parent, _, chosen = name.rpartition("/models/")
        body = {"model": dict(document), "modelId": chosen}
        purpose = f"upload the model '{chosen}'"
        asking = Asking(purpose, "POST", f"/v1/{parent}/models:upload", body, again=False)
        self._make(name, "UploadModel", asking)
        found = self.model(name)
        return found or {}

    def endpoint(self, name: str) -> EndpointState | None:
        """Return what an endpoint holds; None where it is not there."""
        found = self._get(name, "look for the endpoint")
        if found is None:
            return None
        traffic = {key: int(value) for key, value in (found.get("trafficSplit") or {}).items() if value}
        deployed = {str(one["id"]): str(one["model"]) for one in found.get("deployedModels", ())}
        return EndpointState(traffic, deployed, (found.get("labels") or {}).get("made_by") == "fivefold")

    def create_endpoint(self, name: str, document: Mapping[str, Any]) -> None:
        """Make an endpoint under a name of ours; one that is there is kept."""
        parent, _, chosen = name.rpartition("/endpoints/")
        purpose = f"create the endpoint '{chosen}'"
        words = {"endpointId": chosen}
        asking = Asking(purpose, "POST", f"/v1/{parent}/endpoints", dict(document), words, again=False)
        self._make(name, "CreateEndpoint", asking)

    def settle(self, endpoint: str) -> None:
        """Wait for the end of a deployment that is under way there, an earlier one of ours or somebody else's."""
        purpose = f"deploy a model to '{endpoint.rpartition('/')[2]}'"
        running = under_way(self._connection, endpoint, "DeployModel", purpose)
        if running is not None:
            self._see_end(running, purpose)

    def deploy(
        self,
        endpoint: str,
        deployed: Mapping[str, Any],
        split: Mapping[str, int],
        begun: Callable[[str], None],
    ) -> None:
        """Deploy a model under an id of ours, with this traffic split; key ``0`` is the model itself.

        ``begun`` is told the operation's name as soon as there is one: its metadata do not say which model it deploys.
        """
        purpose = f"deploy the model to '{endpoint.rpartition('/')[2]}'"
        body = {"deployedModel": dict(deployed), "trafficSplit": dict(split)}
        path = f"/v1/{endpoint}:deployModel"
        running = self._begin(Asking(purpose, "POST", path, body, again=False))
        if running is not None:
            begun(str(running["name"]))
            self._finish(running, purpose)

    def give_up(self, operation: str) -> bool:
        """Cancel an operation and see its end; return whether it went on."""
        purpose = "give up the operation"
        running = self._get(operation, purpose)
        if running is None or running.get("done"):
            return False
        cancel(self._connection, running, purpose)
        self._see_end(running, purpose)
        return True

    def part(self, endpoint: str, split: Mapping[str, int]) -> None:
        """Part the traffic of an endpoint."""
        purpose = f"part the traffic of '{endpoint.rpartition('/')[2]}'"
        body = {"trafficSplit": {key: value for key, value in split.items() if value}}
        words = {"updateMask": "trafficSplit"}
        self._connection.ask(Asking(purpose, "PATCH", f"/v1/{endpoint}", body, words))

    def undeploy(self, endpoint: str, deployed: str, rest: Mapping[str, int]) -> bool:
        """Take a model from an endpoint; return whether it was there."""
        purpose = f"undeploy the model from '{endpoint.rpartition('/')[2]}'"
        body = {
            "deployedModelId": deployed,
            "trafficSplit": {key: value for key, value in rest.items() if value},
        }
        path = f"/v1/{endpoint}:undeployModel"
        return self._remove(Asking(purpose, "POST", path, body))

    def delete(self, name: str) -> bool:
        """Delete a model or an endpoint; return whether it was there."""
        purpose = f"delete '{'/'.join(name.split('/')[-2:])}'"
        return self._remove(Asking(purpose, "DELETE", f"/v1/{name}"))

    def predict(
        self, endpoint: str, instances: Sequence[object], *, tries: int | None = None
    ) -> dict[str, Any]:
        """Ask an endpoint; the reply says which deployed model answered."""
        body = {"instances": list(instances)}
        asking = Asking("answer", "POST", f"/v1/{endpoint}:predict", body, tries=tries)
        return self._connection.ask(asking)

    def _get(self, name: str, purpose: str) -> dict[str, Any] | None:
        """Return a resource; None where it is not there."""
        try:
            return self._connection.ask(
                Asking(f"{purpose} '{name.rpartition('/')[2]}'", "GET", f"/v1/{name}")
            )
        except VertexError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def _make(self, name: str, kind: str, asking: Asking) -> None:
        """Make a resource, unless it is there; go on with it where somebody is at it already."""
        if self._get(name, "look for") is not None:
            return
        running = under_way(self._connection, name, kind, asking.purpose) or self._begin(asking)
        if running is not None:
            self._finish(running, asking.purpose)

    def _begin(self, asking: Asking) -> dict[str, Any] | None:
        """Begin an operation; None where what it makes is there already."""
        try:
            return self._connection.ask(asking)
        except VertexError as error:
            if error.code == EXISTS:
                return None
            raise

    def _remove(self, asking: Asking) -> bool:
        """Remove something; what is not there counts as removed."""
        try:
            self._finish(self._connection.ask(asking), asking.purpose)
        except VertexError as error:
            if error.code == NOT_FOUND:
                return False
            raise
        return True

    def _see_end(self, operation: dict[str, Any], purpose: str) -> None:
        """Wait for the end of an operation, whatever comes of it."""
        try:
            self._finish(operation, purpose)
        except VertexError as error:
            if error.code == STALLED:
                raise

    def _finish(self, operation: dict[str, Any], purpose: str) -> None:
        """Wait for an operation."""
        finish(self._connection, operation, purpose, self._until, self._told)
