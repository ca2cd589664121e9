"""The budget: what was planned, what it took, and what more would buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import Chapter, block, figure_row, gone, render_chapter
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.figures import NONE, exact, figure, percent, seconds, size
from fivefold.report.html import Markup, bullets, h, join, table
from fivefold.report.language import STEPS, plural
from fivefold.report.sections.learning import learning_words

if TYPE_CHECKING:
    from fivefold.core.budget import Budget
    from fivefold.core.ledger import Entry, Ledger
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["budget", "charge_words"]


def budget(story: Story) -> Markup:
    """The chapter."""
    ledger = story.ledger
    if not ledger.entries:
        return gone("budget", "", "Budget")
    spent, means = ledger.spent(), ledger.budget
    chapter = Chapter(
        anchor="budget",
        mark="",
        title="Budget",
        aside=f"{seconds(spent)} of {seconds(means.time)}",
        done=join(
            "One budget covers the whole journey: ",
            h("strong", exact(means.time, seconds(means.time))),
            f", {size(means.memory)} of memory, {plural(means.cores, 'core')}. Each step got a slice and handed on what it did "
            "not use.",
        ),
        found=join(
            "The steps took ",
            h("strong", exact(spent, seconds(spent))),
            f", {percent(spent / means.time)} of the time",
            f"; {_peak(ledger)}.",
        ),
        why="Whoever states the means beforehand knows what to expect, and what a better answer would cost.",
    )
    return render_chapter(chapter, _steps(ledger), _means(means), _more(story))


def _peak(ledger: Ledger) -> str:
    """The most memory that a step held."""
    peak = max(entry.memory_bytes for entry in ledger.entries)
    return f"at most {size(peak)} of memory was held at once" if peak else "memory was not measured"


def _steps(ledger: Ledger) -> Markup:
    """Planned against spent, step by step."""
    over = ledger.spent() > ledger.budget.time * 1.03 + 2
    css = "warn" if over else "model"
    shown = [
        Bar(
            STEPS.get(entry.step, entry.step),
            entry.spent_seconds,
            seconds(entry.spent_seconds),
            track=entry.planned_seconds,
            css="quiet" if entry.reused else css,
        )
        for entry in ledger.entries
    ]
    words = "Time of each step: " + ", ".join(
        f"{entry.step} {seconds(entry.spent_seconds)} of {seconds(entry.planned_seconds)} planned"
        for entry in ledger.entries
    )
    head = ("Step", "Planned", "Spent", "Memory", "On disk", "Note")
    rows = [_entry(entry, ledger.budget.currency) for entry in ledger.entries]
    listing = table("Planned and spent, per step", head, rows, numbers=(1, 2, 3, 4))
    return block(
        "Planned and spent",
        figure_row(
            (
                bars(words, shown),
                "Pale: planned. Full: spent. A slice that a step leaves goes to those after it.",
            )
        ),
        listing,
    )


def charge_words(entry: Entry, currency: str) -> list[str]:
    """What a step was charged and had read; nothing where it was neither."""
    told = [f"{figure(entry.money)} {currency} charged"] if entry.money else []
    return told + ([f"{size(entry.scan_bytes)} scanned"] if entry.scan_bytes else [])


def _entry(entry: Entry, currency: str) -> tuple[Child, ...]:
    """One line of the ledger."""
    notes = ["stood already, not repeated"] if entry.reused else []
    notes += charge_words(entry, currency)
    return (
        STEPS.get(entry.step, entry.step),
        exact(entry.planned_seconds, seconds(entry.planned_seconds)),
        exact(entry.spent_seconds, seconds(entry.spent_seconds)),
        exact(entry.memory_bytes, size(entry.memory_bytes)) if entry.memory_bytes else NONE,
        exact(entry.disk_bytes, size(entry.disk_bytes)) if entry.disk_bytes else NONE,
        ", ".join(notes) or NONE,
    )


def _means(means: Budget) -> Markup | None:
    """The other means that were stated."""
    stated = [
        f"disk: at most {size(means.disk)}" if means.disk else "",
        f"money: at most {means.money:.2f} {means.currency}" if means.money else "",
        f"warehouse: at most {size(means.scan)} scanned" if means.scan else "",
        f"latency: at most {seconds(means.latency)} a row" if means.latency else "",
        f"size: at most {size(means.size)}" if means.size else "",
        f"people: at most {seconds(means.people)} of questions" if means.people else "",
    ]
    listed = [line for line in stated if line]
    return block("Also stated", bullets(listed)) if listed else None


def _more(story: Story) -> Markup | None:
    """What more means would buy, as far as this run can tell."""
    if story.model is None:
        return None
    model = story.model.body
    cut = sum(trial.state in {"stopped", "killed", "skipped"} for trial in model.trials)
    points: list[Child] = []
    if cut:
        points.append(
            f"More time: {plural(cut, 'fit')} {'was' if cut == 1 else 'were'} cut short or left out for lack of it."
        )
    elif model.ended == "all candidates fitted":
        points.append("More time would have changed nothing here: every candidate was fitted to its end.")
    refused = sum(trial.state == "refused" for trial in model.trials)
    if refused:
        points.append(f"More memory: {plural(refused, 'fit')} would not have fitted into what there was.")
    if model.learning is not None:
        points.append(f"More rows to learn from: {learning_words(model.learning)}.")
    score = model.evaluation.score(model.metric)
    points.append(
        f"More sealed rows would narrow the interval: with four times the {model.evaluation.rows:,} rows it is about half as "
        f"wide as the {figure(score.high - score.low)} of today."
    )
    return block("What more would buy", bullets(points))
