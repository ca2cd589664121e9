"""The same rows give the same Dataset, whichever database they come from; what was asked of it is on record."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
import psycopg
import pytest
from tests.data.sources.servers import PASSWORD, USER, Server

from fivefold.core.extract import DataSettings, Extract
from fivefold.core.settings import read_settings
from fivefold.data.gather import gather
from fivefold.result import RunRecord
from fivefold.testing.bigquery import BigQueryEmulator
from fivefold.testing.warehouse import Table
from fivefold.workflow import resume, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.core.artefacts import Dataset
    from fivefold.core.store import Stored

ROWS = 400
COLUMNS = (
    ("row", "INTEGER"),
    ("code", "VARCHAR(10)"),
    ("age", "BIGINT"),
    ("weight", "DOUBLE PRECISION"),
    ("fee", "NUMERIC(10, 2)"),
    ("units", "NUMERIC(12, 0)"),
    ("insured", "BOOLEAN"),
    ("born", "DATE"),
    ("booked", "TIMESTAMP"),
    ("sent", "TIMESTAMP WITH TIME ZONE"),
    ("case_id", "UUID"),
    ("notes", "VARCHAR(100)"),
    ("raw", "BLOB"),
    ("doc", "JSON"),
    ("scores", "BIGINT[]"),
    ("shown", "VARCHAR(3)"),
)
WHERE = "age >= 20"


def rows() -> list[tuple[Any, ...]]:
    """Visits, with gaps in most columns."""
    chance = np.random.default_rng(3)
    made = []
    for row in range(ROWS):
        age = int(chance.integers(15, 90))
        gap = chance.random(6) < 0.1
        moment = datetime(2026, 1, 1, 8, 0, 0, 250_000) + timedelta(minutes=37 * row)  # noqa: DTZ001 - naive on purpose
        shown = "yes" if age / 90 + chance.random() > 0.9 else "no"
        made.append(
            (
                row,
                f"{int(chance.integers(0, 30)):04d}",
                age,
                None if gap[0] else float(chance.normal(70, 12)),
                None if gap[1] else Decimal(int(chance.integers(0, 99_999))) / 100,
                Decimal(int(chance.integers(0, 10**11))),
                None if gap[2] else bool(chance.random() < 0.4),
                None if gap[3] else date(1940, 1, 1) + timedelta(days=int(chance.integers(0, 25_000))),
                None if gap[4] else moment,
                moment.replace(tzinfo=UTC),
                f"6ba7b810-9dad-11d1-80b4-{row:012x}",
                None if gap[5] else f'Ünit "{chance.integers(0, 9)}", slept\nwell',
                bytes([row % 7, 65]),
                json.dumps({"a": row % 5}),
                [row % 3, 7],
                shown,
            )
        )
    return made


def _sql(kinds: dict[str, str]) -> str:
    """A table in the words of one kind of database."""
    return f"CREATE TABLE visits ({', '.join(f'{name} {kinds.get(kind, kind)}' for name, kind in COLUMNS)})"


def into_postgres(server: Server) -> str:
    """Fill the server; return the address."""
    words: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "user": USER, "password": PASSWORD}
    with psycopg.connect(**words, dbname=server.database, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS visits CASCADE")
        connection.execute(_sql({"BLOB": "BYTEA"}).encode())
        marks = ", ".join(["%s"] * len(COLUMNS))
        connection.cursor().executemany(f"INSERT INTO visits VALUES ({marks})".encode(), rows())
    return server.address("visits")


def into_duckdb(folder: Path) -> str:
    """Fill a file; return the address."""
    with closing(duckdb.connect(str(folder / "clinic.duckdb"))) as connection:
        connection.execute(_sql({}))
        connection.executemany(f"INSERT INTO visits VALUES ({', '.join(['?'] * len(COLUMNS))})", rows())
    return f"duckdb:///{folder}/clinic.duckdb#visits"


def into_sqlite(folder: Path) -> str:
    """Fill a file with what SQLite knows: integers, reals, texts and blobs."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(" ")
        if isinstance(value, list):
            return f"[{', '.join(map(str, value))}]"
        return str(value) if isinstance(value, Decimal | date) else value

    kinds = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMP", "BIGINT[]": "TEXT", "NUMERIC(12, 0)": "INTEGER"}
    with closing(sqlite3.connect(folder / "clinic.db")) as connection, connection:
        connection.execute(_sql(kinds))
        marks = ", ".join(["?"] * len(COLUMNS))
        filled = [tuple(map(plain, row)) for row in rows()]
        connection.executemany(f"INSERT INTO visits VALUES ({marks})", filled)
    return f"sqlite:///{folder}/clinic.db#visits"


