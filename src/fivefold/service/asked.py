"""What a request asks for: instances, and the parameters beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError
from fivefold.service.body import read_body
from fivefold.service.documents import read_document
from fivefold.service.media import expect_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

__all__ = ["MOST_ROWS", "Asked", "Parameters", "asked_of", "check_count", "instances_of", "read_asked"]

MOST_ROWS = 100_000
"""Rows of one request: where all columns may be missing, a row has two bytes, and its answer some hundreds."""
_SHAPE = '{"instances": [{"column": value, ...}, ...]}'
_LIST = "put the rows into a list under 'instances', also when there is one only"


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a request is to be answered.

    Attributes
    ----------
    coverage : float or None
        Also say how sure each answer is, for this share of rows.
    strict : bool
        Answer all instances or none.
    """

    coverage: float | None = None
    strict: bool = False

    @classmethod
    def of(cls, said: object) -> Parameters:
        """Read what stands under ``parameters``; what is not known is passed over.

        Raises
        ------
        RequestError
            With the code ``wrong_coverage`` or ``wrong_strict``.
        """
        if not isinstance(said, dict):
            return _USUAL
        coverage, strict = said.get("coverage"), said.get("strict")
        if coverage is not None and (isinstance(coverage, bool) or not isinstance(coverage, int | float)):
            raise RequestError(
                "'coverage' is no number",
                expected="a share such as 0.9",
                todo="send it without quotes, or leave it out",
                code="wrong_coverage",
            )
        if strict is not None and not isinstance(strict, bool):
            raise RequestError(
                "'strict' is neither true nor false",
                expected="true or false",
                todo="send it without quotes, or leave it out",
                code="wrong_strict",
            )
        return cls(None if coverage is None else float(coverage), bool(strict))


_USUAL = Parameters()


@dataclass(slots=True)
class Asked:
    """What a request asks for; not frozen, since one is made for each request.

    Attributes
    ----------
    instances : list
    parameters : Parameters
    """

    instances: list[object]
    parameters: Parameters = _USUAL


def check_count(rows: int) -> None:
    """Refuse more rows than one request may have.

    Raises
    ------
    RequestError
        With the code ``too_many``.
    """
    if rows > MOST_ROWS:
        raise RequestError(
            f"There are more than {MOST_ROWS:,} rows",
            expected="fewer",
            todo="send them in several requests",
            code="too_many",
        )


async def read_asked(request: Request, limit: int) -> Asked:
    """Read a request's body of JSON; see :func:`asked_of`."""
    expect_json(request)
    return asked_of(read_document(await read_body(request, limit), _SHAPE))


def asked_of(document: object) -> Asked:
    """Return what ``{"instances": [...], "parameters": {...}}`` asks for.

    Raises
    ------
    RequestError
        With the code ``not_an_object``, ``missing_instances``, ``wrong_instances``, ``empty``, ``wrong_coverage`` or
        ``wrong_strict``. The message repeats nothing of what was sent.

    Examples
    --------
    >>> asked_of({"instances": [{"age": 3}], "parameters": {"coverage": 0.9}}).parameters.coverage
    0.9
    """
    if not isinstance(document, dict):
        raise RequestError("The body is no JSON object", expected=_SHAPE, todo=_LIST, code="not_an_object")
    if "instances" not in document:
        raise RequestError(
            "The body has no 'instances'", expected=_SHAPE, todo=_LIST, code="missing_instances"
        )
    instances = instances_of(document, "instances", _SHAPE)
    return Asked(instances, Parameters.of(document["parameters"]) if "parameters" in document else _USUAL)


def instances_of(document: Mapping[str, object], name: str, shape: str) -> list[object]:
    """Return the list under a name.

    Raises
    ------
    RequestError
        With the code ``wrong_instances`` or ``empty``.
    """
    instances = document[name]
    if not isinstance(instances, list):
        raise RequestError(
            f"'{name}' is no list",
            expected=shape,
            todo="put the rows into a list, also when there is one only",
            code="wrong_instances",
        )
    if not instances:
        raise RequestError(
            f"'{name}' is empty",
            expected="one instance or more",
            todo="put the rows that are to be answered into it",
            code="empty",
        )
    return instances
