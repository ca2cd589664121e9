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
def test_scale_case_and_gaps_do_not_hide_a_copy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    one = pl.Series(generator.lognormal(size=2_000).round(3))
    gaps = pl.Series(generator.random(2_000) < 0.3)
    assert agreement(one, (one * 1.8 + 32).set(gaps, None)) == 2_000 - gaps.sum()
    words = pl.Series(generator.choice(["Graz", "Lyon", "Porto"], 2_000).tolist())
    assert agreement(words, words.str.to_uppercase()) == 2_000
