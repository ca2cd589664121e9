"""Price: what a warehouse asks for reading, known before it reads; a query over the stated means is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from fivefold.core.errors import BudgetError
from fivefold.core.quantities import format_bytes

__all__ = ["Means", "Price", "Purse"]

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


class Purse:
    """Means that get less: all that a step asks for together must not pass them.

    Parameters
    ----------
    means : Means
    paid : float
        What is taken of the money already, such as the first month of what is kept.

    Attributes
    ----------
    scanned : int
        Bytes that were billed.
    spent : float
        In US dollars.
    """

    def __init__(self, means: Means, paid: float = 0.0) -> None:
        self._means = means
        self.scanned, self.spent = 0, paid

    def pay(self, price: Price) -> None:
        """Take what a query was billed for."""
        self.scanned += price.scanned
        self.spent += price.money

    def set_aside(self, money: float) -> None:
        """Take what is paid besides, such as a machine."""
        self.spent += money

    def allow(self, price: Price, hint: str = "") -> int:
        """Refuse what the means that are left do not allow; return the bytes that the job may bill at most.

        Parameters
        ----------
        price : Price
        hint : str
            What would make the query cheaper.

        Raises
        ------
        BudgetError
            Saying what was asked and what is allowed.
        """
        means = self._means
        scan, money = max(0, means.scan - self.scanned), max(0.0, means.money - self.spent)
        if price.scanned and (price.scanned > scan or price.money > money or means.currency != "USD"):
            raise self._refused(price, hint)
        most = min(scan, int(money / price.usd_per_tib * 2**40) if price.usd_per_tib else scan)
        return max(1, min(most, math.ceil(price.scanned * _ROOM)))

    def _refused(self, price: Price, hint: str) -> BudgetError:
        """Say what would be needed in all."""
        means = self._means
        allowed = f"scan {format_bytes(means.scan)}, money {means.money:g} {means.currency}"
        if self.scanned or self.spent:
            allowed += f", of which {format_bytes(self.scanned)} and {self.spent:.6f} USD are taken"
        whole = math.ceil((self.scanned + price.scanned) / _MEGABYTE * 1.05)
        cents = math.ceil((self.spent + price.money) * 100) / 100
        return BudgetError(
            "The query would read more of the warehouse than the budget allows",
            seen=price.words(),
            expected=f"at most: {allowed}" + ("; prices are in USD" if means.currency != "USD" else ""),
            todo=f'allow it with [budget] scan = "{whole}MB" and '
            f'money = "{cents:.2f} USD", or read less: fewer columns in [data] include{hint}',
        )
