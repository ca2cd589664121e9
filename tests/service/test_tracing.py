"""Traces: what a collector is told of requests, what it is never told, and what happens where it is not asked for or away."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider

from fivefold.core.errors import MissingExtraError, SettingsError
from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.engine import Engine
from fivefold.service.gate import Gate
from fivefold.service.metrics import Metrics
from fivefold.service.tracing import Tracing, open_traces, traces_wanted
from fivefold.testing.collector import CollectedSpan, Collector
from fivefold.testing.loopback import free_port
from tests.service.in_process import InProcess
from tests.service.serving import ROW, SECONDS, Service, eventually, serving
from tests.service.test_server import is_ready, started

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRET = "Anna Muster, Linz"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that services of this process send to."""
    with Collector() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.address)
        yield found


def spans_of(collector: Collector, name: str) -> list[CollectedSpan]:
    return [span for span in collector.spans if span.name == name]


def test_a_request_is_a_span_with_route_code_rows_and_version(collector: Collector, bundle: Bundle) -> None:
    with serving(bundle.folder, None) as service:
        answer = service.predict([ROW, ROW], {"traceparent": f"00-{TRACE}-{PARENT}-01"})
    (span,) = collector.spans
    assert (span.name, span.kind, span.status) == ("POST /predict", "SPAN_KIND_SERVER", "STATUS_CODE_UNSET")
    assert (span.trace, span.parent) == (TRACE, PARENT)
    assert 0 < span.seconds < SECONDS
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/predict",
        "http.response.status_code": 200,
        "url.scheme": "http",
        "network.protocol.version": "1.1",
        "fivefold.request_id": answer.json["request_id"],
        "fivefold.rows": 2,
        "fivefold.bundle.version": load_bundle(bundle.folder).version,
    }
    assert span.resource["service.name"] == "fivefold"


def test_every_protocol_and_page_has_its_own_route(collector: Collector, bundle: Bundle) -> None:
    with serving(bundle.folder, None) as service:
        service.ask("GET", "/schema")
        service.ask("GET", "/v2/models/model")
        service.ask("GET", f"/v2/models/{SECRET.replace(' ', '%20')}")
        service.ask("POST", "/explain", orjson.dumps({"instances": [ROW]}))
        service.ask("POST", "/invocations", orjson.dumps({"instances": [ROW] * 3}))
    found = [(span.name, span.attributes["http.response.status_code"]) for span in collector.spans]
    assert found == [
        ("GET /schema", 200),
        ("GET /v2/models/{name}", 200),
        ("GET /v2/models/{name}", 404),
        ("POST /explain", 200),
        ("POST /invocations", 200),
    ]
    assert [span.attributes.get("fivefold.rows") for span in collector.spans] == [None, None, None, 1, 3]


def test_nothing_that_was_sent_is_told(collector: Collector, bundle: Bundle) -> None:
    body = orjson.dumps({"instances": [{**ROW, "city": SECRET, "age": "old " + SECRET}, {**ROW, SECRET: 1}]})
    with serving(bundle.folder, None) as service:
        path = SECRET.replace(" ", "%20")
        for method, asked in (("POST", "/predict"), ("POST", f"/{path}"), ("GET", f"/schema?who={path}")):
            service.ask(method, asked, body, {"x-request-id": SECRET, "user-agent": SECRET, "cookie": SECRET})
        assert service.ask("PROPFIND", "/schema").status == 405
    assert [span.name for span in collector.spans] == ["POST /predict", "POST", "GET /schema", "HTTP /schema"]
    assert collector.spans[0].attributes["fivefold.rows"] == 2
    for word in ("Anna", "Muster", "Linz", "PROPFIND", "city", *map(str, (12.5, "Rome"))):
        assert word.encode() not in collector.bytes


def test_health_and_metrics_are_not_told(collector: Collector, bundle: Bundle) -> None:
    with serving(bundle.folder, None) as service:
        for path in ("/livez", "/readyz", "/ping", "/metrics", "/v2/health/live", "/v2/models/model/ready"):
            assert service.ask("GET", path).status == 200
        service.ask("GET", "/schema")
    assert [span.name for span in collector.spans] == ["GET /schema"]


def test_a_caller_who_does_not_want_to_be_traced_is_not(collector: Collector, bundle: Bundle) -> None:
    with serving(bundle.folder, None) as service:
        service.predict([ROW], {"traceparent": f"00-{TRACE}-{PARENT}-00"})
        service.predict([ROW], {"traceparent": "no such thing"})
    (span,) = collector.spans
    assert span.parent == ""
    assert span.trace != TRACE


