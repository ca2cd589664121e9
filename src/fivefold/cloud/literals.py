"""Values and names as they stand in a statement of GoogleSQL."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.runtime.values import Cleaned

__all__ = ["literal", "quoted", "text"]

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(name: str) -> str:
    """Return a column's name in backticks.

    Examples
    --------
    >>> quoted("age")
    '`age`'
    """
    escaped = "".join("\\`" if sign == "`" else _ESCAPES[sign] if sign in "\\\n" else sign for sign in name)
    return f"`{escaped}`"


def text(value: str) -> str:
    r"""Return a text as a literal.

    Examples
    --------
    >>> print(text("it's"))
    'it\'s'
    """
    return "'" + "".join(_sign(sign) for sign in value) + "'"


def literal(value: Cleaned) -> str:
    """Return a cleaned value as a literal of its own type.

    Examples
    --------
    >>> literal(True), literal(2.5), literal(None)
    ('TRUE', '2.5', 'NULL')
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ', timespec='microseconds')}+00'"
    return repr(value)


def _sign(sign: str) -> str:
    """One sign of a text."""
    if sign in _ESCAPES:
        return _ESCAPES[sign]
    return sign if sign.isprintable() or sign == " " else f"\\U{ord(sign):08x}"
