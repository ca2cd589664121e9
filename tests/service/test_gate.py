from __future__ import annotations

import re

import pytest

from tests.service.serving import ROW, Service


@pytest.mark.parametrize("sane", ["a", "order-17", "A.b_c-9", "x" * 64])
def test_a_plain_request_id_is_kept(sane: str, service: Service) -> None:
    answer = service.predict([ROW], {"x-request-id": sane})
    assert answer.headers["x-request-id"] == answer.json["request_id"] == sane


@pytest.mark.parametrize("strange", ["", "x" * 65, "a b", "<script>", "naïve", "a;b", "../x"])
def test_a_strange_request_id_is_replaced(strange: str, service: Service) -> None:
    answer = service.predict([ROW], {"x-request-id": strange})
    assert answer.status == 200
    assert answer.json["request_id"] != strange
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", answer.json["request_id"])


def test_every_reply_has_a_request_id(service: Service) -> None:
    for path in ("/", "/livez", "/readyz", "/schema", "/metrics", "/nowhere", "/predict"):
        assert service.ask("GET", path).headers["x-request-id"]
