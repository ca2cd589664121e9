"""Extract: what to bring from an address, and within which means; the ``[data]`` section of the project file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts.question import Reading, Role
from fivefold.core.credentials import without_password

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["ColumnWish", "DataSettings", "Extract", "JoinedTable"]


@dataclass(frozen=True, slots=True)
class ColumnWish:
    """What the person says about a column: ``[data.columns.NAME]``; None leaves it to Fivefold.

    Attributes
    ----------
    role : Role or None
    reading : Reading or None
    missing_values : tuple of str or None
        Values that stand for a missing one; an empty tuple says that none does.
    levels : tuple of str or None
        Of an ordinal, from low to high.
    personal : bool or None
        Whether the values tell who somebody is, so that no log keeps them.
    """

    role: Role | None = None
    reading: Reading | None = None
    missing_values: tuple[str, ...] | None = None
    levels: tuple[str, ...] | None = None
    personal: bool | None = None


@dataclass(frozen=True, slots=True)
class JoinedTable:
    """Another table whose columns are added to the main one's rows: ``[data.tables.NAME]``.

    Attributes
    ----------
    name : str
        Prefix of the columns that it adds.
    source : str
        Its address.
    key : tuple of str
        Columns that carry the same names in both tables.
    time : str
        Its time column: only rows before the main row's time count; empty when it has none.
    main_time : str
        The main table's time column; the question's time column when empty.
    aggregate : tuple of str
        ``count``, ``mean``, ``min``, ``max``, ``sum``, ``last`` and ``days_since_last``; empty joins the one row of the key.
    """

    name: str
    source: str
    key: tuple[str, ...]
    time: str = ""
    main_time: str = ""
    aggregate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSettings:
    """How the table is gathered and understood.

    Attributes
    ----------
    include, exclude : tuple of str
        Columns that the model may use (all when empty), and those that it must not use.
    table : str
        Table of a database, or sheet of a workbook.
    query : str
        SQL that the source runs instead of reading a table.
    where : str
        SQL condition that rows must meet, run at the source.
    rows : int
        Rows to draw at most; 0 takes all.
    delimiter, encoding, comment : str
        Of delimited text; found out when empty.
    decimal : {"", ",", "."}
        What stands before the decimals of numbers in texts; told by the texts of each column when empty.
    gap : str
        Time to leave between learning and judging in a split by time, such as ``7d``; empty for none.
    split : SplitKind or empty
        How rows are to be kept apart, whatever the plan would choose; empty leaves it to the plan.
    columns : dict of str to ColumnWish
    tables : tuple of JoinedTable
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    table: str = ""
    query: str = ""
    where: str = ""
    rows: int = 0
    delimiter: str = ""
    decimal: str = ""
    encoding: str = ""
    comment: str = ""
    gap: str = ""
    split: str = ""
    columns: dict[str, ColumnWish] = field(default_factory=dict)
    tables: tuple[JoinedTable, ...] = ()

    def leaves_out(self, name: str) -> bool:
        """Whether the model must not use a column, by ``exclude`` or by ``include``."""
        return name in self.exclude or bool(self.include and name not in self.include)

    def is_joined(self, name: str) -> bool:
        """Whether a name is one of a joined table's, ``TABLE.column``."""
        return any(name.startswith(f"{table.name}.") for table in self.tables)

    def wishes_of(self, names: Collection[str]) -> dict[str, ColumnWish]:
        """Wishes about these columns and unknown ones; those about what a join used up were followed by it."""
        return {
            name: wish for name, wish in self.columns.items() if name in names or not self.is_joined(name)
        }

    def without_passwords(self) -> DataSettings:
        """These settings as they may be written down."""
        tables = (replace(table, source=without_password(table.source)) for table in self.tables)
        return replace(self, tables=tuple(tables))


@dataclass(frozen=True, slots=True)
class Extract:
    """An order to a source.

    Attributes
    ----------
    address : object
        A string, a path or a frame.
    settings : DataSettings
    keep : tuple of str
        Columns that must come along whatever ``settings.include`` says: the target, and the columns of time, groups and weights.
    memory : int
        Bytes that may be used; 0 when nobody said.
    disk : int
        Bytes that may be written; 0 when nobody said.
    scan : int
        Bytes that a warehouse may read.
    money : float
        What the extract may cost.
    currency : str
    seed : int
        Of the draw, where rows are drawn.
    """

    address: object
    settings: DataSettings = field(default_factory=DataSettings)
    keep: tuple[str, ...] = ()
    memory: int = 0
    disk: int = 0
    scan: int = 0
    money: float = 0.0
    currency: str = "USD"
    seed: int = 0
