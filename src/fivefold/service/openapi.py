"""The OpenAPI document: made once of the contract, from what each part of the service says about its own paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import quote

from fivefold.core.version import __version__
from fivefold.runtime.schema import DIALECT, instance_schema
from fivefold.service.asked import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Column, Contract
    from fivefold.runtime.predictor import Predictor
    from fivefold.service.doors import Doors

__all__ = [
    "Documented",
    "Json",
    "Paths",
    "instances_schema",
    "json_body",
    "label_schema",
    "object_schema",
    "openapi_document",
    "operation",
    "schema_of",
]

Json: TypeAlias = dict[str, Any]
Paths: TypeAlias = dict[str, Json]
"""Path -> method in lower case -> operation: the ``paths`` of OpenAPI."""

_REFUSALS = {
    400: "The request cannot be understood; the error names the column and the row at fault.",
    401: "A token is demanded.",
    403: "A page of another site sent the request.",
    404: "There is no such model.",
    413: "The body is larger than it may be.",
    415: "The body is said to be of a kind that is not read here.",
    421: "Without a token, a service on loopback answers only to this machine's own names.",
    429: "As many requests are in the works as may be; try again in a second.",
    501: "This service cannot do it: no log keeps labels.",
    503: "The model is still being loaded, or the log cannot be written.",
    504: "The answer took too long; send fewer rows at once.",
}


_OF_A_ROW = ("code", "message", "column")


class Documented(Protocol):
    """A part of the service that says what its paths take and give; a protocol, for example."""

    def paths(self, predictor: Predictor, doors: Doors) -> Paths:
        """Return its share of the document's paths."""
        ...


def openapi_document(
    predictor: Predictor, parts: Sequence[Documented], doors: Doors, *, secured: bool
) -> Json:
    """Return the document (OpenAPI 3.1).

    Parameters
    ----------
    predictor : Predictor
    parts : sequence of Documented
        In the order in which a person should read of them.
    doors : Doors
    secured : bool
        Whether a token is demanded.
    """
    contract = predictor.contract
    paths = {path: item for part in parts for path, item in part.paths(predictor, doors).items()}
    operations = [operation for item in paths.values() for operation in item.values()]
    for each in operations:
        is_open = each.pop("x-open", False)
        if not secured or is_open:
            each["responses"].pop("401", None)
        if secured or is_open:
            each["responses"].pop("421", None)
        if secured and is_open:
            each["security"] = []
        if secured:
            each["responses"].pop("403", None)
    document: Json = {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": f"Predict {contract.target}",
            "version": predictor.version.removeprefix("sha256:")[:12] or __version__,
            "description": "Every reply carries the header X-Request-Id; a plain one of the caller's own is kept.",
        },
        "paths": paths,
        "components": {"schemas": _schemas(predictor)},
    }
    if secured:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def operation(
    name: str,
    summary: str,
    response: Json,
    *,
    body: Json | None = None,
    refusals: Sequence[int] = (),
    error: Json | None = None,
    is_open: bool = False,
) -> Json:
    """Make one operation.

    Parameters
    ----------
    name : str
        The ``operationId``, like no other.
    summary : str
    response : dict
        The media types of status 200, as :func:`json_body` makes them; none for an empty answer.
    body : dict, optional
        The media types of the request.
    refusals : sequence of int
        Statuses besides; the need of a token is added by itself.
    error : dict, optional
        Schema of what is said when something is wrong; ``Error`` without it.
    is_open : bool
        Whether it needs no token.
    """
    refused = {
        str(status): {"description": _REFUSALS[status], "content": json_body(error or schema_of("Error"))}
        for status in sorted({*refusals, 401, 421} | ({403} if body else set()))
    }
    described: Json = {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "The answer.", "content": response}, **refused},
    }
    if body is not None:
        described["requestBody"] = {"required": True, "content": body}
    if not response:
        del described["responses"]["200"]["content"]
    return described | ({"x-open": True} if is_open else {})


