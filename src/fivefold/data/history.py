"""History: what is known of each key after each of its moments, added up row by row in the order of time.

The rows are sorted by DuckDB, which may spill, and added up a batch at a time from left to right. So a sum is the same to its
last digit on any machine, in any number of threads, and whatever else is in the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.data.engine import literal, one_file
from fivefold.data.excerpts import batches, rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import polars as pl
    from duckdb import DuckDBPyConnection

__all__ = ["History"]


class History:
    """Adds up the rows of each key.

    Parameters
    ----------
    keys, numbers : int
        How many columns ``k0`` and ``n0`` and so on there are.
    hows : collection of str
        Aggregates that are asked for; others are not made.
    timed : bool
        Whether there is a ``moment``; else all rows of a key count as one.
    """

    def __init__(self, keys: int, numbers: int, hows: Collection[str], *, timed: bool) -> None:
        self.groups = [f"k{position}" for position in range(keys)]
        self.ends = [*self.groups, *(["moment"] if timed else [])]
        self.numbers = [f"n{position}" for position in range(numbers)]
        asked = {"c": {"mean", "sum"}, "s": {"mean", "sum"}, "a": {"min"}, "z": {"max"}}
        self.kinds = [kind for kind, for_these in asked.items() if for_these & set(hows)]

    def write(self, connection: DuckDBPyConnection, facts: str, folder: Path, *, size: int = 0) -> str:
        """Write it in parts into an empty folder; return what SQL reads it by.

        The columns are the keys, ``moment`` where there is one, ``row`` (the one that stands for the latest), ``rows`` (how
        many there are) and, for each number, as far as they are asked for, ``c0`` (values), ``s0`` (sum; 0 without values),
        ``a0`` (least) and ``z0`` (greatest). ``size`` rows are added up at a time; 0 lets their width decide.
        """
        ordered = folder / "ordered.parquet"
        order = ", ".join([*self.ends, "row"])
        statement = f"SELECT * FROM {facts} ORDER BY {order}"  # noqa: S608 - all names are ours
        connection.execute(f"COPY ({statement}) TO {literal(ordered)} (FORMAT parquet)")
        parts: list[str] = []
        carried: pl.DataFrame | None = None
        for batch in batches(ordered, [*self.ends, "row", *self.numbers], rows_of(ordered), size=size):
            added = self._added(self._given(batch), carried)
            carried = added.tail(1)
            parts.append(self._part(added, folder / f"{len(parts):05}.parquet"))
        if carried is not None:
            carried.write_parquet(folder / "last.parquet")
            parts.append(one_file(folder / "last.parquet"))
        ordered.unlink()
        return f"read_parquet([{', '.join(parts)}])"

    def _part(self, added: pl.DataFrame, path: Path) -> str:
        """Write the last row of each moment, but for the batch's last: the next batch may go on with its moment."""
        import polars as pl

        ends = pl.any_horizontal(pl.col(name) != pl.col(name).shift(-1) for name in self.ends)
        added.head(-1).filter(added.select(ends.fill_null(value=False)).to_series().head(-1)).write_parquet(
            path
        )
        return one_file(path)

    def _given(self, batch: pl.DataFrame) -> pl.DataFrame:
        """What each row adds."""
        import polars as pl

        columns: list[pl.Expr] = [pl.lit(1, dtype=pl.Int64).alias("rows")]
        for name in self.numbers:
            made = {
                "c": pl.col(name).is_not_null().cast(pl.Int64),
                "s": pl.col(name).fill_null(0.0),
                "a": pl.col(name),
                "z": pl.col(name),
            }
            columns += [made[kind].alias(f"{kind}{name[1:]}") for kind in self.kinds]
        return batch.select(*self.ends, "row", *columns)

    def _added(self, given: pl.DataFrame, carried: pl.DataFrame | None) -> pl.DataFrame:
        """Add up within each key, on from where the batch before ended."""
        import polars as pl

        frame = given if carried is None else pl.concat([carried, given])
        sums = ["rows", *self._named("c"), *self._named("s")]
        running = [pl.col(name).cum_sum() for name in sums]
        running += [pl.col(name).cum_min().forward_fill() for name in self._named("a")]
        running += [pl.col(name).cum_max().forward_fill() for name in self._named("z")]
        return frame.with_columns(one.over(self.groups) for one in running)

    def _named(self, kind: str) -> Sequence[str]:
        """Columns of one kind, as far as it is asked for."""
        return [f"{kind}{name[1:]}" for name in self.numbers] if kind in self.kinds else []
