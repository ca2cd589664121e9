"""The pieces that the report's HTML is made of: names, links, lists, folds and tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fivefold.core.html import Child, Markup, h, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Child", "Markup", "bullets", "fold", "h", "join", "link", "name", "table"]

_FORMS = {2: "pair", 3: "stacked", 4: "stacked"}
"""How a phone shows a table of so many columns: as it is, or cell below cell; a wider one is scrolled sideways."""
_SAFE_LINK = re.compile(r"https?://[^\s\"'<>\\^`{|}]+", re.ASCII)


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
