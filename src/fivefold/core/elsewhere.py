"""What a run holds beside its model: read from the run's own record, for the model that stands there now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.artefacts import Elsewheres, Model
from fivefold.core.artefacts.elsewhere import ELSEWHERE

if TYPE_CHECKING:
    from fivefold.core.artefacts import Elsewhere, Rival
    from fivefold.core.store import Run

__all__ = ["read_elsewhere", "rivals_elsewhere"]


def read_elsewhere(run: Run) -> tuple[Elsewhere, ...]:
    """Return the models that were trained elsewhere and judged beside the run's present one."""
    model, noted = run.get("train", Model), run.read(ELSEWHERE, Elsewheres)
    return noted.beside(model.header.digest) if model is not None and noted is not None else ()


def rivals_elsewhere(run: Run) -> tuple[Rival, ...]:
    """Return their headline figures alone."""
    return tuple(one.rival for one in read_elsewhere(run))
