"""The tables that the route brings to BigQuery: what is to be learned from, and what is to be answered without its target."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.cloud.names import column_names
from fivefold.core.artefacts import FOLD, SINCE
from fivefold.core.tables import read_parquet

if TYPE_CHECKING:
    from fivefold.core.routes import RouteWork
    from fivefold.core.tables import Frame

__all__ = ["EVAL", "ROW", "Tables", "bytes_of", "parquet_of"]

EVAL, ROW = "fivefold_eval", "fivefold_row"
"""The column that says which rows are kept aside, and the one that says which sealed row an answer belongs to."""
_TEXT = 2
"""Bytes that a text is counted with besides its own."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Both tables.

    Attributes
    ----------
    train, sealed : Frame
        With the names that they have in BigQuery.
    label : str
        Name of the target there.
    left_out : tuple of str
        Columns that BigQuery ML can make nothing of: free texts.
    """

    train: Frame
    sealed: Frame
    label: str
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, work: RouteWork) -> Tables:
        """Read the snapshots.

        The plan's split decides which rows are kept aside: of rolling folds the latest one, so that the rows after its own moment
        teach nothing; of others the first.
        """
        import polars as pl

        contract = work.contract
        taken = [column.name for column in contract.columns if column.role != "text"]
        outputs = (EVAL, ROW, "label", "prob")
        names = column_names([*taken, contract.target], outputs)
        aside = work.split.folds if work.split.rolling else 1
        apart = work.split.rolling and bool(work.split.gap or work.split.group)
        rows = read_parquet(work.train, columns=[*taken, contract.target, FOLD, *[SINCE] * apart])
        if work.split.rolling:
            before = pl.col(SINCE) <= aside if apart else pl.col(FOLD) < aside
            rows = rows.filter(before | (pl.col(FOLD) == aside))
        marked = (pl.col(FOLD) == aside).alias(EVAL)
        train = rows.select(*(pl.col(name).alias(names[name]) for name in (*taken, contract.target)), marked)
        sealed = read_parquet(work.sealed, columns=taken)
        asked = sealed.select(
            *(pl.col(name).alias(names[name]) for name in taken), pl.int_range(pl.len()).alias(ROW)
        )
        left_out = tuple(column.name for column in contract.columns if column.role == "text")
        return cls(_in_utc(train), _in_utc(asked), names[contract.target], left_out)

    @property
    def learned(self) -> int:
        """Training rows that are learned from; the others tell when to stop."""
        return int((~self.train[EVAL]).sum())


def _in_utc(frame: Frame) -> Frame:
    """Moments as TIMESTAMP: without a zone they would be DATETIME there, of which BigQuery ML's pages make something else."""
    import polars as pl

    utc = pl.Datetime("us", "UTC")
    plain = [
        name for name, kind in frame.schema.items() if isinstance(kind, pl.Date | pl.Datetime) and kind != utc
    ]
    return frame.with_columns(
        pl.col(name).cast(pl.Datetime("us")).dt.replace_time_zone("UTC") for name in plain
    )


def parquet_of(frame: Frame) -> bytes:
    """Return a table as it is sent."""
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()


def bytes_of(frame: Frame) -> int:
    """Return what BigQuery counts a table as: texts by their length, everything else by its type.

    Examples
    --------
    >>> import polars as pl
    >>> bytes_of(pl.DataFrame({"age": [1.5, None], "sms": [True, False], "district": ["north", "west"]}))
    31
    """
    import polars as pl

    total = 0
    for column in frame.iter_columns():
        if column.dtype == pl.String:
            total += int(column.str.len_bytes().fill_null(0).sum()) + _TEXT * frame.height
        else:
            total += (1 if column.dtype == pl.Boolean else 8) * frame.height
    return total
