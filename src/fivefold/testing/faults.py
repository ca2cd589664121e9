"""Planted faults: seeded tables with something wrong in them, or with nothing wrong, and how often a check tells them apart.

A :class:`Bed` is a healthy table of every common kind of column. A planting is a function that changes a bed; the same
seed always gives the same table::

    def copies_the_target(bed: Bed) -> None:
        bed.add("copy", bed.signal + bed.chance.normal(0, 0.01, bed.rows))

    share_found(OneColumnLeaks(), copies_the_target)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fivefold.core.artefacts import ROW, Column, Kind, Role, Split, SplitKind, Task
from fivefold.testing.findings import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Finding
    from fivefold.core.protocols import CheckedTable, FindingCheck

    Floats = NDArray[np.float64]
    Planting = Callable[["Bed"], None]

__all__ = ["SHAPES", "Bed", "bed", "found", "nothing_wrong", "share_found"]

SHAPES: tuple[tuple[Task, int], ...] = (
    ("binary", 250),
    ("regression", 250),
    ("multiclass", 500),
    ("binary", 1000),
    ("regression", 2000),
    ("multiclass", 1250),
    ("binary", 6250),
)
"""Task and rows in all, of which a fifth is sealed; the seed says which shape a bed has."""
_SEALED = 0.2
_START = np.datetime64("2021-01-01", "us")
_DAY = np.timedelta64(1, "D")
_CITIES = ("Graz", "Lyon", "Porto", "Turku", "Ghent")
_NAMES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("low", "middle", "high"),
    "regression": (),
}


class Bed:
    """A table to plant a fault in, training and sealed rows together.

    Parameters
    ----------
    task : Task
    rows : int
    seed : int

    Attributes
    ----------
    chance : Generator
        Where plantings take their randomness from.
    signal : array of float, shape (rows,)
        What the target says as a number: itself, or the position of the class from low to high.
    frame : Frame
        ``__row__``, the features and the target ``outcome``.
    columns : list of Column
    sealed : array of bool, shape (rows,)
    split : Split or None
        Random if None.
    """

    def __init__(self, task: Task, rows: int, seed: int) -> None:
        self.task = task
        self.rows = rows
        self.chance = np.random.default_rng([seed, rows])
        self.columns: list[Column] = []
        self.split: Split | None = None
        self.frame = pl.DataFrame({ROW: np.arange(rows)})
        self.sealed = self.chance.permutation(rows) < _SEALED * rows
        hint = self._grow()
        self.set_target(hint + self.chance.normal(0, 1.2, rows))

    def set_target(self, amounts: Floats) -> None:
        """Give the bed another target: these amounts, or classes of low, middle and high ones."""
        names = _NAMES[self.task]
        self.signal = amounts.astype(np.float64)
        target = pl.Series("outcome", self.signal)
        if names:
            shares = [0.65] if self.task == "binary" else [0.4, 0.75]
            self.signal = np.searchsorted(np.quantile(amounts, shares), amounts).astype(np.float64)
            target = pl.Series("outcome", np.array(names)[self.signal.astype(int)].tolist(), dtype=pl.String)
        self.frame = self.frame.with_columns(target)

    def add(self, name: str, values: Iterable[object], role: Role | None = None, *, form: str = "") -> None:
        """Add a column, or put another in its place; the role is guessed from the values if not given.

        Parameters
        ----------
        name : str
        values : iterable, shape (rows,)
            NaN and None are missing; ``datetime64`` are dates.
        role : Role, optional
        form : str
        """
        series = pl.Series(name, values, strict=False)
        if series.dtype.is_float():
            series = series.fill_nan(None)
        if series.dtype.is_temporal():
            series = series.cast(pl.Datetime("us"))
        kind, guess = _kind(series)
        column = Column(name, role or guess, kind, nullable=series.null_count() > 0, form=form)
        self.frame = self.frame.with_columns(series)
        names = [one.name for one in self.columns]
        if name in names:
            self.columns[names.index(name)] = column
        else:
            self.columns.append(column)

    def repeat(self, count: int) -> NDArray[np.int64]:
        """Add rows that equal some of the first ones, and return which; on either side of the split by chance."""
        taken = self.chance.choice(self.rows, count, replace=False)
        self.frame = pl.concat([self.frame, self.frame[taken]]).with_columns(
            pl.int_range(self.rows + count).alias(ROW)
        )
        self.sealed = np.append(self.sealed, self.chance.random(count) < _SEALED)
        self.signal = np.append(self.signal, self.signal[taken])
        self.rows += count
        return taken

    def reorder(self, by: Floats) -> None:
        """Let the rows stand in another order; which of them are sealed is left as it was."""
        order = np.argsort(by, kind="stable")
        self.frame = self.frame[order].with_columns(pl.int_range(self.rows).alias(ROW))
        self.signal = self.signal[order]

    def split_by(self, column: str, kind: SplitKind) -> None:
        """Say that the split was by a column; for ``time`` and ``group`` the rows are parted so, too."""
        values = self.frame[column].rank("dense").fill_null(0).to_numpy().astype(np.int64)
        if kind == "time":
            self.sealed = values > np.quantile(values, 1 - _SEALED)
        else:
            self.sealed = (self.chance.permutation(int(values.max()) + 1) < _SEALED * values.max())[values]
            self.columns = [one for one in self.columns if one.name != column]
        rows, test = int((~self.sealed).sum()), int(self.sealed.sum())
        self.split = Split(kind, column, 5, kind == "time", rows, test, "the test says so")

    def table(self) -> CheckedTable:
        """Return what a check is handed."""
        sealed = pl.Series(self.sealed)
        names = [ROW, *(column.name for column in self.columns)]
        apart, train = self.frame.filter(sealed).select(names), self.frame.filter(~sealed)
        return checked(self.task, train, self.columns, sealed=apart, split=self.split)

    def _grow(self) -> Floats:
        """Make the healthy columns, and return what they say of the target."""
        chance, rows = self.chance, self.rows
        age = np.clip(chance.normal(48, 16, rows), 18, 95).round()
        income = chance.lognormal(10, 0.5, rows).round(2)
        score = chance.normal(0, 1, rows)
        city = chance.choice(5, rows, p=[0.4, 0.25, 0.15, 0.12, 0.08])
        member = chance.random(rows) < 0.3
        self.add("age", age.astype(np.int64))
        self.add("income", income)
        self.add("score", np.where(chance.random(rows) < 0.08, np.nan, score))
        self.add("visits", chance.poisson(2.5, rows))
        self.add("city", np.array(_CITIES)[city].tolist())
        self.add("product", [f"p{number:03}" for number in np.minimum(chance.zipf(1.6, rows), 60)])
        self.add("member", member.tolist())
        days = chance.integers(0, 1000, rows)
        self.add("since", _START + days * _DAY + chance.integers(0, 86_400, rows) * np.timedelta64(1, "s"))
        self.add("width", chance.gamma(4, 2, rows).round(3))
        self.add("length", chance.gamma(4, 2, rows).round(3))
        hint: Floats = (age - 48) / 16 + 0.8 * score + 0.5 * (city == 1) - 0.4 * member
        return hint


def bed(seed: int, shapes: Sequence[tuple[Task, int]] = SHAPES) -> Bed:
    """Return the healthy table of a seed, in the shape whose turn it is."""
    task, rows = shapes[seed % len(shapes)]
    return Bed(task, rows, seed)


def nothing_wrong(bed: Bed) -> None:
    """Leave the bed as it is."""


def found(
    check: FindingCheck, planting: Planting, seed: int, shapes: Sequence[tuple[Task, int]] = SHAPES
) -> Sequence[Finding]:
    """Return what a check finds once something was planted in the bed of a seed."""
    ground = bed(seed, shapes)
    planting(ground)
    return check.inspect(ground.table())


def share_found(
    check: FindingCheck,
    planting: Planting,
    seeds: Sequence[int] = range(21),
    *,
    counts: Callable[[Finding], bool] | None = None,
) -> float:
    """Share of seeds at which the check finds something: recall of a fault, false alarms where none was planted.

    Parameters
    ----------
    check : FindingCheck
    planting : callable
    seeds : sequence of int
    counts : callable, optional
        Which findings count; all if not given.
    """
    hits = 0
    for seed in seeds:
        findings = found(check, planting, seed)
        hits += any(counts is None or counts(finding) for finding in findings)
    return hits / len(seeds)


def _kind(series: pl.Series) -> tuple[Kind, Role]:
    """Kind and role of values of this type."""
    if series.dtype == pl.Boolean:
        return "boolean", "boolean"
    if series.dtype.is_integer():
        return "integer", "number"
    if series.dtype.is_float():
        return "number", "number"
    return ("datetime", "date") if series.dtype.is_temporal() else ("string", "category")
