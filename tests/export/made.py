"""Bundles with members that were really fitted, over a table with numbers, a category and gaps."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fivefold.core.artefacts import Column, ColumnReference, Contract, Reference
from fivefold.core.clock import Deadline
from fivefold.core.estimators import read_estimators
from fivefold.core.protocols import Family
from fivefold.core.registry import Registry
from fivefold.runtime.bundle import BundleMember, golden_rows, load_bundle, write_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import CodePart, EncoderSpec, NumberPart
from fivefold.testing.families import problem, sample

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Fitted
    from fivefold.core.tables import Frame
    from fivefold.runtime.judgement import Judgement

CITIES = ("Oslo", "Rome", "Åre", "Lund", "Bari")
CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("high", "low", "mid"),
    "regression": (),
}
NUMBERS = ("age", "distance", "rate", "note")
ROUNDS = 40


def contract(task: Task) -> Contract:
    numbers = [Column(name, "number", "number", nullable=True) for name in NUMBERS]
    city = Column("city", "category", "string", nullable=True, categories=CITIES)
    columns = (*numbers[:2], city, *numbers[2:])
    positive = "yes" if task == "binary" else None
    return Contract("answer", task, CLASSES[task], positive, columns, "string" if CLASSES[task] else "number")


def encoder() -> Encoder:
    """Gives back the matrix of ``sample`` for the frame of ``rows``."""
    parts = (
        NumberPart("age"),
        NumberPart("distance"),
        CodePart("city", CITIES),
        NumberPart("rate"),
        NumberPart("note"),
    )
    return Encoder(EncoderSpec(parts), {}, outputs=1)


def rows(task: Task, count: int = 400, *, seed: int = 5) -> Frame:
    """Rows that were not learned from, some with gaps, a city that nobody saw, or nothing at all."""
    values = sample(task, rows=count, seed=seed).values.astype(np.float64)
    values[0] = np.nan
    names = [None if np.isnan(code) else CITIES[int(code)] for code in values[:, 2]]
    names[1:4] = ["Paris", "oslo", ""]
    frame = {name: values[:, place] for name, place in zip(NUMBERS, (0, 1, 3, 4), strict=True)}
    table = pl.DataFrame({**frame, "city": names}).with_columns(pl.col(pl.Float64).fill_nan(None))
    return table.with_columns(pl.col("city").replace("", None)).select(
        [column.name for column in contract(task).columns]
    )


@functools.cache
def fitted(family: str, task: Task, place: str = "", candidate: int = 0) -> Fitted:
    """A model of a family; ``place`` names an estimator of scikit-learn."""
    maker = Registry[Family]("fivefold.families").get(family)
    maker = maker() if isinstance(maker, type) else maker
    asked = problem(task)
    if place:
        asked = replace(asked, estimators=read_estimators({"mine": {"class": f"sklearn.{place}"}}))
    chosen = list(maker.candidates(asked))[candidate]
    return maker.fit(chosen, asked, sample(task), None, Deadline.after(60.0), ROUNDS)


def write(
    folder: Path,
    task: Task,
    members: dict[str, tuple[str, bytes, float]],
    judgement: Judgement | None = None,
) -> Path:
    """Write a bundle of members, each with its kind, payload and weight."""
    given = {
        "contract": contract(task),
        "encoder": encoder(),
        "members": [
            BundleMember(name, kind, weight, payload) for name, (kind, payload, weight) in members.items()
        ],
        "metric": "rmse" if task == "regression" else "log_loss",
        "reference": Reference((), ColumnReference("(score)", 0, 0, (), (), (0,))),
        "judgement": judgement,
    }
    write_bundle(folder, golden=(), **given)  # type: ignore[arg-type]
    golden = golden_rows(load_bundle(folder), rows(task, 6))
    write_bundle(folder, golden=golden, **given)  # type: ignore[arg-type]
    return folder
