"""What BigQuery imports: looked at before anything is uploaded, so that nothing is made that it would refuse.

The figures are those of Google's page on ONNX models in BigQuery and of its quotas, as read in October 2026. Copies of that page
differ on the newest opset (15 or 17): the older one is held to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.quantities import format_bytes

if TYPE_CHECKING:
    from fivefold.export.ports import GraphFacts

__all__ = ["IMPORT_LIMITS", "Limits", "refusals", "too_long"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model in ONNX may be.

    Attributes
    ----------
    bytes : int
    ir, opset, ml : int
        The newest version of the file's form, of ``ai.onnx`` and of ``ai.onnx.ml``.
    inputs : int
        Columns that a query may hand over.
    kinds : frozenset of str
        Element types that a column of BigQuery can be turned into or made of.
    statement : int
        Bytes that a statement may have.
    """

    bytes: int = 450 * 10**6
    ir: int = 8
    opset: int = 15
    ml: int = 2
    inputs: int = 10_000
    kinds: frozenset[str] = frozenset({"BOOL", "DOUBLE", "FLOAT", "INT32", "INT64", "STRING"})
    statement: int = 10**6


IMPORT_LIMITS = Limits()


def refusals(facts: GraphFacts, limits: Limits = IMPORT_LIMITS) -> tuple[str, ...]:
    """Say why BigQuery would not import a model; nothing when it would.

    Parameters
    ----------
    facts : GraphFacts
    limits : Limits
    """
    said = []
    if facts.bytes > limits.bytes:
        said.append(
            f"it has {format_bytes(facts.bytes)}, and at most {format_bytes(limits.bytes)} are imported"
        )
    if facts.ir > limits.ir:
        said.append(f"its IR version is {facts.ir}, and at most {limits.ir} is read")
    for domain, version in facts.opsets.items():
        most = {"ai.onnx": limits.opset, "ai.onnx.ml": limits.ml}.get(domain, version)
        if version > most:
            said.append(f"it is written in opset {version} of {domain}, and at most {most} is read")
    if len(facts.inputs) > limits.inputs:
        said.append(f"it has {len(facts.inputs):,} inputs, and a query has at most {limits.inputs:,} columns")
    if not facts.inputs:
        said.append("it has no input, and a query has at least one column")
    said += [
        f"'{port.name}' is of type {port.kind}, and only tensors of {', '.join(sorted(limits.kinds))} are taken"
        for port in (*facts.inputs, *facts.outputs)
        if port.kind not in limits.kinds
    ]
    return tuple(said)


def too_long(statement: str, limits: Limits = IMPORT_LIMITS) -> str:
    """Say that a statement is longer than BigQuery takes; nothing when it is not."""
    size = len(statement.encode())
    return (
        f"a statement has {format_bytes(size)}, and at most {format_bytes(limits.statement)} are taken"
        if size > limits.statement
        else ""
    )
