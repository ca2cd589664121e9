"""The service as a process: how it begins, what it does with bad beginnings, and how it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import orjson
import pytest
from threadpoolctl import threadpool_info

from fivefold.core.protocols import Bundle
from fivefold.service.log import read_log, read_requests
from fivefold.service.port import bind
from fivefold.testing.loopback import free_port
from tests.service.serving import ROW, SECONDS, Service, eventually, serving

COMMAND = [sys.executable, "-P", "-m", "fivefold.service"]


@contextlib.contextmanager
def started(
    *words: str, fds: tuple[int, ...] = (), variables: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """The service as a process; killed in the end if it still runs."""
    process = subprocess.Popen(
        [*COMMAND, *words],
        pass_fds=fds,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | (variables or {}),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SECONDS)


def is_ready(service: Service) -> bool:
    with contextlib.suppress(OSError):
        return service.ask("GET", "/readyz").status == 200
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_within_seconds_and_what_was_answered_is_written(
    number: signal.Signals, bundle: Bundle, tmp_path: Path
) -> None:
    service, log = Service(free_port()), tmp_path / "log.sqlite"
    with started(str(bundle.folder), "--port", str(service.port), "--log", str(log)) as process:
        eventually(lambda: is_ready(service))
        ids = [service.predict([ROW]).json["prediction_ids"][0] for _ in range(20)]
        process.send_signal(number)
        _, said = process.communicate(timeout=5)
    assert process.returncode == 0, said
    assert read_log(log, bundle.contract)[1]["prediction_id"].to_list() == ids
    assert "Traceback" not in said


def test_callers_who_stay_connected_do_not_hold_up_the_end(bundle: Bundle) -> None:
    service = Service(free_port())
    with started(str(bundle.folder), "--port", str(service.port)) as process:
        eventually(lambda: is_ready(service))
        with contextlib.closing(HTTPConnection("127.0.0.1", service.port, timeout=SECONDS)) as idle:
            idle.request("GET", "/livez")
            idle.getresponse().read()
            process.terminate()
            assert process.wait(5) == 0


def test_a_port_in_use_is_named_and_ends_with_code_2(bundle: Bundle) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with started(str(bundle.folder), "--port", str(port)) as process:
            _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert f"Port {port} is in use" in said
    assert "Traceback" not in said


def test_a_damaged_bundle_ends_it_with_the_files_name(bundle: Bundle, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    (copy / "members").mkdir(parents=True)
    for path in bundle.folder.rglob("*.*"):
        (copy / path.relative_to(bundle.folder)).write_bytes(path.read_bytes())
    (copy / "members" / "linear.json.gz").write_bytes(b"{}")
    with started(str(copy), "--port", "0", "--log", str(tmp_path / "log.sqlite")) as process:
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "members/linear.json.gz" in said
    assert "Traceback" not in said


def test_a_log_that_cannot_be_written_ends_it_with_code_2(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with started(str(bundle.folder), "--port", "0", "--log", str(tmp_path / "file" / "log")) as process:
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "cannot be written" in said


def test_a_platforms_port_and_paths_are_honoured_beside_our_own(bundle: Bundle) -> None:
    service = Service(free_port())
    variables = {
        "AIP_HTTP_PORT": str(service.port),
        "AIP_HEALTH_ROUTE": "/v1/endpoints/1/deployedModels/2",
        "AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict",
    }
    with started(str(bundle.folder), variables=variables) as process:
        eventually(lambda: is_ready(service))
        assert service.ask("GET", variables["AIP_HEALTH_ROUTE"]).status == 200
        body = orjson.dumps({"instances": [{**ROW, "age": 40.0}], "parameters": {}})
        theirs = service.ask("POST", variables["AIP_PREDICT_ROUTE"], body).json["predictions"]
        assert theirs == service.predict([ROW]).json["predictions"]
        assert 'route="predict"} 2.0' in service.ask("GET", "/metrics").body.decode()
        process.terminate()
        assert process.wait(5) == 0


@pytest.mark.parametrize(
    "variables", [{"AIP_HTTP_PORT": "eighty"}, {"AIP_HTTP_PORT": "0", "AIP_PREDICT_ROUTE": "no-path"}]
)
def test_a_platforms_variable_that_cannot_be_used_is_named(variables: dict[str, str], bundle: Bundle) -> None:
    with started(str(bundle.folder), variables=variables) as process:
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert list(variables)[-1] in said


def test_it_takes_a_socket_that_listens_and_callers_who_came_before_it_are_answered(bundle: Bundle) -> None:
    with bind("127.0.0.1", 0) as listening:
        service = Service(listening.getsockname()[1])
        early = socket.create_connection(("127.0.0.1", service.port), timeout=SECONDS)
        early.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        words = (str(bundle.folder), "--fd", str(listening.fileno()))
        with started(*words, fds=(listening.fileno(),)) as process:
            with early:
                assert early.recv(12) == b"HTTP/1.1 200"
            process.terminate()
            assert process.wait(5) == 0


@pytest.mark.parametrize("word", [b"", b"!"])
def test_it_ends_with_whoever_started_it_unless_it_was_let_go(word: bytes, bundle: Bundle) -> None:
    service = Service(free_port())
    leash, hand = os.pipe()
    words = (str(bundle.folder), "--port", str(service.port), "--leash", str(leash))
    with started(*words, fds=(leash,)) as process:
        os.close(leash)
        eventually(lambda: is_ready(service))
        os.write(hand, word)
        os.close(hand)
        if word:
            assert service.predict([ROW]).status == 200
            process.terminate()
        assert process.wait(5) == 0


def test_two_services_may_share_a_log(bundle: Bundle, tmp_path: Path) -> None:
    log = tmp_path / "log.sqlite"
    services = Service(free_port()), Service(free_port())
    with contextlib.ExitStack() as both:
        processes = [
            both.enter_context(started(str(bundle.folder), "--port", str(each.port), "--log", str(log)))
            for each in services
        ]
        for each in services:
            eventually(lambda each=each: is_ready(each))  # type: ignore[misc]
        for turn in range(40):
            services[turn % 2].predict([ROW])
        for process in processes:
            process.terminate()
            assert process.wait(5) == 0
    assert read_requests(log)["requests"] == read_log(log, bundle.contract)[0].height == 40


def test_neither_frames_nor_training_libraries_are_loaded_on_the_way(bundle: Bundle) -> None:
    code = (
        "import sys; from pathlib import Path; from fivefold.service.engine import Engine\n"
        "from fivefold.service.app import create_app; import fivefold.service.server\n"
        "engine = Engine(Path(sys.argv[1])); engine.load(); create_app(engine)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle.folder)], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "starlette" in loaded
    assert loaded.isdisjoint(
        {"polars", "duckdb", "sklearn", "scipy", "lightgbm", "catboost", "pandas", "typer", "rich"}
    )


def test_linear_algebra_stays_in_the_thread_that_answers(bundle: Bundle) -> None:
    with serving(bundle.folder, None) as service:  # by itself there are as many threads as cores
        assert service.predict([ROW]).status == 200
        libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    assert {library["num_threads"] for library in libraries} == {1}


def test_without_a_model_it_is_alive_and_not_ready(bundle: Bundle) -> None:
    """Health is answered from the first moment; readiness comes with the model."""
    service = Service(free_port())
    states: list[int] = []
    until = time.monotonic() + SECONDS
    with started(str(bundle.folder), "--port", str(service.port)) as process:
        while not states or states[-1] != 200:
            assert process.poll() is None, process.communicate(timeout=SECONDS)[1]
            assert time.monotonic() < until, f"not ready within {SECONDS:g} s; /readyz gave {states}"
            with contextlib.suppress(OSError):
                assert service.ask("GET", "/livez").status == 200
                states.append(service.ask("GET", "/readyz").status)
    assert set(states) <= {200, 503}
    assert states == sorted(states, reverse=True)
