"""Rows: the instances of a request, read into cleaned values without any frame library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError
from fivefold.runtime.frames import near_names
from fivefold.runtime.values import cleaner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Column, Contract
    from fivefold.runtime.values import Cleaned

__all__ = ["Reader", "Rows"]

_ABSENT = object()
_INFINITY = float("inf")
_FLOATS = {float}
_LOOKED_AT = 200  # a request may carry any number of keys, and comparing names costs time


@dataclass(slots=True)
class Rows:
    """Cleaned rows of a request; not frozen, since one is made for each, and freezing costs more than the rest of it.

    Attributes
    ----------
    values : list of dict
        One dict per instance with every column of the contract, in its order.
    unseen : list of int
        Per instance, how many categories training did not see; columns whose list of categories is not complete are not
        counted.
    extra : list of int
        Per instance, how many keys the contract does not have.
    """

    values: list[dict[str, Cleaned]]
    unseen: list[int]
    extra: list[int]


class Reader:
    """Reads instances by a contract.

    Parameters
    ----------
    contract : Contract
    """

    def __init__(self, contract: Contract) -> None:
        self._columns = contract.columns
        self._names = tuple(column.name for column in contract.columns)
        self._steps = tuple(
            (column, column.name, cleaner(column), _known(column), _is_plain(column))
            for column in contract.columns
        )
        all_plain = len(self._names) > 1 and all(map(_is_plain, contract.columns))
        self._take_numbers = itemgetter(*self._names) if all_plain else None

    def read(self, instances: Sequence[object], refused: dict[int, RequestError] | None = None) -> Rows:
        """Clean the instances; see :meth:`fivefold.runtime.predictor.Predictor.read`."""
        if not instances:
            raise RequestError(
                "There is nothing to predict",
                seen="an empty list of instances",
                expected="at least one instance",
                todo="send one row or more",
                code="empty",
            )
        rows = Rows([], [], [])
        for position, instance in enumerate(instances):
            try:
                self._take(instance, rows)
            except RequestError as error:
                error.row = position
                if refused is None:
                    raise
                refused[position] = error
        return rows

    def _take(self, instance: object, rows: Rows) -> None:
        """Clean one instance and put it down."""
        named = self._named(instance)
        # Of other mappings one may make up a value for a key that it lacks, and keep it.
        if self._take_numbers is not None and type(named) is dict and self._took_numbers(named, rows):
            return
        values: dict[str, Cleaned] = {}
        unseen = absent = 0
        for column, name, clean, known, plain in self._steps:
            value = named.get(name, _ABSENT)
            if value is _ABSENT:
                absent += 1
                if not column.nullable:
                    raise _missing(column, named)
                values[name] = None
                continue
            if plain and type(value) is float and -_INFINITY < value < _INFINITY:
                values[name] = (
                    value  # what its cleaner does: most values come this way, and a call costs more
                )
                continue
            cleaned = values[name] = clean(value)
            if known is not None and cleaned is not None and cleaned not in known:
                unseen += 1
        rows.values.append(values)
        rows.unseen.append(unseen)
        rows.extra.append(len(named) - len(self._steps) + absent)

    def _took_numbers(self, named: Mapping[str, object], rows: Rows) -> bool:
        """Take an instance that has a finite float in every column, as it is; whether it is one."""
        assert self._take_numbers is not None
        try:
            given = self._take_numbers(named)
        except KeyError:
            return False
        # The sum of what is infinite or none is not finite either; one that is too large goes the long way, too.
        if set(map(type, given)) != _FLOATS or not isfinite(sum(given)):
            return False
        rows.values.append(dict(zip(self._names, given, strict=True)))
        rows.unseen.append(0)
        rows.extra.append(len(named) - len(given))
        return True

    def _named(self, instance: object) -> Mapping[str, object]:
        """Return an instance by column names."""
        if isinstance(instance, dict) or isinstance(instance, Mapping):  # noqa: SIM101 - nearly all are dicts, known at once
            return instance
        if not isinstance(instance, list | tuple):
            raise RequestError(
                "An instance is neither an object nor a list",
                seen=type(instance).__name__,
                expected="an object by column names, or a list in the order of the columns",
                todo="send each row as an object such as " + _example(self._columns),
                code="not_an_object",
            )
        if len(instance) != len(self._names):
            raise RequestError(
                "An instance has the wrong number of values",
                seen=f"{len(instance)} values",
                expected=f"{len(self._names)}, in the order {', '.join(self._names[:8])}"
                + (f" and {len(self._names) - 8} more" if len(self._names) > 8 else ""),
                todo="send one value per column, or an object by column names",
                code="wrong_length",
            )
        return dict(zip(self._names, instance, strict=True))


def _is_plain(column: Column) -> bool:
    """Whether a finite float is taken as it is."""
    return column.kind == "number" and not column.missing_values


def _known(column: Column) -> frozenset[str] | None:
    """Return the categories that training saw; None where that cannot be told."""
    if (
        column.role in {"category", "ordinal"}
        and column.kind == "string"
        and column.complete
        and column.categories
    ):
        return frozenset(column.categories)
    return None


def _missing(column: Column, named: Mapping[str, object]) -> RequestError:
    """Say that an instance lacks a column."""
    near = near_names(column.name, [str(name) for name in islice(named, _LOOKED_AT)])
    shown = [str(name)[:40] for name in islice(named, 12)]
    meant = f"; did you mean {' or '.join(repr(name[:40]) for name in near)}?" if near else ""
    return RequestError(
        f"An instance lacks the column '{column.name}'",
        seen=", ".join(shown) + (", ..." if len(named) > 12 else "") or "no column",
        expected=f"'{column.name}', which every row had in training",
        todo=f"send '{column.name}', or null if it is not known{meant}",
        code="missing_column",
        column=column.name,
    )


def _example(columns: Sequence[Column]) -> str:
    """Return the start of an instance, for an error's text."""
    return "{" + ", ".join(f'"{column.name}": ...' for column in columns[:2]) + "}"
