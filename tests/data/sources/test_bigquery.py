"""BigQuery, over its real protocol: priced before it reads, refused when too dear, narrowed to what is needed."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from fivefold.cloud.google import Patience
from fivefold.core.errors import BudgetError, InputError, MissingExtraError
from fivefold.core.extract import DataSettings, Extract
from fivefold.core.settings import read_settings
from fivefold.data.sources.bigquery import BigQuerySource
from fivefold.testing.bigquery import BigQueryEmulator
from fivefold.testing.sources import NAMES, SourceSuite, sample_rows
from fivefold.testing.warehouse import Table
from fivefold.workflow import resume, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.protocols import Fetched, Source

MEGABYTE = 2**20
TABLE = "bigquery://clinic/ward.visits"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[BigQueryEmulator]:
    """A warehouse with one table of 3,000 visits, and one that is parted by day."""
    rows = 3000
    days = [datetime(2026, 1, 1 + row % 28) for row in range(rows)]  # noqa: DTZ001 - the warehouse's own DATETIME
    frame = pl.DataFrame(
        {
            "id": range(rows),
            "age": [row % 90 for row in range(rows)],
            "note": ["words " * 20] * rows,
            "day": days,
        }
    )
    frame.write_parquet(tmp_path / "visits.parquet")
    with BigQueryEmulator("clinic") as there:
        there.warehouse.load(Table("ward", "visits"), tmp_path / "visits.parquet")
        there.warehouse.load(Table("ward", "parted", "day", filtered=True), tmp_path / "visits.parquet")
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", there.host)
        yield there


def read(
    address: str, *keep: str, scan: int = 10**9, money: float = 1.0, currency: str = "USD", **settings: Any
) -> tuple[pl.DataFrame, Fetched]:
    with tempfile.TemporaryDirectory() as folder:
        extract = Extract(address, DataSettings(**settings), keep, scan=scan, money=money, currency=currency)
        fetched = BigQuerySource().fetch(extract, Path(folder))
        return pl.read_parquet(fetched.path), fetched


def refusal(address: str, **words: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read(address, **words)
    assert caught.value.seen
    assert caught.value.todo
    return caught.value


class Allowed(BigQuerySource):
    """The source with means of its own, since the suite states none."""

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        return super().fetch(Extract(extract.address, scan=10**9, money=1.0), folder)


class TestBigQuery(SourceSuite):
    @pytest.fixture(autouse=True)
    def server(self, emulator: BigQueryEmulator) -> None:
        self.there = emulator

    def make(self) -> Source:
        return Allowed()

    def address(self, folder: Path, shift: int) -> object:
        pl.DataFrame(sample_rows(shift), schema=list(NAMES), orient="row").write_parquet(folder / "t.parquet")
        self.there.warehouse.load(Table("ward", "sample"), folder / "t.parquet")
        return "bigquery://clinic/ward.sample"


def test_a_table_is_priced_first_then_read_once_under_a_cap(emulator: BigQueryEmulator) -> None:
    table, fetched = read(TABLE)
    assert table.height == 3000
    first, second = emulator.jobs
    assert (first.dry, second.dry) == (True, False)
    assert first.statement == second.statement == fetched.lineage[0].query
    assert second.most == int(10 * MEGABYTE * 1.1)
    assert fetched.lineage[0].bytes == 10 * MEGABYTE
    assert fetched.lineage[0].money == pytest.approx(6.25 * 10 / 2**20)
    assert fetched.lineage[0].form == "BigQuery"


def test_only_needed_columns_are_asked_for_and_paid_for(emulator: BigQueryEmulator) -> None:
    _, fetched = read(TABLE, "id", include=("age",), where="age > 80")
    assert fetched.lineage[0].query == "SELECT `id`, `age` FROM `clinic.ward.visits` WHERE (age > 80)"
    read(TABLE)
    narrow, _, wide, _ = (job.answer.processed for job in emulator.jobs if job.answer)
    assert narrow == 3000 * 16
    assert wide == 3000 * (8 + 8 + 122 + 8)


@pytest.mark.parametrize(
    ("means", "allowed"),
    [
        ({"scan": 5 * MEGABYTE}, "scan 5"),
        ({"money": 0.0}, "money 0 USD"),
        ({"scan": 0, "money": 0.0}, "scan 0"),
        ({"currency": "EUR"}, "prices are in USD"),
    ],
)
def test_what_the_budget_does_not_allow_is_refused_before_it_is_read(
    emulator: BigQueryEmulator, means: dict[str, Any], allowed: str
) -> None:
    with pytest.raises(BudgetError) as caught:
        read(TABLE, **means)
    assert caught.value.exit_code == 3
    assert "10" in caught.value.seen
    assert "USD" in caught.value.seen
    assert allowed in caught.value.expected
    assert "include" in caught.value.todo
    assert all(job.dry for job in emulator.jobs)


def test_the_service_holds_the_cap_even_if_the_table_grew_in_between(emulator: BigQueryEmulator) -> None:
    from fivefold.cloud.bigquery import BigQueryService, ServiceError

    service = BigQueryService("clinic")
    job = service.run("SELECT id FROM `clinic.ward.visits`", 1000)
    with pytest.raises(ServiceError, match="limit for bytes billed: 1000"):
        list(service.rows(job))
    service.close()


def test_the_same_query_again_costs_nothing(emulator: BigQueryEmulator) -> None:
    _, first = read(TABLE)
    _, again = read(TABLE, scan=0, money=0.0)
    assert again.digest == first.digest
    assert (again.lineage[0].bytes, again.lineage[0].money) == (0, 0.0)


def test_what_is_paid_when_a_later_step_reads_again_is_in_the_ledger(
    emulator: BigQueryEmulator, tmp_path: Path
) -> None:
    means = {"budget.money": "1 USD", "budget.scan": "1GB"}
    flags = {"question.target": "age", "out": str(tmp_path / "runs")} | means
    with start(read_settings(flags, environ={}), TABLE) as journey:
        money, scanned = journey.stages.ledger.taken
    assert (money > 0, scanned > 0) == (True, True)
    emulator.warehouse.adopt(Table("ward", "visits"))  # forgets answers, so that this one is paid for as well
    later = read_settings({"out": flags["out"]}, environ={})
    with resume(journey.run.id, later, needs_table=True) as again:
        assert again.stages.ledger.taken == (2 * money, 2 * scanned)
        assert again.stages.ledger.budget.money == 1.0


def test_a_query_runs_as_it_is_and_can_be_narrowed(emulator: BigQueryEmulator) -> None:
    query = "SELECT age, COUNT(*) AS visits FROM ward.visits WHERE id < 900 GROUP BY age ORDER BY age DESC"
    table, fetched = read("bigquery://clinic", query=query + ";")
    assert table["age"].to_list() == list(range(89, -1, -1))
    assert fetched.lineage[0].query == query
    table, fetched = read("bigquery://clinic", query=query, include=("visits",), where="age >= 80")
    assert table.columns == ["visits"]
    assert table.height == 10


def test_a_draw_is_exact_and_comes_out_the_same_again(emulator: BigQueryEmulator) -> None:
    table, fetched = read(TABLE, rows=500, include=("id",))
    assert table.height == 500
    assert table["id"].n_unique() == 500
    assert "FARM_FINGERPRINT" in fetched.lineage[0].query
    assert fetched.lineage[0].query.endswith("LIMIT 500")
    assert read(TABLE, rows=500, include=("id",))[1].digest == fetched.digest


def test_rows_come_in_pages(emulator: BigQueryEmulator) -> None:
    table, _ = read(TABLE, include=("id",))
    assert table["id"].to_list() == list(range(3000))


def test_a_table_that_must_be_filtered_names_its_column(emulator: BigQueryEmulator) -> None:
    address = "bigquery://clinic/ward.parted"
    error = refusal(address)
    assert "'day'" in error.what
    assert "where" in error.todo
    _, fetched = read(address, include=("id",), where="day >= '2026-01-28' AND age < 95")
    assert fetched.lineage[0].rows == 107
    answer = emulator.jobs[-1].answer
    assert answer is not None
    assert answer.processed == 107 * 24, "a condition on the partitions leaves the others unread"
    assert read(address, include=("id",), where="DAY >= '2026-01-28'")[1].lineage[0].rows == 107
    table, fetched = read(address, "day")
    assert "`day` IS NOT NULL" in fetched.lineage[0].query
    assert table.height == 3000


def test_types_become_plain_ones(emulator: BigQueryEmulator) -> None:
    emulator.warehouse.run(
        "CREATE TABLE ward.kinds AS SELECT 9007199254740993 AS big, 0.1::DOUBLE AS half, true AS truth, "
        "DATE '2020-01-02' AS day, TIMESTAMP '2020-01-02 03:04:05.5' AS local, "
        "TIMESTAMPTZ '2020-01-02 03:04:05.5+09' AS zoned, 1.25::DECIMAL(10, 2) AS exact, "
        "12::DECIMAL(12, 0) AS whole, 12345678901234567890::NUMERIC(38, 9) AS long, 0.5::NUMERIC(38, 9) AS part, 'Ünit, \"1\"' AS words, from_hex('6100') AS raw, [1, NULL] AS list, "
        "['a, b', 'c'] AS texts, '{\"a\": 1}'::JSON AS doc, TIME '12:30' AS clock, NULL::VARCHAR AS nothing, '' AS blank"
    )
    emulator.warehouse.adopt(Table("ward", "kinds"))
    table, _ = read("bigquery://clinic/ward.kinds")
    assert table.row(0, named=True) == {
        "big": 9007199254740993,
        "half": 0.1,
        "truth": True,
        "day": datetime.fromisoformat("2020-01-02"),
        "local": datetime.fromisoformat("2020-01-02T03:04:05.500"),
        "zoned": datetime.fromisoformat("2020-01-01T18:04:05.500"),
        "exact": 1.25,
        "whole": 12,
        "long": "12345678901234567890",
        "part": 0.5,
        "words": 'Ünit, "1"',
        "raw": "a\\x00",
        "list": "[1, NULL]",
        "texts": "['a, b', c]",
        "doc": '{"a":1}',
        "clock": "12:30:00",
        "nothing": None,
        "blank": "",
    }


def test_errors_name_what_is_near(emulator: BigQueryEmulator) -> None:
    assert "did you mean 'visits'?" in refusal("bigquery://clinic/ward.visit").todo
    assert "names no table" in refusal("bigquery://clinic").what
    assert "did you mean 'note'?" in refusal(TABLE, include=("notes",)).todo
    assert "could not run" in refusal(TABLE, where="nowhere = 1").what
    assert "could not run" in refusal("bigquery://clinic", query="SELECT nothing FROM ward.visits").what
    assert "gives no rows" in refusal(TABLE, where="id < 0").what


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("SELEC 1", "is not one: it begins with 'SELEC'"),
        ("DELETE FROM ward.visits WHERE true", "is not one: it begins with 'DELETE'"),
        ("CREATE TABLE ward.copy AS SELECT 1 AS one", "is not one: it begins with 'CREATE'"),
        ("SELECT 1 AS one; SELECT 2 AS one", "holds several statements"),
    ],
)
def test_what_is_no_query_is_not_even_tried(emulator: BigQueryEmulator, query: str, what: str) -> None:
    assert what in refusal("bigquery://clinic", query=query).what
    assert not emulator.jobs


def test_a_service_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:1")
    monkeypatch.setattr("fivefold.cloud.google.PATIENCE", Patience(tries=1))
    assert "cannot be reached" in refusal(TABLE).what


def test_without_credentials_the_error_says_how_to_get_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "nothing.json"))
    error = refusal(TABLE)
    assert "let you in" in error.what
    assert str(tmp_path) not in str(error)


def test_libraries_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "google.auth", None)
    with pytest.raises(MissingExtraError, match=r'pip install "fivefold\[bigquery\]"'):
        read(TABLE)


def test_google_s_own_client_works_against_the_emulator(emulator: BigQueryEmulator) -> None:
    from google.api_core.exceptions import InternalServerError
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    client = bigquery.Client(
        project="clinic",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": emulator.host},
    )
    with client:
        dry = client.query("SELECT id FROM ward.visits", job_config=bigquery.QueryJobConfig(dry_run=True))
        assert dry.total_bytes_processed == 3000 * 8
        job = client.query("SELECT id, day FROM ward.visits WHERE id > 10 ORDER BY id")
        rows = list(job.result(timeout=30))
        assert len(rows) == 2989
        assert rows[0].id == 11
        assert job.total_bytes_billed == 10 * MEGABYTE
        assert client.get_table("ward.visits").num_rows == 3000
        assert len(list(client.list_rows("ward.visits", max_results=1500))) == 1500
        capped = bigquery.QueryJobConfig(maximum_bytes_billed=1000)
        # Google's client has no error of its own for this reason.
        with pytest.raises(InternalServerError, match="bytes billed: 1000"):
            client.query("SELECT note FROM ward.visits", job_config=capped).result(timeout=30)
