"""A SageMaker of one's own on loopback: moto's server keeps what is made, real processes of the service answer behind its endpoints.

moto runs no container, does not know ``UpdateEndpoint`` and lets names be taken twice; this stands in front of it, with the rest of what
the platform does that a deployment relies on.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import tempfile
import time
import uuid
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.deployment.process import Process, alive, end, spawn
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.loopback import Loopback, free_port
from fivefold.testing.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

__all__ = ["Moto", "SageMakerEmulator"]

_START_SECONDS = 60.0
_SECONDS = 30.0
_POLL_SECONDS = 0.05
_PREFIX = "SageMaker."
_NAMES = {"CreateModel": "ModelName", "CreateEndpointConfig": "EndpointConfigName", "CreateEndpoint": "EndpointName"}  # fmt: skip
_LISTS = {
    "ListModels": ("Models", "ModelName", "model"),
    "ListEndpointConfigs": ("EndpointConfigs", "EndpointConfigName", "endpoint configuration"),
    "ListEndpoints": ("Endpoints", "EndpointName", "endpoint"),
}
_SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/{}/sagemaker/aws4_request, SignedHeaders=host, Signature=0"
)


class Moto:
    """moto's server as a process of its own, for as long as it is entered.

    Parameters
    ----------
    folder : Path
        For what it prints.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """Where it answers; ``AWS_ENDPOINT_URL`` for boto3."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = spawn(
            command, output=self._folder / "moto.log", given=(), environ={**os.environ, "PYTHONWARNINGS": ""}
        )
        _wait(self._process, self.port, "/moto-api/data.json", self._folder / "moto.log")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            end(self._process, patience=1.0)

    def inventory(self, region: str) -> list[str]:
        """Names of all that stands there, each after what it is."""
        found = []
        for action, (key, name, kind) in _LISTS.items():
            answer = json.loads(self.ask(action, {}, region)[1])
            found += [f"{kind} {one[name]}" for one in answer.get(key) or ()]
        return sorted(found)

    def ask(self, action: str, document: Mapping[str, Any], region: str) -> tuple[int, bytes]:
        """Ask for an action of SageMaker's, as any client would."""
        headers = {
            "X-Amz-Target": _PREFIX + action,
            "Content-Type": "application/x-amz-json-1.1",
            "Host": f"api.sagemaker.{region}.amazonaws.com",
            "Authorization": _SIGNED.format(region),
        }
        return _request(self.port, "POST", "/", json.dumps(document).encode(), headers)