@dataclass(frozen=True)
class Places:
    """The same rows in five places."""

    addresses: dict[str, str]
    server: Server
    emulator: BigQueryEmulator


@pytest.fixture(scope="module")
def places(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("places")
    addresses = {
        "postgres": into_postgres(postgres),
        "duckdb": into_duckdb(folder),
        "sqlite": into_sqlite(folder),
    }
    parquet = folder / "visits.parquet"
    with closing(duckdb.connect(str(folder / "clinic.duckdb"))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        items = "* REPLACE (CAST(json(doc) AS VARCHAR) AS doc)"
        connection.execute(f"COPY (SELECT {items} FROM visits WHERE {WHERE}) TO '{parquet}' (FORMAT parquet)")
    addresses["parquet"] = str(parquet)
    with BigQueryEmulator("clinic") as emulator:
        emulator.warehouse.run(f"ATTACH '{folder}/clinic.duckdb' AS there (READ_ONLY)")
        emulator.warehouse.run("CREATE SCHEMA ward")
        emulator.warehouse.run("CREATE TABLE ward.visits AS FROM there.visits ORDER BY row")
        emulator.warehouse.adopt(Table("ward", "visits"))
        addresses["bigquery"] = "bigquery://clinic/ward.visits"
        yield Places(addresses, postgres, emulator)


def made(
    address: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Stored[Dataset], Path, float, int]:
    """Carry a table through research and data; also the run's folder, and what the ledger says was charged."""
    flags = {"question.target": "shown", "budget.time": "60s", "out": str(out)}
    flags |= {"budget.money": "1 USD", "budget.scan": "1GB"}
    flags |= {} if address.endswith(".parquet") else {"data.where": WHERE}
    settings = read_settings(flags, environ={})
    with start(settings, address) as journey:
        journey.research()
        dataset = journey.data()
        entry = next(entry for entry in journey.stages.ledger.entries if entry.step == "start")
        return dataset, journey.run.folder, entry.money, entry.scan_bytes


def test_equal_rows_make_one_dataset_wherever_they_lie(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", places.emulator.host)
    places.emulator.warehouse.adopt(Table("ward", "visits"))  # forgets answers, so that this one is paid for
    places.emulator.jobs.clear()
    names = ", ".join(f'"{name}"' for name, _ in COLUMNS)
    digests, queries = {}, {}
    for place, address in places.addresses.items():
        dataset, _, money, scanned = made(address, tmp_path / place, monkeypatch)
        digests[place] = dataset.header.digest
        queries[place] = dataset.header.lineage[0].query
        assert (money > 0, scanned > 0) == ((place == "bigquery",) * 2)
        table = pl.read_parquet(dataset.folder / "train.parquet")
        assert table["booked"].dtype == pl.Datetime("us")
    assert len(set(digests.values())) == 1, digests
    plain = names.replace('"scores"', 'to_json("scores") AS "scores"')
    assert queries == {
        "postgres": f'SELECT {plain} FROM "public"."visits" WHERE ({WHERE})',
        "duckdb": f'SELECT {names} FROM "main"."visits" WHERE ({WHERE})'.replace(
            '"doc"', 'CAST(json("doc") AS VARCHAR) AS "doc"'
        ),
        "sqlite": f'SELECT {names} FROM "visits" WHERE ({WHERE})',
        "bigquery": f"SELECT {names} FROM `clinic.ward.visits` WHERE ({WHERE})".replace('"', "`"),
        "parquet": queries["parquet"],
    }
    assert f"COPY ({queries['postgres']}" in places.server.statements()
    assert [job.statement for job in places.emulator.jobs] == [queries["bigquery"]] * 2


def test_every_value_of_every_type_arrives_the_same(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", places.emulator.host)
    tables = {}
    for place, address in places.addresses.items():
        (tmp_path / place).mkdir()
        where = "" if place == "parquet" else WHERE
        extract = Extract(address, DataSettings(where=where), scan=10**9, money=1.0)
        tables[place] = pl.read_parquet(gather(extract, tmp_path / place).path)
    for place, table in tables.items():
        assert table.schema == tables["parquet"].schema, place
        assert table.equals(tables["parquet"]), place


def test_a_password_is_written_nowhere_and_a_resume_takes_it_from_the_environment(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "runs"
    dataset, folder, _, _ = made(places.addresses["postgres"], out, monkeypatch)
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert PASSWORD.encode() not in content, path
            assert b"s3cr" not in content, path
    settings = read_settings({"out": str(out)}, environ={})
    monkeypatch.setenv("FIVEFOLD_DATABASE_PASSWORD", PASSWORD)
    with resume(folder.name, settings, needs_table=True) as journey:
        assert RunRecord.read(journey.run).address == places.server.address("visits", password=None)
        assert journey.data().header.digest == dataset.header.digest
