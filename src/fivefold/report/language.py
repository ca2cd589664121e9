"""Plain words for what the field calls otherwise: tasks, metrics, and what a figure means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.objective import level_of
from fivefold.measure.metrics import METRICS, metric_of
from fivefold.report.figures import exact, figure, interval, percent, seconds, size
from fivefold.report.html import Markup, h, join, name

if TYPE_CHECKING:
    from fivefold.core.artefacts import Finding, Model, NaiveFigure, Score

__all__ = [
    "FAMILIES",
    "GLOSSARY",
    "MEANINGS",
    "STEPS",
    "TASKS",
    "achieved",
    "all_of",
    "applied_words",
    "family",
    "finding_words",
    "last_fit_words",
    "metric_label",
    "metric_meaning",
    "naive_words",
    "plain",
    "plural",
    "scored",
    "sentence",
    "trade_words",
]

STEPS = {
    "start": "Start",
    "research": "Research",
    "data": "Data",
    "train": "Training",
    "deploy": "Deployment",
    "monitor": "Monitoring",
}
FAMILIES = {
    "catboost": "CatBoost",
    "lightgbm": "LightGBM",
    "linear": "linear",
    "extra_trees": "extra trees",
    "xgboost": "XGBoost",
    "mlp": "neural nets",
    "estimators": "your own",
    "dummy": "baseline",
    "blend": "blend",
}
TASKS = {
    "binary": "one of two classes",
    "multiclass": "one of several classes",
    "regression": "a number",
}
MEANINGS = {
    "accuracy": "share of rows with the right answer; 1 is perfect",
    "roc_auc": "how well rows are ranked: 0.5 is a coin, 1 is perfect",
    "log_loss": "cost of confident mistakes; 0 is perfect, lower is better",
    "f1": "false alarms against misses in one figure; 1 is perfect",
    "rmse": "typical error, large ones weighing more; lower is better",
    "mae": "average error; lower is better",
    "balanced_accuracy": "mean of the classes' shares of right answers; 1 is perfect",
    "average_precision": "mean share of right ones among the highest scores; 1 is perfect",
    "brier": "squared error of the probabilities; 0 is perfect, lower is better",
    "precision": "share of the answers for a class that are right; 1 is perfect",
    "recall": "share of a class that is found; 1 is perfect",
    "matthews_corrcoef": "correlation of truth and answer: 0 is a coin, 1 is perfect",
    "quadratic_weighted_kappa": "agreement of grades, mistakes by several steps weighing more: 0 is chance, 1 is perfect",
    "mae_in_steps": "mean steps from the right grade; 0 is perfect, lower is better",
    "median_absolute_error": "half of the errors are smaller; lower is better",
    "mape": "average error as a share of the truth; lower is better",
    "r2": "share of the variation that is explained; 1 is perfect",
}
GLOSSARY = (
    ("Baseline", "The simplest thing that could be done: always the same answer. A model that is not clearly better is not worth running."),
    ("Sealed test part", "Rows that were put aside before anything was learned, and looked at once, when every choice had been made."),
    ("95 % interval", "Had other rows been sealed, the figure would have been another. In 95 of 100 such draws the interval covers the figure that more and more rows would lead to."),
    ("Fold", "A part of the training rows that a model does not learn from, so that candidates can be compared without touching the sealed part."),
    ("Blend", "Several models whose answers are averaged, each with a weight."),
    ("Calibrated", "A probability that means what it says: of the rows scored 0.7, seven in ten turn out so."),
    ("Drift", "The rows that come in, or the answers that go out, are no longer distributed as in training."),
    ("Leak", "A column that holds the answer itself and will not be there when the model is used."),
)  # fmt: skip


def metric_meaning(metric: str) -> str:
    """What a metric says, in a few words; empty for a name that is none."""
    if level_of(metric) is not None:
        return "error that counts by the level above the answer, by the rest below; lower is better"
    return MEANINGS.get(metric, "")


def metric_label(metric: str) -> str:
    """What a person reads for a metric."""
    known = metric in METRICS or level_of(metric) is not None
    return metric_of(metric).label if known else plain(metric)


def family(identifier: str) -> str:
    """What a person calls a family of models."""
    return FAMILIES.get(identifier, plain(identifier))


def plain(identifier: str) -> str:
    """A machine's name as words."""
    return identifier.replace("_", " ").replace(".", ", ")


def sentence(text: str) -> str:
    """A text that begins with a capital letter and ends with a full stop.

    Examples
    --------
    >>> sentence("rows show no order"), sentence("Why not?")
    ('Rows show no order.', 'Why not?')
    """
    stripped = text.strip()
    if not stripped:
        return ""
    return stripped[0].upper() + stripped[1:] + ("" if stripped[-1] in ".!?" else ".")


def plural(count: int, noun: str, many: str = "") -> str:
    """A count with its noun.

    Examples
    --------
    >>> plural(1, "row"), plural(1200, "row"), plural(2, "family", "families")
    ('1 row', '1,200 rows', '2 families')
    """
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def all_of(count: int, noun: str) -> str:
    """What is listed in full.

    Examples
    --------
    >>> all_of(1, "candidate"), all_of(18, "candidate")
    ('1 candidate', 'All 18 candidates')
    """
    return plural(count, noun) if count == 1 else f"All {plural(count, noun)}"


