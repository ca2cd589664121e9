"""Tiny tables with a known truth, for tests of parts and for trying things out."""

from __future__ import annotations

import csv
import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["visits", "write_csv"]


def visits(rows: int, seed: int = 0) -> list[dict[str, object]]:
    """Make rows of a practice that never was: who shows up depends on age, distance, a reminder, and chance.

    Parameters
    ----------
    rows : int
    seed : int

    Returns
    -------
    list of dict
        Columns ``age``, ``distance_km`` (a tenth missing), ``reminder``, ``district`` (noise) and ``shown`` (yes or no).

    Examples
    --------
    >>> list(visits(1)[0])
    ['age', 'distance_km', 'reminder', 'district', 'shown']
    """
    chance = random.Random(seed)
    table: list[dict[str, object]] = []
    for _ in range(rows):
        age, distance = chance.randint(18, 90), round(chance.expovariate(0.2), 1)
        reminder, district = chance.choice(["sms", "mail", "none"]), chance.choice(["north", "south", "east"])
        logit = 0.04 * (age - 50) - 0.15 * distance + {"sms": 1.0, "mail": 0.3, "none": -0.8}[reminder]
        shown = chance.random() < 1 / (1 + math.exp(-logit))
        table.append(
            {
                "age": age,
                "distance_km": distance if chance.random() > 0.1 else "",
                "reminder": reminder,
                "district": district,
                "shown": "yes" if shown else "no",
            }
        )
    return table


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
