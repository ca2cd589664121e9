"""A tiny builder of HTML: everything that is not :class:`Markup` is escaped, so nobody can forget to."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Child", "Markup", "bullets", "fold", "h", "join", "link", "name", "table"]

_FORMS = {2: "pair", 3: "stacked", 4: "stacked"}
"""How a phone shows a table of so many columns: as it is, or cell below cell; a wider one is scrolled sideways."""
_VOID = frozenset({"br", "col", "hr", "img", "meta"})
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9:-]*")
# Control characters have no place in HTML, and characters that turn the direction of writing could fake a text.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_SAFE_LINK = re.compile(r"https?://[^\s\"'<>\\^`{|}]+", re.ASCII)


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


def name(text: str) -> Markup:
    """A column, a file or a class as its owner wrote it, set apart from our words."""
    return h("code", text, css="name")


def link(address: str, text: str) -> Markup:
    """A link to the web; an address of any other kind is shown as text.

    Examples
    --------
    >>> link("javascript:alert(1)", "a paper")
    '<span>a paper</span>'
    """
    if not _SAFE_LINK.fullmatch(address):
        return h("span", text)
    return h("a", text, attributes={"href": address, "rel": "noreferrer"})


def bullets(items: Sequence[Child], *, css: str = "") -> Markup | None:
    """A list; None when there is nothing to list."""
    return h("ul", *(h("li", item) for item in items), css=css) if items else None


def fold(summary: str, *children: Child) -> Markup:
    """Details that open on a click, and always on paper."""
    return h("details", h("summary", summary), h("div", *children, css="folded"))


def table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[Child]], *, numbers: Sequence[int] = ()
) -> Markup:
    """A table whose first column names its rows.

    Parameters
    ----------
    caption : str
        What the table shows, for those who cannot see where it stands.
    head : sequence of str
    rows : sequence of sequence of (Markup, str or None)
    numbers : sequence of int
        Positions of the columns that hold figures.
    """
    figures = set(numbers)
    headings = (
        h("th", title, css="figure" if at in figures else "", attributes={"scope": "col"})
        for at, title in enumerate(head)
    )
    body = (
        h("tr", *(_cell(at, cell, title=head[at], figure=at in figures) for at, cell in enumerate(row)))
        for row in rows
    )
    parts = (h("caption", caption), h("thead", h("tr", *headings)), h("tbody", *body))
    whole = h("table", *parts, css=_FORMS.get(len(head), ""))
    return h(
        "div", whole, css="scroll", attributes={"role": "region", "aria-label": caption, "tabindex": "0"}
    )


def _cell(at: int, content: Child, *, title: str, figure: bool) -> Markup:
    """One cell; on a narrow screen its heading stands beside it."""
    if at == 0:
        return h("th", content, attributes={"scope": "row"})
    return h("td", content, css="figure" if figure else "", attributes={"data-title": title})


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
