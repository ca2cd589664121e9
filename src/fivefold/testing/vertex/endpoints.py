"""Endpoints: models are deployed to them, and what is asked is parted among them by the traffic split."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.operations import now
from fivefold.testing.vertex.refusal import RefusalError

if TYPE_CHECKING:
    from fivefold.testing.vertex.models import KeptModel
    from fivefold.testing.vertex.replica import Replica

__all__ = ["Deployment", "Endpoints", "KeptEndpoint", "check_split"]

_ID = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?|[1-9][0-9]{0,8}")
_DEPLOYED = re.compile(r"[0-9]{1,10}")
_FIRST = 2_000_000
_CHANGED_BY_MASK = {
    "trafficSplit",
    "displayName",
    "description",
    "labels",
    "predictRequestResponseLoggingConfig",
}


@dataclass(slots=True)
class Deployment:
    """A model on an endpoint.

    Attributes
    ----------
    document : dict
    model : KeptModel
    replica : Replica or None
        None until its container is started.
    credit : float
        How much of the traffic is owed to it.
    answered : int
        Requests that reached it.
    """

    document: dict[str, Any]
    model: KeptModel
    replica: Replica | None = None
    credit: float = 0.0
    answered: int = 0

    @property
    def id(self) -> str:
        """Id of the deployed model."""
        return str(self.document["id"])


@dataclass(slots=True)
class KeptEndpoint:
    """An endpoint.

    Attributes
    ----------
    document : dict
        As it is shown, without its models.
    traffic : dict of str to int
    deployments : dict of str to Deployment
        Those that take traffic, by id.
    promised : set of str
        Ids of those that are being deployed.
    """

    document: dict[str, Any]
    traffic: dict[str, int] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    promised: set[str] = field(default_factory=set)

    def shown(self) -> dict[str, Any]:
        """Return it as the platform shows it: what is empty is left out."""
        shown = dict(self.document)
        if self.deployments:
            shown["deployedModels"] = [one.document for one in self.deployments.values()]
        if self.traffic:
            shown["trafficSplit"] = dict(self.traffic)
        return shown

    def next(self) -> Deployment:
        """Return whose turn it is: each gets its share exactly, not merely on average."""
        if not self.deployments or not self.traffic:
            raise RefusalError(
                "FAILED_PRECONDITION",
                f"Endpoint {self.document['name']} has no deployed models with traffic.",
            )
        for name, percent in self.traffic.items():
            self.deployments[name].credit += percent
        chosen = max((self.deployments[name] for name in self.traffic), key=lambda one: one.credit)
        chosen.credit -= 100
        chosen.answered += 1
        return chosen


class Endpoints:
    """All endpoints of a location.

    Parameters
    ----------
    parent : str
        The location, by the project's number.
    """

    def __init__(self, parent: str) -> None:
        self._parent = parent
        self._all: dict[str, KeptEndpoint] = {}
        self.lock = threading.RLock()

    def check(self, document: dict[str, Any], chosen: str) -> None:
        """Refuse what cannot be made."""
        if not document.get("displayName"):
            raise RefusalError("INVALID_ARGUMENT", "Required field is not set: endpoint.display_name.")
        logging = document.get("predictRequestResponseLoggingConfig") or {}
        if logging.get("enabled") and not 0 < float(logging.get("samplingRate", 0)) <= 1:
            raise RefusalError("INVALID_ARGUMENT", "sampling_rate must be in range (0, 1].")
        if chosen and not _ID.fullmatch(chosen):
            raise RefusalError("INVALID_ARGUMENT", f"Invalid endpoint_id '{chosen}'.")
        if chosen and f"{self._parent}/endpoints/{chosen}" in self._all:
            raise RefusalError("ALREADY_EXISTS", f"The endpoint {chosen} already exists.")

    def create(self, document: dict[str, Any], chosen: str) -> dict[str, Any]:
        """Make an endpoint."""
        with self.lock:
            self.check(document, chosen)
            name = f"{self._parent}/endpoints/{chosen or _FIRST + len(self._all)}"
            moment = now()
            ours = {
                "name": name,
                "createTime": moment,
                "updateTime": moment,
                "etag": f"etag-{len(self._all)}",
            }
            self._all[name] = KeptEndpoint(document | ours)
        return {"@type": "google.cloud.aiplatform.v1.Endpoint"} | self._all[name].shown()

    def get(self, name: str) -> KeptEndpoint:
        """Return an endpoint."""
        with self.lock:
            if name not in self._all:
                raise RefusalError("NOT_FOUND", f"The Endpoint does not exist: {name}")
            return self._all[name]

    def shown(self) -> list[dict[str, Any]]:
        """Return all endpoints."""
        with self.lock:
            return [endpoint.shown() for endpoint in self._all.values()]

    def patch(self, name: str, document: dict[str, Any], mask: str) -> dict[str, Any]:
        """Change the fields that the mask names."""
        fields = {_camel(one) for one in mask.split(",") if one}
        if not fields or not fields <= _CHANGED_BY_MASK:
            raise RefusalError("INVALID_ARGUMENT", f"The update mask '{mask}' cannot be used.")
        with self.lock:
            endpoint = self.get(name)
            if "trafficSplit" in fields:
                split = {key: int(value) for key, value in document.get("trafficSplit", {}).items()}
                check_split(split, set(endpoint.deployments))
                self.settle(endpoint, split)
            kept = fields - {"trafficSplit"}
            endpoint.document |= {one: document[one] for one in kept if one in document} | {
                "updateTime": now()
            }
            return endpoint.shown()

    def delete(self, name: str) -> dict[str, Any]:
        """Delete an endpoint that holds nothing."""
        self.check_empty(name)
        with self.lock:
            self._all.pop(name, None)
        return {"@type": "google.protobuf.Empty"}

    def check_empty(self, name: str) -> None:
        """Refuse to delete an endpoint that holds models."""
        endpoint = self.get(name)
        if endpoint.deployments or endpoint.promised:
            message = (
                f"The Endpoint {name} has deployed or being-deployed DeployedModels; undeploy them first."
            )
            raise RefusalError("FAILED_PRECONDITION", message)

    def promise(self, name: str, body: dict[str, Any]) -> tuple[str, dict[str, int]]:
        """Refuse what cannot be deployed; return the id that it is to have, and the traffic afterwards."""
        wanted = body.get("deployedModel") or {}
        resources = wanted.get("dedicatedResources") or {}
        if not (resources.get("machineSpec") or {}).get("machineType"):
            raise RefusalError(
                "INVALID_ARGUMENT", "Required field is not set: dedicated_resources.machine_spec."
            )
        if int(resources.get("minReplicaCount") or 0) < 1:
            raise RefusalError("INVALID_ARGUMENT", "min_replica_count must be >= 1.")
        with self.lock:
            endpoint = self.get(name)
            chosen = str(wanted.get("id") or 9_000_000 + len(endpoint.deployments) + len(endpoint.promised))
            if not _DEPLOYED.fullmatch(chosen):
                raise RefusalError("INVALID_ARGUMENT", f"Invalid DeployedModel id '{chosen}'.")
            if chosen in endpoint.deployments or chosen in endpoint.promised:
                raise RefusalError("ALREADY_EXISTS", f"The DeployedModel {chosen} already exists in {name}.")
            split = {str(key): int(value) for key, value in (body.get("trafficSplit") or {}).items()}
            if split:
                check_split(split, {*endpoint.deployments, "0"})
            endpoint.promised.add(chosen)
        return chosen, {chosen if key == "0" else key: value for key, value in split.items()}

    def settle(self, endpoint: KeptEndpoint, split: dict[str, int]) -> None:
        """Part the traffic anew; whoever gets none is not named."""
        with self.lock:
            endpoint.traffic = {key: value for key, value in split.items() if value}
            for one in endpoint.deployments.values():
                one.credit = 0.0


def check_split(split: dict[str, int], known: set[str]) -> None:
    """Refuse a traffic split that does not add up, or names what is not there."""
    if not set(split) <= known:
        missing = ", ".join(sorted(set(split) - known))
        raise RefusalError("INVALID_ARGUMENT", f"Traffic split names unknown DeployedModel ids: {missing}.")
    if split and (sum(split.values()) != 100 or min(split.values()) < 0):
        raise RefusalError("INVALID_ARGUMENT", "Traffic split percentages must sum to 100.")


def _camel(name: str) -> str:
    """A field's name as JSON has it; clients may send either."""
    head, *rest = name.strip().split("_")
    return head + "".join(part.capitalize() for part in rest)
