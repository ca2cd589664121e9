"""Traces by OpenTelemetry: a span for each request, for whoever asks for them by the standard variables.

Without these variables nothing of it is imported, and nothing stands in a request's way. A span says where a request went and what became of
it, and nothing of what was in it: no value, no column, no address of a caller, and no path but the service's own.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.core.errors import MissingExtraError, SettingsError
from fivefold.core.version import __version__
from fivefold.service.gate import LIVE_ROUTE, METRICS_ROUTE, READY_ROUTE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.context import Context
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from starlette.routing import Route
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["Traces", "Tracing", "open_traces", "traces_wanted"]

_EXPORTER, _DISABLED = "OTEL_TRACES_EXPORTER", "OTEL_SDK_DISABLED"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SHELF = "opentelemetry_traces_exporter"
_INSTALL = 'pip install "fivefold[otel]"'
_OTLP = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
_PACKAGES = {
    "otlp_proto_http": _INSTALL,
    "otlp_proto_grpc": "pip install opentelemetry-exporter-otlp-proto-grpc, or set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf",
}
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})
_UNTRACED = frozenset({LIVE_ROUTE, READY_ROUTE, METRICS_ROUTE})
"""Names of the routes that machines ask every few seconds: their spans would bury all others."""
_END_SECONDS = 3.0
"""How long the end waits for spans that have not been sent: whoever takes them may be away."""


def traces_wanted(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the exporters that the environment names: none where it names none and no address for them either.

    Examples
    --------
    >>> traces_wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"})
    ('otlp',)
    >>> traces_wanted({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"})
    ()
    """
    if environ.get(_DISABLED, "").strip().lower() == "true":
        return ()
    addressed = any(environ.get(name, "").strip() for name in _ENDPOINTS)
    said = environ.get(_EXPORTER, "").strip() or ("otlp" if addressed else "none")
    return tuple(name for word in said.split(",") if (name := word.strip()) and name != "none")


def open_traces(environ: Mapping[str, str]) -> Traces | None:
    """Return where spans go, or None where nobody asked for any.

    Parameters
    ----------
    environ : mapping of str to str
        Says whether, and by which exporter; what else the standard variables say the SDK reads from the process itself.

    Raises
    ------
    MissingExtraError
        When they are asked for and OpenTelemetry, or the exporter, is not installed.
    SettingsError
        When there is no such exporter, or a variable says what cannot be.
    """
    names = traces_wanted(environ)
    if not names:
        return None
    try:
        return _opened(names, environ)
    except ImportError as error:
        raise _missing("OpenTelemetry is not installed", str(error), _INSTALL) from error
    except ValueError as error:
        raise SettingsError(
            "A variable of OpenTelemetry cannot be used",
            seen=str(error),
            expected="what OpenTelemetry's documentation says of the variables that begin with OTEL_",
            todo=f"set it right, or set {_EXPORTER} to none",
        ) from error


def _opened(names: tuple[str, ...], environ: Mapping[str, str]) -> Traces:
    """Make what spans go through; OpenTelemetry reads its variables meanwhile, and the first look at those for ``traceparent`` is an import."""
    import opentelemetry.propagate  # noqa: F401 - its import reads the variables
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporters = [_exporter(name, environ) for name in names]
    provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return Traces(names, provider)


def _exporter(name: str, environ: Mapping[str, str]) -> SpanExporter:
    """Make the exporter of this name; ``otlp`` stands for that of its protocol."""
    from importlib.metadata import entry_points

    if name == "otlp":
        said = next((environ[each] for each in _PROTOCOLS if environ.get(each)), "http/protobuf")
        name = _OTLP.get(said, said)
    known = entry_points(group=_SHELF)
    if name not in known.names:
        if name in _PACKAGES:
            raise _missing("The exporter of traces is not installed", name, _PACKAGES[name])
        raise SettingsError(
            "There is no such exporter of traces",
            seen=repr(name),
            expected=", ".join(sorted({"otlp", "none", *known.names})),
            todo=f"set {_EXPORTER} (or {_PROTOCOLS[1]}) right, or install the package that brings it",
        )
    made: SpanExporter = known[name].load()()
    return made


def _resource() -> Resource:
    """Who the spans are of: what the environment says, else this service."""
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource

    found = Resource({SERVICE_VERSION: __version__}).merge(Resource.create())
    if str(found.attributes[SERVICE_NAME]).startswith("unknown_service"):
        found = found.merge(Resource({SERVICE_NAME: "fivefold"}))
    return found


