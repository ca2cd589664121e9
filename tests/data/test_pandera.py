"""The YAML for pandera: its structure, and that no text in it can be taken for anything else.

Read back with pandera 0.22 and 0.35 when it was written; pandera itself is no dependency, and no YAML library either, so
that the lines are looked at.
"""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.artefacts import Column, Contract
from fivefold.data.pandera import pandera_yaml


def yaml_of(*columns: Column) -> list[str]:
    """Lines of the schema of some columns."""
    return pandera_yaml(Contract("t", "regression", (), None, columns)).splitlines()


def test_a_column_says_its_type_its_nulls_and_its_range() -> None:
    lines = yaml_of(Column("age", "number", "number", nullable=True, minimum=-1.5, maximum=1e22))
    assert lines == [
        "schema_type: dataframe",
        "columns:",
        '  "age":',
        '    description: "number"',
        "    dtype: float64",
        "    nullable: true",
        "    checks:",
        "      in_range:",
        "        min_value: -1.5",
        "        max_value: 1.0e+22",
        "        options:",
        "          raise_warning: true",
        "    unique: false",
        "    coerce: true",
        "    required: true",
        "    regex: false",
        "checks: null",
        "index: null",
        "coerce: false",
        "strict: false",
        "ordered: false",
        "unique: null",
    ]


def test_every_kind_has_its_type() -> None:
    kinds = ("number", "integer", "boolean", "string", "datetime")
    lines = yaml_of(*(Column(kind, "number", kind, nullable=False) for kind in kinds))  # type: ignore[arg-type]
    types = [line.split()[1] for line in lines if line.startswith("    dtype")]
    assert types == ["float64", "Int64", "boolean", "str", "datetime64[ns]"]
    assert lines.count("    nullable: false") == 5
    assert lines.count("    checks: null") == 5


def test_moments_are_whole_seconds_that_hold_the_range() -> None:
    lines = yaml_of(Column("on", "date", "datetime", nullable=True, minimum=0.5, maximum=86400.5))
    assert '        min_value: "1970-01-01 00:00:00"' in lines
    assert '        max_value: "1970-01-02 00:00:01"' in lines


def test_moments_beyond_pandas_have_no_range() -> None:
    lines = yaml_of(Column("on", "date", "datetime", nullable=True, minimum=-2e10, maximum=0.0))
    assert "    checks: null" in lines


def test_words_that_yaml_would_read_otherwise_stay_words() -> None:
    lines = yaml_of(Column("no", "category", "string", nullable=True, categories=("no", "1", "null", "~")))
    assert '  "no":' in lines
    assert '        value: ["no", "1", "null", "~"]' in lines


def test_an_open_list_of_categories_is_no_check() -> None:
    lines = yaml_of(Column("x", "category", "string", nullable=True, categories=("a",), complete=False))
    assert "    checks: null" in lines


def test_a_very_long_name_is_marked_as_a_key() -> None:
    lines = yaml_of(Column("q" * 2000, "number", "number", nullable=True))
    assert f'  ? "{"q" * 2000}"' in lines
    assert "  :" in lines


def test_a_contract_without_columns_is_a_schema() -> None:
    assert "columns: {}" in yaml_of()


@given(st.text(min_size=1, max_size=20))
def test_any_name_stands_on_one_line_and_reads_back(name: str) -> None:
    text = pandera_yaml(Contract("t", "regression", (), None, (Column(name, "text", "string", True),)))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]", text)
    lines = text.split("\n")
    assert len(lines) == 18
    assert json.loads(lines[2].strip()[:-1]) == name
