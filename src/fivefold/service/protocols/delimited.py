"""CSV: rows with the names of their columns above them or in the contract's order, and answers a line each."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, cast

from fivefold.core.errors import RequestError
from fivefold.runtime.values import level
from fivefold.service.protocols.columns import set_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.core.artefacts import Contract
    from fivefold.runtime.labels import Label
    from fivefold.runtime.predictor import Json
    from fivefold.service.answering import Answered

__all__ = ["read_delimited", "write_delimited"]

_MARK = "\ufeff"
_INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"})
"""How other programs write what is no number: a missing value here, as it is in every other form of a request."""


def read_delimited(body: bytes, contract: Contract, *, header: str = "") -> tuple[list[object], bool]:
    """Read rows; every value is a text, and an empty one a missing value.

    Parameters
    ----------
    body : bytes
        CSV as in RFC 4180, in UTF-8.
    contract : Contract
    header : str
        ``present``, ``absent``, or anything else for a look at the first line: it is taken for names when most of the contract's
        columns stand in it.

    Returns
    -------
    instances : list
        Objects by column names, or without names lists in the contract's order.
    bool
        Whether there were names.

    Raises
    ------
    RequestError
        With the code ``invalid_csv``, ``wrong_length`` or ``empty``.
    """
    lines = _parsed(body, alone=len(contract.columns) == 1)
    names = [cell.strip() for cell in lines[0]] if lines else []
    known = {column.name for column in contract.columns}
    headed = header == "present" or (header != "absent" and 2 * len(known & set(names)) > len(known))
    rows = lines[1:] if headed else lines
    if not rows:
        raise RequestError(
            "The body has no row",
            expected="one line or more of values",
            todo="put the rows that are to be answered into it, a line each",
            code="empty",
        )
    if not headed:
        _without_infinities(rows, [column.name for column in contract.columns], contract)
        return list(rows), False
    if len(set(names)) != len(names):
        raise RequestError(
            "Two columns have one name",
            expected="each name once in the first line",
            todo="leave one of the columns out",
            code="invalid_csv",
        )
    for position, row in enumerate(rows):
        if len(row) != len(names):
            raise RequestError(
                "A line has other than as many values as the first one has names",
                expected=f"{len(names)}",
                todo="put a value with commas or quotes into quotes",
                code="wrong_length",
                row=position,
            )
    _without_infinities(rows, names, contract)
    return [dict(zip(names, row, strict=True)) for row in rows], True


def write_delimited(answered: Answered, *, header: bool) -> bytes:
    """Write a line per answer: ``label``, ``score`` and the probabilities, or ``value``; then the id of the prediction."""
    rows = [_flat(answer) for answer in answered.predictions]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow([*rows[0], "prediction_id"])
    writer.writerows([*row.values(), name] for row, name in zip(rows, answered.ids, strict=True))
    return text.getvalue().encode()


def _parsed(body: bytes, *, alone: bool) -> Sequence[list[str]]:
    """Part a body into lines and cells; empty lines are none, unless a line has one value that may be missing."""
    try:
        text = body.decode().removeprefix(_MARK)
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(
            "The body is no CSV",
            expected="lines of values between commas in UTF-8, quotes closed and doubled within",
            todo="write it with a library for CSV, in UTF-8",
            code="invalid_csv",
        ) from error
    return [line or [""] for line in lines if line or alone]


def _without_infinities(rows: Sequence[list[str]], names: Sequence[str], contract: Contract) -> None:
    """Empty the cells of numbers in which there is something infinite."""
    numbers = {column.name for column in contract.columns if column.kind in {"number", "integer"}}
    places = [place for place, name in enumerate(names) if name in numbers]
    for row in rows:
        for place in places:
            if place < len(row) and row[place][:1] in "+-iI" and row[place].strip().lower() in _INFINITE:
                row[place] = ""


def _flat(answer: Mapping[str, Json]) -> dict[str, Json]:
    """Return an answer as cells."""
    cells: dict[str, Json] = {}
    for name, value in answer.items():
        if isinstance(value, dict):
            cells |= {f"probability: {label}": share for label, share in value.items()}
        elif name == "interval":
            low, high = cast("list[Json]", value)
            cells |= {"interval: low": low, "interval: high": high}
        elif name == "set":
            cells[name] = set_text(answer)
        else:
            cells[name] = level(cast("Label", value)) if isinstance(value, bool) else value
    return cells
