"""Costs: what the labels cost on the sealed rows, beside those that nobody would have had to think about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.report.chapter import block
from fivefold.report.figures import NONE, exact, figure, interval
from fivefold.report.html import Markup, bullets, fold, h, join, name, table
from fivefold.report.language import scored

if TYPE_CHECKING:
    from fivefold.core.artefacts import CostRival, Costs, Model
    from fivefold.report.html import Child

__all__ = ["cost_lines", "costs"]

_CLASSES = 20
_NAMES = {
    "most probable class": "always the most probable class",
    "most frequent class": "the most frequent class",
    "cheapest single answer": "the cheapest single answer",
}


def costs(model: Model) -> Markup | None:
    """A table of the mean costs, a sentence for each, and the costs that were named."""
    found = model.evaluation.costs
    if found is None:
        return None
    rows: list[tuple[Child, ...]] = [(h("b", "This model"), scored(found.mean), NONE)]
    rows += [(_label(one), scored(one.mean), scored(one.saved)) for one in found.rivals]
    head = ("Labels", "Mean cost per row", "What the model saves")
    listing = table("Mean cost per row on the sealed rows", head, rows, numbers=(1, 2))
    told = _matrix(model, found) if len(model.classes) <= _CLASSES else None
    return block("What the answers cost", listing, bullets([f"{line}." for line in cost_lines(found)]), told)


def cost_lines(found: Costs | None) -> list[str]:
    """What the labels cost, and what they save over each of the others, in a sentence each; none where nobody named costs."""
    if found is None:
        return []
    own = f"The model's labels cost {figure(found.mean.value)} per row, 95 % interval {interval(found.mean)}"
    return [own, *map(_words, found.rivals)]


def _words(rival: CostRival) -> str:
    """What the model saves, in one sentence."""
    answer = f" ({rival.answer!r})" if rival.answer else ""
    whose = f"{_NAMES.get(rival.name, rival.name)}{answer}, which costs {figure(rival.mean.value)} per row"
    saved = rival.saved
    if saved.low > 0:
        return f"They are cheaper than {whose}, by {figure(saved.value)}, 95 % interval {interval(saved)}"
    if saved.low == saved.high == 0:
        return f"They cost the same as {whose}"
    verdict = "dearer" if saved.high < 0 else "not clearly cheaper"
    return (
        f"They are {verdict} than {whose}: difference {figure(saved.value)}, 95 % interval {interval(saved)}"
    )


def _label(rival: CostRival) -> Markup:
    """The name of other labels."""
    label = _NAMES.get(rival.name, rival.name)
    return join(label[0].upper() + label[1:], h("small", rival.answer) if rival.answer else None)


def _matrix(model: Model, found: Costs) -> Markup:
    """What each answer costs."""
    rows = [
        (name(label), *(exact(cost, f"{cost:g}") for cost in line))
        for label, line in zip(model.classes, found.matrix, strict=True)
    ]
    head = ("True class", *model.classes)
    listing = table(
        "Costs of each answer (across) by the true class (down)", head, rows, numbers=range(1, len(head))
    )
    return fold("The costs that were named", listing)
