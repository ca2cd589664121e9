"""Planted marks: columns that are filled for one answer alone, or nearly, and dates that lie ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from tests.data.findings.planted import Planted
from tests.data.findings.planted_leaks import left_out
from tests.data.findings.planted_structure import DAY, SECOND, gaps_at_random, standing

if TYPE_CHECKING:
    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]


def filled_for_some_of_one_class(bed: Bed) -> None:
    high = (
        standing(bed) >= np.quantile(standing(bed), 0.75)
        if bed.task == "regression"
        else bed.signal == bed.signal.max()
    )
    filled = high & (bed.chance.random(bed.rows) < 0.7)
    if bed.task == "regression":
        bed.set_target(np.where(high, bed.signal, 0.0))
        bed.add("claim", np.where(high, bed.chance.normal(size=bed.rows), np.nan))
        return
    bed.add("refunded_at", [str(bed.chance.integers(100)) if one else None for one in filled])


def of_one_class(bed: Bed) -> np.ndarray:
    """Rows of the highest class, or the upper third of amounts, which become 0 as what is refunded does."""
    if bed.task != "regression":
        return np.asarray(bed.signal == bed.signal.max())
    high = standing(bed) >= np.quantile(standing(bed), 0.65)
    bed.set_target(np.where(high, 0.0, bed.signal - bed.signal.min() + 1))
    return np.asarray(high)


def nearly(bed: Bed, rows: np.ndarray) -> np.ndarray:
    """Nine in ten of these rows, and a few others, so that one in a hundred is wrong."""
    kept = rows & (bed.chance.random(bed.rows) < 0.9)
    wrong = bed.chance.choice(np.flatnonzero(~rows), max(1, round(0.01 * kept.sum())), replace=False)
    kept[wrong] = True
    return kept


def filled_but_for_a_few_wrong_cells(bed: Bed) -> None:
    filled = nearly(bed, of_one_class(bed))
    bed.add("refunded_at", [str(bed.chance.integers(100)) if one else None for one in filled])


def an_amount_but_for_a_few_wrong_cells(bed: Bed) -> None:
    some = nearly(bed, of_one_class(bed))
    bed.add("recovered", np.where(some, bed.chance.gamma(2, 10, bed.rows), 0.0))


def filled_where_larger(bed: Bed) -> None:
    if bed.task != "regression":
        filled_but_for_a_few_wrong_cells(bed)
        return
    filled = standing(bed) >= np.quantile(standing(bed), 0.6)
    filled[bed.chance.choice(bed.rows, max(1, bed.rows // 200), replace=False)] ^= True
    bed.add("upgraded", np.where(filled, bed.chance.normal(size=bed.rows), np.nan))


def filled_where_others_say_so_too(bed: Bed) -> None:
    """An easy question: what is filled follows from two other columns, which give the answer together."""
    sides = bed.chance.normal(0, 1, bed.rows), bed.chance.normal(0, 1, bed.rows)
    bed.set_target(sides[0] + sides[1] + bed.chance.normal(0, 0.03, bed.rows))
    bed.add("one", sides[0])
    bed.add("other", sides[1])
    filled = nearly(bed, of_one_class(bed))
    bed.add("plan", np.where(filled, bed.chance.normal(size=bed.rows), np.nan))


def empty_for_one_class(bed: Bed) -> None:
    high = (
        standing(bed) >= np.quantile(standing(bed), 0.8)
        if bed.task == "regression"
        else bed.signal == bed.signal.max()
    )
    bed.add("visit", np.where(high, np.nan, bed.chance.normal(size=bed.rows)))


def an_amount_that_is_nothing_elsewhere(bed: Bed) -> None:
    if bed.task == "regression":
        filled_for_some_of_one_class(bed)
        return
    high = (bed.signal == bed.signal.max()) & (bed.chance.random(bed.rows) < 0.6)
    bed.add("fee", np.where(high, bed.chance.gamma(2, 10, bed.rows), 0.0))


def dates_ahead(bed: Bed) -> None:
    since = bed.frame["since"].dt.timestamp("us").to_numpy().astype("datetime64[us]")
    bed.add("closed", since + bed.chance.integers(60, 40 * 86_400, bed.rows) * SECOND)
    bed.split_by("since", "time")


def dates_before(bed: Bed) -> None:
    since = bed.frame["since"].dt.timestamp("us").to_numpy().astype("datetime64[us]")
    bed.add("ordered", since - bed.chance.integers(60, 40 * 86_400, bed.rows) * SECOND)
    bed.add("any", since + bed.chance.integers(-400, 400, bed.rows) * DAY)
    bed.split_by("since", "time")


def mostly_filled_for_one_class(bed: Bed) -> None:
    gone = bed.chance.random(bed.rows) < np.where(standing(bed) > 0, 0.1, 0.5)
    bed.add("visit", np.where(gone, np.nan, bed.chance.normal(size=bed.rows)))


def an_amount_mostly_nothing(bed: Bed) -> None:
    some = bed.chance.random(bed.rows) < np.where(standing(bed) > 0, 0.3, 0.1)
    bed.add("fee", np.where(some, bed.chance.gamma(2, 10, bed.rows), 0.0))


def codes(bed: Bed, letters: np.ndarray) -> None:
    """A letter and a number of its own for a few rows."""
    numbers = bed.chance.integers(0, max(30, bed.rows // 5), bed.rows)
    bed.add("routing", [f"{one}{number:03d}" for one, number in zip(letters, numbers, strict=True)])


def a_part_of_a_code_with_wrong_cells(bed: Bed) -> None:
    """What the code begins with is the class, but for up to 1.2 % of the rows; of amounts nothing of the kind."""
    if bed.task == "regression":
        filled_but_for_a_few_wrong_cells(bed)
        return
    wrong = bed.chance.random(bed.rows) < bed.chance.uniform(0.002, 0.012)
    classes = int(bed.signal.max()) + 1
    said = np.where(wrong, (bed.signal + 1) % classes, bed.signal).astype(int)
    codes(bed, np.array(["K", "Z", "A"])[said])


def codes_that_say_something(bed: Bed) -> None:
    """What the code begins with goes with the answer in four of five rows."""
    said = np.where(bed.chance.random(bed.rows) < 0.8, standing(bed) > 0, bed.chance.random(bed.rows) < 0.5)
    codes(bed, np.where(said, "K", "Z"))


def names_of_many_beginnings(bed: Bed) -> None:
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    names = ["".join(bed.chance.choice(letters, 6)) for _ in range(60)]
    bed.add("town", [names[one] for one in bed.chance.integers(0, 60, bed.rows)])


PLANTED = (
    Planted(
        "filled_later",
        (filled_for_some_of_one_class, empty_for_one_class, an_amount_that_is_nothing_elsewhere, dates_ahead),
        (gaps_at_random, mostly_filled_for_one_class, an_amount_mostly_nothing, dates_before),
    ),
    Planted(
        "filled_later",
        (
            filled_but_for_a_few_wrong_cells,
            an_amount_but_for_a_few_wrong_cells,
            filled_where_larger,
            a_part_of_a_code_with_wrong_cells,
        ),
        (
            gaps_at_random,
            mostly_filled_for_one_class,
            an_amount_mostly_nothing,
            filled_where_others_say_so_too,
            codes_that_say_something,
            names_of_many_beginnings,
        ),
        left_out,
        ", left out",
    ),
)