def json_body(schema: Json, example: object = None) -> Json:
    """Media types of a body of JSON."""
    return {"application/json": {"schema": schema} | ({} if example is None else {"example": example})}


def schema_of(name: str) -> Json:
    """Refer to a schema of the document: ``Instance``, ``Answer`` or ``Error``."""
    return {"$ref": f"#/components/schemas/{name}"}


def instances_schema(contract: Contract) -> Json:
    """Return the schema of a list of instances: each an object by column names, or a list in their order."""
    listed = {
        "type": "array",
        "description": "The values in the order of the columns.",
        "prefixItems": [schema_of(f"Instance/properties/{_pointer(each.name)}") for each in contract.columns],
        "minItems": len(contract.columns),
        "maxItems": len(contract.columns),
    }
    return {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_ROWS,
        "items": {"anyOf": [schema_of("Instance"), listed]},
    }


def _pointer(name: str) -> str:
    """A column's name as a part of a JSON pointer in an address (RFC 6901)."""
    return quote(name.replace("~", "~0").replace("/", "~1"), safe="~")


def label_schema(contract: Contract) -> Json:
    """Return the schema of what is predicted, in the source's own type."""
    kinds = {"integer": "integer", "number": "number", "boolean": "boolean"}
    kind = kinds.get(contract.target_kind, "string") if contract.classes else "number"
    return {"type": kind} | ({"enum": list(contract.classes)} if kind == "string" else {})


def _schemas(predictor: Predictor) -> Json:
    """What all protocols may refer to."""
    nothing = {"type": ["string", "null"]}
    error = {
        "code": {"type": "string", "description": "Stable."},
        "message": {"type": "string"},
        "column": nothing | {"description": "The column at fault."},
        "row": {"type": ["integer", "null"], "description": "The instance at fault, counted from 0."},
        "request_id": {"type": "string"},
    }
    return {
        "Instance": _instance(predictor.contract),
        "Answer": _answer(predictor.contract, whether_sure=bool(predictor.levels)),
        "RowError": object_schema({"error": object_schema({name: error[name] for name in _OF_A_ROW})}),
        "Error": object_schema({"error": object_schema(error)}),
    }


def _instance(contract: Contract) -> Json:
    """One row by column names; what is valid by it is answered."""
    schema = instance_schema(contract)
    del schema["$schema"]
    for column in contract.columns:
        schema["properties"][column.name] |= _narrowed(column)
        if column.complete and column.kind == "string" and column.categories:
            del schema["properties"][column.name]["anyOf"]
    return schema


def _narrowed(column: Column) -> Json:
    """What tools that make requests should keep to, narrower than what is understood."""
    missing = ["null"] if column.nullable else []
    if column.kind in {"number", "integer"}:
        return {"type": [column.kind, *missing]}
    if column.kind == "datetime":
        # Of the years 1 and 9999 a zone can lead out of the calendar.
        return {"type": ["string", *missing], "format": "date-time", "pattern": "^[1-8]"}
    if column.kind == "string" and column.complete and column.categories:
        return {"enum": [*column.categories, *([None] if column.nullable else [])]}
    return {}


def _answer(contract: Contract, *, whether_sure: bool) -> Json:
    """What is said of one instance."""
    if not contract.classes:
        sure = {"interval": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}}
        return object_schema({"value": {"type": "number"}}, sure if whether_sure else {})
    share = {"type": "number", "minimum": 0, "maximum": 1}
    label = label_schema(contract)
    known = {
        "label": label,
        "score": share | {"description": f"Probability of {contract.positive or 'the label'}."},
        "probabilities": object_schema(dict.fromkeys(contract.classes, share)),
    }
    return object_schema(known, {"set": {"type": "array", "items": label}} if whether_sure else {})


def object_schema(required: Json, optional: Json | None = None) -> Json:
    """Return the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }
