"""The person's own query, and what is said about one that is none."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import duckdb
import pytest

from fivefold.core.errors import InputError
from fivefold.core.extract import DataSettings, Extract
from fivefold.data.sources.database import DatabaseSource
from fivefold.data.sources.query import check_query

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["sqlite", "duckdb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with one table of a hundred rows."""
    place = tmp_path / "shop.db"
    if request.param == "sqlite":
        with sqlite3.connect(place) as light:
            light.execute("CREATE TABLE visits (x INTEGER, y INTEGER)")
            light.executemany("INSERT INTO visits VALUES (?, ?)", [(row, row % 2) for row in range(100)])
        light.close()
    else:
        with duckdb.connect(str(place)) as duck:
            duck.execute("CREATE TABLE visits AS SELECT range AS x, range % 2 AS y FROM range(100)")
    return f"{request.param}:///{place}"


def refusal(address: str, folder: Path, query: str, where: str = "") -> InputError:
    with pytest.raises(InputError) as caught:
        DatabaseSource().fetch(Extract(address, settings=DataSettings(query=query, where=where)), folder)
    return caught.value


def test_a_misspelt_first_word_is_not_taken_for_a_table(address: str, tmp_path: Path) -> None:
    error = refusal(address, tmp_path, "SELEC x")
    assert error.what == "The [data] query is not one: it begins with 'SELEC'"
    assert error.seen == "'SELEC x'"
    assert "SELECT" in error.expected
    assert error.todo.startswith("did you mean SELECT?")


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("visits", "begins with 'visits'"),
        ("DELETE FROM visits", "begins with 'DELETE'"),
        ("'SELECT x FROM visits'", "no word of SQL"),
        ("-- nothing else", "no word of SQL"),
        ("SELECT x FROM visits; DROP TABLE visits", "several statements"),
    ],
)
def test_what_is_no_query_is_refused_before_the_database_sees_it(query: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        check_query(query, "SQLite")


@pytest.mark.parametrize(
    "query",
    [
        "select x from visits", "(SELECT x FROM visits)", "SELECT(1)", "-- a; b\nSELECT 1", "/* a; b */ WITH a AS (SELECT 1) SELECT 1",
        "SELECT ';' AS a, 'it''s;' AS b, \"c;d\" FROM t", "# note\nSELECT 1", "SELECT 'it\\'s; fine'", "SELECT $$a;b$$", "VALUES (1)",
    ],
)  # fmt: skip
def test_queries_pass(query: str) -> None:
    check_query(query, "PostgreSQL")


def test_a_query_may_end_with_a_comment(address: str, tmp_path: Path) -> None:
    settings = DataSettings(query="-- first\nSELECT x FROM visits -- last")
    fetched = DatabaseSource().fetch(Extract(address, settings=settings), tmp_path)
    assert fetched.lineage[0].rows == 100


def test_a_query_that_ends_too_early_is_told_so(address: str, tmp_path: Path) -> None:
    error = refusal(address, tmp_path, "SELECT x FROM visits WHERE")
    assert error.what.endswith("could not run the query")
    assert error.seen.endswith("which stands where the query ends")


def test_a_table_that_is_not_there_is_answered_with_those_that_are(address: str, tmp_path: Path) -> None:
    error = refusal(address, tmp_path, "SELECT x FROM visit")
    assert "visit" in error.seen
    assert "pg_" not in error.seen
    assert error.todo.startswith("the tables are 'visits'; put the query right")


def test_a_wrong_condition_is_not_blamed_on_the_query(address: str, tmp_path: Path) -> None:
    error = refusal(address, tmp_path, "SELECT x FROM visits", where="zz > 3")
    assert error.what.endswith("could not run the condition (where)")
    assert "zz" in error.seen
