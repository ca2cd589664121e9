"""What the person asks, and a quick look at the table it is asked of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ColumnProfile", "Decision", "Kind", "Profile", "Question", "Reading", "Role", "Task"]

Task = Literal["binary", "multiclass", "regression"]
Role = Literal["number", "category", "ordinal", "text", "date", "boolean", "identifier", "constant"]
"""What a column is to a model. ``ordinal``: words in an order, such as low, mid, high."""
Kind = Literal["number", "integer", "boolean", "string", "datetime"]
Reading = Literal[
    "plain",
    "words",
    "decimal_comma",
    "bounds",
    "comma_bounds",
    "duration",
    "minutes_first",
    "day_first",
    "month_first",
]
"""How texts become values. ``words``: numbers written for people, such as ``$1,234.50``, ``12 %`` or ``3.4k``;
``decimal_comma``: the same with the comma before the decimals; ``duration``: seconds, from ``1:30:00``, ``2h 5min``, ...;
``day_first`` and ``month_first``: which figure of ``03/04/2016`` is the month."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that was decided about a column; ``[data.columns]`` in the project file overrules it.

    Attributes
    ----------
    what : str
        For example ``"999 stands for a missing value"``.
    why : str
        The evidence.
    confidence : float
        From 0 to 1; 1 when the person said so.
    cells : int
        Cells that it touches.
    """

    what: str
    why: str
    confidence: float
    cells: int


@dataclass(frozen=True, slots=True)
class Question:
    """The question in the person's words and choices; None means that Fivefold decides.

    Attributes
    ----------
    target : str
        The column to predict.
    task, metric, time_column, group_column : str or None
        What the person has fixed.
    description : str
        Free words about the table and the use; research reads the domain from it.
    weight_column : str or None
        Numbers that say how much each row counts; no feature.
    """

    target: str
    task: Task | None = None
    metric: str | None = None
    time_column: str | None = None
    group_column: str | None = None
    description: str = ""
    weight_column: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column at a glance.

    Attributes
    ----------
    name : str
    dtype : str
        The source's own type, as read.
    kind : Kind
        The type of the values once cleaned.
    role : Role
        What the column is to a model; a guess with the reason in ``why``.
    why : str
        The evidence for the role.
    missing : int
        Rows without a value.
    distinct : int
        Different values (exact up to 10,000, estimated above).
    minimum, maximum : float or None
        Range of numbers; seconds since 1970 for dates.
    heavy_tailed : bool
        Whether a number's extremes lie far beyond its quartiles.
    mean_words : float
        Words per value of strings; 0 for others.
    top : tuple of (str, int)
        The most frequent values and their counts, at most 10.
    sorted_share : float
        How far the table stands in the order of this column: 1.0 rising or in long runs, 0.0 falling, about 0.5 no order.
        The clearer of two signs: the share of neighbouring rows that do not fall, and (1 + r) / 2 for the correlation r
        of neighbours, which also sees months or shops that stand one after the other.
    form : str
        What the values are to a person, where that says more than the role: ``money``, ``percent``, ``duration``,
        ``postal code``, ``code``, ``name``, ``email``, ``phone``, ``url``, ``latitude``, ``longitude``, ``list``, ...
    reading : Reading
    missing_values : tuple of str
        Values, besides the usual words, that stand for a missing one: ``999``, ``1900-01-01``, ``?``, ...
    levels : tuple of str
        Of an ordinal, from low to high.
    marks : tuple of (str, int)
        Of numbers, where their texts do not all mean the same: the currencies, or ``%`` and ``""`` for fractions of 1, and
        how many sampled texts have each.
    copy_of : str
        Name of another column that says nearly the same; empty when there is none.
    decisions : tuple of Decision
    """

    name: str
    dtype: str
    kind: Kind
    role: Role
    why: str
    missing: int
    distinct: int
    minimum: float | None = None
    maximum: float | None = None
    heavy_tailed: bool = False
    mean_words: float = 0.0
    top: tuple[tuple[str, int], ...] = ()
    sorted_share: float = 0.0
    form: str = ""
    reading: Reading = "plain"
    missing_values: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    marks: tuple[tuple[str, int], ...] = ()
    copy_of: str = ""
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A table at a glance: what research needs to know before anything is cleaned.

    Attributes
    ----------
    rows : int
    columns : tuple of ColumnProfile
        In the order of the table, the target included.
    target_distinct : int
        Different values of the target among rows that have one.
    minority_share : float or None
        Share of the rarest class; None when the target is a number of many values.
    usable_rows : int
        Rows with a target.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    target_distinct: int
    minority_share: float | None
    usable_rows: int

    def column(self, name: str) -> ColumnProfile:
        """Return the profile of a column that is known to be there."""
        return next(column for column in self.columns if column.name == name)
