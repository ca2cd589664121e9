"""Models that were trained elsewhere: how they compare with the run's own, and what they took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.quantities import format_seconds
from fivefold.report.chapter import block
from fivefold.report.figures import figure, interval
from fivefold.report.html import Markup, bullets, h, join, table
from fivefold.report.language import metric_label, plural, scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Elsewhere
    from fivefold.report.html import Child

__all__ = ["elsewhere", "elsewhere_lines"]


def elsewhere(found: Sequence[Elsewhere]) -> Markup | None:
    """A table of them, and sentences for each."""
    if not found:
        return None
    label = metric_label(found[0].rival.score.metric)
    rows: list[tuple[Child, ...]] = [
        (
            join(one.route, h("small", one.rival.name)),
            scored(one.rival.score),
            scored(one.rival.gain) if one.rival.gain else "",
            f"{one.money:.4f} {one.currency}",
            format_seconds(one.seconds),
        )
        for one in found
    ]
    head = ("Trained by", label, "What the model gains", "Price", "Time")
    listing = table(f"{label} of models trained elsewhere, on the same rows", head, rows, numbers=(1, 2, 3))
    return block("Trained elsewhere", listing, bullets([f"{line}." for line in elsewhere_lines(found)]))


def elsewhere_lines(found: Sequence[Elsewhere]) -> list[str]:
    """Sentences on each: which of the two is better, price and time, its own figures, what serving it takes, and what is left there."""
    return [line for one in found for line in _lines(one)]


def _lines(one: Elsewhere) -> list[str]:
    """Sentences on one."""
    own = ", ".join(f"{name} {figure(value)}" for name, value in one.own.items())
    kept = ", ".join(f"{each.kind} {each.name}" for each in one.kept)
    lines = [
        _verdict(one),
        f"Training {one.rival.name} by {one.route} took {format_seconds(one.seconds)} and {one.money:.4f} {one.currency}",
    ]
    lines += [f"On rows that {one.route} kept aside it says of it: {own}"] if own else []
    lines += [f"To have answers of it: {one.serving}"] if one.serving else []
    lines.append(
        f"It still stands there: {kept}; fivefold undeploy removes it"
        if kept
        else "Nothing of it was left there"
    )
    return lines + [note.rstrip(".") for note in one.notes]


def _verdict(one: Elsewhere) -> str:
    """Which of the two is better."""
    label, gain = metric_label(one.rival.score.metric), one.rival.gain
    own = f"the one that {one.route} trained ({one.rival.name}, {label} {figure(one.rival.score.value)})"
    rows = f"on {plural(one.judged, 'sealed row')}"
    if gain is None:
        return f"The model was not compared with {own}"
    if gain.low > 0:
        return (
            f"The model is better than {own} by {figure(gain.value)}, 95 % interval {interval(gain)}, {rows}"
        )
    verdict = "worse" if gain.high < 0 else "not clearly better"
    return f"The model is {verdict} than {own}: difference {figure(gain.value)}, 95 % interval {interval(gain)}, {rows}"
