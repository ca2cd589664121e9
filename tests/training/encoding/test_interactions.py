"""Interactions are kept where the target follows from them, and nowhere else."""

from __future__ import annotations

import numpy as np

from fivefold.core.protocols import Feature, Sample
from fivefold.training.encoding.interactions import HeldOut, choose_interactions, worth_trying

NAMES = ("a", "b", "c", "d")


def held_out(target: str, rows: int = 3_000) -> HeldOut:
    """Draw rows whose target follows from a ratio, or from one number alone."""
    rng = np.random.default_rng(0)
    values = rng.uniform(1, 2, (rows, 4)).astype(np.float32)
    truth = values[:, 0] / values[:, 1] if target == "ratio" else values[:, 0]
    truth = truth + rng.normal(scale=0.05, size=rows)
    features = tuple(Feature(name, name, "number") for name in NAMES)
    cut = rows * 4 // 5
    train = Sample(values[:cut], features, truth[:cut].astype(np.float64))
    valid = Sample(values[cut:], features, truth[cut:].astype(np.float64))
    return HeldOut("regression", 0, train, valid, 0)


def test_a_target_that_follows_a_ratio_gets_it() -> None:
    chosen = choose_interactions(held_out("ratio"))
    assert {chosen[0].first, chosen[0].second} == {"a", "b"}
    assert choose_interactions(held_out("ratio")) == chosen


def test_a_target_that_follows_one_number_gets_none() -> None:
    assert choose_interactions(held_out("alone")) == ()


def test_small_wide_and_hasty_work_is_spared() -> None:
    assert worth_trying(500, 200, 2, 20.0)
    assert not worth_trying(499, 200, 2, 20.0)
    assert not worth_trying(500, 201, 2, 20.0)
    assert not worth_trying(500, 200, 11, 20.0)
    assert not worth_trying(500, 200, 2, 19.0)
