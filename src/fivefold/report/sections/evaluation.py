"""Pictures of the answers on the sealed rows: what is mixed up, what probabilities are worth, how far numbers are off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import figure_row
from fivefold.report.charts.calibration import calibration
from fivefold.report.charts.confusion import confusion
from fivefold.report.charts.histogram import histogram
from fivefold.report.charts.scatter import scatter
from fivefold.report.figures import exact, figure, percent, whole
from fivefold.report.html import Markup, fold, h, join, name, table
from fivefold.report.language import plural

if TYPE_CHECKING:
    from fivefold.core.artefacts import Evaluation, Model
    from fivefold.report.html import Child

__all__ = ["pictures"]


def pictures(model: Model) -> Markup:
    """The pictures that fit the task, with their figures folded below."""
    evaluation = model.evaluation
    shown: list[tuple[Markup, str]] = []
    tables: list[Markup] = []
    if evaluation.confusion:
        shown.append(_confusion(model))
        tables.append(fold("Which class was taken for which, in figures", _confusion_table(model)))
    if evaluation.calibration:
        shown.append(_calibration(model))
        tables.append(fold("What the probabilities were worth, in figures", _calibration_table(evaluation)))
    if evaluation.residuals:
        shown += _residuals(model)
    if not shown:
        return h("p", "There is no picture for this many classes.", css="quiet")
    return join(figure_row(*shown), *tables)


def _confusion(model: Model) -> tuple[Markup, str]:
    """True classes against predicted ones."""
    matrix = model.evaluation.confusion
    right = sum(matrix[at][at] for at in range(len(matrix)))
    total = sum(map(sum, matrix)) or 1
    words = (
        f"True classes against predicted ones, {len(model.classes)} classes: "
        f"{whole(right)} of {whole(total)} rows on the diagonal, {percent(right / total)}"
    )
    sentence = "Each row is a true class; its shares add up to 100 %. The diagonal holds the right answers."
    return confusion(words, matrix, model.classes), sentence


def _confusion_table(model: Model) -> Markup:
    """The same in figures."""
    rows = [
        (name(label), *(whole(count) for count in line))
        for label, line in zip(model.classes, model.evaluation.confusion, strict=True)
    ]
    head = ("True class", *model.classes)
    caption = "Rows of each true class (down) by predicted class (across)"
    return table(caption, head, rows, numbers=range(1, len(head)))


def _calibration(model: Model) -> tuple[Markup, str]:
    """Probabilities against what happened."""
    bins = model.evaluation.calibration
    positive = model.classes[-1] if model.classes else "positive"
    rows = sum(count for _, _, count in bins) or 1
    off = sum(abs(said - happened) * count for said, happened, count in bins) / rows
    words = (
        f"Predicted probability of {positive!r} against what happened, {plural(len(bins), 'bin')}; on average they lie "
        f"{figure(off)} apart"
    )
    sentence = (
        "On the dashed line a probability means what it says; above it the model is too cautious, below it too confident. "
        "Larger dots stand for more rows."
    )
    return calibration(words, bins, positive), sentence


def _calibration_table(evaluation: Evaluation) -> Markup:
    """The same in figures."""
    rows: list[tuple[Child, ...]] = [
        (exact(said, figure(said)), exact(happened, percent(happened)), whole(count))
        for said, happened, count in evaluation.calibration
    ]
    head = ("Mean predicted probability", "Turned out so", "Rows")
    return table("Predicted probabilities against what happened", head, rows, numbers=(0, 1, 2))


def _residuals(model: Model) -> list[tuple[Markup, str]]:
    """Predictions against truth, and the errors by their size."""
    pairs = model.evaluation.residuals
    sample = f"{plural(len(pairs), 'sealed row')}" + (
        f" of {whole(model.evaluation.rows)}" if len(pairs) < model.evaluation.rows else ""
    )
    dots = scatter(f"Predicted against true values of {model.target}, {sample}", pairs)
    errors = histogram(f"Errors of {sample}", [said - true for true, said in pairs], "prediction minus truth")
    off = (
        "How far predictions are off. Left of the dashed line they are too low, right of it too high; the farthest "
        "hundredth on either side stands in the outermost bars."
    )
    return [
        (dots, f"Each dot is one of {sample}. On the dashed line the prediction is exact."),
        (errors, off),
    ]
