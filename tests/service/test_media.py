"""What a body is said to be: what is read, what is refused, and that a compressed one is no way around the limit."""

from __future__ import annotations

import gzip
import zlib

import orjson
import pytest

from tests.service.serving import ROW, Answer, Service

BODY = orjson.dumps({"instances": [ROW]})
ENCODED = {"gzip": gzip.compress(BODY), "x-gzip": gzip.compress(BODY), "deflate": zlib.compress(BODY)}


def send(service: Service, body: bytes = BODY, path: str = "/predict", **headers: str) -> Answer:
    return service.ask("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json; charset="utf-8"',
        "application/vnd.acme+json",
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        ";;;=",
    ],
)
def test_what_is_json_or_may_be_is_read(kind: str, service: Service) -> None:
    assert send(service, Content_Type=kind).status == 200


@pytest.mark.parametrize("path", ["/predict", "/invocations", "/v2/models/model/infer", "/explain"])
@pytest.mark.parametrize(
    "kind", ["application/xml", "multipart/form-data; boundary=x", "image/png", "x" * 500]
)
def test_what_is_said_to_be_something_else_is_refused(kind: str, path: str, service: Service) -> None:
    answer = send(service, path=path, Content_Type=kind)
    assert answer.status == 415
    assert b"wrong_content_type" in answer.body
    assert b"application/json" in answer.body


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "shift_jis", "hunter2"])
def test_other_characters_than_utf_8_are_refused(charset: str, service: Service) -> None:
    for kind, path in (("application/json", "/predict"), ("text/csv", "/invocations")):
        answer = send(service, path=path, Content_Type=f"{kind}; charset={charset}")
        assert (answer.status, answer.code) == (415, "wrong_charset")


@pytest.mark.parametrize("coding", ENCODED)
def test_a_compressed_body_is_inflated(coding: str, service: Service) -> None:
    answer = send(service, ENCODED[coding], Content_Encoding=coding)
    assert answer.json["predictions"] == service.predict([ROW]).json["predictions"]
    assert send(service, Content_Encoding="identity").status == 200


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "hunter2"])
def test_an_unknown_encoding_is_refused(coding: str, service: Service) -> None:
    answer = send(service, Content_Encoding=coding)
    assert (answer.status, answer.code) == (415, "unknown_encoding")


@pytest.mark.parametrize(
    "body",
    [b"", BODY, ENCODED["gzip"][:-9], ENCODED["gzip"] + b"more", ENCODED["gzip"] * 2, b"\x1f\x8b"],
    ids=["empty", "plain", "cut off", "more behind it", "twice", "its first bytes"],
)
def test_a_broken_stream_is_refused(body: bytes, service: Service) -> None:
    answer = send(service, body, Content_Encoding="gzip")
    assert (answer.status, answer.code) == (400, "invalid_encoding")


def test_a_small_body_that_grows_beyond_the_limit_is_refused(service: Service) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    answer = send(service, bomb, Content_Encoding="gzip")
    assert (answer.status, answer.code) == (413, "too_large")
