"""Schemata of instances and answers, in the form that Vertex AI reads: an OpenAPI 3.0.2 schema object, as YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.artefacts import Column, Contract

__all__ = ["instance_schema", "parameters_schema", "prediction_schema", "to_yaml"]

_TYPES = {
    "number": {"type": "number", "format": "double"},
    "integer": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "datetime": {"type": "string"},
}


def instance_schema(contract: Contract) -> dict[str, Any]:
    """Return the schema of an instance, an object by column names."""
    return {
        "title": f"What is needed to predict {contract.target}",
        "type": "object",
        "properties": {column.name: _column(column) for column in contract.columns},
        "required": [column.name for column in contract.columns if not column.nullable],
    }


def parameters_schema() -> dict[str, Any]:
    """Return the schema of what may be said with a request."""
    return {
        "title": "What may be said with the instances",
        "type": "object",
        "properties": {
            "coverage": {"type": "number", "format": "double", "description": "Of an interval or a set."},
            "strict": {
                "type": "boolean",
                "description": "Refuse all for one row that cannot be understood.",
            },
        },
    }


def prediction_schema(contract: Contract) -> dict[str, Any]:
    """Return the schema of the answer to one instance."""
    double = {"type": "number", "format": "double"}
    if not contract.classes:
        return {"title": contract.target, "type": "object", "properties": {"value": double}}
    shares = {
        "type": "object",
        "properties": dict.fromkeys(contract.classes, double),
    }
    known = {"label": _label(contract), "score": double, "probabilities": shares}
    return {"title": contract.target, "type": "object", "properties": known}


def to_yaml(document: dict[str, Any]) -> str:
    r"""Write a document of objects, lists and scalars as YAML; every text is quoted, so that none is read as something else.

    Examples
    --------
    >>> print(to_yaml({"type": "object", "required": ["no"], "properties": {"no": {"nullable": True}}}))
    "type": "object"
    "required":
      - "no"
    "properties":
      "no":
        "nullable": true
    <BLANKLINE>
    """
    return "".join(f"{line}\n" for line in _lines(document, ""))


def _column(column: Column) -> dict[str, Any]:
    """Describe a column: before OpenAPI 3.1 what may be missing is said apart."""
    return _TYPES[column.kind] | ({"nullable": True} if column.nullable else {})


def _label(contract: Contract) -> dict[str, Any]:
    """What a class is called, in the source's own type."""
    return _TYPES[contract.target_kind if contract.target_kind in _TYPES else "string"]


def _lines(value: Any, indent: str) -> Iterator[str]:
    """Write a value in lines."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            key = f"{indent}{json.dumps(name, ensure_ascii=False)}:"
            if isinstance(one, dict | list) and one:
                yield key
                yield from _lines(one, f"{indent}  ")
            else:
                yield f"{key} {json.dumps(one, ensure_ascii=False)}"
    elif isinstance(value, list):
        for one in value:
            yield f"{indent}- {json.dumps(one, ensure_ascii=False)}"
