"""Views and queries that fail inside the database: its own words, no secrets, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.data.sources.test_database import duck, refusal, run_postgres, sqlite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.data.sources.servers import Server

VISITS = "CREATE TABLE visits (x INTEGER, word VARCHAR(9))"
ROWS = "INSERT INTO visits VALUES (1, '4'), (0, 'none')"
DIVIDED = "CREATE VIEW asked AS SELECT 10 / x AS share, word FROM visits"
CAST = "CREATE VIEW asked AS SELECT x, CAST(word AS INTEGER) AS figure FROM visits"


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def failing(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str, str]:
    """Address of a view that fails, the same as a query, and a word of what the database says."""
    if request.param == "duckdb":
        address = duck(tmp_path / "t.duckdb", VISITS, ROWS, CAST)
        return address, "SELECT CAST(word AS INTEGER) AS figure FROM visits", "none"
    if request.param == "sqlite":
        made = "SELECT x, json_extract(word, '$.a') AS part FROM visits"
        return sqlite(tmp_path / "t.db", VISITS, ROWS, f"CREATE VIEW asked AS {made}"), made, "malformed JSON"
    server: Server = request.getfixturevalue("postgres")
    run_postgres(server, "DROP TABLE IF EXISTS visits CASCADE", VISITS, ROWS, DIVIDED)
    return (
        server.address("asked").removesuffix("#asked"),
        "SELECT 10 / x AS share FROM visits",
        "division by zero",
    )


def test_a_view_that_fails_is_blamed_on_the_view(failing: tuple[str, str, str]) -> None:
    address, _, said = failing
    error = refusal(f"{address}#asked")
    assert error.what.startswith("The table or view failed in the database: ")
    assert said in error.seen
    assert "mend the view in the database" in error.todo
    assert "[data] query" in error.todo


def test_a_query_that_fails_on_a_row_is_blamed_on_the_query(failing: tuple[str, str, str]) -> None:
    address, query, said = failing
    error = refusal(address, query=query)
    assert error.what.startswith("The query failed in the database: ")
    assert said in error.seen
    assert "mend the query" in error.todo


def test_a_condition_above_a_view_that_fails_may_not_be_at_fault(failing: tuple[str, str, str]) -> None:
    address, _, said = failing
    error = refusal(f"{address}#asked", where="x > -1" if "postgres" not in address else "share > -1")
    assert error.what.endswith("could not run the condition (where)")
    assert said in error.seen
    assert error.todo.endswith("or mend what it is applied to")


def test_a_view_of_a_table_that_has_gone_is_mended_in_the_database(tmp_path: Path) -> None:
    view = "CREATE VIEW asked AS SELECT * FROM visits"
    for address in (
        sqlite(tmp_path / "t.db", VISITS, view, "DROP TABLE visits"),
        duck(tmp_path / "t.duckdb", VISITS, view, "DROP TABLE visits"),
    ):
        error = refusal(f"{address}#asked")
        assert error.what.startswith("The table or view failed in the database: ")
        assert "visits" in error.seen
        assert "mend the view" in error.todo
