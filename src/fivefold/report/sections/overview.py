"""The answer in plain words, before anything else: what the model does, how well, compared with what, and how sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block, verdict_badge
from fivefold.report.charts.marks import Mark, marks
from fivefold.report.doubt import doubt_words
from fivefold.report.figures import exact, figure, interval, percent, seconds, whole
from fivefold.report.html import Markup, bullets, h, join, name
from fivefold.report.language import (
    TASKS,
    achieved,
    applied_words,
    finding_words,
    metric_label,
    plural,
    sentence,
)
from fivefold.report.sections.rivals import rival_marks

if TYPE_CHECKING:
    from fivefold.core.artefacts import Dataset, Evaluation, Model, Score
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["overview", "title"]

_FEW_ROWS = 200
_DAY = len("2026-03-02")
_OWN_SUBJECT = frozenset({"f1", "log_loss", "roc_auc"})
"""Metrics whose sentence brings its own subject."""
_PICTURED = dict.fromkeys(
    (
        "roc_auc",
        "average_precision",
        "log_loss",
        "brier",
        "f1",
        "balanced_accuracy",
        "matthews_corrcoef",
        "quadratic_weighted_kappa",
        "mae_in_steps",
    ),
    "accuracy",
) | dict.fromkeys(("rmse", "median_absolute_error", "mape"), "mae")
"""What is easier to picture than a headline metric."""
_HEADLINE_CHECKS = frozenset({"answers", "groups"})
"""Checks whose warnings say that the figures may not mean what they seem to."""


def title(story: Story) -> str:
    """What the run is about, in one line."""
    asked = story.brief.body.question.description.strip() if story.brief else ""
    return asked or (f"Predicting {story.target}" if story.target else f"Run {story.run_id}")


def overview(story: Story) -> Markup:
    """The head of the page."""
    source = story.source
    eyebrow = h(
        "p",
        "Fivefold report",
        h("span", f"run {story.run_id}"),
        h("span", source) if source else None,
        css="eyebrow",
    )
    return h(
        "header",
        eyebrow,
        h("h1", title(story)),
        _answer(story),
        _compared(story),
        _facts(story),
        _steps(story),
        _mind(story),
        css="cover",
    )


def _answer(story: Story) -> Markup:
    """The answer."""
    if story.model is None:
        return h(
            "p", "No model has been trained in this run yet; below stands how far it came.", css="answer"
        )
    model = story.model.body
    evaluation = model.evaluation
    columns = len(story.dataset.body.contract.columns) if story.dataset else 0
    made_of = f" from {plural(columns, 'column')}" if columns else ""
    found = f" ({', '.join(model.classes)})" if 0 < len(model.classes) <= 5 else ""
    says = join(
        "The model predicts ",
        name(model.target),
        f", {TASKS[model.task]}{found},{made_of or ' from the table'}. ",
    )
    how = join(
        f"On {plural(evaluation.rows, 'row')} that it had never seen{_since(model)}, ",
        "" if evaluation.metric in _OWN_SUBJECT else "it ",
        achieved(model, evaluation.score(evaluation.metric)),
        ". ",
    )
    return h("p", says, how, _beside(evaluation), _also(evaluation), css="answer")


def _since(model: Model) -> str:
    """That it has learned from the sealed rows in the meantime."""
    return "" if model.measured_rows is None else " (it has learned from them since)"


def _also(evaluation: Evaluation) -> Markup | None:
    """A second figure that is easier to picture than the headline's, beside the baseline's."""
    metric = _PICTURED.get(evaluation.metric)
    ours = next((score for score in evaluation.scores if score.metric == metric), None)
    theirs = next((score for score in evaluation.baseline if score.metric == metric), None)
    if ours is None or theirs is None:
        return None
    said, write = (
        (" Its answers are right for ", percent)
        if metric == "accuracy"
        else (" On average it is off by ", figure)
    )
    other = "the baseline's for " if metric == "accuracy" else "the baseline by "
    more = " of these rows" if metric == "accuracy" else ""
    return join(
        said,
        exact(ours.value, write(ours.value)),
        f"{more}, {other}",
        exact(theirs.value, write(theirs.value)),
        ". ",
    )


def _beside(evaluation: Evaluation) -> Markup:
    """The baseline, the difference, and whether it can be trusted."""
    base = _baseline(evaluation)
    if base is None:
        return join()
    label = metric_label(base.metric)
    said = join(
        "The baseline, which gives the same answer to every row, comes to ",
        exact(base.value, figure(base.value)),
        f" ({label}). ",
    )
    gain = evaluation.gain
    size = join(exact(gain.value, figure(gain.value)), f", 95 % interval {interval(gain)}")
    if evaluation.better:
        return join(said, h("strong", "The model is clearly better"), " (by ", size, ").")
    return join(
        said,
        h("strong", "The model is not clearly better", css="bad"),
        " (difference ",
        size,
        "): do not rely on it.",
    )


def _baseline(evaluation: Evaluation) -> Score | None:
    """The baseline's headline score."""
    return next((score for score in evaluation.baseline if score.metric == evaluation.metric), None)


