"""Near-copies of a column, planted and not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from fivefold.core.artefacts import Column
from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.data.copies import agreement
from fivefold.data.findings.copies import CopiedColumns
from fivefold.testing.findings import FindingSuite, checked, healthy


class TestCopies(FindingSuite):
    name = "copies"

    def make(self) -> FindingCheck:
        return CopiedColumns()

    def troubled(self) -> CheckedTable:
        table = healthy("binary")
        inches = (table.frame["height"] / 2.54).round(1).alias("inches")
        columns = (*table.contract.columns, Column("inches", "number", "number", nullable=False))
        made = checked("binary", table.frame.with_columns(inches), columns)
        profiles = made.profiles | {"inches": replace(made.profiles["inches"], copy_of="height")}
        return replace(made, profiles=profiles)

    def test_a_copy_with_gaps_of_its_own_is_named_and_stays(self) -> None:
        table = self.troubled()
        gaps = table.frame.with_columns(inches=pl.when(pl.col("__row__") % 5 > 0).then(pl.col("inches")))
        (finding,) = self.make().inspect(replace(table, frame=gaps))
        assert not finding.leave_out
        assert finding.question

    def test_a_copy_that_the_training_rows_do_not_confirm_stays(self) -> None:
        table = self.troubled()
        shuffled = table.frame.with_columns(pl.col("inches").shuffle(0))
        assert not self.make().inspect(replace(table, frame=shuffled))


@pytest.mark.parametrize("seed", range(20))
def test_what_only_resembles_a_column_is_no_copy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    one = generator.normal(size=2_000)
    extreme = np.append(generator.normal(size=1_999), 1e6)
    also_extreme = np.append(generator.normal(size=1_999), 1e6)
    assert not agreement(pl.Series(one), pl.Series(one + generator.normal(scale=0.1, size=2_000)))
    assert not agreement(pl.Series(one), pl.Series(one**3))
    assert not agreement(pl.Series(extreme), pl.Series(also_extreme))
    rare = pl.Series(generator.random(2_000) < 0.001)
    assert not agreement(rare, rare)


@pytest.mark.parametrize("seed", range(20))
def test_two_moments_or_counters_of_one_event_are_no_copies(seed: int) -> None:
    """A stay of days between two dates of three years lies close to a line; it is a figure of its own all the same."""
    generator = np.random.default_rng(seed)
    days = 18_000 + generator.integers(0, 1_095, 2_000)
    admitted = pl.Series(days).cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us"))
    stay = pl.Series(generator.poisson(3, 2_000) * 86_400_000_000).cast(pl.Duration("us"))
    assert not agreement(admitted, admitted + stay)
    moment = admitted + pl.Series(generator.integers(0, 86_400_000_000, 2_000)).cast(pl.Duration("us"))
    assert not agreement(moment, moment + stay)
    meter = pl.Series(generator.integers(0, 200_000, 2_000).astype(float))
    assert not agreement(meter, meter + generator.integers(5, 400, 2_000))


@pytest.mark.parametrize("seed", range(20))
def test_rounding_does_not_hide_a_copy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    days = 18_000 + generator.integers(0, 1_095, 2_000)
    date = pl.Series(days).cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us"))
    moment = date + pl.Series(generator.integers(0, 86_400_000_000, 2_000)).cast(pl.Duration("us"))
    assert agreement(moment, date) == 2_000
    metres = pl.Series(generator.normal(50.0, 12.0, 2_000))
    assert agreement(metres, (metres * 3.28084).round(1)) == 2_000
    assert agreement(metres.round(1), (metres * 3.28084).round(0)) == 2_000
    assert agreement(metres, metres.cast(pl.Float32).cast(pl.Float64)) == 2_000


@pytest.mark.parametrize("seed", range(20))
def test_scale_case_and_gaps_do_not_hide_a_copy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    one = pl.Series(generator.lognormal(size=2_000).round(3))
    gaps = pl.Series(generator.random(2_000) < 0.3)
    assert agreement(one, (one * 1.8 + 32).set(gaps, None)) == 2_000 - gaps.sum()
    words = pl.Series(generator.choice(["Graz", "Lyon", "Porto"], 2_000).tolist())
    assert agreement(words, words.str.to_uppercase()) == 2_000
