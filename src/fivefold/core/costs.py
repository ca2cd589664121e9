"""Costs of answers as the person names them: what it costs to answer one class where another is true."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from fivefold.core.errors import SettingsError

__all__ = ["MOST", "Cost", "cost_words", "read_costs", "write_costs"]

Cost = tuple[str, str, float]
"""The true class, the answered one, and what that costs."""
MOST = 1e12
"""More than this for one answer would leave nothing of the digits of the others."""


def read_costs(value: object) -> tuple[Cost, ...]:
    """Read a table of costs by true class and answer, or the same as JSON.

    Raises
    ------
    SettingsError
        When it is no such table, or a cost is no number from 0 to a million millions.

    Examples
    --------
    >>> read_costs({"yes": {"no": 10}})
    (('yes', 'no', 10.0),)
    >>> read_costs('{"yes": {"no": 10}}') == read_costs({"yes": {"no": 10}})
    True
    """
    table = _parsed(value) if isinstance(value, str) else value
    if not isinstance(table, Mapping):
        raise _wrong(repr(value))
    found: list[Cost] = []
    for truth, answers in table.items():
        if not isinstance(answers, Mapping):
            raise _wrong(f"{truth!r} = {answers!r}")
        for answer, cost in answers.items():
            number = isinstance(cost, int | float) and not isinstance(cost, bool)
            if not number or not math.isfinite(cost) or not 0 <= cost <= MOST:
                raise _wrong(f"{cost!r} for the answer {answer!r} where {truth!r} is true")
            found.append((str(truth), str(answer), float(cost)))
    return tuple(found)


def write_costs(costs: tuple[Cost, ...]) -> str:
    """Write costs as JSON, as a plan holds them; nothing for none.

    Examples
    --------
    >>> write_costs((("yes", "no", 10.0), ("no", "yes", 0.5)))
    '{"yes": {"no": 10}, "no": {"yes": 0.5}}'
    """
    table: dict[str, dict[str, float | int]] = {}
    for truth, answer, cost in costs:
        table.setdefault(truth, {})[answer] = int(cost) if cost.is_integer() else cost
    return json.dumps(table, ensure_ascii=False) if table else ""


def cost_words(costs: tuple[Cost, ...]) -> str:
    """Say what answers cost.

    Examples
    --------
    >>> cost_words((("yes", "no", 10.0), ("no", "yes", 0.5)))
    "'no' where 'yes' is true costs 10, 'yes' where 'no' is true costs 0.5"
    """
    return ", ".join(f"{answer!r} where {truth!r} is true costs {cost:g}" for truth, answer, cost in costs)


def _parsed(text: str) -> object:
    """Read JSON; an empty text names no cost."""
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except ValueError as error:
        raise _wrong(repr(text)) from error


def _wrong(seen: str) -> SettingsError:
    """Say how costs are written."""
    return SettingsError(
        "[train] costs cannot be used",
        seen=seen,
        expected='by true class and answer a number from 0 to 1e12, such as { "yes" = { "no" = 10 } }',
        todo="write such a table, or leave it out",
    )
