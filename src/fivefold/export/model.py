"""A whole bundle as one graph in ONNX: encoder, members, blend and judgement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from fivefold.core.errors import InputError
from fivefold.core.version import __version__
from fivefold.export.answers import answer, blended
from fivefold.export.columns import meaning
from fivefold.export.encoding import encoded
from fivefold.export.graph import INSTEAD, Graph
from fivefold.export.members.catboost import catboost
from fivefold.export.members.constant import constant
from fivefold.export.members.lightgbm import lightgbm
from fivefold.export.members.linear import linear
from fivefold.export.members.mlp import mlp
from fivefold.export.members.onnx import onnx
from fivefold.export.members.trees import trees
from fivefold.runtime.labels import native_labels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.runtime.bundle import BundleContents

__all__ = ["MEMBERS", "onnx_model"]

Writer: TypeAlias = "Callable[[Graph, bytes, str], str]"

MEMBERS: dict[str, Writer] = {
    "catboost": catboost,
    "constant": constant,
    "lightgbm": lightgbm,
    "linear": linear,
    "mlp": mlp,
    "onnx": onnx,
    "trees": trees,
}
"""What writes each kind of member."""


def onnx_model(contents: BundleContents, told: Mapping[str, str] | None = None) -> bytes:
    """Write a bundle as one model in ONNX.

    There is one input of shape (rows, 1) per column of the contract and by its name: texts, or doubles. The outputs are
    ``label`` and ``probabilities``, or ``value``.

    Parameters
    ----------
    contents : BundleContents
    told : mapping of str to str, optional
        Properties of the graph besides the usual ones, or in their place.

    Raises
    ------
    InputError
        When a column or a member is one that no graph can hold.
    MissingExtraError
        When the package onnx is not installed.
    """
    manifest = contents.manifest
    strange = sorted({entry.kind for entry in manifest.members} - set(MEMBERS))
    if strange:
        raise InputError(
            "A member of the blend cannot be written as ONNX",
            seen=", ".join(
                f"'{entry.name}' of kind {entry.kind}" for entry in manifest.members if entry.kind in strange
            ),
            expected=", ".join(MEMBERS),
            todo=f"train without the family that made it, or {INSTEAD}",
        )
    graph = Graph()
    contract = manifest.contract
    matrix = encoded(graph, contract, contents.encoder())
    scores = [MEMBERS[entry.kind](graph, contents.payload(entry), matrix) for entry in manifest.members]
    mean = blended(graph, scores, [entry.weight for entry in manifest.members], manifest.judgement)
    outputs = answer(graph, mean, contract, native_labels(contract), manifest.judgement)
    facts = {
        "fivefold": __version__,
        "bundle": contents.version,
        "target": contract.target,
        "task": contract.task,
        "classes": json.dumps(contract.classes, ensure_ascii=False),
        "inputs": json.dumps(
            {column.name: meaning(column) for column in contract.columns}, ensure_ascii=False
        ),
        "outputs": json.dumps(outputs),
    }
    return graph.finish("fivefold", facts | dict(told or {}))
