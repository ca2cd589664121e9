"""Conditions over facts in three-valued logic: what nobody knows makes neither true nor false (Kleene, 1938)."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from fivefold.core.errors import PartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fivefold.core.protocols import Fact

__all__ = ["Condition", "Group", "Predicate", "Truth", "parse", "parse_condition"]

Truth: TypeAlias = bool | None
"""True, False, or None for unknown."""
Written: TypeAlias = "str | Mapping[str, Sequence[Written]]"
"""A condition as cards write it: ``field op value``, ``always``, or ``{"any": [...]}`` and ``{"all": [...]}``."""

_CONDITION = re.compile(r"(?P<field>[a-z_]+)\s*(?P<op>==|!=|<=|>=|<|>|~)\s*(?P<value>[\w.+-]+)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a fact with a value.

    Attributes
    ----------
    field : str
        Name of the fact.
    op : str
        ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, or ``~`` (a list of words contains this one).
    value : bool, float or str
    """

    field: str
    op: str
    value: bool | float | str

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, bool):
            return f"{self.field} {self.op} {str(value).lower()}"
        return (
            f"{self.field} {self.op} {value:g}"
            if isinstance(value, float)
            else f"{self.field} {self.op} {value}"
        )

    def holds(self, facts: Mapping[str, Fact]) -> Truth:
        """Whether it holds for these facts; a fact that is missing or None is unknown."""
        fact = facts.get(self.field)
        if fact is None:
            return None
        if self.op == "==":
            return fact == self.value
        if self.op == "!=":
            return fact != self.value
        if self.op == "~" and isinstance(fact, tuple):
            return self.value in fact
        if isinstance(fact, int | float) and isinstance(self.value, int | float) and self.op in _ORDER:
            return _ORDER[self.op](fact, self.value)
        raise PartError(
            f"The condition '{self}' cannot be asked of this fact",
            seen=f"{self.field} = {fact!r}",
            expected="a number for < <= > >=, a list of words for ~",
        )

    def leaves(self) -> Iterator[Condition]:
        """Itself."""
        yield self

    def decided(self, facts: Mapping[str, Fact]) -> Iterator[Condition]:
        """Itself, if it holds."""
        if self.holds(facts):
            yield self

    def open(self, facts: Mapping[str, Fact]) -> Iterator[Condition]:
        """Itself, if it is unknown."""
        if self.holds(facts) is None:
            yield self


@dataclass(frozen=True, slots=True)
class Group:
    """Several predicates together: all of them, or any of them.

    Attributes
    ----------
    decisive : bool
        The truth of a part that settles the whole: False for "all of", True for "any of". Without a part that settles it,
        one unknown part leaves the whole unknown.
    parts : tuple of Predicate
    """

    decisive: bool
    parts: tuple[Predicate, ...]

    def holds(self, facts: Mapping[str, Fact]) -> Truth:
        """Whether the whole holds for these facts."""
        truths = [part.holds(facts) for part in self.parts]
        if self.decisive in truths:
            return self.decisive
        return None if None in truths else not self.decisive

    def leaves(self) -> Iterator[Condition]:
        """Every condition, in the order in which they are written."""
        for part in self.parts:
            yield from part.leaves()

    def decided(self, facts: Mapping[str, Fact]) -> Iterator[Condition]:
        """The conditions that hold."""
        for part in self.parts:
            yield from part.decided(facts)

    def open(self, facts: Mapping[str, Fact]) -> Iterator[Condition]:
        """The unknown conditions that could still decide the whole; none when it is decided."""
        if self.holds(facts) is None:
            for part in self.parts:
                yield from part.open(facts)


Predicate: TypeAlias = Condition | Group


def parse(written: Sequence[Written]) -> Group:
    """Read a card's conditions, all of which must hold.

    Raises
    ------
    PartError
        When a condition cannot be read.

    Examples
    --------
    >>> small = parse(["n_rows < 2000", {"any": ["task == binary", "domain ~ medical"]}])
    >>> small.holds({"n_rows": 500, "task": "binary"}), small.holds({"n_rows": 500}), small.holds({"n_rows": 5000})
    (True, None, False)
    """
    return Group(decisive=False, parts=tuple(_parse(one) for one in written if one != "always"))


def parse_condition(text: str) -> Condition:
    """Read one ``field op value``.

    Raises
    ------
    PartError
        When the text has another form.
    """
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise PartError(
            "A condition cannot be read",
            seen=repr(text),
            expected="field op value, with one of == != < <= > >= ~",
            todo="put the card right",
        )
    return Condition(match["field"], match["op"], _value(match["value"]))


def _parse(written: Written) -> Predicate:
    """Read a condition or a group of them."""
    if isinstance(written, str):
        return parse_condition(written)
    if len(written) == 1 and (word := next(iter(written))) in {"any", "all"}:
        return Group(decisive=word == "any", parts=tuple(_parse(one) for one in written[word]))
    raise PartError(
        "A group of conditions cannot be read",
        seen=repr(written),
        expected='{"any": [...]} or {"all": [...]}',
    )


def _value(text: str) -> bool | float | str:
    """Read true, false, a number, or else a word."""
    if text in {"true", "false"}:
        return text == "true"
    return float(text) if _NUMBER.fullmatch(text) else text
