"""Chapter 3: what was tried, what it became, and what the sealed rows said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import Chapter, block, figure_row, gone, render_chapter
from fivefold.report.charts.marks import Mark, marks
from fivefold.report.charts.stack import stack
from fivefold.report.figures import NONE, exact, figure, percent, seconds, size
from fivefold.report.html import Markup, fold, h, join, name, table
from fivefold.report.language import (
    all_of,
    family,
    last_fit_words,
    metric_label,
    metric_meaning,
    naive_words,
    plain,
    plural,
    scored,
    trade_words,
)
from fivefold.report.sections.certainty import certainty, curves, slices
from fivefold.report.sections.costs import costs
from fivefold.report.sections.dependence import dependence
from fivefold.report.sections.elsewhere import elsewhere
from fivefold.report.sections.evaluation import pictures
from fivefold.report.sections.fairness import fairness
from fivefold.report.sections.importances import importances
from fivefold.report.sections.labels import labels
from fivefold.report.sections.learning import learning
from fivefold.report.sections.rivals import rivals

if TYPE_CHECKING:
    from fivefold.core.artefacts import LeaderboardRow, Model, Trial
    from fivefold.core.artefacts.model import Setting
    from fivefold.report.html import Child
    from fivefold.report.story import Story

__all__ = ["training"]

_BLEND = "blend"
_COMPARED = 8
_ENDED = {
    "all candidates fitted": "all candidates were fitted",
    "deadline": "its time was over",
    "interrupted": "it was interrupted",
}
_FITTED_ON = {-1: "training rows", -2: "at random", -3: "all rows", -4: "a quarter", -5: "half"}


def training(story: Story) -> Markup:
    """The chapter."""
    if story.model is None:
        return gone("training", "3", "Training")
    model = story.model.body
    chapter = Chapter(
        anchor="training",
        mark="3",
        title="Training",
        aside=seconds(story.model.header.seconds),
        done=_done(model),
        found=_found(model),
        why=(
            "Candidates were compared on folds of the training rows alone. The sealed rows were opened once, when every "
            "choice had been made, so their figures flatter nobody."
        ),
    )
    return render_chapter(
        chapter,
        _evaluation(model),
        elsewhere(story.elsewhere),
        block("What the answers look like", pictures(model)),
        costs(model),
        certainty(model),
        curves(model),
        slices(model),
        fairness(model),
        importances(model),
        dependence(model),
        learning(model),
        labels(model),
        _leaderboard(model),
        _blend(model),
        _trials(model),
    )


def _done(model: Model) -> Markup:
    """What was tried."""
    names = list(dict.fromkeys(trial.family for trial in model.trials))
    candidates = {trial.candidate for trial in model.trials if trial.state in {"done", "stopped"}}
    fits = sum(trial.state in {"done", "stopped"} for trial in model.trials)
    if not candidates:
        return join(f"No candidate could be fitted. It ended when {_ENDED.get(model.ended, model.ended)}.")
    return join(
        f"Fitted {plural(len(candidates), 'candidate')} of {plural(len(names), 'family', 'families')} "
        f"({', '.join(map(family, names))}) in {plural(fits, 'fit')}, and blended the best. ",
        f"It ended when {_ENDED.get(model.ended, model.ended)}.",
    )


def _found(model: Model) -> Markup:
    """What came of it."""
    singles = [row for row in model.leaderboard if row.name != _BLEND and row.family != "dummy"]
    score = model.evaluation.score(model.metric)
    label = metric_label(model.metric)
    best = (
        join("The best single candidate is ", name(singles[0].name), "; ")
        if singles
        else join("No candidate was better than the baseline; ")
    )
    return join(
        best,
        f"the final model is made of {plural(len(model.members), 'model')}, takes {size(model.size_bytes)} on disk and reaches ",
        h("strong", label, " ", exact(score.value, figure(score.value))),
        f" on {plural(model.evaluation.rows, 'sealed row')}.",
    )


def _evaluation(model: Model) -> Markup:
    """Every metric beside the baseline's."""
    evaluation = model.evaluation
    base = {score.metric: score for score in evaluation.baseline}
    rows: list[tuple[Child, ...]] = []
    for score in evaluation.scores:
        label = join(metric_label(score.metric), h("small", metric_meaning(score.metric)))
        beside = base.get(score.metric)
        rows.append(
            (
                h("b", label) if score.metric == evaluation.metric else label,
                scored(score),
                scored(beside) if beside else NONE,
            )
        )
    head = ("Metric", "This model", "Baseline")
    caption = f"Every metric on the {plural(evaluation.rows, 'sealed row')}"
    again, naive = last_fit_words(model), naive_words(model.naive)
    return block(
        "What the sealed rows said",
        table(caption, head, rows, numbers=(1, 2)),
        rivals(model),
        h("p", f"{again}.") if again else None,
        h("p", f"{naive}.") if naive else None,
    )


