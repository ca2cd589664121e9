"""The form that all chapters share, so that a reader learns it once: what was done, what was found, and why."""

from __future__ import annotations

from dataclasses import dataclass

from fivefold.report.html import Child, Markup, h

__all__ = ["Chapter", "VERDICTS", "block", "figure_row", "gone", "render_chapter", "verdict_badge"]

VERDICTS = {
    "healthy": ("good", "healthy"),
    "watch": ("warn", "watch"),
    "act": ("bad", "act"),
    "unknown": ("quiet", "unknown"),
}
"""Colour and word of each verdict; the word is always there, so nobody needs the colour."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter's head.

    Attributes
    ----------
    anchor : str
        Where links lead.
    mark : str
        Number of the step; empty for a chapter that is none.
    title : str
    aside : str
        Time taken, or another fact that stands beside the title.
    done, found, why : Markup or str
    """

    anchor: str
    mark: str
    title: str
    aside: str
    done: Child
    found: Child
    why: Child


def render_chapter(chapter: Chapter, *children: Child) -> Markup:
    """A chapter: its head, the three answers, and what lies behind them."""
    answers = (("What was done", chapter.done), ("What was found", chapter.found), ("Why", chapter.why))
    told = h(
        "dl",
        *(h("div", h("dt", question), h("dd", answer)) for question, answer in answers if answer),
        css="told",
    )
    rail = h(
        "header",
        h("span", chapter.mark, css="mark", attributes={"aria-hidden": "true"}) if chapter.mark else None,
        h("h2", chapter.title, attributes={"id": f"{chapter.anchor}-title"}),
        h("p", chapter.aside, css="aside") if chapter.aside else None,
        css="rail",
    )
    named = {"id": chapter.anchor, "aria-labelledby": f"{chapter.anchor}-title"}
    return h("section", rail, h("div", told, *children, css="content"), css="chapter", attributes=named)


def gone(anchor: str, mark: str, title: str) -> Markup:
    """A chapter whose step has not been done."""
    rail = h(
        "header",
        h("span", mark, css="mark", attributes={"aria-hidden": "true"}) if mark else None,
        h("h2", title, attributes={"id": f"{anchor}-title"}),
        css="rail",
    )
    told = h("p", "This step has not been done in this run.", css="quiet")
    named = {"id": anchor, "aria-labelledby": f"{anchor}-title"}
    return h("section", rail, h("div", told, css="content"), css="chapter missing", attributes=named)


def block(title: str, *children: Child) -> Markup:
    """A part of a chapter under its own heading."""
    return h("div", h("h3", title), *children, css="block")


def figure_row(*pictures: tuple[Markup, str]) -> Markup:
    """Pictures side by side where there is room, each with a sentence that says how to read it."""
    shown = (h("figure", picture, h("figcaption", sentence)) for picture, sentence in pictures)
    return h("div", *shown, css="figures")


def verdict_badge(verdict: str) -> Markup:
    """A verdict as a badge."""
    css, word = VERDICTS.get(verdict, ("quiet", verdict))
    return h("span", word, css=f"badge {css}")
