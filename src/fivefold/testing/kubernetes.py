"""An API server of one's own on loopback, as far as ``kubectl`` asks it: objects are kept, and pods are processes of the service.

It speaks discovery, server-side apply, reading and deleting, and the proxy to a Service. It has no scheduler: a Deployment's pods are one
process of this installation, which is probed as the manifest says.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.deployment.process import Process, alive, end, spawn
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.loopback import Loopback, free_port
from fivefold.testing.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

__all__ = ["ClusterEmulator"]

_KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "v1": (("services", "Service"), ("secrets", "Secret")),
    "apps/v1": (("deployments", "Deployment"),),
    "policy/v1": (("poddisruptionbudgets", "PodDisruptionBudget"),),
    "autoscaling/v2": (("horizontalpodautoscalers", "HorizontalPodAutoscaler"),),
    "serving.kserve.io/v1beta1": (("inferenceservices", "InferenceService"),),
}
_PLACE = re.compile(
    r"/(?:api|apis)/(?P<version>v1|[a-z0-9.]+/v[0-9a-z]+)/namespaces/(?P<namespace>[a-z0-9-]+)/(?P<kind>[a-z]+)/(?P<name>[a-z0-9-]+)"
)
_PROXY = re.compile(
    r"/api/v1/namespaces/(?P<namespace>[a-z0-9-]+)/services/http:(?P<name>[a-z0-9-]+):(?P<port>\d+)/proxy(?P<path>/.*)"
)
_BUNDLE = "fivefold.io/bundle"
_SECONDS = 30.0


@dataclass(slots=True)
class _Kept:
    """An object."""

    plural: str
    document: dict[str, Any]
    process: Process | None = None
    port: int = 0
    since: float = field(default_factory=time.monotonic)


class ClusterEmulator(Loopback):
    """A cluster with KServe.

    Parameters
    ----------
    folder : Path
        For kubectl's configuration, which is written into it.

    Attributes
    ----------
    configuration : Path
        ``KUBECONFIG`` for kubectl.
    refusals : Refusals
        What is to go wrong, by method and path.
    asked : list of str
        Method and path of every request.
    """

    def __init__(self, folder: Path) -> None:
        self.refusals = Refusals()
        self.asked: list[str] = []
        self.lock = threading.Lock()
        self._images: dict[str, Path] = {}
        self._objects: dict[tuple[str, str, str], _Kept] = {}
        self._kept = tempfile.TemporaryDirectory(prefix="fivefold-cluster-")
        emulator = self

        class Handler(_Handler):
            server_of = emulator

        super().__init__(Handler)
        self.configuration = folder / "kubeconfig"
        self.configuration.write_text(json.dumps(_configuration(self.address)), encoding="utf-8")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        for kept in self._objects.values():
            _stop(kept)
        self._kept.cleanup()

    def push(self, image: str, folder: Path) -> None:
        """Put an image into the registry; the bundle inside is the only one below this folder, else the one that a pod's annotation names."""
        self._images[image] = folder

    def create(self, plural: str, namespace: str, document: dict[str, Any]) -> None:
        """Make an object by somebody else's hand."""
        named = {"name": document["metadata"]["name"], "namespace": namespace}
        document["metadata"] |= named
        self._objects[plural, namespace, named["name"]] = _Kept(plural, document)

    def inventory(self) -> list[str]:
        """All objects but Secrets, and the processes that run for them."""
        found = [
            f"{plural} {namespace}/{name}" for plural, namespace, name in self._objects if plural != "secrets"
        ]
        running = [kept for kept in self._objects.values() if kept.process is not None]
        return sorted([*found, *(f"pod of {kept.document['metadata']['name']}" for kept in running)])

    def document(self, plural: str, namespace: str, name: str) -> dict[str, Any]:
        """Return an object as it was applied."""
        return self._objects[plural, namespace, name].document

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """Answer one request."""
        found = _discovered(path)
        if found is not None:
            return 200, json.dumps(found).encode()
        proxied = _PROXY.fullmatch(path)
        if proxied is not None:
            return self._proxied(**proxied.groupdict())
        place = _PLACE.fullmatch(path)
        if place is None or place["kind"] not in dict(_KINDS.get(place["version"], ())):
            return _no(404, "NotFound", f"the server could not find the requested resource: {path}")
        key = (place["kind"], place["namespace"], place["name"])
        if method == "PATCH":
            return self._apply(key, json.loads(body))
        kept = self._objects.get(key)
        if kept is None:
            return _no(404, "NotFound", f'{place["kind"]} "{place["name"]}" not found')
        if method == "DELETE":
            _stop(self._objects.pop(key))
            return 200, json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Success"}).encode()
        return 200, json.dumps(self._looked_at(kept)).encode()

    def _apply(self, key: tuple[str, str, str], document: dict[str, Any]) -> tuple[int, bytes]:
        """Keep what was applied, and start what it says."""
        kept = self._objects.get(key)
        new = kept is None
        generation = 1 if kept is None else kept.document["metadata"]["generation"] + 1
        uid = str(uuid.uuid4()) if kept is None else kept.document["metadata"]["uid"]
        document["metadata"] |= {"namespace": key[1], "generation": generation, "uid": uid, "resourceVersion": "1"}  # fmt: skip
        if kept is None:
            kept = self._objects[key] = _Kept(key[0], document)
        changed = new or kept.document.get("spec") != document.get("spec")
        kept.document = document
        pod = _pod_of(document)
        if pod is not None and changed:
            _stop(kept)
            self._start(kept, *pod)
        return 201 if new else 200, json.dumps(document).encode()

    def _start(self, kept: _Kept, spec: dict[str, Any], version: str) -> None:
        """Start a pod: what stands in for its image is this installation's own service."""
        container = spec["containers"][0]
        below = self._images.get(container["image"])
        found = [path.parent for path in sorted(below.rglob("bundle.json"))] if below is not None else []
        only = found if len(found) == 1 else [one for one in found if load_bundle(one).version == version]
        bundle = next(iter(only), None)
        if bundle is None:
            return  # it cannot be fetched: the pod waits for ever
        ours = ("AIP_", "SAGEMAKER_", "FIVEFOLD_", TOKENS_VARIABLE)
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        for one in container["env"]:
            environ[one["name"]] = one.get("value") or "a-token-of-the-secret"
        kept.port = free_port()
        kept.process = spawn(
            [sys.executable, "-P", "-m", "fivefold.service", str(bundle), "--port", str(kept.port)],
            output=Path(self._kept.name) / f"{uuid.uuid4().hex}.log",
            given=(),
            environ=environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def _looked_at(self, kept: _Kept) -> dict[str, Any]:
        """Return an object with its status: pods are ready when their readiness probe says so."""
        pod = _pod_of(kept.document)
        if pod is None:
            return kept.document
        probe = pod[0]["containers"][0]["readinessProbe"]["httpGet"]["path"]
        runs = kept.process is not None and alive(kept.process)
        ready = int(runs and _request(kept.port, probe)[0] == 200)
        condition = {"type": "Ready", "status": "True" if ready else "False"}
        if not ready:
            condition |= {"reason": "MinimumReplicasUnavailable", "message": "Deployment does not have minimum availability."}  # fmt: skip
        counts = dict.fromkeys(("replicas", "updatedReplicas"), 1)
        status = {
            **counts,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "observedGeneration": kept.document["metadata"]["generation"],
            "conditions": [condition],
        }
        return kept.document | {"status": status}

    def _proxied(self, namespace: str, name: str, port: str, path: str) -> tuple[int, bytes]:
        """Hand a request on to whoever is behind a Service; KServe makes one for each predictor."""
        service = self._objects.get(("services", namespace, name))
        if service is not None and service.document["spec"]["ports"][0]["port"] != int(port):
            return _no(503, "ServiceUnavailable", f"no port {port} of the service {name}")
        chosen = service.document["spec"]["selector"] if service is not None else {}
        behind = [kept for (_, where, _), kept in self._objects.items() if where == namespace and kept.process is not None]  # fmt: skip
        for kept in behind:
            labels = kept.document["metadata"]["labels"]
            predictor = kept.plural == "inferenceservices" and name == f"{kept.document['metadata']['name']}-predictor"  # fmt: skip
            if predictor or (chosen and chosen.items() <= labels.items()):
                return _request(kept.port, path)
        return _no(503, "ServiceUnavailable", f'no endpoints available for service "{name}"')


class _Handler(BaseHTTPRequestHandler):
    """One request of kubectl's."""

    server_of: ClusterEmulator
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        """Answer it, or let it go wrong."""
        server, path = self.server_of, unquote(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server.asked.append(f"{self.command} {path}")
        refusal = server.refusals.due(f"{self.command} {path}")
        status, answer = 0, b""
        if refusal is None or refusal.done:
            with server.lock:
                status, answer = server.answer(self.command, path, body)
        if refusal is not None:
            status, answer = _no(refusal.status, refusal.reason, refusal.message)
            if refusal.status == 0:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PATCH = do_POST = do_DELETE = _serve  # noqa: N815 - the base finds them by these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


def _discovered(path: str) -> dict[str, Any] | None:
    """What a client asks before it asks for anything else; None when this is something else."""
    groups = [version.split("/") for version in _KINDS if "/" in version]
    kinds = _KINDS.get(path.removeprefix("/apis/").removeprefix("/api/"))
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        listed = [
            {"name": name, "versions": [_version(name, version)], "preferredVersion": _version(name, version)}
            for name, version in groups
        ]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": listed}
    if path == "/version":
        return {"major": "1", "minor": "34", "gitVersion": "v1.34.0"}
    if path == "/openapi/v3":
        where = {"apis/" + version if "/" in version else "api/" + version: version for version in _KINDS}
        return {"paths": {place: {"serverRelativeURL": f"/openapi/v3/{place}"} for place in where}}
    if path.startswith("/openapi/v3/"):
        return _openapi(path.removeprefix("/openapi/v3/"))
    if kinds is None:
        return None
    verbs = ["create", "delete", "get", "list", "patch", "update"]
    named = [
        {"name": plural, "singularName": kind.lower(), "kind": kind, "namespaced": True, "verbs": verbs}
        for plural, kind in kinds
    ]
    version = path.removeprefix("/apis/").removeprefix("/api/")
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": named}


def _openapi(place: str) -> dict[str, Any]:
    """Say that fields are checked by the server, which is all that kubectl wants to know here."""
    version = place.partition("/")[2]
    group, _, number = version.rpartition("/")
    paths = {}
    for plural, kind in _KINDS[version]:
        patch = {
            "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}],
            "x-kubernetes-group-version-kind": {"group": group, "kind": kind, "version": number},
        }
        paths[f"/{place}/namespaces/{{namespace}}/{plural}/{{name}}"] = {"patch": patch}
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.34.0"}, "paths": paths}


def _version(group: str, version: str) -> dict[str, str]:
    """A version of a group."""
    return {"groupVersion": f"{group}/{version}", "version": version}


def _pod_of(document: Mapping[str, Any]) -> tuple[dict[str, Any], str] | None:
    """The pod that an object runs, and the bundle that it is to serve; None where it runs none."""
    if document["kind"] == "Deployment":
        template = document["spec"]["template"]
        return template["spec"], template["metadata"]["annotations"][_BUNDLE]
    if document["kind"] == "InferenceService":
        predictor = document["spec"]["predictor"]
        return predictor, predictor["annotations"][_BUNDLE]
    return None


def _stop(kept: _Kept) -> None:
    """End the pods of an object."""
    if kept.process is not None:
        end(kept.process, patience=5.0)
        kept.process = None


def _configuration(address: str) -> dict[str, Any]:
    """What kubectl is to know."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": {"server": address}}],
        "users": [{"name": "me", "user": {"token": "nobody-looks-at-it"}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "current-context": "here",
    }


def _no(status: int, reason: str, message: str) -> tuple[int, bytes]:
    """Refuse as an API server does."""
    document = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": status}  # fmt: skip
    return status, json.dumps(document).encode()


def _request(port: int, path: str) -> tuple[int, bytes]:
    """Ask a process of this machine; 0 when it does not answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            with connection.getresponse() as response:
                return response.status, response.read()
        except (OSError, HTTPException):
            return 0, b""
