"""Price: what a warehouse asks for reading, known before it reads; a query over the stated means is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from fivefold.core.errors import BudgetError
from fivefold.core.quantities import format_bytes

__all__ = ["Means", "Price", "allow"]

# A query is billed at least 10 MB for each table that it reads, and whole megabytes. The free first TiB of a month is not counted on.
_MEGABYTE = 2**20
_LEAST = 10 * _MEGABYTE
_ROOM = 1.1


class Means(Protocol):
    """What may be spent: a budget, or what an extract got of it."""

    @property
    def scan(self) -> int:
        """Bytes."""

    @property
    def money(self) -> float:
        """In ``currency``."""

    @property
    def currency(self) -> str:
        """Such as USD."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a query will cost.

    Attributes
    ----------
    scanned : int
        Bytes that it will be billed for.
    usd_per_tib : float
        What a TiB costs.
    """

    scanned: int
    usd_per_tib: float

    @classmethod
    def of(cls, processed: int, tables: int, usd_per_tib: float) -> Price:
        """Price of reading so many bytes from so many tables; nothing is billed for an answer that was kept.

        Examples
        --------
        >>> Price.of(1, 2, 6.25).scanned == 2 * 10 * 2**20
        True
        """
        if processed == 0:
            return cls(0, usd_per_tib)
        billed = max(_LEAST * max(1, tables), math.ceil(processed / _MEGABYTE) * _MEGABYTE)
        return cls(billed, usd_per_tib)

    @property
    def money(self) -> float:
        """In US dollars."""
        return self.scanned / 2**40 * self.usd_per_tib

    def words(self) -> str:
        """Both in words."""
        return f"{format_bytes(self.scanned)} for {self.money:.6f} USD"


def allow(price: Price, means: Means, hint: str = "") -> int:
    """Refuse what the stated means do not allow; return the bytes that the job may bill at most.

    Parameters
    ----------
    price : Price
    means : Means
    hint : str
        What would make the query cheaper.

    Raises
    ------
    BudgetError
        Saying what was asked and what is allowed.
    """
    foreign = means.currency != "USD"
    over = price.scanned > means.scan or price.money > means.money
    if price.scanned and (over or foreign):
        allowed = f"scan {format_bytes(means.scan)}, money {means.money:g} {means.currency}"
        cents = math.ceil(price.money * 100) / 100
        raise BudgetError(
            "The query would read more of the warehouse than the budget allows",
            seen=price.words(),
            expected=f"at most: {allowed}" + ("; prices are in USD" if foreign else ""),
            todo=f'allow it with [budget] scan = "{math.ceil(price.scanned / _MEGABYTE * 1.05)}MB" and '
            f'money = "{cents:.2f} USD", or read less: fewer columns in [data] include{hint}',
        )
    most = min(means.scan, int(means.money / price.usd_per_tib * 2**40) if price.usd_per_tib else means.scan)
    return max(1, min(most, math.ceil(price.scanned * _ROOM)))
