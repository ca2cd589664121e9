"""Planted faults of quality: wrong labels and numbers, odd spellings, personal data, and what is known too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from tests.data.findings.planted import Planted

from fivefold.core.artefacts import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]

MINUTE = np.timedelta64(60, "s")
# Contradictory labels.


def turned(bed: Bed, rows: np.ndarray) -> None:
    """Give some rows another outcome than they had."""
    target = bed.frame["outcome"]
    if bed.task == "regression":
        spread = float(target.std() or 1.0)  # type: ignore[arg-type]
        values = target.to_numpy().copy()
        values[rows] += np.where(values[rows] > np.median(values), -2.5, 2.5) * spread
        bed.frame = bed.frame.with_columns(pl.Series("outcome", values))
        return
    names = target.unique().sort().to_list()
    words = target.to_list()
    for row in rows.tolist():
        words[row] = names[(names.index(words[row]) + 1) % len(names)]
    bed.frame = bed.frame.with_columns(pl.Series("outcome", words, dtype=pl.String))


def copies_that_disagree(bed: Bed) -> None:
    before = bed.rows
    bed.repeat(max(12, bed.rows // 40))
    turned(bed, np.arange(before, bed.rows))


def near_copies_that_disagree(bed: Bed) -> None:
    copies_that_disagree(bed)
    for name in ("income", "width", "length"):
        values = bed.frame[name].to_numpy()
        bed.frame = bed.frame.with_columns(
            pl.Series(name, values * (1 + bed.chance.normal(0, 1e-5, bed.rows)))
        )


def copies_that_agree(bed: Bed) -> None:
    bed.repeat(max(12, bed.rows // 40))


# Balance.


def few_of_a_class(bed: Bed) -> None:
    if bed.task == "regression":
        amounts = bed.signal - bed.signal.min()
        bed.set_target(np.where(bed.chance.random(bed.rows) < 0.4, 0.0, amounts + 1))
        return
    rare = bed.frame["outcome"].unique().sort().to_list()[-1]
    words = np.array(bed.frame["outcome"].to_list())
    holders = np.flatnonzero(words == rare)
    other = next(name for name in sorted(set(words.tolist())) if name != rare)
    words[holders[4:]] = other
    bed.frame = bed.frame.with_columns(pl.Series("outcome", words.tolist(), dtype=pl.String))


def a_tail_that_decides(bed: Bed) -> None:
    if bed.task != "regression":
        few_of_a_class(bed)
        return
    amounts = np.exp(bed.signal / bed.signal.std())
    giants = bed.chance.choice(bed.rows, max(4, bed.rows // 150), replace=False)
    amounts[giants] *= 200
    bed.set_target(amounts)


def a_skewed_target(bed: Bed) -> None:
    if bed.task == "regression":
        bed.set_target(np.exp(bed.signal / bed.signal.std() * 0.7))


# Width.


def a_column_for_every_few_rows(bed: Bed) -> None:
    names = [f"gene_{number}" for number in range(bed.rows // 4)]
    values = bed.chance.normal(0, 1, bed.rows)
    columns = dict.fromkeys(names, values)
    bed.frame = bed.frame.with_columns(pl.DataFrame(columns))
    bed.columns += [Column(name, "number", "number", nullable=False) for name in names]


# Outliers and impossible values.


def a_number(bed: Bed, name: str, values: np.ndarray, slips: Sequence[float]) -> None:
    """Add a column with some slips in it, all of them in the training part."""
    values = values.astype(float)
    rows = bed.chance.choice(np.flatnonzero(~bed.sealed), len(slips), replace=False)
    values[rows] = slips
    bed.add(name, values)


def a_slip_of_the_keyboard(bed: Bed) -> None:
    a_number(bed, "pressure", bed.chance.normal(120, 12, bed.rows), [1200.0])


def another_unit(bed: Bed) -> None:
    amounts = bed.chance.lognormal(8, 0.4, bed.rows)
    a_number(bed, "amount", amounts, [float(np.median(amounts)) * 1000, float(np.median(amounts)) * 900])


def a_far_negative(bed: Bed) -> None:
    a_number(bed, "change", bed.chance.standard_t(8, bed.rows), [-999.0])


def heavy_tails(bed: Bed) -> None:
    bed.add("loss", bed.chance.pareto(1.5, bed.rows) + 1)
    bed.add("gain", bed.chance.lognormal(5, 1.3, bed.rows))
    bed.add("wait", bed.chance.exponential(10, bed.rows))
    bed.add("move", bed.chance.standard_t(3, bed.rows))
    bed.add("paid", np.where(bed.chance.random(bed.rows) < 0.8, 0.0, bed.chance.lognormal(6, 1, bed.rows)))
    bed.add("rank", bed.chance.integers(1, 6, bed.rows))


def two_groups(bed: Bed) -> None:
    far = bed.chance.random(bed.rows) < 0.06
    bed.add("load", np.where(far, bed.chance.normal(500, 5, bed.rows), bed.chance.normal(10, 3, bed.rows)))


def a_negative_age(bed: Bed) -> None:
    a_number(bed, "age", np.clip(bed.chance.normal(40, 12, bed.rows), 0, 99).round(), [-3, 180])


def a_latitude_beyond_the_pole(bed: Bed) -> None:
    a_number(bed, "shop_latitude", bed.chance.uniform(40, 55, bed.rows), [488.2])


def more_than_all(bed: Bed) -> None:
    a_number(bed, "pct_used", bed.chance.uniform(5, 99, bed.rows), [940.0])


def a_negative_count(bed: Bed) -> None:
    a_number(bed, "item_count", bed.chance.poisson(4, bed.rows), [-1, -1])


def numbers_that_were_standardised(bed: Bed) -> None:
    bed.add("age", bed.chance.normal(0, 1, bed.rows))
    bed.add("weight", bed.chance.normal(0, 1, bed.rows))
    bed.add("pct_change", bed.chance.normal(0, 80, bed.rows))
    bed.add("age_in_days", bed.chance.uniform(0, 30_000, bed.rows))
    bed.add("latitude", bed.chance.uniform(-90, 90, bed.rows))


# Zeros that stand apart.


def pressures_that_nobody_took(bed: Bed) -> None:
    """The band of a real measure, with one row in fifty at 0."""
    values = bed.chance.normal(72, 12, bed.rows).clip(30).round()
    bed.add("pressure", np.where(bed.chance.random(bed.rows) < 0.04, 0.0, values))


def half_of_a_measure(bed: Bed) -> None:
    values = bed.chance.lognormal(4.8, 0.5, bed.rows).clip(25)
    bed.add("insulin", np.where(bed.chance.random(bed.rows) < 0.45, 0.0, values))


def counts_and_rain(bed: Bed) -> None:
    bed.add("stops", bed.chance.poisson(2, bed.rows))
    bed.add("many", bed.chance.poisson(9, bed.rows))
    bed.add("rain", np.where(bed.chance.random(bed.rows) < 0.5, 0.0, bed.chance.exponential(4, bed.rows)))
    bed.add("share", bed.chance.uniform(0, 1, bed.rows).round(2))
    bed.add("change_in", bed.chance.normal(0, 4, bed.rows).round())
    bed.add("wet", bed.chance.integers(0, 2, bed.rows) * 40)


# Hindsight.


def written_again(bed: Bed) -> None:
    start = np.datetime64("2022-01-01", "us") + bed.chance.integers(0, 500_000, bed.rows) * MINUTE
    bed.add("updated_at", start)


def final_and_after(bed: Bed) -> None:
    bed.add("status_final", bed.chance.choice(["open", "done"], bed.rows).tolist())
    bed.add("total_after", bed.chance.normal(50, 9, bed.rows))


def an_end_and_a_duration(bed: Bed) -> None:
    start = np.datetime64("2022-01-01", "us") + bed.chance.integers(0, 500_000, bed.rows) * MINUTE
    minutes = bed.chance.integers(5, 300, bed.rows)
    bed.add("start_time", start)
    bed.add("end_time", start + minutes * MINUTE)
    bed.add("duration", minutes)


def the_reason_for_it(bed: Bed) -> None:
    bed.add("cancellation_reason", bed.chance.choice(["price", "moved", "other"], bed.rows).tolist())


def innocent_names(bed: Bed) -> None:
    bed.add("duration", bed.chance.integers(6, 60, bed.rows))
    bed.add("post_code", bed.chance.integers(1000, 9999, bed.rows))
    bed.add("previous_outcome", bed.chance.choice(["good", "bad"], bed.rows).tolist())
    bed.add("total_rooms", bed.chance.integers(1, 9, bed.rows))
    bed.add(
        "start_date", np.datetime64("2022-01-01", "us") + bed.chance.integers(0, 500_000, bed.rows) * MINUTE
    )
    bed.add("test_result", bed.chance.normal(5, 1, bed.rows))
    bed.add("finish", bed.chance.choice(["matt", "gloss"], bed.rows).tolist())


PLANTED = (
    Planted("contradictions", (copies_that_disagree, near_copies_that_disagree), (copies_that_agree,)),
    Planted("balance", (few_of_a_class, a_tail_that_decides), (a_skewed_target,)),
    Planted("width", (a_column_for_every_few_rows,), (), counts=lambda finding: "columns" in finding.figures),
    Planted("outliers", (a_slip_of_the_keyboard, another_unit, a_far_negative), (heavy_tails, two_groups)),
    Planted(
        "impossible",
        (a_negative_age, a_latitude_beyond_the_pole, more_than_all, a_negative_count),
        (numbers_that_were_standardised,),
    ),
    Planted("zeros", (pressures_that_nobody_took, half_of_a_measure), (counts_and_rain,)),
    Planted(
        "hindsight",
        (written_again, final_and_after, an_end_and_a_duration, the_reason_for_it),
        (innocent_names,),
    ),
)
