"""Six tables with a planted leak: the default run promises no more than it does without the leaking column, and names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

import fivefold as ff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.result import Result

    Table = tuple[pl.DataFrame, str, str, str | None]

ROWS = 2_000
SECOND = np.timedelta64(1, "s")


def honest(seed: int) -> tuple[pl.DataFrame, np.ndarray, np.random.Generator]:
    """Features, what they hint at, and the chance that the rest comes from."""
    chance = np.random.default_rng(seed)
    age, distance = chance.normal(45, 15, ROWS), chance.exponential(5, ROWS)
    plan = chance.integers(0, 3, ROWS)
    frame = pl.DataFrame(
        {
            "age": age.round(1),
            "distance": distance.round(2),
            "plan": np.array(["basic", "plus", "pro"])[plan].tolist(),
            "score": chance.normal(size=ROWS),
        }
    )
    hint = (age - 45) / 15 - 0.12 * distance + np.array([-0.5, 0.2, 0.7])[plan]
    return frame, hint + chance.normal(0, 1.0, ROWS), chance


def copy_with_noise() -> Table:
    frame, amount, chance = honest(1)
    return (
        frame.with_columns(
            pl.Series("final_amount", amount * 1.2 + chance.normal(0, 0.02, ROWS)),
            pl.Series("amount", amount),
        ),
        "amount",
        "final_amount",
        None,
    )


def copy_with_wrong_cells() -> Table:
    frame, amount, chance = honest(6)
    late = amount > np.quantile(amount, 0.65)
    written = late ^ (chance.random(ROWS) < 0.01)
    return (
        frame.with_columns(
            pl.Series("flag", np.where(written, "red", "green").tolist()),
            pl.Series("late", np.where(late, "yes", "no").tolist()),
        ),
        "late",
        "flag",
        None,
    )


def filled_after() -> Table:
    frame, amount, chance = honest(2)
    left = amount > np.quantile(amount, 0.7)
    reason = [
        str(chance.choice(["price", "moved", "service"])) if gone and chance.random() < 0.9 else None
        for gone in left
    ]
    return (
        frame.with_columns(
            pl.Series("leaving_reason", reason), pl.Series("left", np.where(left, "yes", "no").tolist())
        ),
        "left",
        "leaving_reason",
        None,
    )


def pair_of_amounts() -> Table:
    frame, amount, chance = honest(3)
    fee = chance.gamma(3, 4, ROWS)
    return (
        frame.with_columns(
            pl.Series("fee", fee), pl.Series("total", fee + amount), pl.Series("price", amount)
        ),
        "price",
        "total",
        None,
    )


def number_that_encodes_the_class() -> Table:
    frame, amount, chance = honest(4)
    size = np.searchsorted(np.quantile(amount, [0.4, 0.75]), amount)
    number = (size + 1) * 1_000_000 + chance.choice(900_000, ROWS, replace=False)
    return (
        frame.with_columns(
            pl.Series("record", number), pl.Series("size", np.array(["s", "m", "l"])[size].tolist())
        ),
        "size",
        "record",
        None,
    )


def date_ahead() -> Table:
    frame, amount, chance = honest(5)
    opened = np.datetime64("2023-01-01", "us") + np.sort(chance.integers(0, 500 * 86_400, ROWS)) * SECOND
    late = amount > np.quantile(amount, 0.6)
    days = np.where(late, chance.uniform(10.05, 40, ROWS), chance.uniform(0.5, 9.95, ROWS))
    closed = opened + (days * 86_400).astype(np.int64) * SECOND
    return (
        frame.with_columns(
            pl.Series("opened_at", opened),
            pl.Series("closed_at", closed),
            pl.Series("late", np.where(late, "yes", "no").tolist()),
        ),
        "late",
        "closed_at",
        "opened_at",
    )


def journey(frame: pl.DataFrame, target: str, time: str | None, out: Path) -> Result:
    return ff.run(frame, target=target, time_column=time, budget="25s", out=str(out))


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        copy_with_noise,
        copy_with_wrong_cells,
        filled_after,
        pair_of_amounts,
        number_that_encodes_the_class,
        date_ahead,
    ],
)
def test_a_leak_does_not_raise_the_figure_and_is_named(make: Callable[[], Table], tmp_path: Path) -> None:
    frame, target, leak, time = make()
    found = journey(frame, target, time, tmp_path / "with")
    plain = journey(frame.drop(leak), target, time, tmp_path / "without")
    metric = plain.evaluation.metric
    with_leak, without = found.evaluation.score(metric), plain.evaluation.score(metric)
    told = f"{make.__name__}: {metric} {with_leak.value:.4f}, without the leak {without.value:.4f} ({without.low:.4f} to {without.high:.4f})"
    print(told)  # noqa: T201 - the figures of docs/steps/data.md
    assert plain.evaluation.better, told
    assert without.low <= with_leak.value <= without.high, told
    assert leak not in [column.name for column in found.dataset.contract.columns], told
    naming = [finding for finding in found.dataset.findings if leak in finding.columns and finding.leave_out]
    assert naming, told
    assert any(leak in finding.what for finding in naming)
    assert leak in found.report.read_text(encoding="utf-8")
