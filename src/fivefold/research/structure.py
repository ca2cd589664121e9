"""Whether rows stand in an order of time or belong together in groups; both decide which split is honest.

What the person names is taken. What the table shows without doubt is taken too. What it merely hints at becomes a
candidate, and the candidate a question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.research.domain import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.core.artefacts import ColumnProfile, Profile, Question
    from fivefold.core.protocols import Fact

__all__ = ["Structure", "Trait", "structure_of"]

_SORTED = 0.95
"""Share of neighbouring rows in order from which a date column is said to order the table."""
_MISSING = 0.05
"""Share of empty values up to which a column may order or group the table."""
_REPEATS = 1.1
"""Rows per value from which an identifier is said to come back."""
_UNITS_SHARE = 0.02
"""Share of different values from which an identifier of people is taken as a group without asking."""
_LEAST_UNITS = 5

_PEOPLE = frozenset(
    (
        "patient", "person", "customer", "client", "user", "member", "subject", "household", "family", "employee",
        "student", "account", "respondent", "participant", "individual", "borrower", "policyholder", "donor", "driver",
    )
)  # fmt: skip
_PLACES = frozenset(
    (
        "store", "shop", "site", "hospital", "clinic", "school", "machine", "device", "sensor", "station", "branch",
        "supplier", "seller", "product",
    )
)  # fmt: skip
_BIRTH = frozenset(("birth", "birthday", "birthdate", "dob", "born"))
"""Words in names of dates that say how old somebody is, and not when a row was."""
_KEYS = frozenset(("id", "ids", "key", "no", "nr", "num", "number", "code", "uuid", "guid"))


@dataclass(frozen=True, slots=True)
class Trait:
    """One kind of structure.

    Attributes
    ----------
    column : str or None
        The column that carries it; None when there is none, or nobody has confirmed the candidate.
    why : str
        The evidence for it.
    by_person : bool
        Whether the person named or confirmed it.
    candidate : str or None
        A column that hints at it, worth a question.
    """

    column: str | None = None
    why: str = ""
    by_person: bool = False
    candidate: str | None = None

    @property
    def fact(self) -> bool | None:
        """Whether the table has it; None when nobody knows."""
        if self.column is not None:
            return True
        return None if self.candidate is not None else False


@dataclass(frozen=True, slots=True)
class Structure:
    """Order in time and groups."""

    time: Trait
    group: Trait


def structure_of(question: Question, profile: Profile, answers: Mapping[str, Fact]) -> Structure:
    """Find the order and the groups of a table's rows.

    Parameters
    ----------
    question : Question
        Its ``time_column`` and ``group_column`` are taken as they are.
    profile : Profile
    answers : mapping
        The person's ``time_ordered`` and ``group_key`` confirm or refuse what the table shows.
    """
    time = (
        Trait(question.time_column, "the person named the column", by_person=True)
        if question.time_column
        else _settled(_time(question, profile), answers.get("time_ordered"))
    )
    group = (
        Trait(question.group_column, "the person named the column", by_person=True)
        if question.group_column
        else _settled(_group(question, profile), answers.get("group_key"))
    )
    return Structure(time, group)


def _settled(seen: Trait, answer: Fact) -> Trait:
    """Let the person's answer decide about what was seen."""
    column = seen.column or seen.candidate
    if answer is None or column is None:
        return seen
    return Trait(column, "the person confirmed it", by_person=True) if answer else Trait()


def _time(question: Question, profile: Profile) -> Trait:
    """Look for a date that orders the rows, rising or falling."""
    dates = [
        column
        for column in profile.columns
        if column.kind == "datetime" and column.name != question.target and column.distinct > 2
        if column.missing <= _MISSING * profile.rows and not _BIRTH & set(tokens(column.name))
    ]
    if not dates:
        return Trait()
    best = max(dates, key=lambda column: (_order(column), column.distinct))
    if _order(best) >= _SORTED:
        return Trait(best.name, f"the rows stand in the order of '{best.name}'")
    return Trait(candidate=max(dates, key=lambda column: column.distinct).name)


def _order(column: ColumnProfile) -> float:
    """How well a date orders the rows, rising or falling."""
    return max(column.sorted_share, 1.0 - column.sorted_share)


def _group(question: Question, profile: Profile) -> Trait:
    """Look for a name of people or things that come back."""
    hints = []
    for column in profile.columns:
        known = profile.rows - column.missing
        comes_back = column.distinct >= _LEAST_UNITS and known >= _REPEATS * column.distinct
        no_unit = column.name in {question.target, question.weight_column} or column.role == "text"
        if no_unit or not comes_back:
            continue
        if column.kind not in {"integer", "number", "string"} or column.missing > _MISSING * profile.rows:
            continue
        if _names(column.name, _PEOPLE) and column.distinct >= _UNITS_SHARE * known:
            why = (
                f"'{column.name}' looks like a unit that comes back: {known / column.distinct:.1f} rows each"
            )
            return Trait(column.name, why)
        if _names(column.name, _PEOPLE | _PLACES):
            hints.append(column)
    if not hints:
        return Trait()
    return Trait(candidate=max(hints, key=lambda column: column.distinct).name)


def _names(name: str, units: frozenset[str]) -> bool:
    """Whether a column's name is that of an identifier: ``id``, ``patient``, ``patient_id``, ``patientid``."""
    words = tokens(name)
    joined = "".join(words)
    if joined in {"id", "pid", "uid"} or (len(words) == 1 and joined in units):
        return True
    by_words = bool(units & set(words)) and bool(_KEYS & set(words))
    return by_words or any(joined == unit + key for unit in units for key in ("id", "ids", "key"))
