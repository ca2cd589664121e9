"""Intervals and sets: they hold what they say on rows that had no part in them."""

import itertools

import numpy as np
import pytest

from fivefold.training.certainty import LEVELS, fit_intervals, fit_sets, latest_rows

SEEDS = range(8)


def numbers(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth and predictions; errors are skewed, and the larger the larger the prediction."""
    rng = np.random.default_rng(seed)
    said = rng.gamma(2.0, 3.0, rows)
    return said + (rng.exponential(size=rows) - 1.0) * (0.2 + said), said


@pytest.mark.parametrize("level", LEVELS)
def test_intervals_hold_what_they_say(level: float) -> None:
    shares = []
    for seed in SEEDS:
        truth, said = numbers(seed, 1000)
        fresh, predicted = numbers(seed + 100, 20_000)
        low, high = fit_intervals(truth, said).ends(predicted, level).T
        shares.append(((fresh >= low) & (fresh <= high)).mean())
    assert np.mean(shares) == pytest.approx(level, abs=0.02)


def test_intervals_hold_it_where_predictions_are_low_and_where_they_are_high() -> None:
    truth, said = numbers(0, 6000)
    fresh, predicted = numbers(1, 40_000)
    low, high = fit_intervals(truth, said).ends(predicted, 0.9).T
    inside = (fresh >= low) & (fresh <= high)
    quarter = np.searchsorted(np.quantile(predicted, [0.25, 0.5, 0.75]), predicted)
    assert [inside[quarter == one].mean() for one in range(4)] == pytest.approx([0.9] * 4, abs=0.04)


def test_a_larger_coverage_never_gives_a_narrower_interval() -> None:
    truth, said = numbers(3, 300)
    table = fit_intervals(truth, said)
    ends = [table.ends(said, level) for level in LEVELS]
    for narrow, wide in itertools.pairwise(ends):
        assert (wide[:, 0] <= narrow[:, 0]).all()
        assert (wide[:, 1] >= narrow[:, 1]).all()


def test_outcomes_that_are_never_negative_get_no_negative_end() -> None:
    truth, said = np.abs(np.random.default_rng(0).normal(size=(2, 500)))
    assert fit_intervals(truth, said).ends(said, 0.95).min() >= 0


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_few_rows_and_a_constant_prediction_give_an_interval(rows: int) -> None:
    ends = fit_intervals(np.arange(float(rows)), np.zeros(rows)).ends(np.zeros(1), 0.9)
    assert np.isfinite(ends).all()


def labels(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth and probabilities of three classes that overlap, the last of them rare."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    raised = rng.normal(size=(rows, 3)) + 1.5 * np.eye(3)[truth]
    powers = np.exp(raised)
    return truth.astype(float), powers / powers.sum(axis=1, keepdims=True)


def test_sets_hold_every_class_as_often_as_they_say() -> None:
    table = fit_sets(*labels(0, 8000))
    truth, scores = labels(1, 20_000)
    inside = table.holds(scores, 0.9)[np.arange(truth.size), truth.astype(int)]
    assert [inside[truth == one].mean() for one in range(3)] == pytest.approx([0.9] * 3, abs=0.03)


def test_a_set_always_holds_the_most_probable_class() -> None:
    table = fit_sets(*labels(0, 60))
    scores = labels(1, 500)[1]
    for level in LEVELS:
        assert table.holds(scores, level)[np.arange(500), scores.argmax(axis=1)].all()


def test_older_residuals_are_left_out_where_they_would_mislead() -> None:
    rng = np.random.default_rng(0)
    said = np.zeros(3000)
    steady = rng.normal(size=3000)
    grown = np.concatenate([3 * rng.normal(size=1000), rng.normal(size=2000)])
    assert latest_rows(steady, said, [1000, 1000, 1000]) == 3000
    assert latest_rows(grown, said, [1000, 1000, 1000]) == 1000


def test_what_periods_differ_by_is_in_the_intervals_of_the_next() -> None:
    without: list[float] = []
    within: list[float] = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = np.repeat(rng.normal(size=4), 500) + rng.normal(size=2000)
        said, fresh = np.zeros(1500), truth[1500:]
        for shares, periods in zip((without, within), ([], [500] * 3), strict=True):
            low, high = fit_intervals(truth[:1500], said, periods).ends(np.zeros(500), 0.9).T
            shares.append(((fresh >= low) & (fresh <= high)).mean())
    # Three periods cannot say how far a fourth may lie off, but much more than their mixture does.
    assert np.mean(without) < 0.83
    assert 0.86 < np.mean(within) < 0.92
