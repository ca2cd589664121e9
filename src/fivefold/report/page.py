"""The report: the answer first, then the five steps, then what it all took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.store import write_atomically
from fivefold.core.version import __version__
from fivefold.report.html import Markup, h, join
from fivefold.report.sections.budget import budget
from fivefold.report.sections.data import data
from fivefold.report.sections.deployment import deployment
from fivefold.report.sections.monitoring import monitoring
from fivefold.report.sections.origin import origin
from fivefold.report.sections.overview import overview, title
from fivefold.report.sections.research import research
from fivefold.report.sections.training import training
from fivefold.report.story import Story
from fivefold.report.style import STYLE

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.ledger import Ledger
    from fivefold.core.store import Run

__all__ = ["Story", "render", "write_report"]


def write_report(run: Run, ledger: Ledger) -> Path:
    """Tell the story of a run in one HTML file of its folder."""
    path = run.folder / "report.html"
    write_atomically(path, render(Story.of(run, ledger)).encode())
    return path


def render(story: Story) -> str:
    """Write the page of a run: one HTML document with everything inside, no network and no script.

    Parameters
    ----------
    story : Story
        Steps that are None are shown as not done.

    Returns
    -------
    str
    """
    chapters = (
        overview(story),
        research(story),
        data(story),
        training(story),
        deployment(story),
        monitoring(story),
        budget(story),
        origin(story),
    )
    head = h(
        "head",
        h("meta", attributes={"charset": "utf-8"}),
        h("meta", attributes={"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        h("meta", attributes={"name": "color-scheme", "content": "light dark"}),
        h("meta", attributes={"name": "generator", "content": f"Fivefold {__version__}"}),
        h("title", title(story)),
        h("style", Markup(STYLE)),
    )
    body = h("body", h("main", *chapters))
    return "<!doctype html>\n" + h("html", join(head, body), attributes={"lang": "en"}) + "\n"
