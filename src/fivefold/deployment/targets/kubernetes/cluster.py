"""A cluster, through ``kubectl``: it has the credentials, and knows every way there is to get them."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import MisuseError, StepError
from fivefold.deployment.targets.kubernetes.pod import OWNER, VERSION, version_label

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from fivefold.core.artefacts import Resource

__all__ = ["Cluster", "Place", "answers", "made_of"]

_KUBECTL = "kubectl"
_SECONDS = 60.0
_POLL_SECONDS = 0.5
_KINDS = {
    "Service": "services",
    "PodDisruptionBudget": "poddisruptionbudgets.policy",
    "Deployment": "deployments.apps",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers.autoscaling",
    "InferenceService": "inferenceservices.serving.kserve.io",
    "Secret": "secrets",
}
_GONE = ("NotFound", "not found", "doesn't have a resource type")
_DENIED = ("Forbidden", "forbidden", "Unauthorized", "must be logged in")
_LOST = ("EOF", "connection refused", "connection reset", "no such host", "i/o timeout", "was refused")
_AGAIN = "then the same command again: it goes on where this one stopped"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object is, as the name of a resource tells it: ``namespace/name``, and ``@context`` unless it is the current one.

    Attributes
    ----------
    name, namespace, context : str

    Examples
    --------
    >>> Place.read("shop/fivefold-price@prod")
    Place(name='fivefold-price', namespace='shop', context='prod')
    """

    name: str
    namespace: str
    context: str = ""

    @classmethod
    def read(cls, text: str) -> Place:
        """Read a name of a resource."""
        path, _, context = text.partition("@")
        namespace, _, name = path.partition("/")
        return cls(name, namespace, context)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" + (f"@{self.context}" if self.context else "")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster.

    Attributes
    ----------
    context : str
        Of kubectl's configuration; empty for the current one.
    """

    context: str = ""

    def find(self, kind: str, place: Place) -> dict[str, Any] | None:
        """Return an object; None when it is not there.

        Raises
        ------
        StepError
            When the cluster cannot be asked.
        """
        words = ["get", _KINDS[kind], place.name, "-n", place.namespace, "-o", "json"]
        done = self._run(words)
        if done.returncode and any(word in done.stderr for word in _GONE):
            return None
        found: dict[str, Any] = json.loads(self._must(done, f"look for the {kind} {place}"))
        return found

    def is_ours(self, resource: Resource) -> bool | None:
        """Whether an object carries our label; None when it is not there."""
        found = self.find(resource.kind, Place.read(resource.name))
        return None if found is None else _labels(found).get(OWNER[0]) == OWNER[1]

    def is_of(self, resource: Resource, versions: Collection[str]) -> bool:
        """Whether an object is there, and was made for one of these versions of a bundle: another run may have taken its place."""
        return made_of(self.find(resource.kind, Place.read(resource.name)) or {}, versions)

    def apply(self, file: Path) -> None:
        """Hand a manifest over; the server merges it, and says if somebody else holds a field of it.

        Raises
        ------
        StepError
            When it is refused.
        """
        done = self._run(["apply", "--server-side", "--field-manager", OWNER[1], "-f", str(file)])
        self._must(done, f"apply {file.name}")

    def delete(self, resource: Resource) -> bool:
        """Delete an object and wait until it is gone; return whether it was there.

        Raises
        ------
        StepError
            When it is refused.
        """
        place = Place.read(resource.name)
        if self.find(resource.kind, place) is None:
            return False
        words = ["delete", _KINDS[resource.kind], place.name, "-n", place.namespace, "--ignore-not-found"]
        self._must(self._run(words), f"delete the {resource.kind} {place}")
        return True

    def wait(self, resource: Resource, seconds: float) -> None:
        """Wait until all pods of a Deployment, or an InferenceService, are ready.

        Raises
        ------
        StepError
            When they do not get ready in time.
        """
        until = time.monotonic() + seconds
        while True:
            found = self.find(resource.kind, Place.read(resource.name)) or {}
            if _is_whole(found):
                return
            if time.monotonic() >= until or _is_stuck(found):
                break
            time.sleep(_POLL_SECONDS)
        raise StepError(
            f"The pods of {resource.name} do not get ready",
            seen=_conditions(found) or "nothing is said of them",
            expected=f"pods whose /readyz answers 200 within {seconds:.0f} s",
            todo=f"look with: kubectl describe pods -n {Place.read(resource.name).namespace} -l {OWNER[0]}={OWNER[1]}; "
            f"put it right, {_AGAIN}",
        )

    def wait_for_version(self, place: Place, port: int, version: str, seconds: float) -> str:
        """Ask behind a Service, through the API server, until this bundle answers; return the one that does in the end.

        While KServe changes pods, its InferenceService is ready by the older ones.
        """
        until = time.monotonic() + seconds
        while (found := self._version(place, port)) != version and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)
        return found

    def _version(self, place: Place, port: int) -> str:
        """Ask which bundle is served; empty when nobody tells."""
        path = f"/api/v1/namespaces/{place.namespace}/services/http:{place.name}:{port}/proxy/readyz"
        document = json.loads(self._must(self._run(["get", "--raw", path]), f"ask the Service {place}"))
        return str(document.get("version", ""))

    def _run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        """Run kubectl."""
        chosen = ["--context", self.context] if self.context else []
        command = [_KUBECTL, *chosen, "--request-timeout", f"{_SECONDS:.0f}s", *words]
        if shutil.which(_KUBECTL) is None:
            raise MisuseError(
                "There is no kubectl to hand the objects to a cluster",
                seen="no such command",
                expected="kubectl, with a context of the cluster",
                todo="install it, or leave apply out and apply the manifests yourself",
            )
        try:
            return subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=2 * _SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired as error:
            raise _refused(
                f"run kubectl {words[0]}", f"no end within {2 * _SECONDS:.0f} s", "cluster_lost"
            ) from error

    @staticmethod
    def _must(done: subprocess.CompletedProcess[str], asked: str) -> str:
        """Return what a command that must succeed printed."""
        if done.returncode == 0:
            return done.stdout
        said = " | ".join(done.stderr.strip().splitlines()[-3:]) or f"exit code {done.returncode}"
        told = (
            ("cluster_quota", ("exceeded quota",)),
            ("cluster_denied", _DENIED),
            ("cluster_lost", _LOST),
        )
        codes = (code for code, words in told if any(word in said for word in words))
        raise _refused(asked, said, next(codes, "cluster_refused"))


def answers(found: dict[str, Any]) -> bool:
    """Whether at least one pod of a Deployment, or an InferenceService, is ready."""
    if found.get("kind") != "Deployment":
        return _is_whole(found)
    available: int = (found.get("status") or {}).get("availableReplicas", 0)
    return available > 0


def made_of(found: dict[str, Any], versions: Collection[str]) -> bool:
    """Whether an object is one of ours, for one of these versions of a bundle."""
    labels = _labels(found)
    ours = labels.get(OWNER[0]) == OWNER[1]
    return ours and labels.get(VERSION) in {version_label(version) for version in versions}


def _labels(found: dict[str, Any]) -> dict[str, str]:
    """Return an object's labels."""
    return (found.get("metadata") or {}).get("labels") or {}


