"""What is planted to try a check on: faults that it must find, and honest tables that must leave it silent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.artefacts import Finding
    from fivefold.testing.faults import Planting

__all__ = ["Planted"]


@dataclass(frozen=True)
class Planted:
    """Faults and honest tables of one check.

    Attributes
    ----------
    check : str
        Its name in the registry.
    faults : tuple of callable
        Each is planted in 21 tables, named by its function.
    honest : tuple of callable
        Near misses: what looks a little like the fault and is none. That nothing at all is planted is tried besides.
    counts : callable, optional
        Which findings count as found; all of the check's if not given.
    says : str
        What counting them is called in the table of the benchmark.
    """

    check: str
    faults: tuple[Planting, ...]
    honest: tuple[Planting, ...] = field(default=())
    counts: Callable[[Finding], bool] | None = None
    says: str = ""
