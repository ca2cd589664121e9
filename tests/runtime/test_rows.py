"""The reader of requests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fivefold.core.artefacts import Column, Contract, Kind
from fivefold.core.errors import RequestError
from fivefold.runtime.rows import Reader
from fivefold.runtime.values import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.runtime.values import Cleaned

ROW = {"age": 31, "price": "$9.50", "member": "yes", "city": "Oslo", "when": "2016-04-29", "note": " hi "}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def refusal(contract: Contract, instances: Sequence[object]) -> RequestError:
    with pytest.raises(RequestError) as caught:
        Reader(contract).read(instances)
    return caught.value


def test_an_object_becomes_a_cleaned_row(contract: Contract) -> None:
    rows = Reader(contract).read([ROW])
    when = datetime(2016, 4, 29)  # noqa: DTZ001
    expected = {"age": 31, "price": 9.5, "member": True, "city": "Oslo", "when": when, "note": "hi"}
    assert rows.values == [expected]
    assert list(rows.values[0]) == [column.name for column in contract.columns]
    assert (rows.unseen, rows.extra) == ([0], [0])


def test_a_list_is_read_in_the_contracts_order(contract: Contract) -> None:
    reader = Reader(contract)
    assert reader.read([list(ROW.values())]).values == reader.read([ROW]).values


def test_the_order_of_the_keys_does_not_matter(contract: Contract) -> None:
    reader = Reader(contract)
    assert reader.read([dict(reversed(ROW.items()))]).values == reader.read([ROW]).values


def test_a_nullable_column_may_be_absent_or_null(contract: Contract) -> None:
    rows = Reader(contract).read([{"age": 31}, {"age": None, "city": None}])
    assert [row["city"] for row in rows.values] == [None, None]
    assert rows.values[1]["age"] is None
    assert rows.extra == [0, 0]


def test_unseen_categories_and_extra_keys_are_counted(contract: Contract) -> None:
    rows = Reader(contract).read([{**ROW, "city": "Paris", "id": 7, "shown": "yes"}, ROW, {"age": 1, "x": 1}])
    assert rows.unseen == [1, 0, 0]
    assert rows.extra == [2, 0, 1]


def test_without_the_whole_list_of_categories_nothing_counts_as_unseen(contract: Contract) -> None:
    columns = tuple(replace(column, complete=False) for column in contract.columns)
    assert Reader(replace(contract, columns=columns)).read([{**ROW, "city": "Paris"}]).unseen == [0]


def test_a_missing_column_is_named_with_its_row_and_what_was_meant(contract: Contract) -> None:
    error = refusal(contract, [ROW, {**{key: ROW[key] for key in ROW if key != "age"}, "Age": 31}])
    assert (error.code, error.column, error.row) == ("missing_column", "age", 1)
    assert "did you mean 'Age'" in str(error)


def test_a_wrong_type_is_named_with_its_row(contract: Contract) -> None:
    error = refusal(contract, [ROW, ROW, {**ROW, "age": "old"}])
    assert (error.code, error.column, error.row) == ("wrong_type", "age", 2)
    assert "'old'" in error.seen


def test_an_empty_list_is_refused(contract: Contract) -> None:
    error = refusal(contract, [])
    assert (error.code, error.row) == ("empty", -1)


@pytest.mark.parametrize("instance", [None, 3, "age", True, 1.5])
def test_neither_object_nor_list_is_refused(contract: Contract, instance: object) -> None:
    error = refusal(contract, [ROW, instance])
    assert (error.code, error.row) == ("not_an_object", 1)


@pytest.mark.parametrize("instance", [[], [1], list(range(7))])
def test_a_list_of_another_length_is_refused(contract: Contract, instance: list[object]) -> None:
    error = refusal(contract, [instance])
    assert (error.code, error.row) == ("wrong_length", 0)
    assert f"{len(instance)} values" in error.seen


def test_a_row_with_very_many_keys_is_refused_quickly(contract: Contract) -> None:
    error = refusal(contract, [{f"key {number}": number for number in range(50_000)}])
    assert error.code == "missing_column"
    assert len(str(error)) < 1_000


@given(
    st.lists(
        JSON | st.fixed_dictionaries({"a": JSON, "b": JSON, "c": JSON, "d": JSON, "e": JSON}), max_size=3
    )
)
def test_whatever_a_request_holds_it_is_read_or_refused_by_code(instances: list[object]) -> None:
    kinds: tuple[Kind, ...] = ("number", "integer", "boolean", "string", "datetime")
    columns = tuple(
        Column(name, "category" if kind == "string" else "number", kind, nullable=name > "b")
        for name, kind in zip("abcde", kinds, strict=True)
    )
    contract = Contract("t", "regression", (), None, columns)
    try:
        rows = Reader(contract).read(instances)
    except RequestError as error:
        known = error.code in {"empty", "not_an_object", "wrong_length", "missing_column", "wrong_type"}
    else:
        known = len(rows.values) == len(rows.unseen) == len(rows.extra) == len(instances)
    assert known


NUMBERS = st.floats() | st.integers() | st.none() | st.sampled_from([1e308, -1e308, "7", "?", True])


@given(st.lists(NUMBERS, min_size=3, max_size=3), st.booleans())
def test_rows_of_numbers_alone_are_read_as_their_columns_are(values: list[object], more: bool) -> None:
    columns = tuple(Column(name, "number", "number", nullable=True) for name in "abc")
    contract = Contract("t", "regression", (), None, columns)
    instance = dict(zip("abc", values, strict=True)) | ({"d": 1.0} if more else {})
    expected: dict[str, Cleaned] = {}
    refused = ""
    try:
        expected = {column.name: clean(instance[column.name], column) for column in columns}
    except RequestError as error:
        refused = error.code
    if refused:
        assert refusal(contract, [instance]).code == refused
        return
    rows = Reader(contract).read([instance])
    assert repr(rows.values) == repr([expected])
    assert list(rows.values[0]) == ["a", "b", "c"]
    assert (rows.unseen, rows.extra) == ([0], [int(more)])


def test_what_a_mapping_would_make_up_for_a_lacking_column_is_not_taken() -> None:
    columns = (
        Column("a", "number", "number", nullable=False),
        Column("b", "number", "number", nullable=False),
    )
    contract = Contract("t", "regression", (), None, columns)
    row = defaultdict(float, {"a": 1.0})
    assert refusal(contract, [row]).code == "missing_column"
    assert row == {"a": 1.0}


def test_a_number_that_stands_for_missing_is_missing_however_it_is_sent() -> None:
    columns = tuple(
        Column(name, "number", "number", nullable=True, missing_values=absent)
        for name, absent in (("a", ("-999",)), ("b", ()))
    )
    reader = Reader(Contract("t", "regression", (), None, columns))
    sent: list[object] = [{"a": value, "b": value} for value in (-999.0, -999, "-999")]
    assert reader.read(sent).values == [{"a": None, "b": -999.0}] * 3
