"""What becomes of JSON on its way through the platform: a protobuf ``Struct`` knows one kind of number, the double."""

from __future__ import annotations

from typing import Any

__all__ = ["as_doubles"]


def as_doubles(value: Any) -> Any:
    """Return a JSON value with every number as a double.

    Examples
    --------
    >>> as_doubles({"age": 31, "member": True, "key": 9007199254740993})
    {'age': 31.0, 'member': True, 'key': 9007199254740992.0}
    """
    if isinstance(value, dict):
        return {name: as_doubles(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_doubles(one) for one in value]
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole else value
