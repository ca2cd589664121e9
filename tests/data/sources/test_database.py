"""SQL databases: one statement does the work there, what it gives arrives as it was, and errors are clear."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import psycopg
import pymysql
import pytest
from tests.data.sources.servers import PASSWORD, USER, Server

from fivefold.core.errors import InputError, MissingExtraError
from fivefold.core.extract import DataSettings, Extract
from fivefold.data.sources.database import DatabaseSource
from fivefold.testing.sources import SourceSuite, sample_rows

if TYPE_CHECKING:
    from fivefold.core.protocols import Fetched, Source

ROWS = 20_000
TABLE = "CREATE TABLE big (id INTEGER, half DOUBLE PRECISION, word VARCHAR(20))"


def read(address: str, *keep: str, **settings: Any) -> tuple[pl.DataFrame, Fetched]:
    with tempfile.TemporaryDirectory() as folder:
        extract = Extract(address, DataSettings(**settings), keep=keep)
        fetched = DatabaseSource().fetch(extract, Path(folder))
        return pl.read_parquet(fetched.path), fetched


def refusal(address: str, **settings: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(address, **settings)
    assert caught.value.exit_code == 2
    assert caught.value.seen
    assert caught.value.todo
    assert PASSWORD not in str(caught.value)
    return caught.value


def run_postgres(server: Server, *statements: str, rows: list[tuple[Any, ...]] | None = None) -> None:
    words = {"host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD}
    with psycopg.connect(dbname=server.database, autocommit=True, **words) as connection:  # type: ignore[arg-type]
        for statement in statements:
            connection.execute(statement.encode())
        if rows:
            marks = ", ".join(["%s"] * len(rows[0]))
            connection.cursor().executemany(f"INSERT INTO sample VALUES ({marks})".encode(), rows)


def run_mariadb(server: Server, *statements: str, rows: list[tuple[Any, ...]] | None = None) -> None:
    words: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD}
    with closing(pymysql.connect(database=server.database, autocommit=True, **words)) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        if rows:
            cursor.executemany(f"INSERT INTO sample VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)


def sqlite(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{path}"


def duck(path: Path, *statements: str) -> str:
    with closing(duckdb.connect(str(path))) as connection:
        for statement in statements:
            connection.execute(statement)
    return f"duckdb:///{path}"


SAMPLE = (
    "DROP TABLE IF EXISTS sample",
    "CREATE TABLE sample (code VARCHAR(10), size INTEGER, word VARCHAR(20))",
)


class TestSqlite(SourceSuite):
    def make(self) -> Source:
        return DatabaseSource()

    def address(self, folder: Path, shift: int) -> object:
        with closing(sqlite3.connect(folder / "t.db")) as connection, connection:
            connection.execute(SAMPLE[1])
            connection.executemany("INSERT INTO sample VALUES (?, ?, ?)", sample_rows(shift))
        return f"sqlite:///{folder / 't.db'}"


class TestDuckdb(SourceSuite):
    def make(self) -> Source:
        return DatabaseSource()

    def address(self, folder: Path, shift: int) -> object:
        with closing(duckdb.connect(str(folder / "t.duckdb"))) as connection:
            connection.execute(SAMPLE[1])
            connection.executemany("INSERT INTO sample VALUES (?, ?, ?)", sample_rows(shift))
        return f"duckdb:///{folder / 't.duckdb'}#sample"


class TestPostgres(SourceSuite):
    @pytest.fixture(autouse=True)
    def server(self, postgres: Server) -> None:
        self.there = postgres

    def make(self) -> Source:
        return DatabaseSource()

    def address(self, folder: Path, shift: int) -> object:
        run_postgres(self.there, *SAMPLE, rows=sample_rows(shift))
        return self.there.address("sample")


@pytest.mark.slow
class TestMariadb(SourceSuite):
    @pytest.fixture(autouse=True)
    def server(self, mariadb: Server) -> None:
        self.there = mariadb

    def make(self) -> Source:
        return DatabaseSource()

    def address(self, folder: Path, shift: int) -> object:
        run_mariadb(self.there, *SAMPLE, rows=sample_rows(shift))
        return self.there.address("sample")


@pytest.fixture(
    params=["sqlite", "duckdb", "postgres", pytest.param("mariadb", marks=pytest.mark.slow)], ids=str
)
def big(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A table of 20,000 rows in each kind of database; its address."""
    numbers = f"SELECT range, range * 0.5, 'w' || range FROM range({ROWS})"
    if request.param == "duckdb":
        return duck(tmp_path / "b.duckdb", TABLE, f"INSERT INTO big {numbers}") + "#big"
    if request.param == "sqlite":
        counted = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS - 1})"
        insert = f"INSERT INTO big {counted} SELECT i, i * 0.5, 'w' || i FROM n"
        return sqlite(tmp_path / "b.db", TABLE, insert) + "#big"
    server: Server = request.getfixturevalue(request.param)
    if request.param == "postgres":
        series = f"SELECT i, i * 0.5, 'w' || i FROM generate_series(0, {ROWS - 1}) AS i"
        run_postgres(server, "DROP TABLE IF EXISTS big", TABLE, f"INSERT INTO big {series}")
    else:
        insert = f"INSERT INTO big SELECT seq, seq * 0.5, concat('w', seq) FROM seq_0_to_{ROWS - 1}"
        run_mariadb(server, "DROP TABLE IF EXISTS big", TABLE, insert)
    return server.address("big")


