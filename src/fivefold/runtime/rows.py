"""Request instances to cleaned rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.runtime.values import Cleaned

__all__ = ["Rows"]


@dataclass(frozen=True, slots=True)
class Rows:
    """Cleaned rows of a request.

    Attributes
    ----------
    values : list of dict
        One dict per instance with every column of the contract, in its order.
    unseen : list of int
        Per instance, the categories that training did not see.
    extra : list of int
        Per instance, the keys that the contract does not have.
    """

    values: list[dict[str, Cleaned]]
    unseen: list[int]
    extra: list[int]
