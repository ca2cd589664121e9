from __future__ import annotations

import socket

import pytest

from fivefold.core.errors import MisuseError
from fivefold.service.port import bind


def test_a_free_port_is_chosen_and_listens_at_once() -> None:
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname(), timeout=5):
        pass


def test_a_port_in_use_is_named() -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MisuseError, match=f"Port {port} is in use") as caught:
            bind("127.0.0.1", port)
    assert (caught.value.exit_code, caught.value.code) == (2, "port_in_use")


def test_a_port_that_was_just_given_back_can_be_had() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        caller = socket.create_connection(("127.0.0.1", port), timeout=5)
        first.accept()[0].close()
        caller.close()
    bind("127.0.0.1", port).close()


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("203.0.113.1", 0), ("no such host.", 0)])
def test_what_cannot_be_had_is_an_error_with_advice(host: str, port: int) -> None:
    with pytest.raises(MisuseError, match="cannot be taken") as caught:
        bind(host, port)
    assert caught.value.code == "port_unusable"
