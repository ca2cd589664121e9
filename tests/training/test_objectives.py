"""The headline metric says what training makes small, from the fits to the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.training.stages import Stage, make_stage, table

from fivefold.core.objective import pinball
from fivefold.core.tables import read_parquet
from fivefold.runtime.bundle import load_bundle
from fivefold.training.step import train

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Model, PlanValue


def skewed(rows: int, noise: float) -> pl.DataFrame:
    """A table whose outcome has a tail so long that its mean lies far above most of it."""
    frame = table(rows)
    luck = np.random.default_rng(7).normal(scale=noise, size=rows)
    return frame.with_columns(outcome=(pl.col("signal") / 2 + pl.Series(luck)).exp() * 10)


def trained(
    folder: Path, metric: str, families: tuple[str, ...], noise: float = 1.2, rows: int = 1_000
) -> tuple[Stage, Model, float]:
    """Train, and return the share of sealed outcomes above what the model says."""
    folder.mkdir()
    plan: dict[str, PlanValue] = {"metric.primary": metric, "model.candidates": families}
    place = make_stage(folder, "regression", frame=skewed(rows, noise), plan=plan)
    bench = place.bench()
    model = train(place.dataset, place.brief, bench)
    sealed = read_parquet(place.dataset.folder / "test.parquet")
    said = load_bundle(bench.folder / "bundle").scores(sealed)[:, 0]
    return place, model, float((sealed["outcome"].to_numpy() > said).mean())


@pytest.mark.slow
@pytest.mark.parametrize("families", [("linear", "lightgbm"), ("catboost", "extra_trees")])
def test_who_asks_for_the_mean_absolute_error_gets_a_median(
    tmp_path: Path, families: tuple[str, ...]
) -> None:
    _, model, above = trained(tmp_path / "mae", "mae", families)
    assert model.members[0].family != "dummy"
    assert model.evaluation.better
    assert 0.38 < above < 0.62  # of 200 rows
    _, squares, beyond = trained(tmp_path / "rmse", "rmse", families)
    assert beyond < above - 0.05
    assert model.evaluation.score("mae").value < squares.evaluation.score("mae").value
    assert all(row.loss == row.metric for row in (*model.leaderboard, *squares.leaderboard))


def test_the_baseline_of_the_absolute_error_is_the_median(tmp_path: Path) -> None:
    place, model, _ = trained(tmp_path / "mae", "mae", ("linear",))
    known = read_parquet(place.dataset.folder / "train.parquet")["outcome"].to_numpy()
    truth = read_parquet(place.dataset.folder / "test.parquet")["outcome"].to_numpy()
    theirs = {score.metric: score.value for score in model.evaluation.baseline}
    assert theirs["mae"] == pytest.approx(np.abs(truth - np.median(known)).mean(), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.1, 0.9])
def test_who_asks_for_a_quantile_gets_it_and_is_told_how_many_lie_below(tmp_path: Path, level: float) -> None:
    metric = pinball(level)
    place, model, above = trained(tmp_path / "it", metric, ("linear", "lightgbm", "catboost"), noise=0.5)
    assert model.evaluation.better
    assert 1 - above == pytest.approx(level, abs=0.06)
    assert [score.metric for score in model.evaluation.scores] == ["rmse", "mae", "r2", metric]
    note = next(note for note in model.notes if note.startswith(f"Asked for the quantile {level:g}: "))
    truth = read_parquet(place.dataset.folder / "test.parquet")["outcome"].to_numpy()
    assert note.split(": ")[1].startswith(f"{100 * (1 - above):.1f} % of the sealed outcomes lie")
    known = read_parquet(place.dataset.folder / "train.parquet")["outcome"].to_numpy()
    theirs = {score.metric: score.value for score in model.evaluation.baseline}[metric]
    off = truth - np.quantile(known, level)
    assert theirs == pytest.approx(np.maximum(level * off, (level - 1) * off).mean(), rel=1e-2)


@pytest.mark.slow
def test_intervals_beside_a_quantile_still_hold_the_outcomes(tmp_path: Path) -> None:
    # Of 1,000 rows, so that chance alone is far from the bound.
    _, model, _ = trained(tmp_path / "it", pinball(0.9), ("linear", "lightgbm"), noise=0.5, rows=5_000)
    coverage = model.evaluation.coverage
    assert coverage is not None
    assert coverage.share == pytest.approx(coverage.level, abs=0.06)
    assert coverage.width < coverage.widest
