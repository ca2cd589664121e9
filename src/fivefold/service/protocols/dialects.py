"""The forms of a request in JSON that MLflow's scoring server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fivefold.core.errors import RequestError
from fivefold.service.asked import Asked, Parameters, instances_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["asked_in_dialect"]

_SPLIT = '{"dataframe_split": {"columns": [...], "data": [[...], ...]}}'
_RECORDS = '{"dataframe_records": [{"column": value, ...}, ...]}'
_INSTANCES = '{"instances": [{"column": value, ...}, ...]}'
_INPUTS = '{"inputs": {"column": [...], ...}}'


def asked_in_dialect(document: object) -> Asked:
    """Return what a document asks for; parameters may stand under ``params`` or ``parameters``.

    Raises
    ------
    RequestError
        With the code ``not_an_object``, ``missing_instances``, ``wrong_instances``, ``empty``, ``wrong_coverage`` or
        ``wrong_strict``. The message repeats nothing of what was sent.

    Examples
    --------
    >>> asked_in_dialect({"dataframe_split": {"columns": ["age", "city"], "data": [[3, "Rome"]]}}).instances
    [{'age': 3, 'city': 'Rome'}]
    >>> asked_in_dialect({"inputs": {"age": [3, 4], "city": ["Rome", "Oslo"]}}).instances
    [{'age': 3, 'city': 'Rome'}, {'age': 4, 'city': 'Oslo'}]
    """
    if not isinstance(document, dict):
        raise RequestError(
            "The body is no JSON object",
            expected=_RECORDS,
            todo="put the rows into an object of this form",
            code="not_an_object",
        )
    found = [name for name in _DIALECTS if name in document]
    if len(found) != 1:
        raise RequestError(
            "The body has several kinds of instances" if found else "The body has no instances",
            expected=f"one of {', '.join(_DIALECTS)}",
            todo="put the rows under one of these names alone",
            code="wrong_instances" if found else "missing_instances",
        )
    parameters = Parameters.of(document.get("params", document.get("parameters")))
    return Asked(_DIALECTS[found[0]](document), parameters)


def _split(document: Mapping[str, object]) -> list[object]:
    """Rows apart from the names of their columns."""
    frame = document["dataframe_split"]
    if not isinstance(frame, dict) or "data" not in frame:
        raise RequestError(
            "'dataframe_split' has no 'data'",
            expected=_SPLIT,
            todo="put the rows under 'data', each a list of its values",
            code="wrong_instances",
        )
    rows = instances_of(frame, "data", _SPLIT)
    names = frame.get("columns")
    if names is None:
        return rows
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RequestError(
            "'columns' is no list of names",
            expected=_SPLIT,
            todo="put the names into a list, or leave 'columns' out for the order of GET /schema",
            code="wrong_instances",
        )
    if len(set(names)) != len(names):
        raise RequestError(
            "Two columns have one name",
            expected="each name once",
            todo="leave one of them out, its values as well",
            code="wrong_instances",
        )
    for position, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise RequestError(
                "A row has other than as many values as there are columns",
                expected=_SPLIT,
                todo="give a value for each name; a missing one is null",
                code="wrong_length",
                row=position,
            )
    return [dict(zip(names, row, strict=True)) for row in cast("list[list[object]]", rows)]


def _records(document: Mapping[str, object]) -> list[object]:
    """Rows as objects."""
    return instances_of(document, "dataframe_records", _RECORDS)


def _instances(document: Mapping[str, object]) -> list[object]:
    """Rows as objects or lists."""
    return instances_of(document, "instances", _INSTANCES)


def _inputs(document: Mapping[str, object]) -> list[object]:
    """Columns as lists, a single row as an object, or rows."""
    columns = document["inputs"]
    if not isinstance(columns, dict):
        return instances_of(document, "inputs", _INPUTS)
    listed = [values for values in columns.values() if isinstance(values, list)]
    if not listed:
        return [columns]
    if len(listed) != len(columns) or any(len(values) != len(listed[0]) for values in listed):
        raise RequestError(
            "The columns of 'inputs' are not all lists of one length",
            expected=_INPUTS,
            todo="give a list to each column, with a value for every row; a missing one is null",
            code="wrong_instances",
        )
    if not listed[0]:
        raise RequestError(
            "The columns of 'inputs' are empty",
            expected="one value or more",
            todo="put the values of the rows that are to be answered into them",
            code="empty",
        )
    return [dict(zip(columns, row, strict=True)) for row in zip(*listed, strict=True)]


_DIALECTS: dict[str, Callable[[Mapping[str, object]], list[object]]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}
