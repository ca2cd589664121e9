"""What a model made by hand is told to do with groups and with single rows."""

from __future__ import annotations

import numpy as np
from tests.report import tables

from fivefold.core.artefacts import (
    ColumnContribution,
    Contributions,
    Disparity,
    Fairness,
    FairnessGroup,
    GroupFigure,
    Task,
)


def fairness() -> Fairness:
    """Two groups that differ, and one that is too small to tell."""

    def group(value: str, rows: int, *rates: float) -> FairnessGroup:
        names = ("selection_rate", "true_positive_rate", "false_positive_rate", "roc_auc")
        figures = (
            GroupFigure(name, rate, rate - 0.03, rate + 0.03)
            for name, rate in zip(names, rates, strict=False)
        )
        return FairnessGroup(value, rows, tuple(figures))

    apart = ("female", "male")
    return Fairness(
        "gender",
        (
            group("male", 2_316, 0.71, 0.93, 0.55, 0.757),
            group("female", 1_703, 0.52, 0.81, 0.38, 0.741),
            group("unknown", 19),
        ),
        (
            Disparity("demographic_parity_difference", 0.19, 0.16, 0.22, *apart, 0.031, True),
            Disparity("demographic_parity_ratio", 0.7324, 0.69, 0.77, *apart),
            Disparity("equalized_odds_difference", 0.17, 0.12, 0.22, *apart, 0.05, True),
            Disparity("roc_auc_difference", 0.016, -0.02, 0.05, *apart, 0.036, False),
        ),
    )


def contributions(task: Task) -> Contributions:
    """Every column adds less than the one before; of several classes there are no single rows."""
    rng, reach, found = np.random.default_rng(3), 40.0 if task == "regression" else 0.9, []
    for at, (column, role, _) in enumerate(tables.COLUMNS[task]):
        place = rng.random(150)
        moved = reach * 0.7**at * (2 * place - 1 + rng.normal(scale=0.15, size=150))
        values = [float(one) if role == "number" and one > 0.03 else None for one in place]
        points = tuple(zip(moved.tolist(), values, strict=True)) if at < 8 and task != "multiclass" else ()
        found.append(ColumnContribution(column, float(np.abs(moved).mean()), points))
    if task == "regression":
        return Contributions(500, "number", 204.3, 1.0, 3.1e-13, tuple(found))
    return Contributions(350, "log odds", 0.81, 0.83, 0.0942, tuple(found), ("mlp",))
