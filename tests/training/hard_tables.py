"""Tables that break trainers, drawn by code; each has a column ``y`` to predict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HARD"]

Values = Any
"""An array of any kind of value."""


def _numbers(rows: int, columns: int, rng: np.random.Generator) -> dict[str, Values]:
    """Columns of normal numbers."""
    drawn = rng.normal(size=(rows, columns)).astype(np.float32)
    return {f"x{k}": drawn[:, k] for k in range(columns)}


def _words(signal: Values, rng: np.random.Generator) -> Values:
    """Two classes that follow a signal."""
    return np.where(signal + rng.normal(size=len(signal)) > 0, "yes", "no")


def _plain(rows: int, columns: int) -> pl.DataFrame:
    """Draw numbers with two classes that follow three of them."""
    rng = np.random.default_rng(0)
    table = _numbers(rows, columns, rng)
    return pl.DataFrame(table | {"y": _words(sum(table[f"x{k}"] for k in range(min(3, columns))), rng)})


def many_classes() -> pl.DataFrame:
    """300 classes, 20 rows each."""
    rng = np.random.default_rng(1)
    kind = rng.permutation(np.repeat(np.arange(300), 20))
    centres = rng.normal(scale=4, size=(300, 8))
    table = {f"x{k}": centres[kind, k] + rng.normal(size=6000) for k in range(8)}
    return pl.DataFrame(table | {"y": [f"class {one}" for one in kind]})


def rare_positives() -> pl.DataFrame:
    """One row in 200 is positive."""
    rng = np.random.default_rng(2)
    table = _numbers(20_000, 10, rng)
    risk = table["x0"] + rng.normal(size=20_000)
    return pl.DataFrame(table | {"y": np.where(risk >= np.quantile(risk, 0.995), "ill", "well")})


def only_text() -> pl.DataFrame:
    """Three columns of sentences."""
    rng = np.random.default_rng(3)
    parts = ("ba", "de", "fi", "gor", "lu", "mas", "nel", "pri", "sto", "tan")
    words = np.array([one + other + last for one in parts for other in parts for last in parts[:4]])
    words = np.append(words, ["late", "broken", "refund"])
    drawn = rng.integers(0, words.size, (3000, 3, 9))
    told = (drawn >= 400).any(axis=(1, 2))
    table = {f"text{k}": [" ".join(words[row]) for row in drawn[:, k]] for k in range(3)}
    return pl.DataFrame(table | {"y": _words(np.where(told, 2.0, -2.0), rng)})


def gaps_everywhere() -> pl.DataFrame:
    """Every column misses values, one nearly all."""
    rng = np.random.default_rng(4)
    table = _numbers(2000, 6, rng)
    signal = table["x0"] + table["x1"]
    frame = pl.DataFrame(table | {"place": rng.choice(["north", "south", "west"], 2000)})
    kept = [rng.random(2000) > share for share in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.4)]
    gapped = [
        pl.when(pl.Series(keep)).then(pl.col(name)).alias(name)
        for name, keep in zip(frame.columns, kept, strict=True)
    ]
    return frame.select(gapped).with_columns(pl.Series("y", _words(signal, rng)))


def large_categories() -> pl.DataFrame:
    """A category of 200 levels and one of 50,000."""
    rng = np.random.default_rng(5)
    few, many = rng.integers(0, 200, 60_000), rng.integers(0, 50_000, 60_000)
    effect = rng.normal(size=200)[few] + rng.normal(size=50_000)[many]
    table = {"shop": [f"shop {k}" for k in few], "person": [f"p{k:05d}" for k in many]}
    return pl.DataFrame(table | {"amount": rng.normal(size=60_000), "y": _words(effect, rng)})


def constants() -> pl.DataFrame:
    """Most columns say the same in every row, or in all but one."""
    frame = _plain(1000, 4)
    almost = np.zeros(1000)
    almost[17] = 1.0
    return frame.with_columns(pl.lit(3.5).alias("c0"), pl.lit("same").alias("c1"), pl.Series("c2", almost))


def heavy_tail() -> pl.DataFrame:
    """A target that spans many powers of ten."""
    rng = np.random.default_rng(6)
    table = _numbers(4000, 6, rng)
    return pl.DataFrame(table | {"y": np.exp(2 * table["x0"].astype(float)) * (1 + rng.pareto(1.1, 4000))})


def duplicate_columns() -> pl.DataFrame:
    """Every column three times, and one that is a multiple of another."""
    frame = _plain(1500, 4)
    copies = [pl.col(f"x{k}").alias(f"x{k} again {time}") for k in range(4) for time in range(2)]
    return frame.with_columns(*copies, (pl.col("x0") * 1000).alias("x0 in grams"))


def infinities() -> pl.DataFrame:
    """Infinities of both signs and numbers at the edge of what a float holds."""
    frame, rng = _plain(1500, 5), np.random.default_rng(7)
    for name, value in (("x0", np.inf), ("x1", -np.inf), ("x2", 1e300), ("x3", np.nan)):
        column = frame[name].cast(pl.Float64).to_numpy().copy()
        column[rng.random(1500) < 0.05] = value
        frame = frame.with_columns(pl.Series(name, column))
    return frame


HARD: dict[str, Callable[[], pl.DataFrame]] = {
    "50 rows": lambda: _plain(50, 5),
    "252 x 751": lambda: _plain(252, 750),
    "8,500 x 1,500": lambda: _plain(8500, 1499),
    "300 classes": many_classes,
    "0.5 % positives": rare_positives,
    "only text": only_text,
    "gaps everywhere": gaps_everywhere,
    "one column": lambda: _plain(800, 1),
    "1 million rows": lambda: _plain(1_000_000, 10),
    "large categories": large_categories,
    "constants": constants,
    "heavy tail": heavy_tail,
    "duplicate columns": duplicate_columns,
    "infinities": infinities,
}
"""Makers by what is hard about their tables."""