def bare(statement: str) -> str:
    """A statement without quotes and schemas, which each kind of database writes in its own way."""
    return statement.replace('"', "").replace("`", "").replace("public.", "").replace("main.", "")


def test_columns_and_condition_are_the_database_s_work(big: str) -> None:
    table, fetched = read(big, "half", include=("word",), where="id >= 100 OR id = 5")
    assert table.columns == ["half", "word"]
    assert table.height == ROWS - 99
    assert bare(fetched.lineage[0].query) == "SELECT half, word FROM big WHERE (id >= 100 OR id = 5)"
    assert fetched.lineage[0].rows == table.height


def test_a_draw_is_made_in_the_database_and_comes_out_the_same_again(big: str) -> None:
    table, fetched = read(big, where="id >= 10000", rows=1000)
    again, same = read(big, where="id >= 10000", rows=1000)
    assert table.height == 1000
    assert table["id"].is_sorted()
    assert 14_000 < float(str(table["id"].mean())) < 16_000
    assert fetched.digest == same.digest
    assert table.equals(again)
    asked = bare(fetched.lineage[0].query)
    assert any(word in asked for word in ("TABLESAMPLE BERNOULLI", "rand", "hash(")), asked
    assert "id >= 10000" in asked


def test_a_draw_of_more_rows_than_there_are_takes_all(big: str) -> None:
    table, fetched = read(big, rows=ROWS)
    assert table.height == ROWS
    assert bare(fetched.lineage[0].query) == "SELECT id, half, word FROM big"


def test_a_query_runs_as_it_is_and_its_order_holds(big: str) -> None:
    query = "SELECT word, id FROM big WHERE id < 7 ORDER BY id DESC"
    table, fetched = read(big, query=f"{query} ; ")
    assert table["id"].to_list() == [6, 5, 4, 3, 2, 1, 0]
    assert fetched.lineage[0].query == query
    assert fetched.label.startswith("query on ")


def test_a_query_can_be_narrowed_and_drawn_from(big: str) -> None:
    query = "SELECT word, id, id + 1 AS more FROM big -- all of them"
    table, fetched = read(big, include=("more",), query=query, where="more > 10", rows=500)
    assert table.columns == ["more"]
    assert table.height == 500
    assert bare(fetched.lineage[0].query).startswith("SELECT more FROM (")


def test_the_server_s_own_log_shows_what_was_pushed_down(postgres: Server) -> None:
    run_postgres(
        postgres, "DROP TABLE IF EXISTS pushed", "CREATE TABLE pushed AS SELECT 1 AS a, 2 AS b, 3 AS c"
    )
    _, fetched = read(postgres.address("pushed"), "a", include=("b",), where="c = 3")
    statement = 'SELECT "a", "b" FROM "public"."pushed" WHERE (c = 3)'
    assert fetched.lineage[0].query == statement
    assert f"COPY ({statement}\n\t) TO STDOUT" in postgres.statements()


