"""One service for the tests of a module that do not care what else it was asked."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fivefold.core.protocols import Bundle
from fivefold.testing.targets import tiny_bundle
from tests.data.sources.servers import PASSWORD, USER, Server, programs
from tests.data.sources.servers import postgres as start_postgres
from tests.service.real import RealBundles
from tests.service.serving import Service, serving


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("tiny") / "bundle")


@pytest.fixture(scope="module")
def service(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(bundle.folder, tmp_path_factory.mktemp("live") / "predictions.sqlite") as found:
        yield found


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> RealBundles:
    """Bundles that were really trained, for slow tests."""
    return RealBundles(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this machine's own programs."""
    if programs("initdb") is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with start_postgres() as server:
        yield server


@pytest.fixture
def database(postgres: Server) -> str:
    """The address of a log in a schema of its own."""
    schema = f"s{secrets.token_hex(6)}"
    words = {"host": "127.0.0.1", "port": postgres.port, "user": USER, "password": PASSWORD}
    with psycopg.connect(dbname=postgres.database, autocommit=True, **words) as connection:  # type: ignore[arg-type]
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"{postgres.address()}?options=-csearch_path%3D{schema}"


@pytest.fixture(params=["sqlite", "parquet", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a log that does not exist yet, of every kind that can be read."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("database"))
    return str(tmp_path / "log.sqlite") if request.param == "sqlite" else f"{tmp_path}/segments/"


@pytest.fixture(params=["sqlite", "postgresql"])
def committing(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same, of every kind that commits at once and takes labels."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("database"))
    return str(tmp_path / "log.sqlite")
