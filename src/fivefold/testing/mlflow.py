"""An MLflow of one's own on loopback: the part of its REST protocol that trackers need, as strict as the real one.

It keeps experiments, runs and files in memory, refuses what MLflow refuses (limits, names, a param that changes, what is not
there) with its codes, and can be asked for what it holds by the same protocol.
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from fivefold.testing.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KeptRun", "MLflowEmulator", "RefusedError"]

_API, _FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts/"
_INVALID, _ABSENT = "INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"
_LIMITS = {"metrics": 1000, "params": 100, "tags": 100}
_LENGTHS = {"params": 6000, "tags": 8000}
_NAME = re.compile(r"[\w\-. :/]{1,250}")
_STATUSES = {"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"}
_CONDITION = re.compile(r"(tags|attributes)\.`?([\w.]+)`? = '([^']*)'")


class RefusedError(Exception):
    """What MLflow would refuse, with its code and HTTP status."""

    def __init__(self, message: str, code: str = _INVALID, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(slots=True)
class KeptRun:
    """A run as it was told.

    Attributes
    ----------
    info : dict
        ``run_id``, ``experiment_id``, ``run_name``, ``status``, ``start_time``, ``end_time``, ``artifact_uri``.
    params, tags : dict of str to str
    metrics : list of dict
        Every value with its key, step and timestamp, in the order in which they came.
    """

    info: dict[str, Any]
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    metrics: list[dict[str, Any]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The run as ``runs/get`` shows it: of each metric the value of its last step."""
        last = {one["key"]: one for one in sorted(self.metrics, key=lambda one: int(one["step"]))}
        pairs = [[{"key": k, "value": v} for k, v in words.items()] for words in (self.params, self.tags)]
        data = {"params": pairs[0], "tags": pairs[1], "metrics": list(last.values())}
        return {"info": self.info, "data": data}