class SageMakerEmulator(Loopback):
    """SageMaker in front of moto's.

    Parameters
    ----------
    region : str
        The only one.

    Attributes
    ----------
    refusals : Refusals
        What is to go wrong, by the name of the action, such as ``CreateEndpoint`` or ``InvokeEndpoint``.
    failing : dict of str to str
        Names of endpoints that do not come into service when they are made, or go back to what they had when they are updated, and why.
    slow : dict of str to int
        How often an endpoint is still looked at before it is in service.
    asked : list of str
        Every action.
    """

    def __init__(self, region: str = "eu-west-1") -> None:
        self.region = region
        self.refusals = Refusals()
        self.failing: dict[str, str] = {}
        self.slow: dict[str, int] = {}
        self.asked: list[str] = []
        self._failed: dict[str, tuple[str, str]] = {}
        self._images: dict[str, Path] = {}
        self._versions: dict[str, tuple[str, str]] = {}
        self._services: dict[tuple[str, str], tuple[Process, int]] = {}
        self._turn = 0
        self._kept = tempfile.TemporaryDirectory(prefix="fivefold-sagemaker-")
        self._moto = Moto(Path(self._kept.name))
        emulator = self

        class Handler(_Handler):
            server_of = emulator

        super().__init__(Handler)

    def __enter__(self) -> Self:
        self._moto.__enter__()
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        for place in list(self._services):
            self._end(place)
        self._moto.__exit__(kind, error, trace)
        self._kept.cleanup()

    def push(self, image: str, folder: Path) -> None:
        """Put an image into the registry; the bundle inside is whichever below this folder a model asks for by its version."""
        self._images[image] = folder

    def reset(self) -> None:
        """Forget everything: what stands, what was asked, and what was to go wrong."""
        for place in list(self._services):
            self._end(place)
        _request(self._moto.port, "POST", "/moto-api/reset", b"", {})
        held = (self.failing, self._failed, self.slow, self.asked, self.refusals.planned, self._versions)
        for each in held:
            each.clear()

    def inventory(self) -> list[str]:
        """Names of all that stands and would cost, the containers included."""
        return [
            *self._moto.inventory(self.region),
            *sorted(f"container {model}" for _, model in self._services),
        ]

    def answer(self, action: str, document: dict[str, Any]) -> tuple[int, bytes]:
        """Answer one request."""
        self.asked.append(action)
        named = _NAMES.get(action)
        if named and self._stands(action, str(document[named])):
            return _no("ValidationException", f"Cannot create already existing {named} {document[named]!r}.")
        if action == "CreateModel":
            tags = {one["Key"]: one["Value"] for one in document.get("Tags", ())}
            container = document["PrimaryContainer"]
            self._versions[document["ModelName"]] = (container["Image"], tags.get("bundle", ""))
        if action == "UpdateEndpoint":
            return self._update(document)
        status, body = self._moto.ask(action, document, self.region)
        if status != 200:
            return status, body
        if action == "DescribeEndpoint":
            return status, self._described(json.loads(body))
        if action in {"CreateEndpoint", "DeleteEndpoint"}:
            name = str(document["EndpointName"])
            self._failed.pop(name, None)
            if action == "CreateEndpoint" and name in self.failing:
                self._failed[name] = ("Failed", self.failing[name])
            self._settle(name)
        return status, body

    def invoke(self, name: str, variant: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """Hand a request on to the container of a variant, or to whose turn it is by the weights."""
        self.asked.append("InvokeEndpoint")
        found = self._find("DescribeEndpoint", {"EndpointName": name})
        if found is None:
            return _no("ValidationError", f"Endpoint {name} of account 123456789012 not found.")
        weights = {one["VariantName"]: float(one["CurrentWeight"]) for one in found["ProductionVariants"]}
        chosen = variant or self._whose_turn(weights)
        place = (name, self._models(found["EndpointConfigName"]).get(chosen, ""))
        if place not in self._services:
            return _no("ValidationError", f"Variant {chosen} not found for endpoint {name}.")
        status, answer = _request(
            self._services[place][1], "POST", "/invocations", body, {"Content-Type": kind}
        )
        if status == 200:
            return status, answer
        return _no("ModelError", f"Received client error ({status}) from {chosen}: {answer[:200]!r}", 424)

    def _whose_turn(self, weights: Mapping[str, float]) -> str:
        """Part requests by their weights, in turn."""
        self._turn += 1
        place = (self._turn * 0.6180339887 % 1.0) * sum(weights.values())
        for name, weight in weights.items():
            place -= weight
            if place < 0:
                return name
        return list(weights)[-1]

    def _described(self, found: dict[str, Any]) -> bytes:
        """Say of an endpoint what is to be said of it."""
        name = found["EndpointName"]
        if self.slow.get(name, 0) > 0:
            self.slow[name] -= 1
            found["EndpointStatus"] = "Creating"
        elif name in self._failed:
            status, reason = self._failed[name]
            found |= {"EndpointStatus": status, "FailureReason": reason}
        return json.dumps(found).encode()

    def _update(self, document: dict[str, Any]) -> tuple[int, bytes]:
        """Give an endpoint another configuration; its name, its tags and whoever asks it stay."""
        name, wanted = str(document["EndpointName"]), str(document["EndpointConfigName"])
        found = self._find("DescribeEndpoint", {"EndpointName": name})
        if found is None:
            return _no("ValidationException", f"Could not find endpoint '{name}'.")
        if self._find("DescribeEndpointConfig", {"EndpointConfigName": wanted}) is None:
            return _no("ValidationException", f"Could not find endpoint configuration '{wanted}'.")
        self._failed.pop(name, None)
        if name in self.failing:
            self._failed[name] = ("InService", self.failing[name])
            return 200, json.dumps({"EndpointArn": found["EndpointArn"]}).encode()
        tags = self._find("ListTags", {"ResourceArn": found["EndpointArn"]}) or {}
        self._moto.ask("DeleteEndpoint", {"EndpointName": name}, self.region)
        made = {"EndpointName": name, "EndpointConfigName": wanted, "Tags": tags.get("Tags", [])}
        answer = self._moto.ask("CreateEndpoint", made, self.region)
        self._settle(name)
        return answer

    def _settle(self, name: str) -> None:
        """Start and end containers, so that they are those of an endpoint's configuration."""
        found = self._find("DescribeEndpoint", {"EndpointName": name})
        runs = found is not None and self._failed.get(name, ("", ""))[0] != "Failed"
        models = set(self._models(found["EndpointConfigName"]).values()) if found and runs else set()
        for place in [place for place in self._services if place[0] == name and place[1] not in models]:
            self._end(place)
        for model in sorted(models):
            if (name, model) not in self._services and model in self._versions:
                self._services[name, model] = self._start(*self._versions[model])

    def _models(self, configuration: str) -> dict[str, str]:
        """Models of a configuration, by the names of their variants."""
        found = self._find("DescribeEndpointConfig", {"EndpointConfigName": configuration}) or {}
        return {one["VariantName"]: one["ModelName"] for one in found.get("ProductionVariants", ())}

    def _start(self, image: str, version: str) -> tuple[Process, int]:
        """Start a container by the contract: one word, and a port; the registry is not asked for what it does not have."""
        port = free_port()
        bundle = next(path for path in _bundles(self._images[image]) if load_bundle(path).version == version)
        ours = ("AIP_", "SAGEMAKER_", TOKENS_VARIABLE)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        output = Path(self._kept.name) / f"{uuid.uuid4().hex}.log"
        inside = {"FIVEFOLD_BUNDLE": str(bundle), "SAGEMAKER_BIND_TO_PORT": str(port)}
        process = spawn(
            [sys.executable, "-P", "-m", "fivefold.service", "serve", "--host", "127.0.0.1"],
            output=output,
            given=(),
            environ=kept | inside | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        _wait(process, port, "/ping", output)
        return process, port

    def _end(self, place: tuple[str, str]) -> None:
        """End a container."""
        process, _ = self._services.pop(place)
        end(process, patience=5.0)

    def _stands(self, action: str, name: str) -> bool:
        """Whether a name is taken."""
        return self._find(action.replace("Create", "Describe"), {_NAMES[action]: name}) is not None

    def _find(self, action: str, document: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask moto; None when it says no."""
        status, body = self._moto.ask(action, document, self.region)
        found: dict[str, Any] | None = json.loads(body) if status == 200 else None
        return found


class _Handler(BaseHTTPRequestHandler):
    """One request of a client of AWS."""

    server_of: SageMakerEmulator
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer it, or let it go wrong."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        action = self.headers.get("X-Amz-Target", "").removeprefix(_PREFIX) or "InvokeEndpoint"
        refusal = self.server_of.refusals.due(action)
        answer = (0, b"")
        if refusal is None or refusal.done:
            answer = self._answered(action, body)
        if refusal is not None:
            answer = _no(refusal.reason, refusal.message, refusal.status)
            if refusal.status == 0:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
        self._send(*answer)

    def _answered(self, action: str, body: bytes) -> tuple[int, bytes]:
        """Do what is asked."""
        if action != "InvokeEndpoint":
            return self.server_of.answer(action, json.loads(body or b"{}"))
        variant = self.headers.get("X-Amzn-SageMaker-Target-Variant", "")
        kind = self.headers.get("Content-Type", "application/json")
        return self.server_of.invoke(self.path.split("/")[2], variant, body, kind)

    def _send(self, status: int, body: bytes) -> None:
        """Put an answer on its way."""
        self.send_response(status)
        if status != 200:
            with contextlib.suppress(ValueError, AttributeError):
                self.send_header("x-amzn-ErrorType", json.loads(body)["__type"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


def _bundles(folder: Path) -> Iterator[Path]:
    """Folders with a bundle."""
    yield from (path.parent for path in sorted(folder.rglob("bundle.json")))


def _no(kind: str, message: str, status: int = 400) -> tuple[int, bytes]:
    """Refuse as AWS does."""
    return status, json.dumps({"__type": kind, "message": message, "Message": message}).encode()


def _request(port: int, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Send one request to this machine."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    with contextlib.closing(connection):
        connection.request(method, path, body, dict(headers))
        with connection.getresponse() as response:
            return response.status, response.read()


def _wait(process: Process, port: int, path: str, output: Path) -> None:
    """Wait until a server of this machine answers."""
    until = time.monotonic() + _START_SECONDS
    while alive(process) and time.monotonic() < until:
        with contextlib.suppress(OSError, HTTPException):
            if _request(port, "GET", path, b"", {})[0] == 200:
                return
        time.sleep(_POLL_SECONDS)
    message = f"the server does not start: {output.read_text(errors='replace')[-500:]}"
    raise RuntimeError(message)