def test_errors_name_what_is_near(big: str) -> None:
    assert "did you mean 'big'?" in refusal(big + "g").todo
    assert "did you mean 'word'?" in refusal(big, include=("wrod",)).todo
    assert "condition" in refusal(big, where="nowhere = 1").todo
    assert "nope" in refusal(big, query="SELECT nope FROM big").seen
    assert "gives no rows" in refusal(big, where="id < 0").what
    assert "begins with 'DELETE'" in refusal(big, query="DELETE FROM big").what
    assert read(big)[0].height == ROWS


def test_postgres_types_become_plain_ones(postgres: Server) -> None:
    run_postgres(
        postgres,
        "DROP TABLE IF EXISTS kinds",
        "DROP TYPE IF EXISTS mood",
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE kinds (small smallint, big bigint, single real, exact numeric(10, 2), whole numeric(12, 0), "
        "long numeric, text text, truth boolean, day date, zoned timestamptz, id uuid, doc jsonb, raw bytea, "
        "list int[], words text[], mood mood, clock time)",
        "INSERT INTO kinds VALUES (1, 9007199254740993, 0.5, 1.25, 12, 12345678901234567890, E'a\tb\\\\c\nd', true, "
        "'2020-01-02', '2020-01-02 03:04:05.5+09', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', '{\"a\": [1, 2]}', "
        "'\\x6100', '{1, null}', '{\"a, b\", c}', 'sad', '12:30')",
        "INSERT INTO kinds (text, day) VALUES ('', 'infinity')",
    )
    table, _ = read(postgres.address("kinds"))
    assert table.row(0, named=True) == {
        "small": 1,
        "big": 9007199254740993,
        "single": 0.5,
        "exact": 1.25,
        "whole": 12,
        "long": "12345678901234567890",
        "text": "a\tb\\c\nd",
        "truth": True,
        "day": datetime.fromisoformat("2020-01-02"),
        "zoned": datetime.fromisoformat("2020-01-01T18:04:05.500"),
        "id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "doc": '{"a":[1,2]}',
        "raw": "a\\x00",
        "list": "[1, NULL]",
        "words": "['a, b', c]",
        "mood": "sad",
        "clock": "12:30:00",
    }
    assert table.row(1, named=True) | {"text": None} == dict.fromkeys(table.columns)
    assert table["text"][1] == ""


def test_sqlite_values_say_what_a_column_only_declares(tmp_path: Path) -> None:
    address = sqlite(
        tmp_path / "t.db",
        "CREATE TABLE t (truth BOOLEAN, day DATE, at TIMESTAMP, local DATETIME, money DECIMAL(10, 2), whole INTEGER, "
        "mixed INTEGER, raw BLOB, free, code TEXT)",
        "INSERT INTO t VALUES (1, '2020-01-02', '2020-01-02 03:04:05', '2020-01-02T03:04:05+02:00', 1, 7, 'seven', "
        "x'6100', 1, '007')",
        "INSERT INTO t VALUES (0, NULL, NULL, NULL, 1.25, 9007199254740993, 7, NULL, 0.1, NULL)",
    )
    table, _ = read(address)
    assert table.row(0) == (
        True,
        datetime.fromisoformat("2020-01-02"),
        datetime.fromisoformat("2020-01-02T03:04:05"),
        "2020-01-02T03:04:05+02:00",  # an offset is not lost
        1.0,
        7,
        "seven",
        "a\\x00",
        1.0,
        "007",
    )
    assert table.row(1) == (False, None, None, None, 1.25, 9007199254740993, "7", None, 0.1, None)


def test_whole_decimals_of_sqlite_keep_every_digit(tmp_path: Path) -> None:
    address = sqlite(
        tmp_path / "t.db",
        "CREATE TABLE t (short NUMERIC(12, 0), long NUMERIC(20), bare NUMERIC, money DECIMAL(10, 2))",
        "INSERT INTO t VALUES (12, 1152921504606846977, 1152921504606846977, 1)",
        "INSERT INTO t VALUES (13, 1152921504606846979, 7, 2)",
    )
    assert read(address)[0].rows() == [
        (12, "1152921504606846977", "1152921504606846977", 1.0),
        (13, "1152921504606846979", "7", 2.0),
    ]


@pytest.mark.slow
def test_mariadb_types_become_plain_ones(mariadb: Server) -> None:
    run_mariadb(
        mariadb,
        "DROP TABLE IF EXISTS kinds",
        "CREATE TABLE kinds (truth BOOLEAN, tiny TINYINT, bit1 BIT(1), big BIGINT UNSIGNED, single FLOAT, "
        "exact DECIMAL(10, 2), whole DECIMAL(12, 0), day DATE, zoned TIMESTAMP NULL, raw VARBINARY(10), "
        "mood ENUM('sad', 'ok'), text TEXT, year YEAR)",
        "SET time_zone = '+09:00'",
        "INSERT INTO kinds VALUES (1, 7, b'1', 9007199254740993, 0.5, 1.25, 12, '2020-01-02', '2020-01-02 03:04:05', "
        "x'6100', 'sad', 'Ünit', 2020)",
        "SET sql_mode = ''",
        "INSERT INTO kinds (day, text) VALUES ('0000-00-00', '')",
    )
    table, _ = read(mariadb.address("kinds"))
    assert table.row(0) == (
        True,
        7,
        True,
        9007199254740993,
        0.5,
        1.25,
        12,
        datetime.fromisoformat("2020-01-02"),
        datetime.fromisoformat("2020-01-01T18:04:05"),
        "a\\x00",
        "sad",
        "Ünit",
        2020,
    )
    assert table.row(1, named=True) | {"text": None} == dict.fromkeys(table.columns)


def test_tables_of_other_schemas_are_called_by_their_schema(postgres: Server, tmp_path: Path) -> None:
    made = ("CREATE SCHEMA ward", "CREATE TABLE ward.beds AS SELECT 1 AS bed")
    run_postgres(postgres, "DROP SCHEMA IF EXISTS ward CASCADE", *made)
    assert read(postgres.address("ward.beds"))[1].label == "postgres#ward.beds"
    address = duck(tmp_path / "t.duckdb", *made)
    assert read(address)[1].label == "t.duckdb#ward.beds"
    assert read(address, table="ward.beds")[0].rows() == [(1,)]


@pytest.mark.parametrize("server", ["postgres", pytest.param("mariadb", marks=pytest.mark.slow)])
def test_who_is_not_let_in_is_told_so(
    server: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: Server = request.getfixturevalue(server)
    wrong = "not/the:right one"
    error = refusal(there.address("big", password=wrong))
    assert "does not let you in" in error.what
    assert wrong not in str(error)
    assert "does not let you in" in refusal(there.address("big", password=None)).what
    monkeypatch.setenv("FIVEFOLD_DATABASE_PASSWORD", PASSWORD)
    assert "big" in refusal(there.address("bigg", password=None), query="SELECT nope").seen + "big"
    assert read(there.address(password=None), query="SELECT 1 AS one")[0].rows() == [(1,)]


def test_a_password_that_breaks_the_address_is_not_repeated() -> None:
    error = refusal("postgresql://me:s3cr/et@host/clinic#visits")
    assert "s3cr" not in str(error)
    assert "%2F" in error.todo


def test_a_server_that_is_not_there(postgres: Server) -> None:
    nowhere = postgres.address("big").replace(f":{postgres.port}/", ":1/")
    assert "cannot be opened" in refusal(nowhere).what
    assert "cannot be opened" in refusal(postgres.address().replace("/postgres", "/clinics")).what


@pytest.mark.parametrize("scheme", ["sqlite", "duckdb"])
def test_a_database_file_that_is_none(scheme: str, tmp_path: Path) -> None:
    (tmp_path / "visits.db").write_bytes(b"no database at all" * 100)
    assert "did you mean 'visits.db'?" in refusal(f"{scheme}:///{tmp_path}/visit.db").todo
    error = refusal(f"{scheme}:///{tmp_path}/visits.db")
    assert "cannot be opened" in error.what
    assert str(tmp_path) not in str(error)


def test_a_database_of_another_kind_is_told_without_paths(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "t.db")) as made:
        made.execute("CREATE TABLE t (a)")
    error = refusal(f"duckdb:///{tmp_path / 't.db'}#t")
    assert "not a valid DuckDB database" in error.seen
    assert "/" not in error.seen


def test_a_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r'pip install "fivefold\[postgres\]"'):
        read("postgresql://me@localhost/clinic#visits")