def applied_words(findings: int) -> str:
    """How much of what was published holds for a table.

    Examples
    --------
    >>> applied_words(1), applied_words(27)
    ('1 published finding applies', '27 published findings apply')
    """
    return f"{plural(findings, 'published finding')} {'applies' if findings == 1 else 'apply'}"


def finding_words(finding: Finding) -> str:
    """What was found and what was done about it, in sentences of their own.

    Examples
    --------
    >>> from fivefold.core.artefacts import Finding
    >>> found = Finding("values", "info", ("age",), "3 values of 'age' cannot be read", {}, done="they count as missing")
    >>> finding_words(found)
    "3 values of 'age' cannot be read. Done: they count as missing."
    """
    done = f"Done: {finding.done}" if finding.done else ""
    return f"{sentence(finding.what)} {sentence(done)}".strip()


def scored(score: Score) -> Markup:
    """A score with its interval."""
    ends = h("span", f"95 % interval {interval(score)}", css="interval")
    return join(exact(score.value, figure(score.value)), " ", ends)


def naive_words(found: NaiveFigure | None) -> str:
    """What a split at random would have promised, in one sentence; empty where it would have said the same."""
    if found is None or not found.differs:
        return ""
    naive, honest = (
        f"{figure(one.value)} (95 % interval {interval(one)})" for one in (found.naive, found.honest)
    )
    by = " and ".join(f"'{column}'" for column in found.by)
    return (
        f"A split at random would have promised {metric_label(found.naive.metric)} {naive}; "
        f"with rows kept apart by {by} the same candidate, {found.candidate}, reaches {honest}"
    )


def trade_words(model: Model) -> str:
    """Which single candidate does as well as the blend for all that the rows can tell, and is smaller, in one sentence; empty where none is."""
    blend = next((row for row in model.leaderboard if row.family == "blend"), None)
    near = [row for row in model.leaderboard if row.near and row.family not in {"blend", "dummy"}]
    if blend is None or not near:
        return ""
    least = min(near, key=lambda row: row.size_bytes)
    if least.size_bytes >= blend.size_bytes:
        return ""
    return (
        f"{least.name} alone is within one standard error of the blend on the validation folds, with {size(least.size_bytes)} instead "
        f"of {size(blend.size_bytes)} and {seconds(least.predict_ms / 1000)} for a row instead of "
        f'{seconds(blend.predict_ms / 1000)}; [train] final_form = "smallest" serves such a one'
    )


def last_fit_words(model: Model) -> str:
    """That the served model learned from more rows than the measured one, in one sentence; empty where it is the same."""
    if model.measured_rows is None:
        return ""
    return (
        f"Fitted once more on all {plural(model.train_rows, 'row')}, the sealed ones included; the figures are of the fit "
        f"before it, on {plural(model.measured_rows, 'row')}"
    )


def achieved(model: Model, score: Score) -> Markup:
    """What a score says about the model, as the predicate of a sentence."""
    value, ends = exact(score.value, figure(score.value)), f"95 % interval {interval(score)}"
    if model.task == "regression":
        return _deviation(name(model.target), score)
    share = exact(score.value, percent(score.value))
    shares = f"95 % interval {percent(score.low)} to {percent(score.high)}"
    if score.metric == "accuracy":
        return join("gave the right answer for ", h("strong", share), f" of them ({shares})")
    if score.metric == "roc_auc" and model.task == "binary":
        pair = join(
            "given one row that turned out ",
            name(model.classes[-1]),
            " and one that did not, it ranks the former higher in ",
        )
        return join(pair, h("strong", share), " of cases (ROC AUC ", value, f", {ends})")
    if score.metric == "roc_auc":
        many = "averaged over the classes, it scores a row of the class above a row of another in "
        return join(many, h("strong", share), " of cases (ROC AUC ", value, f", {ends})")
    if score.metric == "log_loss":
        return join(
            "its probabilities came to a log loss of ", h("strong", value), f" ({ends}; 0 is perfect)"
        )
    if score.metric == "f1":
        return join(
            "its F1 score, which weighs false alarms against misses, was ",
            h("strong", value),
            f" ({ends}; 1 is perfect)",
        )
    label, meaning = metric_label(score.metric), metric_meaning(score.metric)
    return join("reached ", h("strong", value), f" in {label} ({ends}; {meaning})")


def _deviation(target: Markup, score: Score) -> Markup:
    """What a score says about a model of numbers."""
    value, ends = exact(score.value, figure(score.value)), f"95 % interval {interval(score)}"
    share = exact(score.value, percent(score.value))
    shares = f"95 % interval {percent(score.low)} to {percent(score.high)}"
    if score.metric == "r2":
        return join("explains ", h("strong", share), " of the variation of ", target, f" ({shares})")
    if score.metric == "mae":
        return join("was off by ", h("strong", value), " on average", f" ({ends}), in the units of ", target)
    level = level_of(score.metric)
    if level is not None:
        aim = f"said what {percent(level)} of the outcomes should not pass, with a pinball loss of "
        return join(aim, h("strong", value), f" ({ends}; 0 is perfect), in the units of ", target)
    if score.metric == "mape":
        return join("was off by ", h("strong", share), " of the truth on average", f" ({shares})")
    if score.metric == "median_absolute_error":
        half = join("was off by ", h("strong", value), " or less in half of the rows")
        return join(half, f" ({ends}), in the units of ", target)
    return join("had a typical error of ", h("strong", value), f" (RMSE, {ends}), in the units of ", target)