def _missing(what: str, seen: str, todo: str) -> MissingExtraError:
    """Say that something must be installed, and how this is not asked for."""
    return MissingExtraError(
        f"{what}, and the environment asks for traces",
        seen=seen,
        expected=f"the packages of the extra 'otel', since {_EXPORTER} or {_ENDPOINTS[0]} is set",
        todo=f"{todo}; or set {_EXPORTER} to none",
    )


@dataclass(frozen=True, slots=True)
class Traces:
    """Where spans go.

    Attributes
    ----------
    names : tuple of str
        Of the exporters.
    provider : TracerProvider
    """

    names: tuple[str, ...]
    provider: TracerProvider

    def around(self, app: ASGIApp, routes: Sequence[Route]) -> Tracing:
        """Return the application with a span for each of its requests."""
        return Tracing(app, routes, self.provider)

    def close(self) -> None:
        """Send what waits, and give up on it after some seconds."""
        ending = threading.Thread(target=self.provider.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(_END_SECONDS)


class Tracing:
    """ASGI middleware around all others, the gate too: what they found out is in the scope when they are done.

    The span is made when the reply is on its way, with the times at which the request began and ended: nobody waits for it, and all
    is known of it by then.

    Parameters
    ----------
    app : ASGIApp
    routes : sequence of Route
    provider : TracerProvider
    """

    def __init__(self, app: ASGIApp, routes: Sequence[Route], provider: TracerProvider) -> None:
        from opentelemetry.propagate import get_global_textmap

        self._app = app
        self._paths = {route.path for route in routes if not route.param_convertors}
        self._patterns = [(route.path_regex, route.path) for route in routes if route.param_convertors]
        self._tracer = provider.get_tracer("fivefold.service", __version__)
        self._propagator = get_global_textmap()
        self._fields = {name.lower().encode(): name for name in self._propagator.fields}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.time_ns()
        broke = ""
        try:
            await self._app(scope, receive, send)
        except BaseException as error:
            broke = type(error).__name__  # and not its words, which may quote somebody's data
            raise
        finally:
            if scope["route_name"] not in _UNTRACED:
                scope["leaving"].then(self._tell, scope, began, time.time_ns(), broke)

    def _tell(self, scope: Scope, began: int, ended: int, broke: str) -> None:
        """Make the span of a request whose reply is on its way."""
        from opentelemetry.trace import SpanKind, StatusCode

        route = self._template(scope["path"])
        method = scope["method"] if scope["method"] in _METHODS else "HTTP"
        status = scope.get("status")
        wrong = broke or ("" if status is not None and status < 500 else str(status))
        span = self._tracer.start_span(
            f"{method} {route}".rstrip(),
            self._parent(scope),
            SpanKind.SERVER,
            _attributes(scope, route, wrong),
            start_time=began,
        )
        if wrong:
            span.set_status(StatusCode.ERROR)
        span.end(ended)

    def _parent(self, scope: Scope) -> Context:
        """Read from the headers whose part this request is."""
        sent = scope["header"]
        carrier = {
            name: sent[field].decode("latin-1") for field, name in self._fields.items() if field in sent
        }
        return self._propagator.extract(carrier)

    def _template(self, path: str) -> str:
        """Return the path as the service has it; nothing for another one, which may say anything."""
        if path in self._paths:
            return path
        return next((template for pattern, template in self._patterns if pattern.match(path)), "")


def _attributes(scope: Scope, route: str, wrong: str) -> dict[str, Any]:
    """What is told of a request, by the names of the HTTP conventions and, beside them, our own."""
    method = scope["method"]
    said: dict[str, Any] = {
        "http.request.method": method if method in _METHODS else "_OTHER",
        "http.route": route or None,
        "http.response.status_code": scope.get("status"),
        "url.scheme": scope.get("scheme", "http"),
        "network.protocol.version": scope.get("http_version"),
        "error.type": wrong or None,
        "fivefold.request_id": scope["request_id"],
        "fivefold.rows": scope.get("rows"),
    }
    models = scope.get("models")
    if models is not None:
        said["fivefold.bundle.version"] = models.champion.version
        said["fivefold.challenger.version"] = models.challenger.version if models.challenger else None
    return {name: value for name, value in said.items() if value is not None}
