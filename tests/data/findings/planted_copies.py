"""Planted copies: tables of which a good part was recorded again, and tables whose rows are equal by nature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.data.findings.planted import Planted

from fivefold.data.twins import twin_units

if TYPE_CHECKING:
    from fivefold.core.artefacts import Finding
    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]


def keep_equal_rows_together(bed: Bed) -> None:
    """Seal equal rows on one side, as the split does."""
    units, _ = twin_units(bed.frame.select(column.name for column in bed.columns))
    bed.sealed = (bed.chance.random(bed.rows) < 0.2)[units]


def recorded_twice(bed: Bed) -> None:
    bed.repeat(bed.rows)
    keep_equal_rows_together(bed)


def recorded_twice_and_some_more_often(bed: Bed) -> None:
    bed.repeat(bed.rows)
    bed.repeat(bed.rows // 2)
    keep_equal_rows_together(bed)


def recorded_twice_in_a_split_by_time(bed: Bed) -> None:
    bed.repeat(bed.rows)
    bed.split_by("since", "time")


def a_third_recorded_twice(bed: Bed) -> None:
    bed.repeat(bed.rows // 3)
    keep_equal_rows_together(bed)


def coarse_rows(bed: Bed, likely: float) -> None:
    """Few coarse columns, in which a good part of the rows are equal by nature."""
    bed.columns = []
    for name, values in (("plan", 40), ("grade", 12)):
        shares = 1 / np.arange(1, values + 1) ** likely
        drawn = bed.chance.choice(values, bed.rows, p=shares / shares.sum())
        bed.add(name, [f"{name}{one}" for one in drawn])


def coarse_rows_of_equal_likelihood(bed: Bed) -> None:
    coarse_rows(bed, 0.0)


def coarse_rows_of_which_some_are_common(bed: Bed) -> None:
    coarse_rows(bed, 1.2)


def coarse_rows_recorded_twice(bed: Bed) -> None:
    coarse_rows(bed, 0.8)
    bed.repeat(bed.rows)
    keep_equal_rows_together(bed)


def measured_three_times_under_each_condition(bed: Bed) -> None:
    bed.columns = []
    for name, each in (("heat", 3), ("dose", 30)):
        bed.add(name, [float(row // each % 10 + (name == "dose") * (row // 300)) for row in range(bed.rows)])


def copies_are_told(finding: Finding) -> bool:
    return finding.severity == "warning" and finding.tells_of_copies


PLANTED = (
    Planted(
        "duplicates",
        (
            recorded_twice,
            recorded_twice_and_some_more_often,
            recorded_twice_in_a_split_by_time,
            a_third_recorded_twice,
            coarse_rows_recorded_twice,
        ),
        (
            coarse_rows_of_equal_likelihood,
            coarse_rows_of_which_some_are_common,
            measured_three_times_under_each_condition,
        ),
        copies_are_told,
        ", recorded again",
    ),
)
