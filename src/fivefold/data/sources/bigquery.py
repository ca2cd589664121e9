"""BigQuery: a dry run says what a query will read; within the budget it runs once, under a hard cap, into a snapshot."""

from __future__ import annotations

import contextlib
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.cloud.bigquery import BigQueryService, ServiceError
from fivefold.cloud.price import Price, Purse
from fivefold.core.artefacts import Lineage
from fivefold.core.credentials import may_hold_secret
from fivefold.core.errors import InputError
from fivefold.core.prices import Prices
from fivefold.core.protocols import Fetched
from fivefold.core.records import file_digest
from fivefold.core.tables import read_parquet
from fivefold.data.names import suggest
from fivefold.data.sources.cells import (
    BASE64,
    BOOLEAN,
    INTEGER,
    JSON,
    MOMENT,
    NUMBER,
    TEXT,
    Cell,
    SourceColumn,
    decimals,
    listed,
    rows_to_parquet,
)
from fivefold.data.sources.query import check_query
from fivefold.data.sources.selection import Selection, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fivefold.core.extract import Extract

__all__ = ["BigQuerySource"]

_SCHEME = "bigquery://"
_TIMESTAMP = Cell("make_timestamp(CAST({c} AS BIGINT))", "TIMESTAMP")
_CELLS = {
    "INTEGER": INTEGER,
    "INT64": INTEGER,
    "FLOAT": NUMBER,
    "FLOAT64": NUMBER,
    "BOOLEAN": BOOLEAN,
    "BOOL": BOOLEAN,
    "BYTES": BASE64,
    "DATE": MOMENT,
    "DATETIME": MOMENT,
    "TIMESTAMP": _TIMESTAMP,
    "JSON": JSON,
}
_DECIMALS = ("NUMERIC", "BIGNUMERIC")


@dataclass(frozen=True, slots=True)
class _Relation:
    """What is read.

    Attributes
    ----------
    label : str
    sql : str
        What stands after FROM.
    fields : list of dict
        Columns as the service describes them.
    partition : str
        Column by which the table is partitioned; empty for none.
    filtered : bool
        Whether the table refuses queries without a condition on it.
    location : str
        Where the table lies; empty where that is not known.
    """

    label: str
    sql: str
    fields: list[dict[str, Any]]
    partition: str = ""
    filtered: bool = False
    location: str = ""


class BigQuerySource:
    """A table or a query of BigQuery, by its address."""

    def accepts(self, address: object) -> bool:
        """Whether this is an address such as ``bigquery://project/dataset.table``."""
        return isinstance(address, str) and address.lower().startswith(_SCHEME)

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        """Price one query, run it within the means of the budget, and stream its rows into Parquet.

        Raises
        ------
        BudgetError
            When it would read or cost more than the budget says.
        InputError
            When there is no such table or column, the query cannot be run, a condition on the partitions is missing, or
            there are no rows.
        MissingExtraError
            When the libraries are not installed.
        """
        project, path = _parts(str(extract.address))
        service = BigQueryService(project)
        with contextlib.closing(service), _told(extract):
            relation = _relation(service, path, extract)
            selection = _selection(relation, extract)
            statement = selection.statement() + _draw(selection, extract)
            tried = service.try_out(statement)
            tables = len(tried.get("query", {}).get("referencedTables", ()))
            rate = Prices({}).of("bigquery.query", region=relation.location).amount
            price = Price.of(int(tried.get("totalBytesProcessed", 0)), tables, rate)
            most = Purse(extract).allow(price, _hint(relation, extract))
            job = service.run(statement, most, reference=service.name_job(relation.location))
            out = rows_to_parquet(_texts(service.rows(job)), selection.columns, folder)
            paid = Price(service.billed(job), rate)
        rows = read_parquet(out, columns=[selection.columns[0].name]).height
        if rows == 0:
            raise InputError(
                f"'{relation.label}' gives no rows",
                seen=statement[:300],
                expected="at least one row",
                todo="check the table and the condition",
            )
        digest = file_digest(out)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = Lineage(relation.label, "BigQuery", digest, rows, paid.scanned, statement, when, paid.money)
        return Fetched(out, relation.label, digest, (line,))


def _parts(address: str) -> tuple[str, str]:
    """Project that pays, and the table's own path, which may be empty."""
    project, _, path = address[len(_SCHEME) :].partition("/")
    path = path.strip("/").replace("/", ".") or address.partition("#")[2]
    project = project.partition("#")[0]
    if not re.fullmatch(r"[a-z0-9:.-]+", project) or may_hold_secret(address[len(_SCHEME) :]):
        raise InputError(
            "The address names no project",
            seen=f"{len(project)} signs before the table",
            expected="bigquery://project/dataset.table, or bigquery://project with a [data] query",
            todo="put the project that pays for the query after bigquery://",
        )
    return project, path


