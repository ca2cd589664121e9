"""The model registry: models are uploaded with an image, the routes of its server, and an artefact that is copied."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.operations import now
from fivefold.testing.vertex.refusal import RefusalError

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.testing.vertex.images import Images
    from fivefold.testing.vertex.storage import Storage
    from fivefold.testing.vertex.tabular import TabularModel

__all__ = ["KeptModel", "Models"]

_ID = re.compile(r"[a-z_][a-z0-9_-]{0,62}")
_FIRST = 1_000_000_000
_SCHEMATA = ("instanceSchemaUri", "parametersSchemaUri", "predictionSchemaUri")


@dataclass(slots=True)
class KeptModel:
    """A model of the registry.

    Attributes
    ----------
    document : dict
        As it is shown.
    folder : Path
        Where the copy of its artefact lies.
    deployments : list of dict
        Endpoint and id of each deployed model that was made of it.
    tabular : TabularModel or None
        What AutoML trained; None for a model in an image.
    evaluations : list of dict
    """

    document: dict[str, Any]
    folder: Path
    deployments: list[dict[str, str]] = field(default_factory=list)
    tabular: TabularModel | None = None
    evaluations: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the resource."""
        return str(self.document["name"])

    def shown(self) -> dict[str, Any]:
        """Return it as the platform shows it."""
        return self.document | ({"deployedModels": list(self.deployments)} if self.deployments else {})


class Models:
    """All models of a location.

    Parameters
    ----------
    parent : str
        The location, by the project's number.
    storage : Storage
    images : Images
    folder : Path
        For the copies.

    Attributes
    ----------
    output_formats : tuple of str
        In which what AutoML trained can answer a batch.
    """

    def __init__(self, parent: str, storage: Storage, images: Images, folder: Path) -> None:
        self._parent = parent
        self._storage = storage
        self._folder = folder
        self._all: dict[str, KeptModel] = {}
        self._lock = threading.RLock()
        self.images = images
        self.output_formats: tuple[str, ...] = ("jsonl", "csv", "bigquery")

    def check(self, body: dict[str, Any]) -> str:
        """Refuse what cannot be uploaded; return the id that the model is to have."""
        model = body.get("model") or {}
        if not model.get("displayName"):
            raise RefusalError("INVALID_ARGUMENT", "Required field is not set: model.display_name.")
        spec = model.get("containerSpec") or {}
        image = spec.get("imageUri", "")
        if not image:
            raise RefusalError(
                "INVALID_ARGUMENT", "Required field is not set: model.container_spec.image_uri."
            )
        if image not in self.images.known:
            raise RefusalError(
                "INVALID_ARGUMENT", f"Failed to resolve image '{image}': it does not exist or is not readable"
            )
        if any(one.get("name", "").startswith("AIP_") for one in spec.get("env", ())):
            raise RefusalError("INVALID_ARGUMENT", "Environment variables must not start with 'AIP_'.")
        artefact = model.get("artifactUri", "")
        if artefact and not self._storage.folder(artefact):
            raise RefusalError("INVALID_ARGUMENT", f"No objects found under artifact_uri '{artefact}'.")
        for name in _SCHEMATA:
            uri = (model.get("predictSchemata") or {}).get(name, "")
            if uri and uri not in self._storage.objects:
                raise RefusalError("INVALID_ARGUMENT", f"The schema file '{uri}' cannot be read.")
        return self.check_new(str(body.get("modelId") or ""))

    def check_new(self, wanted: str) -> str:
        """Refuse an id that cannot be had; return the one that a model is to have, which is a number if none is wanted."""
        with self._lock:
            chosen = wanted or str(_FIRST + len(self._all))
            if wanted and not _ID.fullmatch(chosen):
                raise RefusalError("INVALID_ARGUMENT", f"Invalid model_id '{chosen}'.")
            if f"{self._parent}/models/{chosen}" in self._all:
                raise RefusalError(
                    "ALREADY_EXISTS", f"The model {self._parent}/models/{chosen} already exists."
                )
        return chosen

    def keep(self, chosen: str, model: dict[str, Any]) -> dict[str, Any]:
        """Take a model into the registry, and copy its artefact."""
        name = f"{self._parent}/models/{chosen}"
        folder = self._folder / chosen
        if model.get("artifactUri"):
            self._storage.copy(model["artifactUri"], folder)
        ours = _facts(name) | {"supportedInputStorageFormats": ["jsonl", "csv", "bigquery"]}
        with self._lock:
            if name in self._all:
                raise RefusalError("ALREADY_EXISTS", f"The model {name} already exists.")
            self._all[name] = KeptModel(model | ours, folder)
        kind = "google.cloud.aiplatform.v1.UploadModelResponse"
        return {"@type": kind, "model": name, "modelVersionId": "1"}

    def keep_trained(
        self, wanted: str, document: dict[str, Any], model: TabularModel, evaluation: dict[str, Any]
    ) -> str:
        """Take what AutoML trained into the registry; return its name."""
        with self._lock:
            name = f"{self._parent}/models/{self.check_new(wanted)}"
            ours = _facts(name) | {
                "supportedInputStorageFormats": ["csv", "jsonl", "bigquery"],
                "supportedOutputStorageFormats": list(self.output_formats),
                "modelSourceInfo": {"sourceType": "AUTOML"},
            }
            known = {"name": f"{name}/evaluations/1"} | evaluation
            self._all[name] = KeptModel(document | ours, self._folder, tabular=model, evaluations=[known])
        return name

    def get(self, name: str) -> KeptModel:
        """Return a model, also by one of its versions, and by the project's name or number."""
        plain, _, version = name.partition("@")
        with self._lock:
            found = self._all.get(f"{self._parent}/models/{plain.rpartition('/')[2]}")
        if found is None or version not in {"", "1", "default"}:
            raise RefusalError("NOT_FOUND", f"The Model does not exist: {name}")
        return found

    def shown(self) -> list[dict[str, Any]]:
        """Return all models."""
        with self._lock:
            return [model.shown() for model in self._all.values()]

    def delete(self, name: str) -> dict[str, Any]:
        """Delete a model that is deployed nowhere."""
        self.check_unused(name)
        with self._lock:
            self._all.pop(self.get(name).name, None)
        return {"@type": "google.protobuf.Empty"}

    def check_unused(self, name: str) -> None:
        """Refuse to delete a model that is deployed."""
        if self.get(name).deployments:
            message = f"The Model {name} cannot be deleted because it is deployed to an endpoint; undeploy it first."
            raise RefusalError("FAILED_PRECONDITION", message)


def _facts(name: str) -> dict[str, Any]:
    """What the platform says of every new model."""
    moment = now()
    return {
        "name": name,
        "versionId": "1",
        "versionAliases": ["default"],
        "createTime": moment,
        "updateTime": moment,
        "versionCreateTime": moment,
        "versionUpdateTime": moment,
        "supportedDeploymentResourcesTypes": ["DEDICATED_RESOURCES"],
        "etag": f"etag-{name.rpartition('/')[2]}",
    }
