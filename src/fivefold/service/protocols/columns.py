"""Columns as tensors: how a contract is told in the Open Inference Protocol, how rows are read, and answers put."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from fivefold.core.errors import RequestError
from fivefold.runtime.values import level
from fivefold.service.asked import check_count
from fivefold.service.protocols.tensors import Tensor, wrong_tensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.core.artefacts import Contract, Kind
    from fivefold.runtime.labels import Label
    from fivefold.runtime.predictor import Json
    from fivefold.service.answering import Answered

__all__ = ["answers_as_tensors", "described", "output_names", "rows_of", "set_text"]

_Shares: TypeAlias = "dict[str, float]"
_Ends: TypeAlias = "list[float]"

_DATATYPES: dict[Kind, str] = {
    "number": "FP64",
    "integer": "INT64",
    "boolean": "BOOL",
    "string": "BYTES",
    "datetime": "BYTES",
}
_SHARES = "probabilities"
_SET = "set"
_INTERVAL = "interval"
_ID = "prediction_id"


def described(contract: Contract) -> dict[str, object]:
    """Return inputs and outputs as the metadata of a model."""
    inputs = [_told(column.name, _DATATYPES[column.kind]) for column in contract.columns]
    outputs = [_told(*each) for each in _plain(contract)]
    if contract.classes:
        outputs.append(_told(_SHARES, "FP64", len(contract.classes)))
    return {"inputs": inputs, "outputs": [*outputs, _told(_ID, "BYTES")]}


def output_names(contract: Contract, *, sure: bool) -> list[str]:
    """Return which outputs there are; sure when a coverage was asked for."""
    names = [name for name, _ in _plain(contract)] + [_SHARES] * bool(contract.classes)
    if sure:
        names.append(_SET if contract.classes else _INTERVAL)
    return [*names, _ID]


def rows_of(tensors: Sequence[Tensor], contract: Contract) -> list[object]:
    """Return the instances that tensors hold: one tensor per column, or a single one of all columns in their order.

    Raises
    ------
    RequestError
        With the code ``wrong_tensor``, ``empty`` or ``too_many``.
    """
    names = {column.name for column in contract.columns}
    first = tensors[0]
    if not first.shape[0]:
        raise RequestError(
            "There is no row in the tensors",
            expected="one row or more",
            todo="put the rows that are to be answered into them",
            code="empty",
        )
    check_count(first.shape[0])
    if len(tensors) == 1 and len(first.shape) == 2 and (first.shape[1] != 1 or first.name not in names):
        return _rows_of_one(first, contract)
    if any(tensor.shape[0] != first.shape[0] for tensor in tensors):
        raise wrong_tensor("The tensors have not all as many rows", "a value per row in each")
    if any(len(tensor.shape) == 2 and tensor.shape[1] != 1 for tensor in tensors):
        raise wrong_tensor("A tensor has several columns", "one tensor per column, [rows] or [rows, 1]")
    given = [tensor.name for tensor in tensors]
    if len(set(given)) != len(given):
        raise wrong_tensor("Two tensors have one name", "one tensor per column")
    return [
        dict(zip(given, row, strict=True)) for row in zip(*(each.values for each in tensors), strict=True)
    ]


def answers_as_tensors(answered: Answered, contract: Contract) -> list[Tensor]:
    """Return answers as the tensors of a reply; with a coverage also ``interval`` or ``set``."""
    answers = answered.predictions
    tensors = [_column(name, datatype, answers) for name, datatype in _plain(contract)]
    if contract.classes:
        shares = (share for answer in answers for share in cast("_Shares", answer[_SHARES]).values())
        tensors.append(Tensor(_SHARES, "FP64", (len(answers), len(contract.classes)), list(shares)))
    if _SET in answers[0]:
        tensors.append(Tensor(_SET, "BYTES", (len(answers),), [set_text(answer) for answer in answers]))
    if _INTERVAL in answers[0]:
        ends = [end for answer in answers for end in cast("_Ends", answer[_INTERVAL])]
        tensors.append(Tensor(_INTERVAL, "FP64", (len(answers), 2), ends))
    tensors.append(Tensor(_ID, "BYTES", (len(answers),), answered.ids))
    return tensors


def set_text(answer: Mapping[str, Json]) -> str:
    """Return the classes of an answer's set between bars, as batch prediction writes them."""
    return " | ".join(str(level(cast("Label", label))) for label in cast("list[Json]", answer[_SET]))


def _plain(contract: Contract) -> list[tuple[str, str]]:
    """Return what has one value per row, with its datatype."""
    if not contract.classes:
        return [("value", "FP64")]
    return [("label", _DATATYPES[contract.target_kind]), ("score", "FP64")]


def _column(name: str, datatype: str, answers: Sequence[Mapping[str, Json]]) -> Tensor:
    """Return one value of each answer as a tensor."""
    return Tensor(name, datatype, (len(answers),), [answer[name] for answer in answers])


def _told(name: str, datatype: str, width: int = 0) -> dict[str, object]:
    """Return the metadata of one tensor."""
    return {"name": name, "datatype": datatype, "shape": [-1, width] if width else [-1]}


def _rows_of_one(tensor: Tensor, contract: Contract) -> list[object]:
    """Return the rows of a tensor of all columns. Numbers cannot stand for texts: a code would lose its zeros."""
    width = tensor.shape[1]
    if width != len(contract.columns):
        raise wrong_tensor(
            "A single tensor has not as many columns as the model",
            f"[rows, {len(contract.columns)}] in the order of GET /schema, or one tensor per column",
        )
    if tensor.datatype != "BYTES" and any(_DATATYPES[column.kind] == "BYTES" for column in contract.columns):
        raise wrong_tensor("A single tensor of numbers has no place for texts", "one tensor per column")
    values = list(tensor.values)
    return [values[start : start + width] for start in range(0, len(values), width)]
