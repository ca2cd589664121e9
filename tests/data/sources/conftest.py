"""Servers that live as long as the tests that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.data.sources import servers

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Server]:
    """A PostgreSQL server of this machine's own programs."""
    if servers.programs("initdb") is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    with servers.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[servers.Server]:
    """A MariaDB server of this machine's own programs."""
    if servers.programs("mariadbd") is None or servers.programs("mariadb-install-db") is None:
        pytest.skip("no MariaDB here: apt-get install mariadb-server")
    with servers.mariadb() as server:
        yield server
