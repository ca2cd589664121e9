"""A tiny builder of HTML: everything that is not :class:`Markup` is escaped, so nobody can forget to."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Child", "Markup", "h", "join"]

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")
# Control characters have no place in HTML, and characters that turn the direction of writing could fake a text.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = "Markup | str | None"
"""What an element may hold: markup as it is, text to be escaped, or nothing."""


def h(
    element: str, *children: Child, css: str = "", attributes: Mapping[str, str | float] | None = None
) -> Markup:
    """Build an element.

    Parameters
    ----------
    element : str
        Name of the element.
    *children : Markup, str or None
        Text is escaped, None left out.
    css : str
        Its class.
    attributes : mapping of str to (str or float), optional
        Values are escaped; numbers are written with at most two decimals.

    Examples
    --------
    >>> h("p", "5 < 6 ", h("b", "true"), css="note")
    '<p class="note">5 &lt; 6 <b>true</b></p>'
    """
    if not _NAME.fullmatch(element):
        raise ValueError(f"no element is named {element!r}")
    given = ({"class": css} if css else {}) | dict(attributes or {})
    written = "".join(f' {_checked(key)}="{_text(_value(value))}"' for key, value in given.items())
    if element in _VOID:
        return Markup(f"<{element}{written}>")
    return Markup(f"<{element}{written}>{join(*children)}</{element}>")


def join(*children: Child) -> Markup:
    """Put pieces side by side.

    Examples
    --------
    >>> join("a & b", Markup("<br>"))
    'a &amp; b<br>'
    """
    return Markup(
        "".join(child if isinstance(child, Markup) else _text(child) for child in children if child)
    )


def _checked(key: str) -> str:
    """Refuse attribute names that could break out."""
    if not _NAME.fullmatch(key):
        raise ValueError(f"no attribute is named {key!r}")
    return key


def _value(value: str | float) -> str:
    """An attribute's value as text."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """Escape for text and for attributes."""
    return escape(_UNPRINTABLE.sub("\ufffd", text), quote=True)
