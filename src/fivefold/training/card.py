"""The model card (Mitchell et al., 2019): what the model is, how good it is, and what it should not be used for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Score
from fivefold.measure.metrics import metric_of
from fivefold.report.figures import figure, percent, seconds, size
from fivefold.report.language import plural, sentence
from fivefold.report.sections.costs import cost_lines
from fivefold.report.sections.dependence import dependence_words
from fivefold.report.sections.fairness import disparity_words
from fivefold.report.sections.importances import contribution_words
from fivefold.report.sections.learning import learning_words
from fivefold.report.sections.rivals import rival_lines

if TYPE_CHECKING:
    from fivefold.core.artefacts import Brief, Dataset, MemberRecord, Model, Slice
    from fivefold.core.store import Stored

__all__ = ["write_bundle_card", "write_card"]

_FEATURES = 10
_SLICES = 3
_REST = (
    "This card was settled when the bundle was written, and the same training writes it again. Where the table came from, how long an answer "
    "takes, which columns matter, what rivals reach and what was noted in training stand in `card.md` beside the bundle, and in the "
    "run's report."
)


def write_card(model: Model, stored: Stored[Dataset], brief: Brief) -> str:
    """Return the card as Markdown."""
    dataset, source = stored.body, ", ".join(table.source for table in stored.header.lineage)
    parts = [
        _heading(model, brief),
        _data(model, dataset, source),
        _figures(model),
        *_certainty(model),
        *_fairness(model),
        _members(model) + _costs_of_answers(model),
        _columns(model),
        _limits(model, dataset),
    ]
    return "\n\n".join(parts) + "\n"


def write_bundle_card(model: Model, dataset: Dataset, brief: Brief) -> str:
    """Return the card that travels in the bundle: what is known when that is written, as far as no clock and no place is in it.

    Parameters
    ----------
    model : Model
        Of it are taken the members, the rows and the evaluation without its rivals, which there may be time for or not.
    dataset : Dataset
    brief : Brief
    """
    settled = replace(
        model,
        evaluation=replace(model.evaluation, rivals=(), fairness=()),
        notes=(),
        naive=None,
        learning=None,
        label_issues=None,
    )
    parts = [
        _heading(settled, brief),
        _data(settled, dataset, ""),
        _figures(settled),
        *_certainty(settled),
        _members(settled),
        _limits(settled, dataset),
        _REST,
    ]
    return "\n\n".join(parts) + "\n"


def _heading(model: Model, brief: Brief) -> str:
    """What it predicts, and for whom."""
    what = "a number" if model.task == "regression" else f"one of {len(model.classes)} classes"
    lines = [f"# Model card: {model.target}", f"Predicts `{model.target}`, {what}, from one row of a table."]
    if model.classes and len(model.classes) <= 20:
        lines.append("Classes: " + ", ".join(f"`{name}`" for name in model.classes) + ".")
    if brief.question.description:
        lines.append(f"Intended use, in the words of who asked: {brief.question.description}")
    else:
        lines.append(
            "Intended use: rows that come from where the training rows came from, with the columns of the contract."
        )
    return "\n\n".join(lines)


def _data(model: Model, dataset: Dataset, source: str) -> str:
    """Where the rows came from and how they were kept apart."""
    split = dataset.split
    by = f" by `{split.by}`" if split.by else ""
    lines = [
        "## Data",
        f"- Source: {source or 'a table'}, {dataset.rows:,} rows, {plural(len(dataset.contract.columns), 'column')} used.",
        f"- Split: {split.kind}{by}; {split.train_rows:,} rows to train and select on, {split.test_rows:,} sealed.",
        f"- Rows that the model learned from: {model.train_rows:,}{_again(model)}.",
    ]
    lines += [f"- Set aside: {plural(count, 'row')} ({reason})." for reason, count in dataset.removed]
    lines += [f"- Left out: `{column}` ({reason})." for column, reason in dataset.dropped]
    return "\n".join(lines)


def _again(model: Model) -> str:
    """Which of the rows it learned from only after it had been measured."""
    return (
        ""
        if model.measured_rows is None
        else ", the sealed ones included, in a last fit after it was measured"
    )


def _figures(model: Model) -> str:
    """Every metric with its interval, beside the baseline."""
    evaluation = model.evaluation
    lines = [
        "## How good it is",
        f"On {evaluation.rows:,} sealed rows, read once after selection was over; 95 % bootstrap intervals.",
        "",
        "| metric | model | baseline |",
        "| --- | --- | --- |",
    ]
    for score, other in zip(evaluation.scores, evaluation.baseline, strict=True):
        better = "higher" if score.greater_is_better else "lower"
        label = f"{metric_of(score.metric).label} ({better} is better)"
        lines.append(f"| {label} | {_interval(score)} | {_interval(other)} |")
    if model.measured_rows is not None:
        again = f"Fitted once more on all {model.train_rows:,} rows, the sealed ones included; the figures are of the fit"
        lines += ["", f"{again} before it, on {model.measured_rows:,} rows."]
    verdict = "better than" if evaluation.better else "**not shown to be better than**"
    label = metric_of(model.metric).label
    lines += ["", f"By {label} the model is {verdict} the baseline: gain {_interval(evaluation.gain)}."]
    beside = [*rival_lines(model), *cost_lines(evaluation.costs)]
    lines += ["", *(f"- {line}." for line in beside)] if beside else []
    if model.naive is not None and model.naive.differs:
        naive, honest = _interval(model.naive.naive), _interval(model.naive.honest)
        told = f"A split at random would have promised {label} {naive} where an honest fold gives {honest}"
        lines += ["", f"{told} ({model.naive.candidate})."]
    if model.learning is not None:
        lines += ["", sentence(learning_words(model.learning))]
    return "\n".join(lines)


def _certainty(model: Model) -> list[str]:
    """How sure its answers are, whether that is borne out, and where it is worst."""
    evaluation, lines = model.evaluation, ["## How sure it is"]
    coverage, reliability = evaluation.coverage, evaluation.reliability
    if coverage is not None:
        numbers = model.task == "regression"
        meant = "Intervals" if numbers else "Sets of classes"
        width = (
            f"mean width {figure(coverage.width)}" if numbers else f"{coverage.width:.3g} classes in the mean"
        )
        lines.append(
            f"- {meant} meant for {percent(coverage.level, places=0)} of rows held {percent(coverage.share)} of the sealed ones "
            f"[{percent(coverage.low)}, {percent(coverage.high)}]; {width}."
        )
    if reliability is not None:
        put_right = (
            f"put right by `{reliability.method}`" if reliability.method else "as the blend gives them"
        )
        lines.append(f"- Probabilities are {put_right}; calibration error {figure(reliability.error)}.")
    if evaluation.threshold is not None:
        by = ", by what answers cost" if evaluation.costs is not None else ""
        lines.append(
            f"- The positive class is the label above a probability of {figure(evaluation.threshold)}{by}."
        )
    what = "mean absolute error" if model.task == "regression" else "share of wrong labels"
    lines += [
        f"- Worse where `{one.column}` is {one.value}: {what} {figure(one.error)} [{_ends(one)}] on "
        f"{one.rows:,} rows, {figure(evaluation.error)} on all."
        for one in evaluation.slices[:_SLICES]
    ]
    return ["\n".join(lines)] if len(lines) > 1 else []


def _fairness(model: Model) -> list[str]:
    """How far apart groups are, by the columns that the person named."""
    lines = ["## How groups fare"]
    for found in model.evaluation.fairness:
        told = "; ".join(map(disparity_words, found.disparities))
        compared = sum(bool(group.figures) for group in found.groups)
        lines.append(
            f"- By `{found.column}`, {plural(compared, 'group')} of at least 30 sealed rows: {told or 'nothing to compare'}."
        )
    return ["\n".join(lines)] if len(lines) > 1 else []


def _rounds(member: MemberRecord) -> str:
    """Rounds of a member, and of how many fits its trees are."""
    seeds = member.settings.get("seeds")
    return f"{member.rounds}, with {seeds} seeds" if seeds else f"{member.rounds}"


def _members(model: Model) -> str:
    """What it is made of."""
    lines = ["## What it is made of", "| member | family | weight | rounds |", "| --- | --- | --- | --- |"]
    lines += [f"| {one.name} | {one.family} | {one.weight:.2f} | {_rounds(one)} |" for one in model.members]
    return "\n".join(lines)


def _costs_of_answers(model: Model) -> str:
    """What it takes to hold and to ask."""
    return f"\n\n{size(model.size_bytes)} on disk; {seconds(model.predict_ms / 1000)} for one row (median)."


def _columns(model: Model) -> str:
    """What it looks at."""
    if not model.importances:
        return "## What it looks at\nColumns were not weighed: there was no time, or the model uses none."
    label = metric_of(model.metric).label
    lines = ["## What it looks at", f"Loss of {label} when a column is shuffled, mean over repeats:", ""]
    lines += [
        f"- `{one.column}`: {figure(one.mean)} (± {figure(one.deviation, like=one.mean)})"
        for one in model.importances[:_FEATURES]
    ]
    added = contribution_words(model)
    lines += ["", f"{added}."] if added else []
    moves = dependence_words(model)
    lines += ["", f"{moves}."] if moves else []
    return "\n".join(lines)


def _limits(model: Model, dataset: Dataset) -> str:
    """What a reader must know before using it."""
    lines = ["## Limits"]
    lines += [f"- {note}" for note in model.notes]
    if model.label_issues is not None:
        issues = model.label_issues
        lines.append(
            f"- About {percent(issues.share)} of the training targets may be wrong (95 % interval {percent(issues.low)} to "
            f"{percent(issues.high)}); {issues.doubted:,} rows are in doubt."
        )
    lines += [f"- {finding.what}." for finding in dataset.findings if finding.severity != "info"]
    lines.append("- The figures hold for rows like those it was tested on; watch it once it is in use.")
    lines.append(
        "- It finds associations, not causes: it does not say what would happen if a value were changed."
    )
    return "\n".join(lines)


def _interval(score: Score) -> str:
    """A figure with its interval."""
    return f"{figure(score.value)} [{_ends(score)}]"


def _ends(found: Score | Slice) -> str:
    """The ends of an interval, as precisely as its middle."""
    middle = found.value if isinstance(found, Score) else found.error
    return f"{figure(found.low, like=middle)}, {figure(found.high, like=middle)}"
