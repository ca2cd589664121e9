"""Names of what lies in BigQuery."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from fivefold.core.artefacts import Contract

__all__ = ["Home", "Name", "column_names", "input_names", "is_part", "is_plain"]

_PROJECT = re.compile(r"[a-z][a-z0-9.:-]{2,62}[a-z0-9]")
_PART = re.compile(r"[A-Za-z_0-9]{1,1000}")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,299}")
_RESERVED = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier")


@dataclass(frozen=True, slots=True)
class Name:
    """Name of a model or a table.

    Attributes
    ----------
    project, dataset, part : str

    Examples
    --------
    >>> Name("clinic", "ward", "no_show").quoted
    '`clinic.ward.no_show`'
    """

    project: str
    dataset: str
    part: str

    @classmethod
    def read(cls, text: str) -> Name:
        """Read a name of three parts; a project's own may hold points."""
        project, dataset, part = text.rsplit(".", 2)
        return cls(project, dataset, part)

    def __str__(self) -> str:
        return f"{self.project}.{self.dataset}.{self.part}"

    @property
    def quoted(self) -> str:
        """As it stands in a statement."""
        return f"`{self}`"


@dataclass(frozen=True, slots=True)
class Home:
    """The data set where something is made, as a person states it.

    Attributes
    ----------
    stated : str
        ``project.dataset``, or ``dataset`` beside ``beside``.
    beside : str
        A project: it pays for the queries, and holds the data set unless that says otherwise.

    Examples
    --------
    >>> Home("clinic.ward", "office").place, Home("clinic.ward", "office").payer, Home("ward", "office").place
    (('clinic', 'ward'), 'office', ('office', 'ward'))
    """

    stated: str
    beside: str

    @property
    def place(self) -> tuple[str, str]:
        """Project and data set."""
        project, _, dataset = self.stated.rpartition(".")
        return project or self.beside, dataset

    @property
    def payer(self) -> str:
        """The project that pays for the queries."""
        return self.beside or self.place[0]

    @property
    def rules(self) -> tuple[tuple[str, bool, str], ...]:
        """What must hold of the options ``dataset`` and ``project``: option, whether it does, what is expected."""
        project, dataset = self.place
        whose = "dataset" if "." in self.stated else "project"
        return (
            (whose, bool(_PROJECT.fullmatch(project)), "project.dataset, or a project beside it"),
            ("dataset", is_part(dataset), "letters, digits and underscores"),
            ("project", bool(_PROJECT.fullmatch(self.payer)), "a project's id"),
        )


def is_part(name: str) -> bool:
    """Whether a data set, a table or a model may be called so."""
    return bool(_PART.fullmatch(name))


def input_names(contract: Contract, taken: Collection[str]) -> dict[str, str]:
    """Return a name for the input of each column that BigQuery takes as a column's: its own, if it is one.

    Parameters
    ----------
    contract : Contract
    taken : collection of str
        Names that the outputs have.
    """
    return column_names((column.name for column in contract.columns), taken)


def column_names(columns: Iterable[str], taken: Collection[str]) -> dict[str, str]:
    """Return a name that BigQuery takes for each column: its own, if it is one.

    Parameters
    ----------
    columns, taken : iterable of str

    Examples
    --------
    >>> column_names(["age", "distance (km)"], ["Age"])
    {'age': 'age_2', 'distance (km)': 'c_distance_km'}
    """
    used = {name.lower() for name in taken}
    names: dict[str, str] = {}
    for column in columns:
        name = column
        if not is_plain(name):
            name = "c_" + re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:200]
        free, number = name, 2
        while free.lower() in used:
            free, number = f"{name}_{number}", number + 1
        used.add(free.lower())
        names[column] = free
    return names


def is_plain(name: str) -> bool:
    """Whether a column of BigQuery may have this name, whatever its rules for others are.

    Examples
    --------
    >>> is_plain("age"), is_plain("distance (km)"), is_plain("_partition_day")
    (True, False, False)
    """
    return bool(_PLAIN.fullmatch(name)) and not name.lower().startswith(_RESERVED)
