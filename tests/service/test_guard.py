"""What a service answers those without a token, and what every reply carries."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fivefold.core.protocols import Bundle
from fivefold.service.settings import ServiceSettings
from fivefold.service.tokens import Tokens
from tests.service.serving import ROW, Service, serving

TOKEN = "a-secret-of-the-shop-7"
KEY = {"authorization": f"Bearer {TOKEN}"}
CLOSED = ("/", "/schema", "/metrics", "/openapi.json", "/docs", "/predict", "/explain", "/nowhere", "/livez/")


@pytest.fixture(scope="module")
def guarded(bundle: Bundle) -> Iterator[Service]:
    with serving(
        bundle.folder, None, ServiceSettings(tokens=Tokens([TOKEN, "a-second-one-for-others"]))
    ) as found:
        yield found


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_health_needs_no_token(path: str, guarded: Service) -> None:
    assert guarded.ask("GET", path).status == 200


@pytest.mark.parametrize("path", CLOSED)
def test_all_else_does(path: str, guarded: Service) -> None:
    answer = guarded.ask("GET", path)
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["x-request-id"] == answer.json["error"]["request_id"]
    known = guarded.ask("GET", path, headers=KEY)
    assert known.status == {"/predict": 405, "/explain": 405, "/nowhere": 404, "/livez/": 404}.get(path, 200)


def test_a_wrong_token_is_told_apart_and_not_repeated(guarded: Service) -> None:
    answer = guarded.predict([ROW], {"authorization": "Bearer guessed-by-somebody"})
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert b"guessed" not in answer.body
    assert guarded.predict([ROW], KEY).status == 200


def test_a_large_body_without_a_token_is_not_read(guarded: Service) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n"
    assert guarded.raw(head + b"x" * 100).startswith(b"HTTP/1.1 401")


def test_a_browser_gets_a_page_that_asks_for_the_token_and_tells_nothing(
    guarded: Service, bundle: Bundle
) -> None:
    answer = guarded.ask("GET", "/docs", headers={"accept": "text/html,*/*"})
    assert answer.status == 401
    assert answer.headers["content-type"].startswith("text/html")
    page = answer.body.decode()
    assert 'type="password"' in page
    words = set(re.findall(r"\w+", page.partition("<body>")[2].partition("<script>")[0]))
    assert words.isdisjoint({bundle.contract.target, *(column.name for column in bundle.contract.columns)})


@pytest.mark.parametrize(
    "path", ["/", "/livez", "/readyz", "/schema", "/metrics", "/docs", "/nowhere", "/predict"]
)
@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_every_reply_has_the_headers_that_keep_browsers_in_check(
    path: str, accept: str, service: Service
) -> None:
    headers = service.ask("GET", path, headers={"accept": accept}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "access-control-allow-origin" not in headers


def test_predictions_and_refusals_have_them_too(service: Service, guarded: Service) -> None:
    for answer in (service.predict([ROW]), service.predict([]), guarded.predict([ROW])):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_of_other_sites_cannot_have_a_browser_predict(service: Service) -> None:
    answer = service.predict([ROW], {"sec-fetch-site": "cross-site", "content-type": "text/plain"})
    assert (answer.status, answer.code) == (403, "cross_site")
    assert service.predict([ROW], {"sec-fetch-site": "same-origin"}).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/pages/page.js",
        "/docs/../../settings.py",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/docs/",
        "/static/",
    ],
)
def test_no_file_can_be_read(path: str, service: Service) -> None:
    assert service.ask("GET", path, headers={"accept": "text/html"}).status == 404