def _leaderboard(model: Model) -> Markup | None:
    """Candidates beside each other."""
    if not model.leaderboard:
        return None
    label = metric_label(model.metric)
    shown = model.leaderboard[:_COMPARED]
    dummies = [row for row in model.leaderboard[_COMPARED:] if row.family == "dummy"]
    dots = [Mark(row.name, row.metric, css=_css(row)) for row in (*shown, *dummies)]
    words = f"{label} of each candidate on the validation folds: " + ", ".join(
        f"{row.name} {figure(row.metric)}" for row in (*shown, *dummies)
    )
    head = ("Candidate", "Family", label, "Loss", "Fitting", "One row", "Size", "Weight", "Trade-off")
    settings = {trial.candidate: _settings(trial.settings) for trial in model.trials}
    rows = [_candidate(row, settings.get(row.name)) for row in model.leaderboard]
    listing = table("All candidates on the validation folds", head, rows, numbers=(2, 3, 4, 5, 6, 7))
    sentence = f"On the validation folds: {label}, best first. The sealed rows played no part here."
    trade = trade_words(model)
    return block(
        "The candidates",
        figure_row((marks(words, dots), sentence)),
        h("p", f"{trade}.") if trade else None,
        fold(all_of(len(rows), "candidate"), listing),
    )


def _css(row: LeaderboardRow) -> str:
    """The blend stands out, the baseline stands back."""
    return "model" if row.name == _BLEND else "baseline" if row.family == "dummy" else "quiet"


def _candidate(row: LeaderboardRow, settings: str | None) -> tuple[Child, ...]:
    """One line of the leaderboard."""
    return (
        join(name(row.name), h("small", settings) if settings else None),
        family(row.family),
        exact(row.metric, figure(row.metric)),
        exact(row.loss, figure(row.loss)),
        seconds(row.fit_seconds),
        seconds(row.predict_ms / 1000),
        size(row.size_bytes),
        percent(row.weight) if row.weight else NONE,
        join(
            h("small", "near the best ") if row.near and row.name != _BLEND else None,
            h("small", "best for its cost") if row.efficient and row.family != "dummy" else None,
        ),
    )


def _blend(model: Model) -> Markup | None:
    """What the final model is made of."""
    if not model.members:
        return None
    parts = [(member.name, member.weight, percent(member.weight)) for member in model.members]
    settings = [
        (
            name(member.name),
            family(member.family),
            f"{member.rounds:,}" if member.rounds else NONE,
            _settings(member.settings) or NONE,
        )
        for member in model.members
    ]
    listing = table(
        "Settings of each member", ("Member", "Family", "Rounds", "Settings"), settings, numbers=(2,)
    )
    return block(
        "What it is made of", stack("Weights of the blend", parts), fold("Settings of each member", listing)
    )


def _settings(settings: dict[str, Setting]) -> str:
    """Settings on a line."""
    return ", ".join(f"{plain(key)} {_setting(value)}" for key, value in settings.items())


def _setting(value: Setting) -> str:
    """A setting's value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)


def _trials(model: Model) -> Markup | None:
    """Every fit, also those that came to nothing."""
    if not model.trials:
        return None
    lost = [trial for trial in model.trials if trial.state not in {"done", "stopped"}]
    rows = [_trial(trial) for trial in model.trials]
    head = ("Candidate", "Fold", "State", "Time", "Rounds", "Memory", "Loss")
    summary = f"Every fit ({len(rows):,}" + (f", {len(lost):,} of them came to nothing)" if lost else ")")
    return fold(summary, table("Every fit", head, rows, numbers=(1, 3, 4, 5, 6)))


def _trial(trial: Trial) -> tuple[Child, ...]:
    """One line of the list of fits."""
    return (
        name(trial.candidate),
        _FITTED_ON.get(trial.fold, str(trial.fold)),
        join(trial.state, h("small", trial.reason) if trial.reason else None),
        seconds(trial.seconds),
        f"{trial.rounds:,}" if trial.rounds else NONE,
        size(trial.memory_bytes) if trial.memory_bytes else NONE,
        exact(trial.score, figure(trial.score)),
    )
