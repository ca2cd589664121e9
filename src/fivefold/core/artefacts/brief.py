"""Brief: what is known about questions like this one, and the plan that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fivefold.core.artefacts.question import Profile, Question, Task
from fivefold.core.errors import ArtefactError

__all__ = ["Brief", "Citation", "DecidedBy", "OpenQuestion", "Overruled", "PlanItem", "PlanValue"]

PlanValue = str | bool | int | float | tuple[str, ...]
DecidedBy = Literal["user", "rule", "default"]


@dataclass(frozen=True, slots=True)
class Citation:
    """A card of evidence that applies to this table.

    Attributes
    ----------
    id : str
        Name of the card in the library.
    title, authors, year, url : str, str, int, str
        The work, as recorded.
    finding : str
        One sentence with its figure.
    consequence : str
        What follows for the design.
    grade : str
        Kind of evidence: systematic review, benchmark, simulation, ...
    matched : tuple of str
        The conditions that hold for this table.
    facet : str
        What it speaks of: ``data``, ``split``, ``model``, ``metric``, ...
    """

    id: str
    title: str
    authors: str
    year: int
    url: str
    finding: str
    consequence: str
    grade: str
    matched: tuple[str, ...] = ()
    facet: str = ""


@dataclass(frozen=True, slots=True)
class Overruled:
    """A value that evidence proposed and that lost, with the reason."""

    value: PlanValue
    because: str
    why: str


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One decision that later steps follow.

    Attributes
    ----------
    key : str
        Dotted name, for example ``split.kind``; all keys stand in ``fivefold.research.plan``.
    value : PlanValue
    because : tuple of str
        Ids of the citations that support it; empty for a default without evidence.
    decided_by : {"user", "rule", "default"}
    why : str
        The reason in one short sentence.
    overruled : tuple of Overruled
    """

    key: str
    value: PlanValue
    because: tuple[str, ...]
    decided_by: DecidedBy
    why: str
    overruled: tuple[Overruled, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A fact that nobody stated, what was assumed instead, and the plan items that it would change."""

    field: str
    text: str
    assumed: str
    affects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """The first artefact: cited evidence and a machine-readable plan.

    Attributes
    ----------
    question : Question
    profile : Profile
    task : Task
    citations : tuple of Citation
        The cards that apply, most specific first.
    plan : tuple of PlanItem
    questions : tuple of OpenQuestion
        Most valuable first.
    sources : tuple of (str, str)
        Each evidence source and its status: ``bundled``, ``offline``, ``live``, ...
    evidence_as_of : str
        Date of the last check of the bundled library, ISO.
    """

    question: Question
    profile: Profile
    task: Task
    citations: tuple[Citation, ...]
    plan: tuple[PlanItem, ...]
    questions: tuple[OpenQuestion, ...]
    sources: tuple[tuple[str, str], ...]
    evidence_as_of: str

    def item(self, key: str) -> PlanItem:
        """Return the plan item of this key.

        Raises
        ------
        ArtefactError
            When the plan has no such item.
        """
        for item in self.plan:
            if item.key == key:
                return item
        raise ArtefactError(
            f"The plan has no item '{key}'",
            seen=", ".join(item.key for item in self.plan),
            expected="every key of the plan's schema",
            todo="run the research step again",
        )

    def text(self, key: str) -> str:
        """Return the value of an item that is a word."""
        return str(self.item(key).value)

    def number(self, key: str) -> int:
        """Return the value of an item that is a whole number."""
        value = self.item(key).value
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise ArtefactError(f"The plan's '{key}' is no whole number", seen=repr(value))

    def names(self, key: str) -> tuple[str, ...]:
        """Return the value of an item that is a list of names."""
        value = self.item(key).value
        if isinstance(value, tuple):
            return value
        raise ArtefactError(f"The plan's '{key}' is no list of names", seen=repr(value))
