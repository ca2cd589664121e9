"""The rows that are used: those that were drawn, have a target, and count; with what they are parted by."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Column
from fivefold.data.ahead import ahead
from fivefold.data.columns import column_of
from fivefold.data.excerpts import batches
from fivefold.data.means import means
from fivefold.data.names import GROUP
from fivefold.data.target import clean_target, target_column
from fivefold.data.unread import noun_of, unreadable
from fivefold.data.weights import Weights
from fivefold.runtime.frames import clean_series

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Brief
    from fivefold.core.workbench import Workbench

__all__ = ["KeptRows", "keep_rows"]

_SUMMED = 10
"""Rows from which it is no accident that the last one is the sum of all others."""
_ROUNDED = 1e-5
"""How far, relatively, a sum may be off because figures were rounded."""
_BATCH = 491_520
"""Rows that are read at a time: few columns of them."""


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The rows that are used.

    Attributes
    ----------
    mask : Series of bool
        One a row of the source: whether it is used.
    target : Series
        Of the used rows, as are the next three: labels as words, or numbers, without gaps.
    time : Series or None
        As its role asks.
    groups : Series or None
        Words, whatever the role is.
    weights : Series or None
        How much each row counts: above 0.
    removed : tuple of (str, int)
        Rows that are not used, by reason.
    """

    mask: pl.Series
    target: pl.Series
    time: pl.Series | None
    groups: pl.Series | None
    weights: pl.Series | None
    removed: tuple[tuple[str, int], ...]


def keep_rows(path: Path, brief: Brief, bench: Workbench, *, time: str = "", group: str = "") -> KeptRows:
    """Read nothing but the target, the time, the group and the weight of every row.

    Parameters
    ----------
    path : Path
        The fetched Parquet file.
    brief : Brief
    bench : Workbench
        Its budget says how many rows can be held; of more, each has the same chance to be drawn.
    time, group : str
        Columns that the rows may be parted by; empty for none.
    """
    import polars as pl

    profile = brief.profile
    most = means(bench.means, len(profile.columns))
    share = min(1.0, most.rows / max(1, profile.rows))
    reading = _Reading(brief, share, bench.seed, time, group)
    for read in ahead(reading.batches(path)):
        for pieces, piece in zip(reading.pieces, read, strict=True):
            pieces.append(piece)
    mask, target, times, groups, weights = (pl.concat(pieces) for pieces in reading.pieces)
    removed = reading.removed()
    if share == 1 and mask[-1] and _is_total(target):
        mask = mask.scatter(mask.len() - 1, values=False)
        target, times, groups, weights = (
            one.head(target.len() - 1) for one in (target, times, groups, weights)
        )
        removed += (("the last row holds the sum of all others", 1),)
    if share < 1:
        rule = f"not drawn: {most.why} can hold about {most.rows:,} rows; each had the same chance"
        removed = ((rule, profile.rows - reading.drawn), *removed)
    counts = weights if reading.weights is not None else None
    return KeptRows(mask, target, times if time else None, groups if group else None, counts, removed)


def _is_total(target: pl.Series) -> bool:
    """Whether the last number is the sum of all others, as below a table that was made to be read by people."""
    if not target.dtype.is_numeric() or target.len() < _SUMMED:
        return False
    rest, last = target.head(target.len() - 1), float(target[-1])
    total = float(rest.sum())
    return abs(last) > float(rest.abs().max() or 0.0) and abs(last - total) <= _ROUNDED * abs(total)  # type: ignore[arg-type]  # of numbers, the largest is one


class _Reading:
    """The work on one table: what was read so far, and what is counted on the way."""

    def __init__(self, brief: Brief, share: float, seed: int, time: str, group: str) -> None:
        self.profile = brief.profile
        self.target = brief.profile.column(brief.question.target)
        self.task = brief.task
        self.share = share
        self.chance = np.random.default_rng(seed)
        self.time, self.group = time, group
        self.drawn = self.missing = self.unreadable = 0
        named = brief.question.weight_column
        self.weights = Weights(brief.profile.column(named)) if named else None
        self.pieces: tuple[list[pl.Series], ...] = ([], [], [], [], [])

    def batches(self, path: Path) -> Iterator[tuple[pl.Series, ...]]:
        """Yield mask, target, time, group and weight of a batch of rows; an empty series stands for what is not there."""
        import polars as pl

        named = (self.target.name, self.time, self.group, self.weights.name if self.weights else "")
        names = list(dict.fromkeys(name for name in named if name))
        none = pl.Series([], dtype=pl.Null)
        with ThreadPoolExecutor(2) as pool:
            for raw in batches(path, names, self.profile.rows, size=_BATCH):
                mask = self._draw(raw.height)
                drawn = raw if self.share == 1 else raw.filter(mask)
                time = pool.submit(self._read, drawn[self.time]) if self.time else None
                groups = pool.submit(_words, drawn[self.group]) if self.group else None
                target = self._targets(drawn[self.target.name])
                there = target.is_not_null()
                weights = none
                if self.weights is not None:
                    weights = self.weights.read(drawn[self.weights.name], there)
                    there = there & weights.is_not_null()
                read = [target, time.result() if time else none, groups.result() if groups else none, weights]
                if not there.all():
                    read = [one.filter(there) if one is not none else one for one in read]
                    mask = there if self.share == 1 else mask.scatter(mask.arg_true(), there)
                yield mask.rename(""), *read

    def removed(self) -> tuple[tuple[str, int], ...]:
        """Rows without a target, or without a weight, by reason."""
        name, kind = self.target.name, self.target.kind
        reasons = (
            (f"'{name}' is missing", self.missing),
            (f"'{name}' cannot be read as {noun_of(kind)}", self.unreadable),
        )
        weightless = self.weights.removed() if self.weights else ()
        return tuple(reason for reason in (*reasons, *weightless) if reason[1])

    def _draw(self, rows: int) -> pl.Series:
        """Which of the next rows are drawn."""
        import polars as pl

        if self.share == 1:
            return pl.repeat(value=True, n=rows, eager=True)
        return pl.Series(self.chance.random(rows) < self.share)

    def _targets(self, raw: pl.Series) -> pl.Series:
        """The target of drawn rows; those that have none are counted."""
        self.drawn += raw.len()
        values = clean_target(raw, self.target.kind, self.task, self.target)
        if values.null_count():
            column = target_column(raw.name, self.target.kind, self.target)
            wrong = int(unreadable(raw, values.is_null(), column).sum())
            self.unreadable += wrong
            self.missing += values.null_count() - wrong
        return values

    def _read(self, raw: pl.Series) -> pl.Series:
        """A column as its role asks."""
        return clean_series(raw, column_of(self.profile.column(raw.name), raw.name), strict=False)


def _words(raw: pl.Series) -> pl.Series:
    """A group column as words, whatever its role is."""
    return clean_series(raw, Column(GROUP, "category", "string", nullable=True), strict=False)
