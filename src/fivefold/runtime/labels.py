"""Labels: the classes of a target in the source's own type."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from fivefold.runtime.values import parse_boolean

if TYPE_CHECKING:
    from fivefold.core.artefacts import Contract

__all__ = ["Label", "native_labels"]

Label: TypeAlias = str | int | bool | float
"""A class in the source's own type."""


def native_labels(contract: Contract) -> tuple[Label, ...]:
    """Return the classes as the source wrote them; none for regression."""
    return tuple(_native_label(label, contract) for label in contract.classes)


def _native_label(label: str, contract: Contract) -> Label:
    """Return a class as the source wrote it."""
    if contract.target_kind == "integer":
        return int(label)
    if contract.target_kind == "number":
        return float(label)
    if contract.target_kind == "boolean":
        return bool(parse_boolean(label))
    return label