def _compared(story: Story) -> Markup | None:
    """Model, rivals and baseline on one axis."""
    if story.model is None:
        return None
    evaluation = story.model.body.evaluation
    base, score = _baseline(evaluation), evaluation.score(evaluation.metric)
    if base is None:
        return None
    label = metric_label(score.metric)
    direction = "further right is better" if score.greater_is_better else "further left is better"
    beside = rival_marks(story.model.body)
    words = "; ".join(
        (
            f"{label} on the sealed rows: model {figure(score.value)}, interval {interval(score)}",
            *(f"{mark.label} {figure(mark.value)}" for mark in beside),
            f"baseline {figure(base.value)}, interval {interval(base)}",
        )
    )
    rows = (
        Mark("this model", score.value, score.low, score.high),
        *beside,
        Mark("baseline", base.value, base.low, base.high, "baseline"),
    )
    caption = sentence(f"{label} with 95 % intervals; {direction}")
    return h("figure", marks(words, rows), h("figcaption", caption), css="hero")


def _facts(story: Story) -> Markup:
    """The few figures that people ask for first."""
    facts: list[tuple[str, Child, str]] = []
    if story.model is not None:
        model = story.model.body
        score = model.evaluation.score(model.metric)
        facts.append((metric_label(model.metric), exact(score.value, figure(score.value)), "on sealed rows"))
        base = _baseline(model.evaluation)
        if base is not None:
            facts.append(("Baseline", exact(base.value, figure(base.value)), metric_label(base.metric)))
        facts.append(
            (
                "Sealed rows",
                whole(model.evaluation.rows),
                f"{whole(model.measured_rows or model.train_rows)} to learn from",
            )
        )
        facts.append(("One row takes", seconds(model.predict_ms / 1000), "in process"))
    spent = story.ledger.spent()
    facts.append(("Time", seconds(spent), f"of {seconds(story.ledger.budget.time)}"))
    if story.health is not None:
        health = story.health.body
        facts.append(("Monitor", verdict_badge(health.verdict), plural(health.predictions, "prediction")))
    tiles = (h("div", h("dt", term), h("dd", value, h("small", more))) for term, value, more in facts)
    return h("dl", *tiles, css="facts")


def _steps(story: Story) -> Markup:
    """The five steps with a fact each, as a table of contents."""
    headers = story.headers()
    steps = (
        ("research", "research", "Research", _research_fact(story)),
        ("data", "data", "Data", _data_fact(story)),
        ("train", "training", "Training", _training_fact(story)),
        ("deploy", "deployment", "Deployment", _deployment_fact(story)),
        ("monitor", "monitoring", "Monitoring", _monitoring_fact(story)),
    )
    items = []
    for at, (step, anchor, label, fact) in enumerate(steps, 1):
        there = step in headers
        inside = (h("span", str(at), css="mark"), h("b", label), h("small", fact if there else "not done"))
        items.append(
            h("li", h("a", *inside, attributes={"href": f"#{anchor}"}), css="" if there else "missing")
        )
    return h("nav", h("ol", *items), css="steps", attributes={"aria-label": "The five steps"})


def _research_fact(story: Story) -> str:
    """How much evidence applies."""
    return applied_words(len(story.brief.body.citations)) if story.brief else ""


def _data_fact(story: Story) -> str:
    """How many rows there are."""
    return plural(story.dataset.body.rows, "row") if story.dataset else ""


def _training_fact(story: Story) -> str:
    """What the model is made of."""
    return f"blend of {plural(len(story.model.body.members), 'model')}" if story.model else ""


def _deployment_fact(story: Story) -> str:
    """Where it runs."""
    if story.release is None:
        return ""
    release = story.release.body
    if release.removed:
        return f"removed on {release.removed[:_DAY]}"
    made = f"at the target {release.target}" if release.resources else "verified, not started"
    return release.address.removeprefix("http://") or made


def _monitoring_fact(story: Story) -> str:
    """The verdict."""
    return story.health.body.verdict if story.health else ""


def _open_leaks(dataset: Dataset) -> list[str]:
    """Suspected leaks that stay among the features, since nobody has said whether they are known in time."""
    features = {column.name for column in dataset.contract.columns}
    return [
        f"{finding_words(finding)} It stays among the features. {sentence(finding.question)}"
        for finding in dataset.findings
        if finding.asks_for_leak and finding.severity != "severe" and features.issuperset(finding.columns)
    ]


def _asked(dataset: Dataset) -> list[str]:
    """What the figures hang on: copies, answers that may be none, and things that come back on both sides of the split."""
    return [
        f"{finding_words(finding)} {sentence(finding.question)}"
        for finding in dataset.findings
        if finding.tells_of_copies or (finding.check in _HEADLINE_CHECKS and finding.severity == "warning")
    ]


def _mind(story: Story) -> Markup | None:
    """What one should know before relying on the model."""
    points: list[Child] = []
    if story.health is not None and story.health.body.verdict in {"act", "watch"}:
        points += story.health.body.reasons
    if story.model is not None:
        rows = story.model.body.evaluation.rows
        doubt = doubt_words(story.model.body, story.dataset.body if story.dataset else None)
        points += [doubt] if doubt else []
        points += story.model.body.notes
        if rows < _FEW_ROWS:
            points.append(f"Only {plural(rows, 'row')} were sealed, so the intervals are wide.")
    if story.dataset is not None:
        dataset = story.dataset.body
        points += [finding_words(finding) for finding in dataset.findings if finding.severity == "severe"]
        points += [*_open_leaks(dataset), *_asked(dataset)]
        removed = sum(count for _, count in dataset.removed)
        if removed > 0.05 * dataset.rows:
            points.append(
                f"{percent(removed / dataset.rows)} of the rows were set aside; the reasons stand under Data."
            )
    if story.brief is not None:
        points += [f"{asked.text} Assumed: {asked.assumed}." for asked in story.brief.body.questions[:3]]
    return block("Before you rely on it", bullets(points)) if points else None
