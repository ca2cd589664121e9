"""Bundles that were really trained, on the tables of the examples, for tests that must hold for more than tiny ones."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import fivefold as ff

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task

__all__ = ["TASKS", "RealBundles", "real_bundle"]

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_BUDGET = "20s"


class RealBundles:
    """The folder of a bundle by its task, each trained when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[Task, Path] = {}

    def __call__(self, task: Task) -> Path:
        if task not in self._made:
            self._made[task] = real_bundle(task, self._folder / task)
        return self._made[task]


def real_bundle(task: Task, folder: Path) -> Path:
    """Train for some seconds, and return the folder of the bundle."""
    table, target = {"binary": _foods, "multiclass": _people, "regression": _diamonds}[task]()
    run = ff.run(table, target=target, task=task, budget=_BUDGET, out=str(folder)).folder
    (manifest,) = run.glob("**/bundle/bundle.json")
    return manifest.parent


def _foods() -> tuple[pl.DataFrame, str]:
    """Texts, words, numbers with gaps, a truth value and a day: which foods are rich in energy."""
    table = pl.read_csv(_EXAMPLES / "nutrition" / "foods.csv")
    drawn = np.random.default_rng(0).integers(0, 2000, table.height)
    days = pl.Series([date(2018, 1, 1) + timedelta(days=int(day)) for day in drawn])
    said = pl.when(pl.col("energy_kcal") > 250).then(pl.lit("rich")).otherwise(pl.lit("lean"))
    named = pl.col("manufacturer").is_not_null()
    return table.with_columns(said.alias("energy"), days.alias("analysed"), named.alias("branded")).drop(
        "energy_kcal", "manufacturer"
    ), "energy"


def _people() -> tuple[pl.DataFrame, str]:
    """Words and numbers: how people rate their health."""
    table = pl.read_parquet(_EXAMPLES / "appointments" / "person_years.parquet")
    return table.drop("person").head(6000), "self_rated_health"


def _diamonds() -> tuple[pl.DataFrame, str]:
    """Words and numbers without a gap: prices."""
    return pl.read_parquet(_EXAMPLES / "prices" / "diamonds.parquet").head(10_000), "price"
