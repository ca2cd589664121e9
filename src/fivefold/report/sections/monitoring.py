"""Chapter 5: whether what runs is still what was tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import Chapter, block, figure_row, gone, render_chapter, verdict_badge
from fivefold.report.charts.bars import Bar, bars
from fivefold.report.figures import NONE, exact, figure, seconds
from fivefold.report.html import Markup, bullets, fold, h, join, name, table
from fivefold.report.language import all_of, metric_label, plain, plural, scored, sentence

if TYPE_CHECKING:
    from fivefold.core.artefacts import CheckResult, ColumnDrift, Health, Score
    from fivefold.core.artefacts.dataset import Figure
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["monitoring"]

_SHOWN = 10
_FLOOR = 0.1
_MEANING = {
    "healthy": "Nothing speaks against the release.",
    "watch": "Something has changed; look into it before it matters.",
    "act": "Do not rely on this release until what is said below is put right.",
    "unknown": "There is too little data to tell; ask again when more has come in.",
}


def monitoring(story: Story) -> Markup:
    """The chapter."""
    if story.health is None:
        return gone("monitoring", "5", "Monitoring")
    health = story.health.body
    sealed = story.model.body.evaluation.scores if story.model else ()
    chapter = Chapter(
        anchor="monitoring",
        mark="5",
        title="Monitoring",
        aside=seconds(story.health.header.seconds),
        done=_done(health),
        found=join(verdict_badge(health.verdict), " ", _MEANING[health.verdict]),
        why=(
            "The world moves on and a model does not. Drift is a reason to look; only outcomes tell whether the model still "
            "holds. An alarm needs an effect that matters and that chance does not explain."
        ),
    )
    return render_chapter(
        chapter,
        _checks(health) or bullets(health.reasons),
        *(_check(result, sealed) for result in health.checks),
        _figures(health),
    )


def _done(health: Health) -> Markup:
    """What was looked at."""
    span = f", from {_moment(health.first)} to {_moment(health.last)}" if health.first else ""
    known = f" (the last known at {_moment(health.known_at)})" if health.known_at else ""
    return join(
        f"Read {plural(health.predictions, 'logged prediction')}{span}, {health.labelled:,} of them with a known outcome{known}, and "
        f"asked {plural(len(health.checks), 'check')}."
    )


def _moment(text: str) -> str:
    """A time as people write it."""
    return text.replace("T", " ").removesuffix("Z") + (" UTC" if text.endswith("Z") else "")


def _checks(health: Health) -> Markup | None:
    """Every check's verdict."""
    if not health.checks:
        return None
    rows: list[tuple[Child, ...]] = [
        (
            result.check,
            verdict_badge(result.verdict),
            join(_reason(result), h("small", f"Next: {result.advice}") if result.advice else None),
        )
        for result in health.checks
    ]
    return block("The checks", table("Each check with its verdict", ("Check", "Verdict", "Reason"), rows))


def _reason(result: CheckResult) -> str:
    """The reason without the check's name, which stands beside it."""
    return sentence(result.reason.removeprefix(f"{result.check.capitalize()}:"))


def _check(result: CheckResult, sealed: tuple[Score, ...]) -> Markup | None:
    """What lies behind a check's verdict."""
    if result.drift:
        return _drift(result.drift)
    return _scores(result.scores, sealed) if result.scores else None


def _figures(health: Health) -> Markup | None:
    """All figures that the checks gave."""
    rows: list[tuple[Child, ...]] = [
        (result.check, plain(key), _figure(value))
        for result in health.checks
        for key, value in result.figures.items()
    ]
    listing = table("Figures of the checks", ("Check", "Figure", "Value"), rows, numbers=(2,))
    return fold("Every figure of the checks", listing) if rows else None


def _figure(value: Figure) -> Markup:
    """A figure of a check."""
    if isinstance(value, bool | str) or value is None:
        return h("span", NONE if value is None else str(value))
    return exact(value, figure(value))


def _drift(drift: tuple[ColumnDrift, ...]) -> Markup:
    """How far each column has moved, beside what chance alone gives."""
    shown = [
        Bar(
            _label(line.column),
            line.effect,
            figure(line.effect),
            tick=line.expected,
            css="warn" if line.drifted else "quiet",
        )
        for line in drift[:_SHOWN]
    ]
    words = "How far each column has moved from training: " + ", ".join(
        f"{_label(line.column)} {figure(line.effect)}{', drifted' if line.drifted else ''}"
        for line in drift[:_SHOWN]
    )
    sentence = (
        f"Distance from training (Jensen-Shannon, 0 the same, 1 nothing in common). The upright mark is what chance gives in "
        f"19 of 20 windows of this size; the dashed line at {_FLOOR} is where a distance begins to matter. Coloured bars pass both."
    )
    head = ("Column", "Rows", "Distance", "By chance up to", "p", "q", "Drifted")
    rows = [_drift_row(line) for line in drift]
    listing = table("Drift of every column", head, rows, numbers=(1, 2, 3, 4, 5))
    return block(
        "Drift",
        figure_row((bars(words, shown, limit=_FLOOR, limit_text="matters from here"), sentence)),
        fold(all_of(len(rows), "comparison"), listing),
    )


def _label(column: str) -> str:
    """A column's name, or words for the score."""
    return "the answers" if column == "(score)" else column


def _drift_row(line: ColumnDrift) -> tuple[Child, ...]:
    """One line of the table."""
    return (
        name(line.column) if line.column != "(score)" else _label(line.column),
        f"{line.rows:,}",
        exact(line.effect, figure(line.effect)),
        exact(line.expected, figure(line.expected)),
        exact(line.p_value, figure(line.p_value)),
        exact(line.q_value, figure(line.q_value)),
        "yes" if line.drifted else "no",
    )


def _scores(scores: tuple[Score, ...], sealed: tuple[Score, ...]) -> Markup:
    """Realised metrics beside those of the sealed rows."""
    tested = {score.metric: score for score in sealed}
    rows: list[tuple[Child, ...]] = [
        (
            metric_label(score.metric),
            scored(score),
            scored(tested[score.metric]) if score.metric in tested else NONE,
        )
        for score in scores
    ]
    head = ("Metric", "Since it runs", "When it was tested")
    return block("With the outcomes known", table("Realised and sealed metrics", head, rows, numbers=(1, 2)))
