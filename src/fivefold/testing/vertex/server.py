"""A Vertex AI of one's own on loopback: its REST protocol over real containers, for tests without a cloud account."""

from __future__ import annotations

import re
import socket
import tempfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from fivefold.testing.loopback import Loopback
from fivefold.testing.vertex.automl import AutoML, Verb
from fivefold.testing.vertex.endpoints import Endpoints
from fivefold.testing.vertex.faults import Faults
from fivefold.testing.vertex.images import Images
from fivefold.testing.vertex.jobs import Jobs
from fivefold.testing.vertex.models import Models
from fivefold.testing.vertex.operations import Operations, Work
from fivefold.testing.vertex.refusal import RefusalError
from fivefold.testing.vertex.request import Reply, Request
from fivefold.testing.vertex.serving import Serving
from fivefold.testing.vertex.storage import Storage

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["VertexEmulator"]

# The official client asks for its operations below /ui.
_PATH = re.compile(r"/(v1|ui)/projects/(?P<project>[^/]+)/locations/(?P<location>[^/:]+)(?P<rest>[/:].*)?")


class VertexEmulator(Loopback):
    """A server on loopback, for as long as it is entered; containers and copies are gone when it is left.

    Parameters
    ----------
    project, number, location, bucket : str
        The one project and location that there is, and a bucket of Cloud Storage. Names in replies carry the project's number,
        as Google's do.

    Attributes
    ----------
    storage : Storage
    images : Images
    models : Models
    endpoints : Endpoints
    serving : Serving
    operations : Operations
    jobs : Jobs
    automl : AutoML
    faults : Faults
        What is to go wrong.
    folder : Path
        Where copies of artefacts lie, and what containers print.
    tokens : set of str
        Those of which every request must show one; empty lets everybody in.
    asked : list of str
        The verb of every request.
    """

    def __init__(
        self,
        project: str = "shop",
        number: str = "424242",
        location: str = "europe-west4",
        bucket: str = "shop-models",
    ) -> None:
        self.project, self.number, self.location, self.bucket = project, number, location, bucket
        self.parent = f"projects/{number}/locations/{location}"
        self._kept = tempfile.TemporaryDirectory(prefix="fivefold-vertex-")
        folder = self.folder = Path(self._kept.name)
        self.storage = Storage(bucket)
        self.images = Images()
        self.models = Models(self.parent, self.storage, self.images, folder)
        self.endpoints = Endpoints(self.parent)
        self.serving = Serving(self.models, self.endpoints, folder, number)
        self.operations = Operations()
        self.jobs = Jobs(self.parent, self.models, self.serving, self.storage)
        self.faults = Faults()
        self.automl = AutoML(self.parent, self.storage, self.models, self.operations, self.faults)
        self.tokens: set[str] = set()
        self.asked: list[str] = []
        emulator = self

        class Handler(_Handler):
            server_of = emulator

        super().__init__(Handler)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.operations.close()
        self.automl.close()
        self.jobs.close()
        self.serving.close()
        self._kept.cleanup()

    def push(self, image: str, bundle: Path | None = None) -> None:
        """Put an image into the registry, with a bundle inside or without."""
        self.images.known[image] = bundle

    def inventory(self) -> list[str]:
        """Return the names of all that exists and would cost: objects, models, endpoints, jobs, datasets, trainings, ..."""
        endpoints = self.endpoints.shown()
        deployed = [
            f"{endpoint['name']}/deployedModels/{one['id']}"
            for endpoint in endpoints
            for one in endpoint.get("deployedModels", ())
        ]
        kept = (*self.models.shown(), *endpoints, *self.jobs.shown(), *self.automl.shown())
        named = [str(one["name"]) for one in kept]
        containers = [f"container {number}" for number in range(self.serving.running)]
        return sorted([*self.storage.objects, *named, *deployed, *containers])

    def answer(self, request: Request) -> tuple[str, Reply]:
        """Answer one request; return its verb, too."""
        if Images.serves(request.path):
            self.asked.append(Images.verb(request))
            return self.asked[-1], self.images.answer(request)  # an engine logs in by its own ways
        if Storage.serves(request.path):
            verb, place = Storage.verb(request), "storage"
            work: Callable[[], Reply] = lambda: self.storage.answer(request)  # noqa: E731 - one of two
        else:
            verb, place, found = self._find(request)
            work = lambda: found(place, request)  # noqa: E731 - the other
        self.asked.append(verb)
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens and shown not in self.tokens:
            raise RefusalError("UNAUTHENTICATED", _EXPIRED, "ACCESS_TOKEN_EXPIRED")
        self.faults.refuse(verb, place)
        return verb, work()

    def _find(self, request: Request) -> tuple[str, str, Verb]:
        """Find what is asked: its verb, the resource, and who answers."""
        parts = _PATH.fullmatch(request.path)
        if parts is None:
            raise RefusalError("NOT_FOUND", f"Not found: {request.method} {request.path}")
        if parts["project"] not in {self.project, self.number}:
            message = f"Permission denied on resource project {parts['project']}."
            raise RefusalError("PERMISSION_DENIED", message, "CONSUMER_INVALID")
        if parts["location"] != self.location:
            message = f"The location '{parts['location']}' is not served by this endpoint."
            raise RefusalError("INVALID_ARGUMENT", message)
        rest = parts["rest"] or ""
        for method, form, verb, answer in (*self._verbs(), *self.automl.verbs()):
            if method == request.method and re.fullmatch(form, rest):
                return verb, self.parent + rest.partition(":")[0], answer
        raise RefusalError("NOT_FOUND", f"Not found: {request.method} {request.path}")

    def _verbs(self) -> tuple[tuple[str, str, str, Verb], ...]:
        """All verbs, by method and form of the path."""
        one, kinds = r"/[^/:]+", "(models|endpoints|datasets|trainingPipelines)"
        operation = rf"(/{kinds}{one})?/operations{one}"
        return (
            ("POST", "/models:upload", "models.upload", self._upload),
            ("GET", "/models", "models.list", lambda _, r: Reply.page("models", self.models.shown(), r)),
            ("GET", f"/models{one}", "models.get", lambda n, _: Reply.of(self.models.get(n).shown())),
            ("DELETE", f"/models{one}", "models.delete", self._delete_model),
            ("POST", "/endpoints", "endpoints.create", self._create),
            ("GET", "/endpoints", "endpoints.list", lambda _, r: Reply.page("endpoints", self.endpoints.shown(), r)),
            ("GET", f"/endpoints{one}", "endpoints.get", lambda n, _: Reply.of(self.endpoints.get(n).shown())),
            ("PATCH", f"/endpoints{one}", "endpoints.patch", self._patch),
            ("DELETE", f"/endpoints{one}", "endpoints.delete", self._delete_endpoint),
            ("POST", f"/endpoints{one}:deployModel", "endpoints.deploy", self._deploy),
            ("POST", f"/endpoints{one}:undeployModel", "endpoints.undeploy", self._undeploy),
            ("POST", f"/endpoints{one}:mutateDeployedModel", "endpoints.mutate", self._mutate),
            ("POST", f"/endpoints{one}:predict", "endpoints.predict", lambda n, r: self.serving.predict(n, r, raw=False)),
            ("POST", f"/endpoints{one}:rawPredict", "endpoints.rawPredict", lambda n, r: self.serving.predict(n, r, raw=True)),
            ("POST", "/batchPredictionJobs", "jobs.create", self._create_job),
            ("GET", "/batchPredictionJobs", "jobs.list", lambda _, r: Reply.page("batchPredictionJobs", self.jobs.shown(), r)),
            ("GET", f"/batchPredictionJobs{one}", "jobs.get", lambda n, _: Reply.of(self.jobs.get(n))),
            ("POST", f"/batchPredictionJobs{one}:cancel", "jobs.cancel", lambda n, _: Reply.of(self.jobs.cancel(n))),
            ("DELETE", f"/batchPredictionJobs{one}", "jobs.delete", self._delete_job),
            ("GET", operation, "operations.get", lambda n, _: Reply.of(self.operations.get(n).shown())),
            ("POST", f"{operation}:wait", "operations.wait", self._wait),
            ("POST", f"{operation}:cancel", "operations.cancel", lambda n, _: Reply.of(self.operations.cancel(n))),
            ("GET", rf"(/{kinds}{one})?/operations", "operations.list", self._list_operations),
        )  # fmt: skip

    def _upload(self, _: str, request: Request) -> Reply:
        """Take a model into the registry."""
        body = request.json()
        chosen = self.models.check(body)
        return self._begin(
            f"{self.parent}/models/{chosen}",
            ("UploadModel", "models.upload"),
            lambda: self.models.keep(chosen, body["model"]),
        )

    def _create(self, _: str, request: Request) -> Reply:
        """Make an endpoint."""
        body, chosen = request.json(), request.words.get("endpointId", "")
        self.endpoints.check(body, chosen)
        place = f"{self.parent}/endpoints/{chosen}" if chosen else self.parent
        return self._begin(
            place, ("CreateEndpoint", "endpoints.create"), lambda: self.endpoints.create(body, chosen)
        )

    def _patch(self, name: str, request: Request) -> Reply:
        """Change an endpoint."""
        return Reply.of(self.endpoints.patch(name, request.json(), request.words.get("updateMask", "")))

    def _deploy(self, name: str, request: Request) -> Reply:
        """Deploy a model; that takes as long as its container takes to get healthy."""
        body = request.json()
        self.models.get(str((body.get("deployedModel") or {}).get("model", "")))
        chosen, split = self.endpoints.promise(name, body)
        work = Work(
            lambda: self.serving.deploy(name, body, chosen, split),
            lambda: self.endpoints.get(name).promised.discard(chosen),
            quick=False,
        )
        return Reply.of(
            self.operations.begin(name, "DeployModel", work, self.faults.hold("endpoints.deploy"))
        )

    def _undeploy(self, name: str, request: Request) -> Reply:
        """Undeploy a model."""
        body = request.json()
        self.serving.check_undeploy(name, body)
        return self._begin(
            name, ("UndeployModel", "endpoints.undeploy"), lambda: self.serving.undeploy(name, body)
        )

    def _mutate(self, name: str, request: Request) -> Reply:
        """Change how a deployed model is scaled."""
        wanted = request.json().get("deployedModel") or {}
        found = self.endpoints.get(name).deployments.get(str(wanted.get("id", "")))
        if found is None:
            raise RefusalError("NOT_FOUND", f"The DeployedModel {wanted.get('id')} does not exist in {name}.")

        def work() -> dict[str, Any]:
            resources = found.document["dedicatedResources"]
            found.document["dedicatedResources"] = resources | wanted.get("dedicatedResources", {})
            kind = "google.cloud.aiplatform.v1.MutateDeployedModelResponse"
            return {"@type": kind, "deployedModel": found.document}

        return self._begin(name, ("MutateDeployedModel", "endpoints.mutate"), work)

    def _delete_model(self, name: str, _: Request) -> Reply:
        """Delete a model."""
        self.models.check_unused(name)
        return self._begin(name, ("Delete", "models.delete"), lambda: self.models.delete(name))

    def _delete_endpoint(self, name: str, _: Request) -> Reply:
        """Delete an endpoint."""
        self.endpoints.check_empty(name)
        return self._begin(name, ("Delete", "endpoints.delete"), lambda: self.endpoints.delete(name))

    def _create_job(self, _: str, request: Request) -> Reply:
        """Begin a job."""
        return Reply.of(self.jobs.create(request.json(), self.faults.hold("jobs.create")))

    def _delete_job(self, name: str, _: Request) -> Reply:
        """Delete a job that is over."""
        self.jobs.check_over(name)
        return self._begin(self.parent, ("Delete", "jobs.delete"), lambda: self.jobs.delete(name))

    def _wait(self, name: str, request: Request) -> Reply:
        """Wait for an operation."""
        seconds = float(request.words.get("timeout", "0s").rstrip("s") or 0)
        return Reply.of(self.operations.wait(name, seconds))

    def _list_operations(self, name: str, request: Request) -> Reply:
        """List the operations on a resource."""
        found = self.operations.of(name.removesuffix("/operations"))
        return Reply.page("operations", [one.shown() for one in found], request)

    def _begin(self, place: str, called: tuple[str, str], do: Callable[[], dict[str, Any]]) -> Reply:
        """Begin an operation."""
        kind, verb = called
        return Reply.of(self.operations.begin(place, kind, Work(do), self.faults.hold(verb)))


class _Handler(BaseHTTPRequestHandler):
    """HTTP around an emulator."""

    server_of: VertexEmulator
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a reply leaves as one piece
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self._reply()

    def do_HEAD(self) -> None:
        """Say whether something is there."""
        self._reply()

    def do_PUT(self) -> None:
        """Take the end of a layer, or a manifest."""
        self._reply()

    def do_DELETE(self) -> None:
        """Delete something."""
        self._reply()

    def do_POST(self) -> None:
        """Answer a request with a body."""
        self._reply()

    def do_PATCH(self) -> None:
        """Change something."""
        self._reply()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives
        """Keep quiet."""

    def _body(self) -> bytes:
        """Read the body, in one piece or in chunks."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _reply(self) -> None:
        """Answer one request."""
        raw = self._body()
        parts = urlsplit(self.path)
        storage = Storage.serves(parts.path)  # its names carry their strokes escaped
        path = parts.path if storage else unquote(parts.path)
        words = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        verb = ""
        try:
            verb, reply = self.server_of.answer(Request(self.command, path, words, raw, headers))
        except RefusalError as error:
            reply = Reply.of(error.reply(), error.http)
        if verb and self.server_of.faults.loses(verb):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)


_EXPIRED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential."
)
