"""Planted structure: copies, things that come back, time, telling gaps, drift and lopsided groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from tests.data.findings.planted import Planted

if TYPE_CHECKING:
    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]

DAY = np.timedelta64(1, "D")
SECOND = np.timedelta64(1, "s")


def spread(bed: Bed) -> float:
    return float(bed.signal.std())


def standing(bed: Bed) -> Any:
    """The target as a number of mean 0 and spread 1."""
    return (bed.signal - bed.signal.mean()) / spread(bed)


# Copies.


def rows_twice(bed: Bed) -> None:
    bed.repeat(max(6, bed.rows // 50))


def rows_twice_in_a_split_by_time(bed: Bed) -> None:
    bed.repeat(max(6, bed.rows // 50))
    bed.split_by("since", "time")


def touch(bed: Bed, name: str, values: pl.Series) -> None:
    """Put other values into the rows that were added last."""
    start = bed.rows - values.len()
    bed.frame = bed.frame.with_columns(
        pl.concat([bed.frame[name].head(start), values.cast(bed.frame[name].dtype)]).alias(name)
    )


def rows_but_for_one_column(bed: Bed) -> None:
    count = bed.repeat(max(8, bed.rows // 40)).size
    name = str(bed.chance.choice(["income", "age", "city", "visits"]))
    last = bed.frame[name].tail(count)
    touch(bed, name, last.shuffle(seed=1) if name == "city" else last + 3)


def rows_with_noise(bed: Bed) -> None:
    count = bed.repeat(max(8, bed.rows // 40)).size
    for name in ("income", "score", "width", "length"):
        numbers = bed.frame[name].tail(count).to_numpy()
        noise = bed.chance.normal(0, 1e-4, count) * np.nanstd(numbers)
        touch(bed, name, pl.Series(numbers + noise).fill_nan(None))


def rows_with_other_letters(bed: Bed) -> None:
    count = bed.repeat(max(8, bed.rows // 40)).size
    touch(bed, "city", bed.frame["city"].tail(count).str.to_uppercase() + " ")
    touch(bed, "product", bed.frame["product"].tail(count).str.to_uppercase())


def rounded_numbers(bed: Bed) -> None:
    for name in ("income", "score", "width", "length"):
        step = bed.frame[name].std()
        assert isinstance(step, float)
        bed.add(name, (bed.frame[name] / step * 8).round() * step / 8)


def few_columns(bed: Bed) -> None:
    bed.columns = [column for column in bed.columns if column.name in {"age", "city", "member", "visits"}]
    bed.frame = bed.frame.with_columns(
        pl.int_range(bed.rows).cast(pl.Float64).shuffle(seed=3).alias("weight")
    )
    bed.add("weight", bed.frame["weight"])


def kept_traits(bed: Bed) -> None:
    """Customers who come back with the same traits, and several columns that differ."""
    customers = bed.chance.integers(0, bed.rows // 3, bed.rows)
    for name in ("age", "city", "member", "product"):
        bed.add(name, bed.frame[name].gather(customers))


# Things that come back.


def customers(bed: Bed) -> None:
    of = bed.chance.integers(0, max(15, bed.rows // 8), bed.rows)
    bed.add("customer_id", [f"c{one}" for one in of])


def machines_without_a_name(bed: Bed) -> None:
    of = bed.chance.integers(0, max(12, bed.rows // 10), bed.rows)
    bed.add("unit", [f"m{one}" for one in of])
    bed.add("age", bed.frame["age"].gather(of))
    bed.add("income", bed.frame["income"].gather(of))
    bed.set_target(bed.chance.normal(0, 1.5, of.max() + 1)[of] + bed.chance.normal(0, 1, bed.rows))


def patient_numbers(bed: Bed) -> None:
    bed.add("patient_id", bed.chance.integers(10_000, 10_000 + bed.rows // 5, bed.rows))


def patients_without_traits(bed: Bed) -> None:
    """Some rows of each patient, whose other columns differ from row to row; the column's name says nothing."""
    of = bed.chance.permutation(np.arange(bed.rows) % max(12, bed.rows // 6))
    bed.add("who", [f"P{one:05}" for one in of])
    bed.set_target(bed.chance.normal(0, 1.0, of.max() + 1)[of] + bed.chance.normal(0, 1.0, bed.rows))


def addresses_that_come_back(bed: Bed) -> None:
    of = bed.chance.permutation(np.arange(bed.rows) % max(12, bed.rows // 6))
    bed.add("contact", [f"{'abcdefgh'[one % 8]}.{one}@example.org" for one in of], form="email")
    bed.set_target(bed.chance.normal(0, 1.0, of.max() + 1)[of] + bed.chance.normal(0, 1.0, bed.rows))


def batches_that_say_nothing(bed: Bed) -> None:
    of = bed.chance.permutation(np.arange(bed.rows) % max(12, bed.rows // 6))
    bed.add("batch", [f"B{one:05}" for one in of])


def towns_that_matter(bed: Bed) -> None:
    """Words, not names that somebody counted up: an ordinary category, however much it says."""
    of = bed.chance.permutation(np.arange(bed.rows) % max(12, bed.rows // 6))
    syllables = ("ka", "lo", "mi", "ne", "ru", "sa", "to", "vu")
    names = ["".join(syllables[(one // 8**place) % 8] for place in range(4)) for one in range(of.max() + 1)]
    bed.add("town", [names[one] for one in of])
    bed.set_target(bed.chance.normal(0, 1.0, of.max() + 1)[of] + bed.chance.normal(0, 1.0, bed.rows))


def many_shops(bed: Bed) -> None:
    bed.add("shop", [f"s{one}" for one in bed.chance.integers(0, max(12, bed.rows // 20), bed.rows)])


def postal_codes(bed: Bed) -> None:
    of = bed.chance.integers(0, max(12, bed.rows // 10), bed.rows)
    bed.add("zip", [f"{one:05}" for one in of], form="postal code")
    bed.add("latitude", bed.chance.uniform(40, 50, of.max() + 1)[of])
    bed.add("longitude", bed.chance.uniform(0, 20, of.max() + 1)[of])


def customers_in_a_split_by_customer(bed: Bed) -> None:
    customers(bed)
    bed.split_by("customer_id", "group")


# Time.


def a_target_that_rises_along_the_rows(bed: Bed) -> None:
    time = np.linspace(-1.6, 1.6, bed.rows)
    bed.set_target(standing(bed) + time)


def a_target_that_changes_along_a_date(bed: Bed) -> None:
    time = bed.frame["since"].dt.timestamp("us").to_numpy().astype(float)
    time = (time - time.mean()) / time.std()
    bed.set_target(standing(bed) + 0.9 * time)


def a_season(bed: Bed) -> None:
    when = np.sort(bed.chance.integers(0, 900 * 86_400, bed.rows))
    bed.add("day", np.datetime64("2022-01-01", "us") + when * SECOND)
    bed.set_target(standing(bed) + 1.2 * np.sin(when / 86_400 / 180))


def rows_in_the_order_of_a_date(bed: Bed) -> None:
    bed.reorder(bed.frame["since"].dt.timestamp("us").to_numpy().astype(float))


def rows_in_the_order_of_the_target(bed: Bed) -> None:
    bed.reorder(bed.signal)


def rows_in_the_order_of_a_feature(bed: Bed) -> None:
    bed.reorder(bed.frame["age"].to_numpy().astype(float))


def a_date_of_birth(bed: Bed) -> None:
    age = bed.frame["age"].to_numpy()
    bed.add("date_of_birth", np.datetime64("2021-01-01", "us") - age * 365 * DAY)


def changing_in_a_split_by_time(bed: Bed) -> None:
    a_target_that_changes_along_a_date(bed)
    bed.split_by("since", "time")


# Gaps.


def gaps_of_one_answer(bed: Bed) -> None:
    high = standing(bed) > np.quantile(standing(bed), 0.6)
    gone = bed.chance.random(bed.rows) < np.where(high, 0.6, 0.15)
    bed.add("test", np.where(gone, np.nan, bed.chance.normal(size=bed.rows)))


def gaps_in_several_columns(bed: Bed) -> None:
    low = standing(bed) <= np.quantile(standing(bed), 0.4)
    gone = bed.chance.random(bed.rows) < np.where(low, 0.75, 0.3)
    for number in range(4):
        bed.add(f"answer{number}", np.where(gone, np.nan, bed.chance.normal(size=bed.rows)))


def gaps_at_random(bed: Bed) -> None:
    for number in range(20):
        gone = bed.chance.random(bed.rows) < bed.chance.uniform(0.02, 0.8)
        bed.add(f"gap{number}", np.where(gone, np.nan, bed.chance.normal(size=bed.rows)))


def gaps_that_hardly_matter(bed: Bed) -> None:
    gone = bed.chance.random(bed.rows) < np.where(standing(bed) > 0, 0.23, 0.2)
    bed.add("test", np.where(gone, np.nan, bed.chance.normal(size=bed.rows)))


# Drift.


def a_number_that_moves(bed: Bed) -> None:
    late = np.arange(bed.rows) > bed.rows / 2
    bed.add("width", bed.frame["width"].to_numpy() * np.where(late, 1.6, 1.0) + late)


def a_category_that_moves(bed: Bed) -> None:
    late = np.arange(bed.rows) > 0.6 * bed.rows
    cities = np.array(bed.frame["city"].to_list())
    bed.add("city", np.where(late & (bed.chance.random(bed.rows) < 0.6), "Malaga", cities).tolist())


def a_column_that_began_late(bed: Bed) -> None:
    late = np.arange(bed.rows) > bed.rows / 2
    bed.add("new", np.where(late, bed.chance.normal(size=bed.rows), np.nan))


def a_number_that_moves_in_time(bed: Bed) -> None:
    time = bed.frame["since"].rank("ordinal").to_numpy().astype(float) / bed.rows
    bed.add("width", bed.frame["width"].to_numpy() + 12 * time)
    bed.split_by("since", "time")


def a_little_move(bed: Bed) -> None:
    late = np.arange(bed.rows) > bed.rows / 2
    bed.add("width", bed.frame["width"].to_numpy() + 0.3 * late)


def many_rare_words(bed: Bed) -> None:
    bed.add("word", [f"w{one}" for one in bed.chance.zipf(1.3, bed.rows) % 3000])
    bed.add("seldom", [f"v{one}" for one in bed.chance.integers(0, max(3, bed.rows // 3), bed.rows)])


def split_by_time(bed: Bed) -> None:
    bed.split_by("since", "time")


# Groups of a split by group.


def group(bed: Bed, sizes: np.ndarray) -> np.ndarray:
    of = bed.chance.choice(sizes.size, bed.rows, p=sizes / sizes.sum())
    bed.add("site", [f"s{one}" for one in of])
    return of


def a_few_large_groups(bed: Bed) -> None:
    group(bed, np.concatenate([[12.0, 9.0, 8.0], np.full(17, 0.6)]))
    split_keeping_all(bed)


def one_large_group(bed: Bed) -> None:
    group(bed, np.array([8.0, 1.0, 1.0, 1.0, 1.0, 0.5]))
    split_keeping_all(bed)


def groups_that_decide(bed: Bed) -> None:
    of = group(bed, bed.chance.gamma(4, 1, 20))
    bed.set_target(
        bed.chance.choice([-2.5, 2.5, 0.0], 20, p=[0.5, 0.4, 0.1])[of] + bed.chance.normal(0, 0.6, bed.rows)
    )
    split_keeping_all(bed)


def ordinary_groups(bed: Bed) -> None:
    of = group(bed, bed.chance.gamma(3, 1, 25))
    bed.set_target(standing(bed) + bed.chance.normal(0, 0.4, 25)[of])
    split_keeping_all(bed)


def small_groups(bed: Bed) -> None:
    group(bed, np.full(bed.rows // 3, 1.0))
    split_keeping_all(bed)


def split_keeping_all(bed: Bed) -> None:
    """A split by site that leaves the sealed rows as they are: the checks look at training alone."""
    sealed = bed.sealed.copy()
    bed.split_by("site", "group")
    bed.sealed = sealed


PLANTED = (
    Planted("duplicates", (rows_twice, rows_twice_in_a_split_by_time), (rows_with_noise, kept_traits)),
    Planted(
        "near_duplicates",
        (rows_but_for_one_column, rows_with_noise, rows_with_other_letters),
        (rows_twice, rounded_numbers, few_columns, kept_traits, many_rare_words),
    ),
    Planted(
        "groups",
        (
            customers,
            machines_without_a_name,
            patient_numbers,
            patients_without_traits,
            addresses_that_come_back,
        ),
        (
            many_shops,
            postal_codes,
            many_rare_words,
            customers_in_a_split_by_customer,
            batches_that_say_nothing,
            towns_that_matter,
        ),
    ),
    Planted(
        "time_order",
        (
            a_target_that_rises_along_the_rows,
            a_target_that_changes_along_a_date,
            a_season,
            rows_in_the_order_of_a_date,
        ),
        (
            rows_in_the_order_of_the_target,
            rows_in_the_order_of_a_feature,
            a_date_of_birth,
            changing_in_a_split_by_time,
        ),
    ),
    Planted(
        "missingness",
        (gaps_of_one_answer, gaps_in_several_columns),
        (gaps_at_random, gaps_that_hardly_matter),
    ),
    Planted(
        "drift",
        (a_number_that_moves, a_category_that_moves, a_column_that_began_late, a_number_that_moves_in_time),
        (a_little_move, many_rare_words, rows_in_the_order_of_a_feature, gaps_at_random, split_by_time),
    ),
    Planted(
        "unbalanced_groups",
        (a_few_large_groups, one_large_group, groups_that_decide),
        (ordinary_groups, small_groups),
    ),
)
