"""Trends: where the person says so, the score never falls, or never rises, with a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import fivefold as ff
from fivefold.core.errors import SettingsError
from fivefold.core.settings import read_settings
from fivefold.workflow import start

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 300


def table(task: str) -> pl.DataFrame:
    """A table whose outcome follows ``size`` up and down again, and falls with ``age`` but for noise."""
    rng = np.random.default_rng(0)
    size, age = rng.uniform(-2, 2, ROWS), rng.uniform(20, 80, ROWS)
    signal = np.sin(2.5 * size) + size / 2 - age / 20 + rng.normal(scale=0.5, size=ROWS)
    y = signal if task == "regression" else np.where(signal > np.median(signal), "yes", "no")
    words = rng.choice(["a", "b", "c"], ROWS)
    return pl.DataFrame({"size": size.round(3), "age": age.round(1), "word": words, "y": y})


def trained(frame: pl.DataFrame, out: Path, train: str) -> ff.Result:
    """Train with a ``[train]`` section."""
    path = out / "fivefold.toml"
    path.write_text(f"[train]\n{train}\n")
    flags = {"question.target": "y", "budget.time": "40s", "out": str(out / "runs"), "deploy.target": "none"}
    with start(read_settings(flags, config=path, environ={}), frame) as journey:
        journey.research()
        journey.data()
        journey.train()
        return ff.Result(journey.run)


def steps(result: ff.Result, frame: pl.DataFrame, column: str) -> Any:
    """How the score goes along a column, for thirty rows that are otherwise as they are."""
    figures = frame[column].to_numpy()
    rows = [
        result.model.scores(frame.drop("y").head(30).with_columns(pl.lit(value).alias(column)))[:, -1]
        for value in np.linspace(figures.min(), figures.max(), 40)
    ]
    return np.diff(rows, axis=0)


@pytest.mark.parametrize("task", ["binary", pytest.param("regression", marks=pytest.mark.slow)])
def test_the_score_keeps_its_way_in_every_row(tmp_path: Path, task: str) -> None:
    frame = table(task)
    result = trained(frame, tmp_path, 'increasing = ["size"]\ndecreasing = ["age"]')
    assert {member.family for member in result.trained.members} <= {"lightgbm", "catboost"}
    assert steps(result, frame, "size").min() >= -1e-9
    assert steps(result, frame, "age").max() <= 1e-9
    assert np.abs(steps(result, frame, "size")).max() > 0.01


@pytest.mark.slow
def test_without_a_word_the_score_follows_the_table(tmp_path: Path) -> None:
    frame = table("regression")
    assert steps(trained(frame, tmp_path, ""), frame, "size").min() < -0.1


@pytest.mark.parametrize(
    ("section", "seen"),
    [
        ('increasing = ["word"]', "'word', which is of kind string"),
        ('increasing = ["sise"]', "'sise'"),
        ('decreasing = ["y"]', "'y'"),
        ('increasing = ["size"]\nfamilies = ["linear", "lightgbm"]', "'linear'"),
    ],
)
def test_what_cannot_be_kept_is_refused(tmp_path: Path, section: str, seen: str) -> None:
    with pytest.raises(SettingsError, match=seen):
        trained(table("regression"), tmp_path, section)


def test_several_classes_have_no_trend(tmp_path: Path) -> None:
    frame = table("regression")
    classes = np.array(["low", "mid", "high"])[np.digitize(frame["y"].to_numpy(), [-3.0, -2.0])]
    with pytest.raises(SettingsError, match="several classes"):
        trained(frame.with_columns(pl.Series("y", classes.tolist())), tmp_path, 'increasing = ["size"]')
