"""What the person asks, and a quick look at the table it is asked of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ColumnProfile", "Kind", "Profile", "Question", "Role", "Task"]

Task = Literal["binary", "multiclass", "regression"]
Role = Literal["number", "category", "text", "date", "boolean", "identifier", "constant"]
Kind = Literal["number", "integer", "boolean", "string", "datetime"]


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
    """

    target: str
    task: Task | None = None
    metric: str | None = None
    time_column: str | None = None
    group_column: str | None = None
    description: str = ""


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
