"""Planted leaks: the answer in one column, in two, or in what was written down only afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.data.findings.planted import Planted

if TYPE_CHECKING:
    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]

DAY = np.timedelta64(1, "D")
SECOND = np.timedelta64(1, "s")


def spread(bed: Bed) -> float:
    """How far the target's numbers lie apart."""
    return float(bed.signal.std())


def a_copy_with_noise(bed: Bed) -> None:
    bed.add("copy", bed.signal + bed.chance.normal(0, 0.01 * spread(bed), bed.rows))


def a_bent_copy(bed: Bed) -> None:
    bed.add("bent", np.exp(-bed.signal / spread(bed)) * 50)


def a_code_of_the_answer(bed: Bed) -> None:
    if bed.task == "regression":
        bed.add("code", np.round(bed.signal * 20 / spread(bed)).astype(int))
    else:
        bed.add("code", [f"{'XKQ'[int(one)]}{bed.chance.integers(9)}" for one in bed.signal])


def a_good_feature(bed: Bed) -> None:
    bed.add("good", bed.signal + bed.chance.normal(0, 0.9 * spread(bed), bed.rows))


def a_good_category(bed: Bed) -> None:
    levels = np.round(bed.signal * 3 / spread(bed) + bed.chance.normal(0, 2.5, bed.rows)).astype(int)
    bed.add("level", [f"l{one}" for one in levels])


def part_of_a_difference(bed: Bed) -> None:
    base = bed.chance.normal(0, 3 * spread(bed), bed.rows) + 40
    bed.add("before", base)
    bed.add("after", base + bed.signal + bed.chance.normal(0, 0.005 * spread(bed), bed.rows))


def part_of_a_ratio(bed: Bed) -> None:
    base = bed.chance.lognormal(3, 0.8, bed.rows)
    bed.add("quantity", base)
    bed.add("total", base * (bed.signal - bed.signal.min() + spread(bed)))


def part_of_a_sum(bed: Bed) -> None:
    one = bed.chance.normal(0, 3 * spread(bed), bed.rows)
    bed.add("one", one)
    bed.add("other", bed.signal - one)


def two_dates(bed: Bed) -> None:
    opened = np.datetime64("2020-03-01", "us") + bed.chance.integers(0, 700 * 86_400, bed.rows) * SECOND
    hours = ((bed.signal - bed.signal.min()) / spread(bed) * 240 + 1).astype("timedelta64[h]")
    bed.add("opened", opened)
    bed.add("closed", opened + hours)


def two_categories(bed: Bed) -> None:
    if bed.task == "regression":
        part_of_a_difference(bed)
        return
    first = bed.chance.integers(0, 3, bed.rows)
    second = (first + bed.signal.astype(int)) % 3
    bed.add("first", np.array(["a", "b", "c"])[first].tolist())
    bed.add("second", np.array(["a", "b", "c"])[second].tolist())


def honest_difference(bed: Bed) -> None:
    base = bed.chance.normal(0, 3 * spread(bed), bed.rows) + 40
    bed.add("before", base)
    bed.add("after", base + bed.signal + bed.chance.normal(0, 0.6 * spread(bed), bed.rows))


def honest_categories(bed: Bed) -> None:
    first = bed.chance.integers(0, 3, bed.rows)
    code = np.round(bed.signal / spread(bed)).astype(int)
    second = (
        np.where(bed.chance.random(bed.rows) < 0.7, first + code, first + bed.chance.integers(0, 3, bed.rows))
        % 3
    )
    bed.add("first", np.array(["a", "b", "c"])[first].tolist())
    bed.add("second", np.array(["a", "b", "c"])[second].tolist())


def honest_dates(bed: Bed) -> None:
    opened = np.datetime64("2020-03-01", "us") + bed.chance.integers(0, 700, bed.rows) * DAY
    bed.add("opened", opened)
    bed.add("due", opened + bed.chance.integers(5, 60, bed.rows) * DAY)


def many_numbers(bed: Bed) -> None:
    for number in range(25):
        bed.add(f"n{number}", bed.signal * 0.2 + bed.chance.normal(0, spread(bed), bed.rows))


PLANTED = (
    Planted(
        "leaks",
        (a_copy_with_noise, a_bent_copy, a_code_of_the_answer),
        (a_good_feature, a_good_category, many_numbers),
    ),
    Planted(
        "pair_leaks",
        (part_of_a_difference, part_of_a_ratio, part_of_a_sum, two_dates, two_categories),
        (honest_difference, honest_categories, honest_dates, many_numbers),
    ),
)
