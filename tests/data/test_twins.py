"""Twins: natural repeats and copies are told apart by how often rows come."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.data.journey import make

from fivefold.core.artefacts import FOLD
from fivefold.data.twins import copies, twin_units


def coarse(seed: int) -> tuple[pl.DataFrame, pl.Series]:
    """A table of two to five coarse columns, uniform or like words, and a target that they hint at."""
    chance = np.random.default_rng(seed)
    rows = int(np.exp(chance.uniform(np.log(300), np.log(50_000))))
    columns = {}
    for number in range(int(chance.integers(2, 6))):
        values = int(chance.integers(2, 41))
        shares = 1 / np.arange(1, values + 1) ** (chance.uniform(0.5, 2) if seed % 2 else 0)
        columns[f"c{number}"] = chance.choice(values, rows, p=shares / shares.sum())
    hint = columns["c0"] / 10 + chance.normal(size=rows)
    return pl.DataFrame(columns), pl.Series("y", np.where(hint > hint.mean(), "yes", "no"))


def test_natural_repeats_are_no_copies() -> None:
    tables = [coarse(seed) for seed in range(200)]
    assert sum(copies(twin_units(frame)[0], target).proven for frame, target in tables) <= 2


def test_coarse_tables_recorded_twice_are_copies_where_rare_rows_show_it() -> None:
    seen = []
    for seed in range(60):
        frame, target = coarse(seed)
        units, _ = twin_units(pl.concat([frame, frame]))
        if (np.bincount(units) <= 12).sum() >= 30:
            seen.append(copies(units, pl.concat([target, target])).proven)
    assert len(seen) > 20
    assert np.mean(seen) >= 0.95


@pytest.mark.parametrize("again", [1, 2, 3])
@pytest.mark.parametrize("share", [0.2, 0.5, 1.0])
def test_rows_of_which_a_share_was_recorded_again_are_counted(again: int, share: float) -> None:
    units = np.concatenate([np.arange(500), np.tile(np.arange(round(500 * share)), again)])
    found = copies(units, pl.Series((units % 3).astype(float)))
    assert found.proven
    assert found.rows == again * round(500 * share)


def test_equal_features_with_targets_of_their_own_are_no_copies() -> None:
    units = np.repeat(np.arange(300), 2)
    found = copies(units, pl.Series(np.arange(600.0)))
    assert (found.rows, found.proven) == (0, False)


def test_a_table_without_rows_has_no_copies() -> None:
    assert copies(np.arange(0), pl.Series([], dtype=pl.Float64)).rows == 0


def test_no_sealed_row_of_a_table_recorded_twice_stands_in_training() -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=300)
    frame = pl.DataFrame({"x": x, "y": np.where(x + chance.normal(size=300) > 0, "yes", "no")})
    made = make(pl.concat([frame, frame]).sample(fraction=1, shuffle=True, seed=1), "y", "binary")
    assert set(made.train["x"]).isdisjoint(made.test["x"])
    assert made.train.group_by("x").agg(pl.col(FOLD).n_unique())[FOLD].max() == 1
    (finding,) = [one for one in made.dataset.findings if one.check == "duplicates"]
    assert (finding.severity, finding.figures["copies"]) == ("warning", made.train.height // 2)
