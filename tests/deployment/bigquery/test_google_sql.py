"""Every statement is judged by Google's own analyzer of GoogleSQL, where the package ``zetasql`` is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fivefold.cloud.literals import quoted
from fivefold.cloud.names import Name, input_names
from fivefold.core.artefacts import Column, Contract, Kind
from fivefold.core.errors import InputError
from fivefold.deployment.targets.bigquery.mapping import NATURAL, imported, remote
from fivefold.deployment.targets.bigquery.statements import Scoring, create_imported, create_remote

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.runtime.values import Cleaned

pytestmark = pytest.mark.slow

COLUMNS = (
    Column("age", "number", "number", nullable=True),
    Column("it's `x`", "category", "string", nullable=True, missing_values=("a\\b", "ü\n")),
    Column("seen", "date", "datetime", nullable=True),
    Column("count", "number", "integer", nullable=True, missing_values=("999",)),
    Column("flag", "boolean", "boolean", nullable=True),
)
CONTRACT = Contract("y", "binary", ("no", "yes"), "yes", COLUMNS)
MODEL, TABLE = Name("clinic-1", "ward", "m"), Name("clinic-1", "ward", "t")
TYPES = ("BIGNUMERIC", "BOOL", "DATE", "DATETIME", "FLOAT64", "INT64", "NUMERIC", "STRING", "TIMESTAMP")
ROW: dict[str, Cleaned] = {"age": 1.5, "it's `x`": "it's\n\\ ü\x1c", "seen": None, "count": -3, "flag": True}
FORMS = ("epoch seconds", "epoch milliseconds", "epoch microseconds", "yyyymmdd", "yyyymm")


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The analyzer; its first start compiles it, which takes most of a minute."""
    del tmp_path_factory
    api = pytest.importorskip("zetasql.api")
    types = pytest.importorskip("zetasql.types")
    language = types.LanguageOptions.maximum_features()
    built_in = types.ZetaSQLBuiltinFunctionOptions(language_options=language)
    catalog = api.CatalogBuilder("clinic").with_builtin_functions(built_in).build()
    analyzer = api.Analyzer(types.AnalyzerOptions(language_options=language), catalog)
    return api.Parser, language, analyzer


def statements() -> dict[str, str]:
    """One statement of each form."""
    names = input_names(CONTRACT, ("label", "probabilities"))
    own = {column.name: column.name for column in COLUMNS}
    local = Scoring(MODEL, CONTRACT, names, ("label", "probabilities"))
    listed = Scoring(
        MODEL, CONTRACT, names, ("label", "probabilities"), frozenset({"label", *names.values()})
    )
    over = Scoring(MODEL, CONTRACT, own, ("label", "score"), over="https://x")
    kinds = {column.name: (names[column.name], NATURAL[column.kind]) for column in COLUMNS}
    return {
        "import": create_imported(MODEL, "gs://b/it's.onnx"),
        "remote": create_remote(MODEL, CONTRACT, "clinic-1.eu.c-d", "https://x/y"),
        "table": local.table(TABLE, kinds, ("id", "age")),
        "bare table": local.table(TABLE, {}),
        "sample": local.sample([ROW, ROW]),
        "lists": listed.sample([ROW]),
        "table over an endpoint": over.table(TABLE, kinds, ("id",)),
        "sample over an endpoint": over.sample([ROW]),
    }


@pytest.mark.parametrize("form", list(statements()))
def test_it_parses(google: Any, form: str) -> None:
    parser, language, _ = google
    assert parser.parse_statement_static(statements()[form], language) is not None


@pytest.mark.parametrize("form", ["sample", "lists", "sample over an endpoint"])
def test_the_rows_that_a_statement_holds_have_the_types_of_a_table(google: Any, form: str) -> None:
    *_, analyzer = google
    inner = statements()[form].split(", (\n", 1)[1].rsplit("\n))", 1)[0]
    assert len(analyzer.analyze_statement(inner).output_column_list) == 1 + len(COLUMNS)


@pytest.mark.parametrize("write", [imported, remote])
def test_every_mapping_has_the_type_that_the_model_takes(
    google: Any, write: Callable[[Column, str], str]
) -> None:
    *_, analyzer = google
    seen = 0
    for column in (*COLUMNS, *(Column("at", "date", "datetime", nullable=True, form=form) for form in FORMS)):
        for type_ in TYPES:
            try:
                expression = write(column, type_)
            except InputError:
                continue
            sql = f"SELECT {expression} AS y FROM (SELECT CAST(NULL AS {type_}) AS {quoted(column.name)})"
            found = analyzer.analyze_statement(sql).output_column_list[0].column.type.type_kind
            assert found == _type(google, column.kind, write), sql
            seen += 1
    assert seen > 20


def _type(google: Any, kind: Kind, write: object) -> int:
    """What a model takes of a kind: doubles and texts where it was imported."""
    *_, analyzer = google
    sent = {**NATURAL, "datetime": "STRING"}
    wanted = sent[kind] if write is remote else "STRING" if kind == "string" else "FLOAT64"
    literal = f"SELECT CAST(NULL AS {wanted}) AS y"
    return int(analyzer.analyze_statement(literal).output_column_list[0].column.type.type_kind)
