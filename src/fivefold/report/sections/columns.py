"""Columns of the table: a card each, and what each says about the target by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fivefold.report.chapter import block, figure_row
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.charts.canvas import shorten
from fivefold.report.charts.spark import spark
from fivefold.report.figures import exact, figure, percent, place
from fivefold.report.html import Markup, bullets, fold, h, join, name
from fivefold.report.language import plural, sentence

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnCard, ColumnProfile, Dataset, Profile

__all__ = ["associations", "columns"]

_OPEN = 12
"""Cards that stand open; the others are behind a click."""
_BARS = 12
_FAINT = 0.05
"""Link with the target below which a bar would only be noise."""
_NAMES = 3
_LETTERS = 18
_SHARE = 0.001


def associations(dataset: Dataset) -> Markup | None:
    """How much each column says about the target by itself, the strongest first."""
    linked = [card for card in _ranked(dataset)[1:] if (card.association or 0.0) >= _FAINT]
    if not linked:
        return None
    rows = [
        Bar(card.name, strength, figure(strength))
        for card in linked[:_BARS]
        if (strength := card.association) is not None
    ]
    target = dataset.contract.target
    measure = "correlation ratio" if dataset.contract.task == "regression" else "Cramér's V, bias-corrected"
    words = f"Link of each column with {target}: " + ", ".join(f"{row.label} {row.text}" for row in rows)
    more = len(linked) - len(rows)
    told = (
        f"How much each column alone says about {target}, from 0, nothing, to 1, everything ({measure}). "
        "Columns that are weak alone may still matter together."
        + (f" {plural(more, 'weaker column')} left out of the picture." if more > 0 else "")
    )
    return block(f"What single columns say about {target}", figure_row((bars(words, rows), told)))


def columns(dataset: Dataset, profile: Profile | None) -> Markup | None:
    """A card for every column."""
    if not dataset.cards:
        return None
    looks = {column.name: column for column in profile.columns} if profile else {}
    reasons = dict(dataset.dropped)
    cards = [_card(card, looks.get(card.name), reasons, dataset) for card in _ranked(dataset)]
    grid = h("div", *cards[:_OPEN], css="cards")
    rest = cards[_OPEN:]
    more = fold(plural(len(rest), "further column"), h("div", *rest, css="cards")) if rest else None
    return block("The columns", grid, more)


def _ranked(dataset: Dataset) -> list[ColumnCard]:
    """The target, then features by their link with it, then what was left out."""
    if not dataset.cards:
        return []
    target, *others = dataset.cards
    dropped = {column for column, _ in dataset.dropped}
    return [
        target,
        *sorted(others, key=lambda card: (card.name in dropped, -(card.association or 0.0))),
    ]


def _card(card: ColumnCard, look: ColumnProfile | None, reasons: dict[str, str], dataset: Dataset) -> Markup:
    """One column."""
    form = f" · {look.form}" if look is not None and look.form else ""
    out = reasons.get(card.name)
    target = card.name == dataset.contract.target
    mark = "the target" if target else "left out" if out is not None else ""
    head = h("h4", name(card.name), h("span", mark, css="badge quiet") if mark else None)
    return h(
        "article",
        head,
        h("p", f"{card.role}{form}", css="role"),
        _picture(card),
        h("p", _spread(card), css="spread") if _spread(card) else None,
        h("p", _counts(card), css="quiet"),
        h("p", "For example ", _listed(card.examples), css="quiet")
        if card.examples and not card.categories
        else None,
        bullets(_decided(look, out), css="decided"),
        css="card out" if out is not None else "card",
    )


def _picture(card: ColumnCard) -> Markup | None:
    """The distribution, small."""
    counts = list(card.counts)
    if not counts:
        return None
    pale = 0
    if not card.edges and counts[-1] == 0:
        counts.pop()  # no other values
    elif not card.edges:
        pale = 1
    return spark(
        f"Distribution of {card.name}: {_spread(card) or plural(card.distinct, 'value')}", counts, pale=pale
    )


def _spread(card: ColumnCard) -> str:
    """What the two ends of the picture are."""
    if card.categories:
        shown = [shorten(category, _LETTERS) for category in card.categories[:_NAMES]]
        more = card.distinct - len(shown)
        return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")
    if not card.edges:
        return ""
    low, high = (_end(card, edge) for edge in (card.edges[0], card.edges[-1]))
    return low if low == high else f"{low} to {high}" + (" words" if card.role == "text" else "")


def _end(card: ColumnCard, edge: float) -> str:
    """An end of a range."""
    if card.role == "date":
        return datetime.fromtimestamp(edge, UTC).date().isoformat()
    return place(edge)


def _counts(card: ColumnCard) -> Markup:
    """How many values there are, how many different ones, and the link with the target."""
    share = card.missing / card.rows if card.rows else 0.0
    many = exact(share, percent(share)) if share >= _SHARE else h("span", f"{card.missing:,}")
    missing = join(many, " missing") if card.missing else join("none missing")
    linked = (
        join(" · link with the target ", exact(card.association, figure(card.association)))
        if card.association is not None
        else None
    )
    return join(missing, f" · {card.distinct:,} different", linked)


def _decided(look: ColumnProfile | None, out: str | None) -> list[Markup]:
    """What was done about the column, and why."""
    told = [join(h("b", "Left out: "), sentence(out))] if out is not None else []
    if look is None:
        return told
    told += [
        join(
            h("b", sentence(decision.what)),
            f" {sentence(decision.why)}",
            f" {plural(decision.cells, 'cell')}." if decision.cells else "",
        )
        for decision in look.decisions
    ]
    return told


def _listed(words: tuple[str, ...]) -> Markup:
    """Examples side by side."""
    return join(*(join(", " if at else "", name(word)) for at, word in enumerate(words)))
