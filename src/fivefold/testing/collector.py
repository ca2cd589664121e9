"""A collector of OpenTelemetry on loopback: it takes spans by OTLP over HTTP, as protobuf, and keeps them."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from fivefold.testing.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

__all__ = ["Collector", "CollectedSpan"]

_PATH = "/v1/traces"


@dataclass(frozen=True, slots=True)
class CollectedSpan:
    """A span as it came over the wire.

    Attributes
    ----------
    name : str
    trace, own, parent : str
        Ids in hexadecimal; the parent is empty for the first of a trace.
    kind, status : str
        As the protocol names them, such as ``SPAN_KIND_SERVER`` and ``STATUS_CODE_ERROR``.
    seconds : float
        How long it took.
    attributes, resource : dict of str to value
        What is said of it, and of who sent it.
    events : int
        How many it has, an exception's words among them.
    """

    name: str
    trace: str
    own: str
    parent: str
    kind: str
    status: str
    seconds: float
    attributes: dict[str, Any]
    resource: dict[str, Any]
    events: int


class Collector(Loopback):
    """A server on loopback, for as long as it is entered.

    Attributes
    ----------
    spans : list of CollectedSpan
        In the order in which they came.
    headers : list of dict of str to str
        Of each request.
    bytes : bytes
        All that came, unpacked.
    """

    def __init__(self) -> None:
        self.spans: list[CollectedSpan] = []
        self.headers: list[dict[str, str]] = []
        self.bytes = b""
        self._lock = threading.Lock()
        collector = self

        class Handler(_Handler):
            collector_of = collector

        super().__init__(Handler)

    def take(self, body: bytes, headers: dict[str, str]) -> bytes:
        """Keep the spans of one request, and return the answer."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
            ExportTraceServiceResponse,
        )

        request = ExportTraceServiceRequest.FromString(body)
        found = [
            _collected(span, _values(resource.resource.attributes))
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        with self._lock:
            self.bytes += body
            self.headers.append(headers)
            self.spans.extend(found)
        answer: bytes = ExportTraceServiceResponse().SerializeToString()
        return answer


class _Handler(BaseHTTPRequestHandler):
    """Takes spans under their path alone."""

    collector_of: Collector

    def do_POST(self) -> None:
        """Answer an export."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        status, answer = 404, b""
        if self.path == _PATH and headers.get("content-type") == "application/x-protobuf":
            status, answer = 200, self.collector_of.take(body, headers)
        self.send_response(status)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


def _collected(span: Span, resource: dict[str, Any]) -> CollectedSpan:
    """Read a span."""
    from opentelemetry.proto.trace.v1.trace_pb2 import Span as Kinds
    from opentelemetry.proto.trace.v1.trace_pb2 import Status

    return CollectedSpan(
        name=span.name,
        trace=span.trace_id.hex(),
        own=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        kind=Kinds.SpanKind.Name(span.kind),
        status=Status.StatusCode.Name(span.status.code),
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        attributes=_values(span.attributes),
        resource=resource,
        events=len(span.events),
    )


def _values(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Read attributes."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value") or "string_value") for pair in pairs}
