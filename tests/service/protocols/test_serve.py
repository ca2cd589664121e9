"""The one word with which SageMaker starts a container."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.protocols import Bundle
from fivefold.service.__main__ import bundle_folder
from fivefold.service.port import listen_on
from fivefold.testing.loopback import free_port
from tests.service.serving import ROW, SECONDS, Service, eventually
from tests.service.test_server import started


def ping(service: Service) -> bool:
    with contextlib.suppress(OSError):
        return service.ask("GET", "/ping").status == 200
    return False


def test_serve_starts_the_service_where_the_platform_asks(bundle: Bundle, tmp_path: Path) -> None:
    shutil.copytree(bundle.folder, tmp_path / "model" / "bundle")  # as an archive of the folder unpacks
    service = Service(free_port())
    variables = {"FIVEFOLD_BUNDLE": str(tmp_path / "model"), "SAGEMAKER_BIND_TO_PORT": str(service.port)}
    with started("serve", "--name", "no-show", variables=variables) as process:
        eventually(lambda: ping(service))
        row = ",".join(map(str, ROW.values())).encode()
        answer = service.ask("POST", "/invocations", row, {"Content-Type": "text/csv"})
        assert answer.json["predictions"] == service.predict([ROW]).json["predictions"]
        assert service.ask("GET", "/v2/models/no-show/ready").status == 200
        process.terminate()
        assert process.wait(5) == 0


def test_serve_without_a_bundle_ends_with_code_2(tmp_path: Path) -> None:
    with started("serve", variables={"FIVEFOLD_BUNDLE": str(tmp_path)}) as process:
        _, said = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert "FIVEFOLD_BUNDLE" in said


def test_the_platforms_folder_is_looked_into_unless_another_is_named(bundle: Bundle, tmp_path: Path) -> None:
    assert bundle_folder("some/folder", {}) == Path("some/folder")
    assert bundle_folder("serve", {"FIVEFOLD_BUNDLE": str(bundle.folder)}) == bundle.folder
    with pytest.raises(SettingsError, match="/opt/ml/model"):
        bundle_folder("serve", {})


@pytest.mark.parametrize(
    ("host", "port", "environ", "expected"),
    [
        (None, None, {}, ("127.0.0.1", 8080)),
        (None, 9, {}, ("127.0.0.1", 9)),
        (None, None, {"SAGEMAKER_BIND_TO_PORT": "81"}, ("0.0.0.0", 81)),
        (None, None, {"AIP_HTTP_PORT": "80", "SAGEMAKER_BIND_TO_PORT": "81"}, ("0.0.0.0", 80)),
        ("localhost", 7, {"SAGEMAKER_BIND_TO_PORT": "81"}, ("localhost", 7)),
    ],
)
def test_a_platform_names_the_port(
    host: str | None, port: int | None, environ: dict[str, str], expected: tuple[str, int]
) -> None:
    assert listen_on(host, port, environ) == expected


@pytest.mark.parametrize("word", ["eighty", "-1", "70000", "²"])
def test_a_port_that_is_none_is_refused_by_the_variables_name(word: str) -> None:
    with pytest.raises(SettingsError, match="SAGEMAKER_BIND_TO_PORT"):
        listen_on(None, None, {"SAGEMAKER_BIND_TO_PORT": word})
