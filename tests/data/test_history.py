"""What is known of each key after each of its moments: the same whatever the batches and whatever else is there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from fivefold.data.engine import connect, one_file
from fivefold.data.history import History

ALL = ("mean", "sum", "min", "max")


def history(facts: list[tuple[Any, ...]], *, size: int, timed: bool = True) -> pl.DataFrame:
    """Write the history of rows of (key, moment, number), sorted."""
    frame = pl.DataFrame(
        facts, schema={"k0": pl.String, "moment": pl.Int64, "n0": pl.Float64}, orient="row"
    ).with_row_index("row")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "history").mkdir()
        frame.with_columns(pl.col("row").cast(pl.Int64)).write_parquet(folder / "facts.parquet")
        with connect(folder) as connection:
            facts_sql = f"read_parquet({one_file(folder / 'facts.parquet')})"
            History(1, 1, ALL, timed=timed).write(connection, facts_sql, folder / "history", size=size)
            return pl.concat(
                pl.read_parquet(part) for part in sorted((folder / "history").glob("*.parquet"))
            ).sort("k0", "row")


def test_each_moment_stands_once_with_all_that_was_known_after_it() -> None:
    facts = [("a", 2, 5.0), ("a", 1, None), ("b", 1, 7.0), ("a", 2, 1.0)]
    known = history(facts, size=10)
    assert known.rows(named=True) == [
        {"k0": "a", "moment": 1, "row": 1, "rows": 1, "c0": 0, "s0": 0.0, "a0": None, "z0": None},
        {"k0": "a", "moment": 2, "row": 3, "rows": 3, "c0": 2, "s0": 6.0, "a0": 1.0, "z0": 5.0},
        {"k0": "b", "moment": 1, "row": 2, "rows": 1, "c0": 1, "s0": 7.0, "a0": 7.0, "z0": 7.0},
    ]


def test_without_moments_each_key_stands_once() -> None:
    known = history([("a", 2, 5.0), ("a", 1, None), ("b", 1, 7.0)], size=1, timed=False)
    assert known.select("k0", "row", "rows", "s0").rows() == [("a", 1, 2, 5.0), ("b", 2, 1, 7.0)]


FACTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.one_of(st.none(), st.floats(-1e9, 1e9))),
    min_size=1,
    max_size=15,
)


@settings(max_examples=25)
@given(FACTS, st.integers(1, 4), st.booleans())
def test_batches_do_not_show_to_the_last_digit(facts: list[tuple[Any, ...]], size: int, timed: bool) -> None:
    assert history(facts, size=size, timed=timed).equals(history(facts, size=100, timed=timed))
