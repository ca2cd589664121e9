"""Jobs of the small warehouse, as they were asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fivefold.testing.warehouse import WarehouseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.testing.warehouse import Answer

__all__ = ["Job", "labels_of", "most_of"]

_KEY, _LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}"), re.compile(r"[a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Job:
    """A query that was asked for.

    Attributes
    ----------
    statement : str
    dry : bool
    most : int or None
        ``maximumBytesBilled``.
    answer : Answer or None
        None where it was refused.
    error : WarehouseError or None
    labels : dict of str to str
    patience : int
        ``jobTimeoutMs``; 0 for none.
    id : str
        The one that came along, or one of the service's own.
    """

    statement: str
    dry: bool
    most: int | None
    answer: Answer | None
    error: WarehouseError | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    patience: int = 0
    id: str = ""


def most_of(query: Mapping[str, Any]) -> int | None:
    """What a query may bill at most; None where it does not say."""
    return int(query["maximumBytesBilled"]) if query.get("maximumBytesBilled") else None


def labels_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Labels of a job or a model, if they are such as the service takes."""
    labels: dict[str, str] = body.get("labels", {})
    for key, value in labels.items():
        if not _KEY.fullmatch(key) or not _LABEL.fullmatch(value):
            raise WarehouseError(f"Label {key}={value} is invalid", "invalid")
    return labels
