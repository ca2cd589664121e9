"""The last page: where every figure comes from, and the words that were used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.version import __version__
from fivefold.report.figures import seconds
from fivefold.report.html import Markup, fold, h, table
from fivefold.report.language import GLOSSARY

if TYPE_CHECKING:
    from fivefold.report.story import Story

__all__ = ["origin"]

_DIGEST = 16


def origin(story: Story) -> Markup:
    """The foot of the page."""
    words = h(
        "dl", *(h("div", h("dt", word), h("dd", meaning)) for word, meaning in GLOSSARY), css="glossary"
    )
    rows = [
        (
            header.kind,
            step,
            h("code", header.digest.removeprefix("sha256:")[:_DIGEST]),
            header.created,
            seconds(header.seconds),
        )
        for step, header in story.headers().items()
    ]
    head = ("Artefact", "Step", "Digest", "Made", "Took")
    listing = table("The artefacts that this page was made from", head, rows, numbers=(4,))
    said = (
        f"Every figure on this page stands in one of these artefacts; fivefold show {story.run_id} --json prints them in full. "
        "Figures have four significant digits, shares one decimal."
    )
    return h(
        "footer",
        fold("Words used on this page", words),
        fold("Where every figure comes from", h("p", said), listing) if rows else None,
        h(
            "p",
            f"Made by Fivefold {__version__}. This page needs no network and runs no script.",
            css="quiet",
        ),
        css="origin",
    )
