"""A model that knows all that can be known: its probabilities are what happens, and its errors depend on what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import OutOfFold, Task
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.testing.checks import contract

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats

CLASSES: dict[Task, int] = {"binary": 2, "multiclass": 3}


def answers(task: Task, rows: int, *, seed: int, shift: float = 0.0) -> tuple[Floats, Floats]:
    """Truth and scores; ``shift`` moves the column that it reads, and makes its values more alike."""
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.0 - 0.4 * min(shift, 1.0), rows)
    if task == "regression":
        said = 50 + 10 * x
        return said + rng.normal(0, 1, rows) * np.maximum(1.0, 4 + 3 * x), said[:, None]
    centres = np.linspace(-1, 1, CLASSES[task])
    raised = np.exp(2 * x[:, None] * centres)
    scores: Floats = raised / raised.sum(axis=1, keepdims=True)
    truth = (scores.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1).astype(np.float64)
    return truth, scores


def reference_of(task: Task, *, rows: int = 4_000, seed: int = 0) -> OutOfFold:
    """What a bundle keeps of such answers."""
    truth, scores = answers(task, rows, seed=seed)
    return kept_out_of_fold(contract(task), truth, scores, scores, seed=0)
