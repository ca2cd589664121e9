"""Where the rows came from: every table that was brought, with the statement, the bytes, the time and the digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block
from fivefold.report.figures import NONE, figure, size, whole
from fivefold.report.html import Markup, h, join, name, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Lineage
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["lineage", "lineage_words"]

_DIGEST = 16
_SECONDS = len("2026-03-02T09:14:07")
_SAID = (
    "Columns named TABLE.column were joined to the first table by their key, as of each row's own time. "
    "A request for a prediction must bring them as well: nothing is looked up when it is answered."
)


def lineage(story: Story) -> Markup | None:
    """Tables that the Dataset was made of; nothing where none was written down."""
    if story.dataset is None or not story.dataset.header.lineage:
        return None
    tables = story.dataset.header.lineage
    priced = any(one.money for one in tables)
    head = ("Table", "Form", "Rows", "Read", "When (UTC)", "Digest", *(["Cost"] if priced else []))
    rows: list[tuple[Child, ...]] = [
        (
            name(one.source),
            one.form,
            whole(one.rows) if one.rows else NONE,
            size(one.bytes) if one.bytes else NONE,
            _when(one) or NONE,
            h("code", _digest(one)),
            *([f"{figure(one.money)} {story.ledger.budget.currency}"] if priced else []),
        )
        for one in tables
    ]
    numbers = (2, 3, *((6,) if priced else ()))
    return block(
        "Where the rows came from",
        table("Tables that the rows came from", head, rows, numbers=numbers),
        *_queries(tables),
        h("p", _SAID, css="quiet") if len(tables) > 1 else None,
    )


def lineage_words(one: Lineage) -> str:
    """The same of one table on one line, for a terminal.

    Examples
    --------
    >>> from fivefold.core.artefacts import Lineage
    >>> lineage_words(Lineage("visits.csv", "CSV", "sha256:6a52fd", 400, 20_400, fetched="2026-03-02T09:14:07Z"))
    'visits.csv (CSV, 400 rows, 20.4 kB, 2026-03-02 09:14:07, 6a52fd)'
    """
    told = [
        one.form,
        f"{whole(one.rows)} rows" if one.rows else "",
        size(one.bytes) if one.bytes else "",
        _when(one),
        _digest(one),
    ]
    asked = f" by {one.query}" if one.query else ""
    return f"{one.source} ({', '.join(word for word in told if word and word != one.source)}){asked}"


def _queries(tables: Sequence[Lineage]) -> list[Markup]:
    """Statements that sources ran."""
    return [
        h("p", join("Asked of ", name(one.source), ": "), h("code", one.query)) for one in tables if one.query
    ]


def _when(one: Lineage) -> str:
    """When it was brought, to the second and without the zone."""
    return one.fetched[:_SECONDS].replace("T", " ")


def _digest(one: Lineage) -> str:
    """The beginning of its digest."""
    return one.digest.removeprefix("sha256:")[:_DIGEST]
