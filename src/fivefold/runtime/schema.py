"""JSON Schema of one instance: the contract in the words that other people's tools read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fivefold.runtime.readings import BOUNDED

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, Contract, Kind

__all__ = ["DIALECT", "instance_schema"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that is written."""
_WHOLE = 2**63
_TYPES: dict[Kind, str] = {
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "string": "string",
    "datetime": "string",
}
_EXAMPLES = 3
_BOUNDS = {"latitude": 90, "longitude": 180}
"""Forms whose values beyond a bound are no such thing, whatever training saw."""


def instance_schema(contract: Contract) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one instance of ``POST /predict``.

    What would break the contract is invalid: a missing column or a null where training had no gaps, another type. A column
    that had gaps in training may be left out. What training merely did not see is no error, so that ranges are annotations
    (``x-minimum``, ``x-maximum``) and categories an open list. Whatever is valid the service answers; it reads more than is promised here, such as numbers in texts.

    Parameters
    ----------
    contract : Contract

    Returns
    -------
    dict
        Of scalars, lists and dicts only.
    """
    return {
        "$schema": DIALECT,
        "title": f"What is needed to predict {contract.target}",
        "description": "One instance of POST /predict; further properties are ignored.",
        "type": "object",
        "properties": {column.name: _property(column) for column in contract.columns},
        "required": [column.name for column in contract.columns if not column.nullable],
        "additionalProperties": True,
    }


def _property(column: Column) -> dict[str, Any]:
    """Describe one column."""
    types = [_TYPES[column.kind]]
    if column.kind in {"number", "integer"} and column.reading != "plain":
        types.append("string")
    if column.nullable:
        types.append("null")
    said: dict[str, Any] = {"type": types[0] if len(types) == 1 else types, "description": _words(column)}
    if column.kind == "string" and not column.nullable:
        said["pattern"] = r"\S"  # an empty text is a missing value
    if column.kind == "integer":
        said |= {"minimum": -_WHOLE, "maximum": _WHOLE - 1}
    if column.form in _BOUNDS:
        said |= {"minimum": -_BOUNDS[column.form], "maximum": _BOUNDS[column.form]}
    if column.minimum is not None and column.maximum is not None:
        said |= _range(column, column.minimum, column.maximum)
    if column.categories and column.kind == "string":
        listed: dict[str, Any] = {"enum": list(column.categories)}
        # An open list: editors offer the known ones, and no other text is refused.
        said |= {"anyOf": [listed, True], "examples": list(column.categories[:_EXAMPLES])}
    return said | {"x-role": column.role} | ({"x-personal": True} if column.personal else {})


def _range(column: Column, low: float, high: float) -> dict[str, Any]:
    """Annotations with the range that training saw."""
    if column.kind == "datetime":
        ends: list[Any] = [moment for end in (low, high) if (moment := _moment(end))]
    elif column.kind == "integer":
        ends = [int(low), int(high)]
    else:
        ends = [low, high]
    if len(ends) < 2:
        return {}
    said: dict[str, Any] = {"x-minimum": ends[0], "x-maximum": ends[1]}
    return said | ({"examples": ends[:1]} if column.kind == "datetime" else {})


def _moment(seconds: float) -> str:
    """A moment as ISO 8601; empty outside of the years that have four digits."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}Z"
    except (ValueError, OverflowError, OSError):
        return ""


def _words(column: Column) -> str:
    """What a person should know about the values."""
    said = {
        "number": "A number",
        "integer": "A whole number",
        "boolean": "True or false",
        "string": "A text",
        "datetime": "A date, or a moment in ISO 8601 such as 2016-04-29T18:38:08Z",
    }[column.kind]
    if column.kind in {"number", "integer"} and column.reading != "plain":
        said += ", or a text that is read as one, as in training"
    if column.reading in BOUNDED:
        said += "; a bound such as <5 is read as its number"
    if column.form:
        said += f" ({column.form})"
    if column.categories and column.kind == "string":
        count = len(column.categories)
        said += f"; training saw {count:,}{'' if column.complete else ' and more'} different ones"
    said += "." if column.nullable else "; it was there in every row of training."
    if column.missing_values:
        said += (
            f" Missing when it is {', '.join(repr(value) for value in column.missing_values[:_EXAMPLES])}."
        )
    return said