class MLflowEmulator(Loopback):
    """A server on loopback, for as long as it is entered.

    Parameters
    ----------
    authorization : str
        What every request must carry in its header of that name; empty lets everybody in.
    root : str
        Where artefacts lie: another scheme than ``mlflow-artifacts:`` takes none by HTTP.

    Attributes
    ----------
    experiments : dict of str to dict
        By id.
    runs : dict of str to KeptRun
        By id, in the order in which they came.
    files : dict of str to bytes
        By their place.
    asked : list of str
        Method and path of every request.
    """

    def __init__(self, authorization: str = "", root: str = "mlflow-artifacts:") -> None:
        self.authorization = authorization
        self.root = root
        self.experiments: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, KeptRun] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._lock = threading.Lock()
        emulator = self

        class Handler(_Handler):
            server_of = emulator

        super().__init__(Handler)

    @property
    def uri(self) -> str:
        """What ``MLFLOW_TRACKING_URI`` is to hold."""
        return self.address

    def answer(self, method: str, path: str, words: dict[str, str], raw: bytes) -> bytes:
        """Answer one request."""
        with self._lock:
            self.asked.append(f"{method} {path}")
            if path.startswith(_FILES):
                return self._file(method, unquote(path.removeprefix(_FILES)), raw)
            verbs: dict[tuple[str, str], Callable[[dict[str, Any]], dict[str, Any]]] = {
                ("GET", "experiments/get-by-name"): self._experiment,
                ("POST", "experiments/create"): self._make_experiment,
                ("POST", "runs/create"): self._make_run,
                ("POST", "runs/log-batch"): self._log,
                ("POST", "runs/update"): self._update,
                ("POST", "runs/search"): self._search,
                ("GET", "runs/get"): lambda body: {"run": self._run(body).shown()},
                ("GET", "metrics/get-history"): self._history,
            }
            verb = verbs.get((method, path.removeprefix(_API)))
            if verb is None:
                raise RefusedError(f"Not found: {method} {path}", "ENDPOINT_NOT_FOUND", 404)
            return json.dumps(verb(json.loads(raw) if raw else dict(words))).encode()

    def _experiment(self, body: dict[str, Any]) -> dict[str, Any]:
        """An experiment by its name."""
        name = _need(body, "experiment_name")
        for experiment in self.experiments.values():
            if experiment["name"] == name:
                return {"experiment": experiment}
        raise RefusedError(f"Could not find experiment with name '{name}'", _ABSENT, 404)

    def _make_experiment(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make an experiment."""
        name = _need(body, "name")
        if any(one["name"] == name for one in self.experiments.values()):
            raise RefusedError(f"Experiment(name={name}) already exists.", "RESOURCE_ALREADY_EXISTS")
        number = str(len(self.experiments) + 1)
        place = f"{self.root}/{number}"
        self.experiments[number] = {
            "experiment_id": number,
            "name": name,
            "artifact_location": place,
            "lifecycle_stage": "active",
        }
        return {"experiment_id": number}

    def _make_run(self, body: dict[str, Any]) -> dict[str, Any]:
        """Begin a run."""
        number = _need(body, "experiment_id")
        if number not in self.experiments:
            raise RefusedError(f"No Experiment with id={number} exists", _ABSENT, 404)
        one = uuid.uuid4().hex
        info = {"run_id": one, "experiment_id": number, "run_name": body.get("run_name", "")}
        info |= {"status": "RUNNING", "start_time": body.get("start_time", 0), "lifecycle_stage": "active"}
        info["artifact_uri"] = f"{self.experiments[number]['artifact_location']}/{one}/artifacts"
        run = self.runs[one] = KeptRun(info, tags={"mlflow.runName": info["run_name"]})
        run.tags |= _pairs(body, "tags")
        return {"run": run.shown()}

    def _log(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take params, metrics and tags, all or none of them."""
        run = self._run(body)
        for kind, most in _LIMITS.items():
            if len(body.get(kind, ())) > most:
                raise RefusedError(f"A batch logging request can contain at most {most} {kind}.")
        if sum(len(body.get(kind, ())) for kind in _LIMITS) > _LIMITS["metrics"]:
            raise RefusedError("A batch logging request can contain at most 1000 metrics, params, and tags.")
        metrics = [_metric(one) for one in body.get("metrics", ())]
        params, tags = _pairs(body, "params"), _pairs(body, "tags")
        if any(run.params.get(key, value) != value for key, value in params.items()):
            raise RefusedError("Changing param values is not allowed.")
        run.params |= params
        run.tags |= tags
        run.metrics += metrics
        return {}

    def _update(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change how a run stands."""
        run = self._run(body)
        if body.get("status") in _STATUSES:  # any other is passed over, as MLflow does
            run.info["status"] = body["status"]
        if "end_time" in body:
            run.info["end_time"] = body["end_time"]
        return {"run_info": run.info}

    def _search(self, body: dict[str, Any]) -> dict[str, Any]:
        """Runs that meet conditions joined by ``and``, the newest first."""
        wanted, text = _CONDITION.findall(body.get("filter", "")), body.get("filter", "")
        if text and " and ".join(_CONDITION.sub("", part) for part in text.split(" and ")).strip(" and"):
            raise RefusedError(f"Invalid clause(s) in filter string: '{text}'")
        found = [
            run.shown()
            for run in reversed(self.runs.values())
            if run.info["experiment_id"] in body.get("experiment_ids", ())
            and all(
                (run.tags if kind == "tags" else run.info).get(key) == value for kind, key, value in wanted
            )
        ]
        return {"runs": found[: body.get("max_results", 1000)]}

    def _history(self, body: dict[str, Any]) -> dict[str, Any]:
        """All values of a metric."""
        run, key = self._run(body), _need(body, "metric_key")
        return {"metrics": [one for one in run.metrics if one["key"] == key]}

    def _run(self, body: dict[str, Any]) -> KeptRun:
        """The run that a request speaks of."""
        one = _need(body, "run_id")
        if one not in self.runs:
            raise RefusedError(f"Run with id={one} not found", _ABSENT, 404)
        return self.runs[one]

    def _file(self, method: str, place: str, raw: bytes) -> bytes:
        """Take a file, or give it back."""
        if ".." in place.split("/"):
            raise RefusedError("Invalid path")
        if method == "PUT":
            self.files[place] = raw
            return b""
        if place not in self.files:
            raise RefusedError(f"No such artifact: '{place}'", _ABSENT, 404)
        return self.files[place]


class _Handler(BaseHTTPRequestHandler):
    """HTTP around an emulator."""

    server_of: MLflowEmulator
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self._reply("GET")

    def do_POST(self) -> None:
        """Answer a request with a body."""
        self._reply("POST")

    def do_PUT(self) -> None:
        """Take a file."""
        self._reply("PUT")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives
        """Keep quiet."""

    def _reply(self, method: str) -> None:
        """Answer one request."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        words = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        key, status = self.server_of.authorization, 200
        try:
            if key and self.headers.get("Authorization") != key:
                raise RefusedError("You are not authenticated.", "UNAUTHENTICATED", 401)
            reply = self.server_of.answer(method, parts.path, words, raw)
        except RefusedError as error:
            status = error.status
            reply = json.dumps({"error_code": error.code, "message": str(error)}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


def _need(body: dict[str, Any], name: str) -> str:
    """A field that must be there."""
    if not body.get(name):
        raise RefusedError(f"Missing value for required parameter '{name}'.")
    return str(body[name])


def _pairs(body: dict[str, Any], kind: str) -> dict[str, str]:
    """Params or tags by name."""
    found: dict[str, str] = {}
    for one in body.get(kind, ()):
        key, value = _named(one), one.get("value", "")
        if not isinstance(value, str) or len(value) > _LENGTHS[kind]:
            raise RefusedError(f"Invalid value for '{kind}': a text of at most {_LENGTHS[kind]} characters.")
        if kind == "params" and found.get(key, value) != value:
            raise RefusedError(f"Duplicate parameter keys have been submitted: {key}.")
        found[key] = value
    return found


def _metric(one: dict[str, Any]) -> dict[str, Any]:
    """One value of a metric, as it must be."""
    key = _named(one)
    for name in ("value", "timestamp"):
        if name not in one:
            raise RefusedError(f"Missing value for required parameter 'metrics[0].{name}'.")
        if isinstance(one[name], bool) or not isinstance(one[name], int | float):
            raise RefusedError(f"Invalid value for parameter 'metrics[0].{name}' supplied.")
    return {
        "key": key,
        "value": float(one["value"]),
        "timestamp": one["timestamp"],
        "step": int(one.get("step", 0)),
    }


def _named(one: dict[str, Any]) -> str:
    """The name of a param, a metric or a tag."""
    key = _need(one, "key")
    if not _NAME.fullmatch(key) or key.startswith(("/", "..")):
        raise RefusedError(f"Invalid value \"{key}\" for parameter 'key' supplied.")
    return key
