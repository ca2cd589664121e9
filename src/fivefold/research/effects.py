"""What a card of evidence asks of the plan, in typed words.

====================================  ======================================================================
``metric.primary = log_loss``         set a value
``metric.primary != accuracy``        forbid a value
``checks += leaks, duplicates``       the list must hold these
``model.candidates -= linear``        the list must not hold these
``model.candidates first lightgbm``   these stand at the front of the list
``split.folds >= 3``                  a least number
``ensemble.max_members <= 5``         a greatest number
``backs split.test_share``            supports what the plan's own rule says
``advice: tune.search != grid``       shown to the reader; no step follows it yet
====================================  ======================================================================

Each but the last may end in `` if `` and a condition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fivefold.core.errors import PartError
from fivefold.research.facts import check_condition
from fivefold.research.plan import KEYS, read_value
from fivefold.research.predicates import parse_condition

if TYPE_CHECKING:
    from fivefold.core.artefacts import PlanValue
    from fivefold.research.predicates import Condition

__all__ = ["Effect", "Operation", "parse_effect"]

Operation = Literal["=", "!=", "+=", "-=", "first", ">=", "<=", "backs", "advice"]

_EFFECT = re.compile(
    r"(?P<key>[a-z_.]+)\s+(?P<op>=|!=|\+=|-=|first|>=|<=)\s+(?P<value>\S.*?)(?:\s+if\s+(?P<when>.+))?"
)
_BACKS = re.compile(r"backs\s+(?P<key>[a-z_.]+)(?:\s+if\s+(?P<when>.+))?")
_FITS: dict[str, tuple[Operation, ...]] = {
    "word": ("=", "!="),
    "metric": ("=", "!="),
    "column": ("=", "!="),
    "columns": ("=", "!="),
    "text": ("=", "!="),
    "names": ("=", "+=", "-=", "first"),
    "whole": ("=", ">=", "<="),
    "share": ("=", ">=", "<="),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """One change that a card asks for.

    Attributes
    ----------
    op : Operation
    key : str
        A key of the plan; for advice the advice itself.
    value : PlanValue or None
        None for ``backs`` and for advice.
    when : Condition or None
        The change is asked for only where this holds.
    """

    op: Operation
    key: str
    value: PlanValue | None = None
    when: Condition | None = None


def parse_effect(text: str) -> Effect:
    """Read an effect and check it against the plan's schema.

    Raises
    ------
    PartError
        When it cannot be read, or the plan has no such key or value.

    Examples
    --------
    >>> parse_effect("split.kind = time if time_ordered == true").value
    'time'
    """
    if text.startswith("advice:"):
        return Effect("advice", text.removeprefix("advice:").strip())
    match = _BACKS.fullmatch(text) or _EFFECT.fullmatch(text)
    if match is None:
        raise PartError(
            "An effect cannot be read", seen=repr(text), expected="key op value, as in split.folds >= 3"
        )
    parts = match.groupdict()
    when = _when(parts["when"])
    if "op" not in parts:
        if parts["key"] not in KEYS:
            raise PartError("The plan has no such key", seen=repr(text), expected=", ".join(KEYS))
        return Effect("backs", parts["key"], when=when)
    value = read_value(parts["key"], parts["value"])
    op: Operation | None = next((one for one in _FITS[KEYS[parts["key"]].kind] if one == parts["op"]), None)
    if op is None:
        raise PartError(
            "An effect asks of a key what it cannot do",
            seen=repr(text),
            expected=" ".join(_FITS[KEYS[parts["key"]].kind]),
        )
    return Effect(op, parts["key"], value, when)


def _when(text: str | None) -> Condition | None:
    """Read the condition at an effect's end."""
    if text is None:
        return None
    condition = parse_condition(text)
    check_condition(condition)
    return condition
