"""Dataset: the table, cleaned, checked and split; its payloads are Parquet files and the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fivefold.core.artefacts.card import ColumnCard
from fivefold.core.artefacts.question import Kind, Reading, Role, Task

__all__ = [
    "FOLD",
    "LEAK_CHECKS",
    "ROW",
    "SINCE",
    "UNMADE",
    "Column",
    "Contract",
    "Dataset",
    "Figure",
    "Finding",
    "Severity",
    "Split",
    "SplitKind",
]

SplitKind = Literal["stratified", "random", "group", "stratified_group", "time", "time_group"]
Severity = Literal["info", "warning", "severe"]
Figure = float | int | str | bool | None

ROW = "__row__"
"""Column of the snapshots: position of the row in the source, from 0."""
FOLD = "__fold__"
"""Column of ``train.parquet``: the fold (int8) that validates on this row, from 1; rows of fold 0 only train. For time
splits folds are blocks in order of time: block 0 only trains, and fold k trains on the blocks before k."""
SINCE = "__since__"
"""Column of ``train.parquet`` after a split by time with a gap or with groups: the first fold (int8) that trains on this
row, one more than there are folds where only the last fit does. Rows of fold 0 may then stand anywhere in time."""

LEAK_CHECKS = frozenset({"leaks", "pair_leaks", "filled_later"})
"""Checks that leave out what gives the answer away."""
UNMADE = "checks"
"""What the finding calls itself that names the checks for which there was no time."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract: what a model may be given.

    Attributes
    ----------
    name : str
    role : Role
    kind : Kind
        Type of the cleaned values.
    nullable : bool
        Whether training saw rows without a value.
    minimum, maximum : float or None
        Range seen in training: numbers, and dates as seconds since 1970 (UTC).
    categories : tuple of str
        Values seen in training, most frequent first, at most 1,000; for categories and booleans. Of an ordinal, all its
        levels from low to high.
    complete : bool
        Whether ``categories`` holds all of them.
    reading : Reading
        How the source writes its values; plain ones are read as well.
    missing_values : tuple of str
        Values, besides the usual words, that stand for a missing one.
    form : str
        What the values are to a person; see :class:`ColumnProfile`.
    personal : bool
        Whether the values tell who somebody is: then the contract lists none of them, and they are kept out of the log of
        predictions, of golden rows and of examples.
    """

    name: str
    role: Role
    kind: Kind
    nullable: bool
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    complete: bool = True
    reading: Reading = "plain"
    missing_values: tuple[str, ...] = ()
    form: str = ""
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """What a model takes and what it gives; travels inside the bundle.

    Attributes
    ----------
    target : str
    task : Task
    classes : tuple of str
        Class labels, sorted, except that of two classes the positive one is the second, and that several which stand in an order are in it;
        empty for regression.
    positive : str or None
        The class that binary scores speak of: ``classes[1]``; None for other tasks.
    columns : tuple of Column
        The features, in the order of the table; identifiers, constants and leaks are not among them.
    target_kind : Kind
        Type of the target in the source, so that integer or boolean labels are given back as what they were.
    ordered : bool
        Whether ``classes`` are grades, from low to high: words of a known scale, or what the person says the levels are.
    personal : bool
        Whether the target's values tell who somebody is: then a bundle keeps no sample of them.
    """

    target: str
    task: Task
    classes: tuple[str, ...]
    positive: str | None
    columns: tuple[Column, ...]
    target_kind: Kind = "string"
    ordered: bool = False
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the table that a careful person would want to know.

    Attributes
    ----------
    check : str
        Name of the check that found it.
    severity : {"info", "warning", "severe"}
    columns : tuple of str
    what : str
        One sentence.
    figures : dict of str to Figure
        The evidence.
    done : str
        What was done by itself; empty when nothing was.
    question : str
        What only the person can tell; empty when their answer would change nothing.
    leave_out : bool
        Whether the data step leaves these columns out of the features because of it.
    examples : tuple of dict of str to Figure
        A few rows that show it: ``__row__`` and the columns that matter.
    """

    check: str
    severity: Severity
    columns: tuple[str, ...]
    what: str
    figures: dict[str, Figure]
    done: str = ""
    question: str = ""
    leave_out: bool = False
    examples: tuple[dict[str, Figure], ...] = ()

    @property
    def asks_for_leak(self) -> bool:
        """Whether it asks if a column gives the answer away, and leaves it among the features as long as nobody has said."""
        return self.check in LEAK_CHECKS and bool(self.question) and not self.leave_out and not self.done

    @property
    def tells_of_copies(self) -> bool:
        """Whether it says that a good part of the table was recorded more than once."""
        return self.check == "duplicates" and "copies" in self.figures


@dataclass(frozen=True, slots=True)
class Split:
    """How rows were kept apart.

    Attributes
    ----------
    kind : {"stratified", "random", "group", "stratified_group", "time", "time_group"}
    by : str or None
        The time column of ``time`` and ``time_group``, else the group column.
    folds : int
        Values of the fold column that validate: 1 means one hold-out, numbered 1, with fold 0 only training.
    rolling : bool
        Whether fold k trains only on blocks before k.
    train_rows, test_rows : int
    why : str
    group : str or None
        The group column of ``time_group``.
    gap : float
        What is left between learning and judging, in seconds of a date or units of a number: rows there are in no part.
    """

    kind: SplitKind
    by: str | None
    folds: int
    rolling: bool
    train_rows: int
    test_rows: int
    why: str
    group: str | None = None
    gap: float = 0.0

    @property
    def grouped_by(self) -> str | None:
        """The column whose values never stand on two sides; None when there is none."""
        if self.kind == "time_group":
            return self.group
        return self.by if self.kind in {"group", "stratified_group"} else None


@dataclass(frozen=True, slots=True)
class Dataset:
    """The second artefact.

    Payloads: ``train.parquet`` (features, target, ``__row__``, ``__fold__``), ``test.parquet`` (features, target,
    ``__row__``; the sealed part, opened once, after selection is over) and ``contract.json``. After a split by group both
    tables also hold the group column, as words, and with weights the weight column, as Float64; neither is a feature. Columns
    whose groups are to be compared stand there too, features or not.

    Values in the snapshots: numbers and integers as Float64 or Int64, booleans as Boolean, categories and text as String,
    dates as Datetime (UTC, microseconds), a classification target as String, a regression target as Float64.

    Attributes
    ----------
    rows : int
        Rows read.
    removed : tuple of (str, int)
        Reason and number of rows set aside.
    dropped : tuple of (str, str)
        Column left out and the reason.
    contract : Contract
    findings : tuple of Finding
        Most severe first.
    split : Split
    cards : tuple of ColumnCard
        The target's first, then those of all columns, left out or not, as the training rows have them.
    weight : str or None
        The column that says how much each row counts.
    """

    rows: int
    removed: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[str, str], ...]
    contract: Contract
    findings: tuple[Finding, ...]
    split: Split
    cards: tuple[ColumnCard, ...] = ()
    weight: str | None = None

    @property
    def unchecked(self) -> bool:
        """Whether there was no time for some of the checks: what they would have left out may still be there."""
        return any(finding.check == UNMADE for finding in self.findings)
