"""Planted answers that are none, or one in several spellings, and targets that only look so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from tests.data.findings.planted import Planted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.testing.faults import Bed

__all__ = ["PLANTED"]

WORDS = ("N/A", "?", "-", "NULL", "unknown", "not available", "missing", "NaN", "n/a")
NUMBERS = (-999.0, 9999.0, -99999.0)


def some(bed: Bed, low: float, high: float) -> Any:
    """Rows drawn by chance."""
    return bed.chance.random(bed.rows) < bed.chance.uniform(low, high)


def amounts(bed: Bed, where: Any, value: float) -> None:
    """Give rows another amount."""
    bed.signal = np.where(where, value, bed.signal)
    bed.frame = bed.frame.with_columns(pl.Series("outcome", bed.signal))


def classes(bed: Bed, where: Any, word: str) -> None:
    """Give rows another class."""
    given = bed.frame["outcome"].to_list()
    said = [word if there else one for there, one in zip(where, given, strict=True)]
    bed.frame = bed.frame.with_columns(pl.Series("outcome", said))


def renamed(bed: Bed, names: Mapping[str, str]) -> None:
    """Call the classes otherwise."""
    if bed.task == "regression":
        return
    bed.frame = bed.frame.with_columns(pl.col("outcome").replace(names))


def rows_without_an_answer(bed: Bed) -> None:
    if bed.task == "regression":
        amounts(bed, some(bed, 0.03, 0.2), bed.chance.choice(NUMBERS))
    else:
        classes(bed, some(bed, 0.03, 0.4), str(bed.chance.choice(WORDS)))


def rows_coded_as_nothing(bed: Bed) -> None:
    """Of amounts 0 where all others are far above it, of classes a code of nines."""
    if bed.task == "regression":
        bed.set_target(150 + 8 * bed.signal)
        amounts(bed, some(bed, 0.03, 0.15), 0.0)
    else:
        renamed(bed, {"no": "0", "yes": "1", "low": "1", "middle": "2", "high": "3"})
        classes(bed, some(bed, 0.03, 0.3), str(bed.chance.choice(["99", "-99", "999"])))


def answers_in_capitals(bed: Bed) -> None:
    if bed.task == "regression":
        rows_without_an_answer(bed)
        return
    first = bed.frame["outcome"][0]
    classes(
        bed,
        some(bed, 0.1, 0.5) & (bed.frame["outcome"] == first).to_numpy(),
        str(bed.chance.choice([first.upper(), first.title()])),
    )


def answers_with_a_slip(bed: Bed) -> None:
    if bed.task == "regression":
        rows_without_an_answer(bed)
        return
    renamed(
        bed, {"no": "stayed", "yes": "churned", "low": "rejected", "middle": "waiting", "high": "accepted"}
    )
    often = bed.frame["outcome"].mode().sort()[0]
    wrong = np.flatnonzero((bed.frame["outcome"] == often).to_numpy() & ~bed.sealed)[:3]
    slip = bed.chance.choice([often[:-1], often[:2] + often[3:], often[:3] + often[2:]])
    classes(bed, np.isin(np.arange(bed.rows), wrong), str(slip))


def a_scale_from_none_on(bed: Bed) -> None:
    """``none`` is an answer where the others are steps above it."""
    renamed(bed, {"no": "absent", "yes": "present", "low": "none", "middle": "mild", "high": "severe"})


def signs_and_letters(bed: Bed) -> None:
    renamed(bed, {"no": "-", "yes": "+", "low": "a", "middle": "x", "high": "b"})


def opposites(bed: Bed) -> None:
    renamed(
        bed, {"no": "available", "yes": "unavailable", "low": "known", "middle": "unknown", "high": "refused"}
    )


def codes_in_a_row(bed: Bed) -> None:
    renamed(bed, {"no": "0", "yes": "1", "low": "-1", "middle": "0", "high": "1"})
    if bed.task == "regression":
        bed.set_target((bed.signal * 3).round().astype(np.float64))


def amounts_with_many_zeros(bed: Bed) -> None:
    """Losses, of which most are none and small ones are as frequent as large ones; for classes nothing."""
    if bed.task == "regression":
        bed.set_target(np.where(bed.signal > 0, np.round(bed.signal, 2), 0.0))


def amounts_with_giants(bed: Bed) -> None:
    if bed.task == "regression":
        bed.set_target(np.round(np.exp(3.0 + 1.2 * bed.signal), 0).astype(np.float64))


PLANTED = (
    Planted(
        "answers",
        (rows_without_an_answer, rows_coded_as_nothing, answers_in_capitals, answers_with_a_slip),
        (
            a_scale_from_none_on,
            signs_and_letters,
            opposites,
            codes_in_a_row,
            amounts_with_many_zeros,
            amounts_with_giants,
        ),
    ),
)
