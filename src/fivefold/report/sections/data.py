"""Chapter 2: what the table holds, what was wrong with it, and which rows were put under seal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fivefold.report.chapter import Chapter, block, figure_row, gone, render_chapter
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.charts.stack import stack
from fivefold.report.figures import NONE, figure, percent, seconds, whole
from fivefold.report.html import Markup, fold, h, join, name, table
from fivefold.report.language import plural, sentence
from fivefold.report.sections.columns import associations, columns
from fivefold.report.sections.findings import SEVERITY, findings
from fivefold.report.sections.lineage import lineage

if TYPE_CHECKING:
    from fivefold.core.artefacts import Column, Dataset, Profile
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["data"]

_KEPT_APART = {
    "stratified": "by lot, with every class in the same share on both sides",
    "random": "by lot",
    "group": "so that rows that belong together stay on one side",
    "stratified_group": "so that rows that belong together stay on one side, every class in the same share",
    "time_group": "by time, and so that rows that belong together stay on one side",
    "time": "by time: learned from what came before, tested on what came after",
}
_CATEGORIES = 4
_CLASSES = 12


def data(story: Story) -> Markup:
    """The chapter."""
    if story.dataset is None:
        return gone("data", "2", "Data")
    dataset = story.dataset.body
    profile = story.brief.body.profile if story.brief else None
    chapter = Chapter(
        anchor="data",
        mark="2",
        title="Data",
        aside=seconds(story.dataset.header.seconds),
        done=_done(dataset, story),
        found=_found(dataset),
        why=sentence(dataset.split.why)
        or "A model can only be judged by rows that had no part in making it.",
    )
    return render_chapter(
        chapter,
        lineage(story),
        _rows(dataset, profile),
        findings(dataset),
        associations(dataset),
        columns(dataset, profile),
        _columns(dataset, profile),
        _left_out(dataset),
    )


def _done(dataset: Dataset, story: Story) -> Markup:
    """What the step did."""
    split = dataset.split
    by = join(", by ", name(split.by)) if split.by else join()
    return join(
        f"Read {plural(dataset.rows, 'row')} from ",
        name(story.source),
        f", cleaned and checked them, and put {plural(split.test_rows, 'row')} under seal, drawn {_KEPT_APART[split.kind]}",
        by,
        ".",
    )


def _found(dataset: Dataset) -> Markup:
    """What the checks said."""
    counted = [
        f"{count} {word}"
        for severity, (_, word) in SEVERITY.items()
        if (count := sum(finding.severity == severity for finding in dataset.findings))
    ]
    said = (
        f"{plural(len(dataset.findings), 'finding')} ({', '.join(counted)})" if counted else "Nothing wrong"
    )
    removed = sum(count for _, count in dataset.removed)
    aside = f"{plural(removed, 'row')} set aside" if removed else "no row set aside"
    dropped = (
        f"{plural(len(dataset.dropped), 'column')} left out" if dataset.dropped else "no column left out"
    )
    return join(
        f"{said}; {aside}, {dropped}. {plural(len(dataset.contract.columns), 'column')} go into the model."
    )


def _rows(dataset: Dataset, profile: Profile | None) -> Markup:
    """Where every row went, and how the target is spread."""
    split = dataset.split
    parts = [
        ("to learn from", float(split.train_rows), whole(split.train_rows)),
        ("sealed", float(split.test_rows), whole(split.test_rows)),
        *((reason, float(count), whole(count)) for reason, count in dataset.removed),
    ]
    folds = (
        f"The rows to learn from are cut into {plural(split.folds, 'fold')}"
        + (", each learned from what came before it." if split.rolling else ".")
        if split.folds > 1
        else "One part of the rows to learn from is held out to compare candidates."
    )
    return block(
        "Where every row went",
        stack("Rows of the table", parts),
        h("p", folds, css="quiet"),
        _target(dataset, profile),
    )


def _target(dataset: Dataset, profile: Profile | None) -> Markup | None:
    """How often each class occurs."""
    contract = dataset.contract
    if profile is None or contract.task == "regression":
        return None
    top = next((column.top for column in profile.columns if column.name == contract.target), ())
    rows = profile.usable_rows
    if not top or not rows:
        return None
    shown = [Bar(label, count, percent(count / rows)) for label, count in top[:_CLASSES]]
    words = f"How often each class of {contract.target} occurs: " + ", ".join(
        f"{label} {percent(count / rows)}" for label, count in top[:_CLASSES]
    )
    return figure_row((bars(words, shown), f"How often each value of {contract.target} occurs."))


def _columns(dataset: Dataset, profile: Profile | None) -> Markup:
    """Every column that the model takes."""
    profiles = {column.name: column for column in profile.columns} if profile else {}
    rows: list[tuple[Child, ...]] = []
    for column in dataset.contract.columns:
        known = profiles.get(column.name)
        missing = percent(known.missing / profile.rows) if known and profile and profile.rows else NONE
        rows.append(
            (
                name(column.name),
                column.role,
                _values(column),
                missing,
                whole(known.distinct) if known else NONE,
            )
        )
    head = ("Column", "Role", "Values seen", "Missing", "Different")
    listing = table("Columns that the model takes", head, rows, numbers=(3, 4))
    return fold(f"The {plural(len(rows), 'column')} that the model takes", listing)


def _values(column: Column) -> str:
    """Range or most frequent values of a column."""
    if column.categories:
        more = len(column.categories) - _CATEGORIES
        return ", ".join(column.categories[:_CATEGORIES]) + (f" and {whole(more)} more" if more > 0 else "")
    if column.minimum is None or column.maximum is None:
        return NONE
    if column.kind == "datetime":
        return f"{_day(column.minimum)} to {_day(column.maximum)}"
    return f"{_bound(column, column.minimum)} to {_bound(column, column.maximum)}"


def _bound(column: Column, value: float) -> str:
    """An end of a range; whole numbers stay whole."""
    return figure(int(value) if column.kind == "integer" or value.is_integer() else value)


def _day(value: float) -> str:
    """A date of the contract."""
    return datetime.fromtimestamp(value, UTC).date().isoformat()


def _left_out(dataset: Dataset) -> Markup | None:
    """Columns that do not go into the model, with the reason."""
    if not dataset.dropped:
        return None
    rows = [(name(column), sentence(reason)) for column, reason in dataset.dropped]
    listing = table("Columns left out", ("Column", "Why it was left out"), rows)
    return fold(f"{plural(len(rows), 'column')} left out", listing)
