"""Reads a page back, strictly: every element closed in its turn, and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "col", "hr", "img", "input", "link", "meta"}


@dataclass
class Element:
    """One element as it was opened."""

    name: str
    attributes: dict[str, str | None]
    path: tuple[str, ...]
    text: str = ""


@dataclass
class Page:
    """A page that was read."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def named(self, name: str) -> list[Element]:
        return [element for element in self.elements if element.name == name]

    def values(self) -> set[float]:
        """Exact values of all figures."""
        return {float(element.attributes["value"] or "nan") for element in self.named("data")}


class Reader(HTMLParser):
    """Raises when an element is closed that is not the last one opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), tuple(one.name for one in self.open))
        assert len(element.attributes) == len(attrs), f"an attribute twice on <{tag}>"
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data
        if not any(element.name == "style" for element in self.open):
            self.page.text += data


def read(html: str) -> Page:
    """Read a page or a piece of one."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, f"not closed: {[element.name for element in reader.open]}"
    return reader.page
