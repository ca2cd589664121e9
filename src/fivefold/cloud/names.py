"""Names of what lies in BigQuery."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Name"]


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
