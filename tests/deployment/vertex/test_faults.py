"""What goes wrong in a cloud: one clear error each, what stands is noted, and the same command goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.oauth2.credentials import Credentials

from fivefold.cloud.credentials import Anonymous, GoogleTokens
from fivefold.cloud.vertex.connection import Asking, Connection, Patience
from fivefold.cloud.vertex.refusals import (
    DENIED,
    EXPIRED,
    LOST,
    NOT_FOUND,
    QUOTA,
    STALLED,
    UNREACHABLE,
    VertexError,
)
from fivefold.core.journal import Journal
from fivefold.deployment.targets.vertex.target import VertexTarget
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from fivefold.testing.vertex import Kind, VertexEmulator
from tests.deployment.vertex.orders import ordered

ENDPOINTS = "/v1/projects/shop/locations/europe-west4/endpoints"
QUICK = Patience(tries=3, pause=0.01)


@pytest.mark.parametrize(
    ("kind", "on", "times", "code", "said"),
    [
        ("denied", "endpoints.deploy", 1, DENIED, "Permission 'aiplatform.endpoints.deploy' denied"),
        ("quota", "endpoints.deploy", 9, QUOTA, "CustomModelServingCPUsPerProjectPerRegion"),
        ("stalled", "endpoints.deploy", 1, STALLED, "still goes on"),
        ("lost", "endpoints.create", 1, LOST, "whether it was done is not known"),
        ("lost", "endpoints.deploy", 1, LOST, "whether it was done is not known"),
        ("expired", "endpoints.create", 9, EXPIRED, "gcloud auth application-default login"),
        ("failed", "endpoints.deploy", 1, "step_failed", "An internal error occurred"),
    ],
)
def test_one_error_then_the_same_again_goes_on(
    cloud: VertexEmulator, tmp_path: Path, kind: Kind, on: str, times: int, code: str, said: str
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.faults.plant(kind, on, times=times)
    with pytest.raises(VertexError) as caught:
        VertexTarget().push(bundle, bench, ordered(patience=0 if kind == "stalled" else 60))
    assert caught.value.code == code
    assert said in str(caught.value)
    noted = [entry.resource.kind for entry in Journal(bench.live, "vertex").entries]
    assert noted == ["objects", "model", "endpoint", "deployed model"][: 3 + (on == "endpoints.deploy")]
    assert not Journal(bench.live, "vertex").whole
    cloud.faults.clear()
    cloud.operations.go_on()
    uploads = cloud.asked.count("models.upload")
    release = VertexTarget().push(bundle, bench, ordered())
    assert cloud.asked.count("models.upload") == uploads
    assert VertexTarget().status(release) == "ready"
    assert VertexTarget().remove(release, bench.live)
    assert cloud.inventory() == []


def test_what_never_ends_is_given_up_when_it_is_taken_away(cloud: VertexEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.faults.plant("stalled", "endpoints.deploy")
    with pytest.raises(VertexError):
        VertexTarget().push(bundle, bench, ordered(patience=0))
    assert VertexTarget().remove(None, bench.live)
    assert cloud.inventory() == []


def test_a_slow_operation_is_waited_for(cloud: VertexEmulator, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.faults.plant("slow", "models.upload", seconds=0.5)
    release = VertexTarget().push(bundle, bench, ordered())
    assert cloud.asked.count("operations.get") >= 2
    assert VertexTarget().status(release) == "ready"


def test_a_container_that_does_not_start_is_told_with_its_last_words(
    cloud: VertexEmulator, tmp_path: Path
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.faults.plant("denied", "endpoints.create")
    with pytest.raises(VertexError):
        VertexTarget().push(bundle, bench, ordered())
    for copy in cloud.folder.rglob("golden.json"):
        copy.write_bytes(b"[]")
    with pytest.raises(VertexError, match=r"Model server exited unexpectedly.*golden\.json"):
        VertexTarget().push(bundle, bench, ordered())
    assert cloud.serving.running == 0


class Counted:
    """Tokens that are numbered; each is good until the next."""

    def __init__(self) -> None:
        self.given = 1

    def headers(self, *, renewed: bool = False) -> dict[str, str]:
        self.given += renewed
        return {"authorization": f"Bearer token-{self.given}"}


def test_a_login_of_ones_own_names_the_project_that_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(**asked: object) -> tuple[Credentials, None]:
        return Credentials("token-1", quota_project_id=asked["quota_project_id"]), None  # type: ignore[no-untyped-call]

    monkeypatch.setattr("google.auth.default", found)
    assert GoogleTokens("shop").headers() == {
        "authorization": "Bearer token-1",
        "x-goog-user-project": "shop",
    }


def test_an_expired_token_is_renewed_once(cloud: VertexEmulator) -> None:
    cloud.tokens = {"token-2"}
    tokens = Counted()
    connection = Connection(cloud.address, cloud.address, tokens, QUICK)
    assert connection.ask(Asking("list the endpoints", "GET", ENDPOINTS)) == {}
    assert tokens.given == 2
    cloud.tokens = {"token-9"}
    with pytest.raises(VertexError) as caught:
        connection.ask(Asking("list the endpoints", "GET", ENDPOINTS))
    assert (caught.value.code, tokens.given) == (EXPIRED, 3)
    assert "token-" not in str(caught.value)
    cloud.tokens = {"token-4"}
    cloud.faults.plant("busy", "endpoints.list")
    assert connection.ask(Asking("list the endpoints", "GET", ENDPOINTS)) == {}
    assert tokens.given == 4, "nor again because the service is busy"


def test_what_passes_by_itself_is_tried_again(cloud: VertexEmulator) -> None:
    connection = Connection(cloud.address, cloud.address, Anonymous(), QUICK)
    cloud.faults.plant("busy", "endpoints.list")
    cloud.faults.plant("quota", "endpoints.list")
    assert connection.ask(Asking("list the endpoints", "GET", ENDPOINTS)) == {}
    assert cloud.asked == ["endpoints.list"] * 3
    cloud.faults.plant("busy", "endpoints.list", times=3)
    with pytest.raises(VertexError) as caught:
        connection.ask(Asking("list the endpoints", "GET", ENDPOINTS))
    assert caught.value.code == UNREACHABLE


def test_what_is_not_known_to_be_done_is_not_asked_for_twice(cloud: VertexEmulator) -> None:
    connection = Connection(cloud.address, cloud.address, Anonymous(), QUICK)
    cloud.faults.plant("lost", "endpoints.*", times=2)
    with pytest.raises(VertexError) as caught:
        connection.ask(Asking("create it", "POST", ENDPOINTS, {"displayName": "shop"}, again=False))
    assert caught.value.code == LOST
    found = connection.ask(Asking("list the endpoints", "GET", ENDPOINTS))
    assert [one["displayName"] for one in found["endpoints"]] == ["shop"]
    assert cloud.asked == ["endpoints.create", "endpoints.list", "endpoints.list"]


def test_nobody_there_is_told_from_a_reply_that_was_lost() -> None:
    connection = Connection("http://127.0.0.1:9", "http://127.0.0.1:9", Anonymous(), QUICK)
    with pytest.raises(VertexError) as caught:
        connection.ask(Asking("create it", "POST", ENDPOINTS, {}, again=False))
    assert caught.value.code == UNREACHABLE


def test_another_project_is_refused(cloud: VertexEmulator) -> None:
    connection = Connection(cloud.address, cloud.address, Anonymous(), QUICK)
    with pytest.raises(VertexError) as caught:
        connection.ask(Asking("look", "GET", ENDPOINTS.replace("shop", "other")))
    assert caught.value.code == DENIED
    with pytest.raises(VertexError) as caught:
        connection.ask(Asking("look", "GET", f"{ENDPOINTS}/none"))
    assert caught.value.code == NOT_FOUND
