"""The contract: what a model takes and gives, described by the training part alone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import Contract
from fivefold.data.pandera import pandera_yaml
from fivefold.runtime.schema import instance_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Brief, Column

__all__ = ["classes_of", "draw_up", "publish"]

_OPPOSITES = ({"yes", "no"}, {"true", "false"}, {"y", "n"}, {"t", "f"})
_AFFIRMING = {"yes", "true", "y", "t"}
_PLAIN = re.compile(r"-?\d{1,15}(\.\d+)?")
_NUMBERED = re.compile(r"(|\D*?(?=\d))(-?\d+(?:\.\d+)?)(\D*)")


def draw_up(brief: Brief, columns: tuple[Column, ...], labels: pl.Series) -> Contract:
    """Draw up the contract.

    Parameters
    ----------
    brief : Brief
    columns : tuple of Column
        With ranges and categories of the training part.
    labels : Series
        The target of all rows, the sealed ones included: only so can every class be named.
    """
    target = brief.profile.column(brief.question.target)
    classes, positive = ((), None) if brief.task == "regression" else classes_of(labels)
    ordered = brief.task == "multiclass" and target.role == "ordinal" and {*classes} <= {*target.levels}
    if ordered:
        classes = tuple(level for level in target.levels if level in classes)
    return Contract(
        target=target.name,
        task=brief.task,
        classes=classes,
        positive=positive if brief.task == "binary" else None,
        columns=columns,
        target_kind=target.kind,
        ordered=ordered,
    )


def classes_of(labels: pl.Series) -> tuple[tuple[str, ...], str | None]:
    """Return the class labels, sorted (numbers as they grow), and the class of interest where there are two: it stands last.

    It is the one that says yes; of two that differ only in a number, such as ``0`` and ``1`` or ``1`` and ``2``, the one
    with the larger number; else the rarer one, and among equals the last in the alphabet.

    Examples
    --------
    >>> import polars as pl
    >>> classes_of(pl.Series(["stayed", "left", "stayed"]))
    (('stayed', 'left'), 'left')
    >>> classes_of(pl.Series(["yes", "no", "yes"]))
    (('no', 'yes'), 'yes')
    >>> classes_of(pl.Series(["10", "9", "11"]))
    (('9', '10', '11'), None)
    """
    known = labels.drop_nulls()
    classes = sorted(known.unique().to_list())
    if all(_PLAIN.fullmatch(name) for name in classes):
        classes.sort(key=float)
    if len(classes) != 2:
        return tuple(classes), None
    positive = _larger(classes) or _affirming(classes)
    if positive is None:
        positive = min(classes, key=lambda name: (int((known == name).sum()), name != classes[1]))
    negative = classes[0] if positive == classes[1] else classes[1]
    return (negative, positive), positive


def _affirming(classes: Sequence[str]) -> str | None:
    """Return the class that says yes, where the other says no."""
    if {name.casefold() for name in classes} not in _OPPOSITES:
        return None
    return next(name for name in classes if name.casefold() in _AFFIRMING)


def _larger(classes: Sequence[str]) -> str | None:
    """Return the class of the larger number, where they differ in nothing else."""
    first, second = (_NUMBERED.fullmatch(name) for name in classes)
    if first is None or second is None or (first[1], first[3]) != (second[1], second[3]):
        return None
    return max(classes[0], classes[1], key=lambda name: float(first[2] if name == classes[0] else second[2]))


def publish(contract: Contract, folder: Path) -> None:
    """Write the contract in three forms: ``contract.json``, ``contract.schema.json`` and ``contract.pandera.yaml``.

    The first is Fivefold's own, the second the JSON Schema of one instance, the third a schema for pandera.
    """
    schema = json.dumps(instance_schema(contract), ensure_ascii=False, indent=2, allow_nan=False)
    (folder / "contract.json").write_bytes(records.dump(contract))
    (folder / "contract.schema.json").write_bytes(schema.encode() + b"\n")
    (folder / "contract.pandera.yaml").write_bytes(pandera_yaml(contract).encode())