def _is_whole(found: dict[str, Any]) -> bool:
    """Whether what the cluster says of a Deployment, or an InferenceService, means that all of it answers."""
    status = found.get("status") or {}
    generation = (found.get("metadata") or {}).get("generation", 0)
    if found.get("kind") != "Deployment":
        held = {one.get("type"): one.get("status") for one in status.get("conditions") or ()}
        return held.get("Ready") == "True" and status.get("observedGeneration", generation) >= generation
    wanted = (found.get("spec") or {}).get("replicas", 1)
    current = status.get("observedGeneration", 0) >= generation
    counts = [
        status.get(name, 0) for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    ]
    return current and wanted > 0 and all(count == wanted for count in counts)


def _is_stuck(found: dict[str, Any]) -> bool:
    """Whether the cluster has given up."""
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(one.get("reason") == "ProgressDeadlineExceeded" for one in conditions)


def _conditions(found: dict[str, Any]) -> str:
    """What the cluster says of it."""
    conditions = (found.get("status") or {}).get("conditions") or ()
    return "; ".join(
        f"{one.get('type')} {one.get('status')}: {one.get('message') or one.get('reason') or ''}".strip(" :")
        for one in conditions
    )


def _refused(asked: str, seen: str, code: str = "cluster_refused") -> StepError:
    """Say that the cluster did not do it."""
    return StepError(
        f"The cluster was asked to {asked}, and did not",
        seen=seen[:600],
        expected="kubectl with a context that may do this",
        todo=f"put right what it says ('kubectl auth can-i --list' tells what you may do), {_AGAIN}; or fivefold undeploy RUN",
        code=code,
    )
