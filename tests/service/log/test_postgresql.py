"""A log in PostgreSQL: it is shared, it comes back when the server does, and its password is never shown."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from fivefold.core.artefacts import Contract
from fivefold.core.errors import ArtefactError, InputError, MissingExtraError
from fivefold.service.log import NotLoggedError, read_log, read_requests
from fivefold.testing.targets import tiny_bundle
from tests.data.sources.servers import PASSWORD, USER, Server
from tests.service.log.places import entry, labels, opened
from tests.service.serving import eventually

SECRETS = (PASSWORD, quote(PASSWORD, safe=""))


@pytest.fixture
def binary(tmp_path: Path) -> Contract:
    return tiny_bundle(tmp_path / "bundle").contract


def ask(server: Server, statement: str) -> list[tuple[object, ...]]:
    words = {"host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD}
    with psycopg.connect(dbname=server.database, autocommit=True, **words) as connection:  # type: ignore[arg-type]
        found = connection.execute(statement.encode())
        return found.fetchall() if found.description else []


def throw_out(server: Server) -> None:
    """End all sessions of services, as a restart of the server does."""
    ask(server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fivefold'")


def schema_of(address: str) -> str:
    return address.rpartition("%3D")[2]


def test_services_that_start_at_once_share_the_tables(binary: Contract, database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        logs = list(pool.map(lambda _: opened(database), range(4)))
    for number, log in enumerate(logs):
        log.record(entry(binary, f"service-{number}", count=10))
    for log in logs:
        log.close()
    assert read_log(database, binary)[1]["prediction_id"].n_unique() == 40
    assert read_requests(database)["requests"] == 4


def test_a_lost_connection_is_made_again_and_no_row_is_lost_or_doubled(
    binary: Contract, database: str, postgres: Server
) -> None:
    log = opened(database)
    for turn in range(20):
        log.record(entry(binary, f"p{turn}"))
        if turn % 5 == 0:
            throw_out(postgres)
            eventually(lambda turn=turn: read_requests(database)["requests"] == turn + 1)  # type: ignore[misc]
    log.close()
    assert log.dropped == 0
    assert read_log(database, binary)[1]["prediction_id"].to_list() == [f"p{turn}-0" for turn in range(20)]
    assert read_requests(database)["requests"] == 20


@pytest.fixture
def closing_database(postgres: Server) -> Iterator[tuple[str, Callable[[bool], None]]]:
    """The address of a log in a database of its own, and what closes and opens that database to everybody."""
    name = f"d{secrets.token_hex(6)}"
    ask(postgres, f"CREATE DATABASE {name}")

    def let(allowed: bool) -> None:
        ask(postgres, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {allowed}")
        if not allowed:
            throw_out(postgres)

    yield postgres.address().replace(f"/{postgres.database}", f"/{name}"), let
    let(False)
    ask(postgres, f"DROP DATABASE {name} WITH (FORCE)")


def test_rows_wait_while_the_database_is_away(
    binary: Contract, closing_database: tuple[str, Callable[[bool], None]], caplog: pytest.LogCaptureFixture
) -> None:
    address, let = closing_database
    log = opened(address, capacity=20)
    log.record(entry(binary, "before"))
    eventually(lambda: read_requests(address)["requests"] == 1)
    let(False)
    log.record(entry(binary, "meanwhile", count=15))
    eventually(lambda: "not currently accepting connections" in caplog.text)
    log.record(entry(binary, "too-many", count=10))
    assert log.dropped == 10
    let(True)
    eventually(lambda: read_requests(address)["requests"] == 3)
    log.close()
    names = read_log(address, binary)[1]["prediction_id"].to_list()
    assert names == ["before-0", *(f"meanwhile-{row}" for row in range(15))]
    assert read_requests(address)["dropped"] == 10
    assert not any(secret in caplog.text for secret in SECRETS)


def test_whoever_may_not_be_answered_unlogged_is_refused_while_the_database_is_away(
    binary: Contract, closing_database: tuple[str, Callable[[bool], None]]
) -> None:
    address, let = closing_database
    log = opened(address, mode="durable")

    def commits(name: str) -> bool:
        try:
            asyncio.run(log.commit(entry(binary, name)))
        except NotLoggedError:
            log.note(503)
            return False
        return True

    assert commits("before")
    let(False)
    assert not commits("refused")
    assert not commits("refused at once")
    let(True)
    eventually(lambda: commits("after"))
    log.close()
    assert read_log(address, binary)[1]["prediction_id"].to_list() == ["before-0", "after-0"]
    counted = read_requests(address)
    assert counted["requests"] == 2 + counted["errors"]


def test_rows_that_cannot_be_written_are_counted_and_later_ones_kept(
    binary: Contract, database: str, postgres: Server
) -> None:
    log = opened(database)
    schema = schema_of(database)
    ask(postgres, f"ALTER TABLE {schema}.fivefold_predictions RENAME TO elsewhere")
    log.record(entry(binary, "lost"))
    eventually(lambda: log.dropped == 1)
    ask(postgres, f"ALTER TABLE {schema}.elsewhere RENAME TO fivefold_predictions")
    log.record(entry(binary, "kept"))
    log.close()
    assert read_log(database, binary)[1]["prediction_id"].to_list() == ["kept-0"]


def test_a_batch_that_is_written_twice_counts_once(binary: Contract, database: str) -> None:
    for _ in range(2):
        log = opened(database)
        log.record(entry(binary, "same", count=3))
        log.close()
    assert read_log(database, binary)[0].height == 3
    assert read_requests(database)["requests"] == 1


def test_a_role_that_does_not_wait_for_the_disk_is_overruled_where_it_must(
    database: str, postgres: Server
) -> None:
    found = []
    ask(postgres, f"ALTER ROLE {USER} SET synchronous_commit TO off")
    try:
        log = opened(database, mode="durable")
        assert asyncio.run(log.commit(labels(("p", "yes")))) == 1
        log.close()
        found = [
            line
            for line in postgres.statements().splitlines()
            if "set_config('synchronous_commit', 'on'" in line
        ]
    finally:
        ask(postgres, f"ALTER ROLE {USER} RESET synchronous_commit")
    assert found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({PASSWORD: "Wr0ngS3cret"}, "cannot be written"),
        ({"/postgres": "/nowhere"}, "does not exist"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_password(
    change: dict[str, str], message: str, database: str, binary: Contract
) -> None:
    address = database
    for old, new in change.items():
        address = address.replace(quote(old, safe="/"), new).replace(quote(old, safe=""), new)
    for attempt, kind in (
        (lambda: opened(address), InputError),
        (lambda: read_log(address, binary), ArtefactError),
    ):
        with pytest.raises(kind) as caught:
            attempt()
        said = str(caught.value)
        assert message in said or kind is ArtefactError
        assert not any(secret in said for secret in (*SECRETS, "Wr0ngS3cret"))


def test_no_password_stands_in_the_output_when_the_server_goes(
    binary: Contract, database: str, postgres: Server, caplog: pytest.LogCaptureFixture
) -> None:
    log = opened(database, mode="durable")
    schema = schema_of(database)
    ask(postgres, f"DROP TABLE {schema}.fivefold_requests")
    with caplog.at_level(logging.DEBUG), pytest.raises(NotLoggedError):
        asyncio.run(log.commit(entry(binary)))
    log.close()
    assert "fivefold_requests" in caplog.text
    assert not any(secret in caplog.text for secret in SECRETS)


def test_tables_of_another_version_are_refused_and_left_alone(database: str, postgres: Server) -> None:
    schema = schema_of(database)
    ask(postgres, f"CREATE TABLE {schema}.fivefold_predictions (mine int)")
    with pytest.raises(InputError, match="format 1"):
        opened(database)
    assert ask(postgres, f"SELECT * FROM {schema}.fivefold_predictions") == []


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"fivefold\[postgres\]"):
        opened("postgresql://me@127.0.0.1/log")