def test_what_breaks_is_an_error_without_its_words(collector: Collector) -> None:
    async def broken(scope: dict[str, object], receive: object, send: object) -> None:
        raise ValueError(SECRET)

    traces = open_traces({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address})
    assert traces is not None
    gate = Gate(broken, [], Metrics(Engine(Path()), None), None)  # type: ignore[arg-type]
    app = InProcess(Path(), app=traces.around(gate, []))
    for _ in range(2):  # what is done once the first is over is done before the second
        with pytest.raises(ValueError, match=SECRET):
            app.ask("GET", "/x", b"")
    app.close()
    traces.close()
    span = collector.spans[0]
    assert (span.status, span.attributes["error.type"], span.events) == ("STATUS_CODE_ERROR", "ValueError", 0)
    assert b"Anna" not in collector.bytes


def test_the_standard_variables_are_heeded(
    collector: Collector, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "prices")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=quite-secret")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    with serving(bundle.folder, None) as service:
        service.predict([ROW])
    (span,) = collector.spans
    assert span.resource["service.name"] == "prices"
    assert span.resource["deployment.environment.name"] == "test"
    assert collector.headers[0]["x-key"] == "quite-secret"
    assert collector.headers[0]["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({}, ()),
        ({"OTEL_TRACES_EXPORTER": " "}, ()),
        ({"OTEL_TRACES_EXPORTER": "otlp, console"}, ("otlp", "console")),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x/v1/traces"}, ("otlp",)),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "TRUE"}, ()),
        ({"OTEL_METRICS_EXPORTER": "otlp"}, ()),
    ],
)
def test_who_asks_for_traces(variables: dict[str, str], names: tuple[str, ...]) -> None:
    assert traces_wanted(variables) == names


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many"), ("OTEL_PROPAGATORS", "pigeon")],
)
def test_a_variable_that_cannot_be_used_ends_with_words(bundle: Bundle, variable: str, value: str) -> None:
    environ = os.environ | {"OTEL_TRACES_EXPORTER": "otlp", variable: value}
    words = [sys.executable, "-m", "fivefold.service", str(bundle.folder), "--port", "0"]
    ended = subprocess.run(words, capture_output=True, text=True, env=environ, timeout=SECONDS, check=False)
    assert ended.returncode == 2
    assert "A variable of OpenTelemetry cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_exporter_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match=r"'zipkin'.*console.*otlp"):
        open_traces({"OTEL_TRACES_EXPORTER": "zipkin"})
    with pytest.raises(MissingExtraError, match="opentelemetry-exporter-otlp-proto-grpc"):
        open_traces({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


def test_asked_for_and_not_installed_ends_with_the_command_that_installs_it(bundle: Bundle) -> None:
    hidden = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from fivefold.service.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", hidden, str(bundle.folder), "--port", "0"]
    variables = {"OTEL_TRACES_EXPORTER": "otlp", "PATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=variables | _python())
    assert done.returncode == 2, done.stderr
    assert 'pip install "fivefold[otel]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_of_it_is_imported_and_stands_in_the_way_unasked(bundle: Bundle) -> None:
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from fivefold.service.app import create_app\n"
        "from fivefold.service.engine import Engine\n"
        "from fivefold.service.tracing import open_traces\n"
        "app = create_app(Engine(Path(sys.argv[1])), traces=open_traces({}))\n"
        "print(json.dumps([type(app).__name__, *(n for n in sys.modules if n.startswith('opentelemetry'))]))"
    )
    command = [sys.executable, "-c", code, str(bundle.folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=SECONDS, env=_python())
    assert json.loads(done.stdout) == ["Gate"]


def test_a_collector_that_is_away_delays_no_answer_and_the_end_by_little(bundle: Bundle) -> None:
    service = Service(free_port())
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with started(str(bundle.folder), "--port", str(service.port), variables=away) as process:
        eventually(lambda: is_ready(service))
        assert [service.predict([ROW]).status for _ in range(20)] == [200] * 20
        process.terminate()
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in said


def test_a_process_sends_what_waits_before_it_ends(bundle: Bundle) -> None:
    service = Service(free_port())
    with Collector() as collector:
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.address}
        with started(str(bundle.folder), "--port", str(service.port), variables=variables) as process:
            eventually(lambda: is_ready(service))
            for _ in range(600):  # more than one piece
                service.predict([ROW])
            process.terminate()
            process.communicate(timeout=SECONDS)
    assert len(spans_of(collector, "POST /predict")) == 600
    assert len({span.own for span in collector.spans}) == 600
    assert len(collector.headers) >= 2


def test_what_is_no_request_passes(bundle: Bundle) -> None:
    seen: list[str] = []

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        seen.append(str(scope["type"]))

    asyncio.run(Tracing(app, [], TracerProvider())({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert seen == ["lifespan"]


def _python() -> dict[str, str]:
    """What a process of Python's own needs of the environment, and no variable of OpenTelemetry's."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("OTEL", "COV"))}
