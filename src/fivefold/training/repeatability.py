"""Repeatability: what a deterministic run asks for besides its schedule, and whether it really is what it would be again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.training.schedule import INTERRUPTED

if TYPE_CHECKING:
    from fivefold.core.artefacts import Dataset, Model
    from fivefold.core.workbench import Workbench

__all__ = ["planned_seconds", "with_repeatability"]


def planned_seconds(bench: Workbench) -> float:
    """Seconds that the work is planned for: what is left, or what a deterministic run gives this step in any case."""
    return bench.deadline.remaining() if bench.nominal is None else bench.nominal.plan()["train"]


def with_repeatability(model: Model, dataset: Dataset, bench: Workbench, strayed: str) -> Model:
    """Return the model of a deterministic run with whether the same seed gives it again, and a note on it.

    Parameters
    ----------
    model : Model
    dataset : Dataset
        Checks that were not made for lack of time may have left a column in.
    bench : Workbench
    strayed : str
        Why the schedule did not do what it would do again; empty where it did.
    """
    if bench.nominal is None:
        return model
    why = strayed
    if model.ended == INTERRUPTED:
        why = "Ctrl-C came before the planned work was done"
    if dataset.unchecked:
        why = "the deadline came before the data step had made all checks"
    note = (
        f"NOT deterministic, although that was asked for: {why}. The same seed need not give this model again."
        if why
        else "Deterministic: the same table, settings, time and seed give this bundle again, byte for byte, with the same "
        "libraries on the same kind of processor."
    )
    return replace(model, notes=(*model.notes, note), repeatable=not why)