def _relation(service: BigQueryService, path: str, extract: Extract) -> _Relation:
    """Look the table up, or try the query out to learn its columns; neither costs anything."""
    query = extract.settings.query.strip().rstrip(";").rstrip()
    if query:
        check_query(query, "BigQuery")
        statistics = service.try_out(query)
        return _Relation(
            "query on BigQuery", f"({query}\n) AS asked", statistics["query"]["schema"]["fields"]
        )
    names = (path or extract.settings.table).split(".")
    if len(names) == 2:
        names.insert(0, service.project)
    if len(names) != 3 or not all(names):
        raise InputError(
            "The address names no table",
            seen=repr(".".join(names)),
            expected="dataset.table or project.dataset.table; or a [data] query",
            todo="put it after the project: bigquery://project/dataset.table",
        )
    project, dataset, name = names
    try:
        table = service.table(project, dataset, name)
    except ServiceError as error:
        if error.status != 404:
            raise
        raise _no_table(service, project, dataset, name) from None
    parting = table.get("timePartitioning") or {}
    partition = parting.get("field", "_PARTITIONTIME" if parting else "")
    partition = (table.get("rangePartitioning") or {}).get("field", partition)
    filtered = bool(table.get("requirePartitionFilter") or parting.get("requirePartitionFilter"))
    fields = table["schema"]["fields"]
    called, location = f"`{project}.{dataset}.{name}`", str(table.get("location", ""))
    return _Relation(f"{dataset}.{name}", called, fields, partition, filtered, location)


def _no_table(service: BigQueryService, project: str, dataset: str, name: str) -> InputError:
    """Make the error that names the tables that are near."""
    known: list[str] = []
    with contextlib.suppress(ServiceError):
        known = service.tables(project, dataset)
    return InputError(
        f"There is no table '{dataset}.{name}' in BigQuery",
        seen=f"{len(known)} tables in the data set"
        if known
        else "no such data set, or none that you may see",
        expected=f"a table of the project {project}",
        todo=suggest(name, known) if known else "check the names of project and data set",
    )


def _selection(relation: _Relation, extract: Extract) -> Selection:
    """Put columns and conditions into one statement; a table that must be filtered is, where the question allows it."""
    columns = [_column(field) for field in relation.fields]
    chosen, where, ours = wanted(columns, extract), extract.settings.where.strip(), ""
    if relation.filtered and not _names_partition(relation, where):
        if relation.partition not in extract.keep:
            raise InputError(
                f"'{relation.label}' can only be read with a condition on '{relation.partition}'",
                seen=f"where = {where!r}" if where else "no condition",
                expected=f"a condition on '{relation.partition}', the column that parts the table",
                todo=f"say which part is wanted: [data] where = \"{relation.partition} >= '2026-01-01'\"",
            )
        # Rows without a time cannot be split by time, and are set aside anyway.
        ours = f"`{relation.partition}` IS NOT NULL"
    query = "" if extract.settings.rows else extract.settings.query.strip().rstrip(";").rstrip()
    whole = len(chosen) == len(columns)
    return Selection(chosen, relation.sql, (where, ours), query, whole=whole)


def _names_partition(relation: _Relation, where: str) -> bool:
    """Whether a condition speaks of the column that parts the table; to BigQuery names are the same in any case."""
    return re.search(rf"\b{re.escape(relation.partition)}\b", where, re.IGNORECASE) is not None


def _draw(selection: Selection, extract: Extract) -> str:
    """Draw rows by a hash of what they hold: exact, the same for the same seed, and without a count before."""
    if not extract.settings.rows:
        return ""
    names = ", ".join(f"`{column.name}`" for column in selection.columns)
    key = f"CONCAT('{extract.seed}', TO_JSON_STRING(STRUCT({names})))"
    return f" ORDER BY FARM_FINGERPRINT({key}) LIMIT {extract.settings.rows}"


def _column(field: dict[str, Any]) -> SourceColumn:
    """Say how a column is asked for and read."""
    name, kind = str(field["name"]), str(field["type"])
    cells: tuple[Cell, ...] = (_CELLS[kind],) if kind in _CELLS else ()
    if kind in _DECIMALS:
        cells = decimals(int(field.get("precision") or 0) or None, int(field.get("scale") or 0))
    if field.get("mode") == "REPEATED":
        cells = (NUMBER,) if kind in _DECIMALS else cells
        cells = (listed(cells[0] if cells and kind not in {"TIMESTAMP", "BYTES"} else TEXT),)
    return SourceColumn(name, f"`{name}`", cells)


def _texts(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """Rows whose lists and records are JSON."""
    for row in rows:
        yield [
            json.dumps(_plain(value), ensure_ascii=False) if isinstance(value, list | dict) else value
            for value in row
        ]


def _plain(value: Any) -> Any:
    """A nested value without the service's wrapping."""
    if isinstance(value, list):
        return [_plain(one["v"]) for one in value]
    if isinstance(value, dict):
        return [_plain(one["v"]) for one in value["f"]]
    return value


def _hint(relation: _Relation, extract: Extract) -> str:
    """What else would make the query cheaper."""
    if relation.partition and not _names_partition(relation, extract.settings.where):
        return f", or a condition on '{relation.partition}', by which the table is parted, in [data] where"
    return ""


@contextlib.contextmanager
def _told(extract: Extract) -> Iterator[None]:
    """Turn what the service refuses into one clear error."""
    try:
        yield
    except ServiceError as error:
        denied = error.status in {401, 403}
        what = (
            "BigQuery does not let you in"
            if denied
            else "BigQuery cannot be reached"
            if not error.status
            else "BigQuery could not run the query"
        )
        about = "[data] query" if extract.settings.query else "[data] where"
        raise InputError(
            what,
            seen=" ".join(str(error).split())[:400],
            expected="a project, a table and a query that these credentials may use",
            todo="check project and rights" if denied or not error.status else f"put the {about} right",
        ) from error
