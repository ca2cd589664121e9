"""What quality costs: near the best, and on the Pareto front."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tests.training.stages import Stage

from fivefold.core.artefacts import LeaderboardRow
from fivefold.core.objective import Objective
from fivefold.measure.objectives import loss, row_losses
from fivefold.training.step import train
from fivefold.training.trade import Margin, efficient

Make = Callable[..., Stage]

SQUARED = Objective("squared_error")


def _row(name: str, loss: float, milliseconds: float, size: int) -> LeaderboardRow:
    return LeaderboardRow(name, "linear", loss, loss, 1.0, milliseconds, size, 0.0)


def test_rows_that_another_beats_in_everything_are_not_efficient() -> None:
    rows = [
        _row("blend", 0.1, 3, 30),
        _row("slow", 0.2, 4, 10),
        _row("same", 0.2, 4, 10),
        _row("bad", 0.2, 5, 11),
    ]
    rows += [_row("dummy", 0.9, 0, 0), _row("odd", 0.95, 0, 1)]
    assert [row.name for row in efficient(rows) if row.efficient] == ["blend", "slow", "same", "dummy"]


def test_what_chance_alone_explains_is_near_and_what_it_does_not_is_not() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=2_000)
    best = truth + rng.normal(size=2_000)
    margin = Margin(SQUARED, truth, best[:, None])
    assert margin.near(best[:, None])
    assert margin.near((best + rng.normal(scale=0.01, size=2_000))[:, None])
    assert not margin.near((best + 0.5)[:, None])


def test_rows_of_one_group_count_as_one() -> None:
    groups = np.repeat(np.arange(20), 100)
    shift = np.where(np.arange(20) % 5 == 0, 0.9, -0.15)[
        groups
    ]  # a few groups are much worse, the others a little better
    truth, best = np.zeros(2_000), np.full((2_000, 1), 1.0)
    other = np.sqrt(1 + shift)[:, None]
    assert not Margin(SQUARED, truth, best).near(other)
    assert Margin(SQUARED, truth, best, groups=groups).near(other)


def test_weight_decides_which_rows_are_asked() -> None:
    truth, best = np.zeros(200), np.full((200, 1), 1.0)
    other = np.concatenate([np.full((100, 1), 0.5), np.full((100, 1), 3.0)])
    weight = np.repeat([1.0, 1e-9], 100)
    assert not Margin(SQUARED, truth, best).near(other)
    assert Margin(SQUARED, truth, best, weight).near(other)


@pytest.mark.parametrize("objective", [SQUARED, Objective("absolute_error"), Objective("quantile", 0.8)])
def test_losses_of_rows_have_the_loss_as_their_mean(objective: Objective) -> None:
    rng = np.random.default_rng(1)
    truth, scores = rng.normal(size=50), rng.normal(size=(50, 1))
    mean = float(row_losses(objective, truth, scores).mean())
    assert loss(objective, truth, scores) == pytest.approx(mean**0.5 if objective is SQUARED else mean)


def test_losses_of_rows_of_classes() -> None:
    rng = np.random.default_rng(2)
    truth, scores = rng.integers(0, 3, 60).astype(float), rng.dirichlet(np.ones(3), 60)
    log_loss = Objective("log_loss")
    assert loss(log_loss, truth, scores) == pytest.approx(row_losses(log_loss, truth, scores).mean())


def test_the_smallest_that_is_near_takes_the_place_of_the_blend_where_it_is_asked_for(stage: Make) -> None:
    made = stage("binary", plan={"model.candidates": ("linear", "lightgbm"), "final.form": "smallest"})
    model = train(made.dataset, made.brief, made.bench(seconds=60.0))
    (member,) = model.members
    assert member.weight == 1.0
    assert not any(row.name == "blend" for row in model.leaderboard)
    assert next(row for row in model.leaderboard if row.name == member.name).near
