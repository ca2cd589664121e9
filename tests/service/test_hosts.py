"""A service on loopback and the names under which it is asked for."""

from __future__ import annotations

import pytest

from fivefold.core.errors import SettingsError
from fivefold.core.protocols import Bundle
from fivefold.service.hosts import Hosts
from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens
from fivefold.testing.loopback import free_port
from tests.service.serving import Service, eventually, serving
from tests.service.test_server import is_ready, started

OWN = (
    "localhost",
    "LocalHost:8080",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:9000",
    "127.1.2.3:80",
    "[::1]",
    "[::1]:8080",
)
FOREIGN = (
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.7:80",
)
BROKEN = (
    "127.0.0.1:8080:1",
    "[::1",
    "local host",
    "user@localhost",
    "localhost/evil",
    "[localhost]",
    ":8080",
    "é",
)


@pytest.mark.parametrize("host", OWN)
def test_names_of_this_machine_are_its_own(host: str) -> None:
    hosts = Hosts()
    assert [hosts.admit(host.encode()) for _ in range(2)] == [True, True]


@pytest.mark.parametrize("host", [*FOREIGN, *BROKEN])
def test_other_names_are_not(host: str) -> None:
    hosts = Hosts(["shop.example"])
    assert [hosts.admit(host.encode()) for _ in range(2)] == [False, False]


def test_names_that_were_told_are_admitted_with_any_port() -> None:
    hosts = Hosts(["Shop.example", "[2001:db8::7]"])
    for host in (b"shop.example", b"SHOP.example:443", b"shop.example.", b"[2001:db8::7]:443"):
        assert hosts.admit(host)


@pytest.mark.parametrize(
    "name", ["https://shop.example", "shop.example:80", "", "a b", "shop.example/x", "[::g]"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="no name of a host"):
        Hosts([name])


@pytest.mark.parametrize("path", ["/", "/schema", "/metrics", "/predict", "/docs", "/nowhere"])
def test_a_page_that_took_a_name_for_loopback_is_refused(path: str, service: Service) -> None:
    answer = service.ask("GET", path, headers={"host": "evil.example"})
    assert (answer.status, answer.code) == (421, "wrong_host")
    assert b"evil" not in answer.body
    assert service.ask("GET", path, headers={"host": f"localhost:{service.port}"}).status != 421


def test_health_goes_by_any_name(service: Service) -> None:
    assert service.ask("GET", "/livez", headers={"host": "node-7.example"}).status == 200


def test_a_program_of_old_that_names_no_host_is_answered(service: Service) -> None:
    assert service.raw(b"GET /schema HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_name_can_be_told_and_with_a_token_any_name_will_do(bundle: Bundle) -> None:
    with serving(bundle.folder, None, ServiceSettings(hosts=("shop.example",))) as told:
        assert told.ask("GET", "/schema", headers={"host": "shop.example"}).status == 200
        assert told.ask("GET", "/schema", headers={"host": "other.example"}).status == 421
    token = "a-secret-of-the-shop-7"
    with serving(bundle.folder, None, ServiceSettings(tokens=Tokens([token]))) as guarded:
        headers = {"host": "other.example", "authorization": f"Bearer {token}"}
        assert guarded.ask("GET", "/schema", headers=headers).status == 200


def test_a_process_is_told_names_by_its_flag(bundle: Bundle) -> None:
    service = Service(free_port())
    names = ("--allow-host", "shop.example", "--allow-host", "shop.test")
    with started(str(bundle.folder), "--port", str(service.port), *names):
        eventually(lambda: is_ready(service))
        asked = ("shop.example", "shop.test", "other.example")
        answers = [service.ask("GET", "/schema", headers={"host": name}).status for name in asked]
    assert answers == [200, 200, 421]
