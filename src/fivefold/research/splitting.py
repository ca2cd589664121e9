"""Which split is honest: by time and by groups where the rows have them, by chance otherwise; the person may insist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from fivefold.core.artefacts import DecidedBy, SplitKind
    from fivefold.research.facts import Request
    from fivefold.research.structure import Structure, Trait

__all__ = ["SplitChoice", "split_of"]


@dataclass(frozen=True, slots=True)
class SplitChoice:
    """A split with its reason.

    Attributes
    ----------
    kind : SplitKind
    by : str
        The time column, else the group column; empty for chance.
    group : str
        The group column of ``time_group``.
    why : str
    decided_by : {"user", "rule", "default"}
    """

    kind: SplitKind
    by: str
    group: str
    why: str
    decided_by: DecidedBy


def split_of(request: Request, structure: Structure) -> SplitChoice:
    """Choose the split.

    Rows that show an order of time and groups are kept apart by both; the data step gives way to one of them where that
    would cost too many rows.

    Raises
    ------
    SettingsError
        When the person asks for a split whose column nobody named and nothing in the table hints at.
    """
    time, group = structure.time, structure.group
    classes = request.task != "regression"
    if request.settings.split:
        return _insisted(request.settings.split, classes=classes, structure=structure)
    if time.column is not None and group.column is not None:
        person = time.by_person and group.by_person
        why = time.why if time.why == group.why else f"{time.why}, and {group.why}"
        return SplitChoice("time_group", time.column, group.column, why, "user" if person else "rule")
    if time.column is not None:
        return SplitChoice("time", time.column, "", time.why, "user" if time.by_person else "rule")
    if group.column is not None:
        kind = _grouped(classes=classes)
        return SplitChoice(kind, group.column, "", group.why, "user" if group.by_person else "rule")
    why = "rows show neither an order of time nor groups"
    if time.candidate or group.candidate:
        hint, what = (time.candidate, "order") if time.candidate else (group.candidate, "group")
        why = f"'{hint}' may {what} the rows, but nobody has said so (see the open questions)"
    if classes:
        return SplitChoice("stratified", "", "", f"{why}; every part keeps the shares of the classes", "rule")
    return SplitChoice("random", "", "", why, "rule")


def _insisted(asked: str, *, classes: bool, structure: Structure) -> SplitChoice:
    """What the person asks for, whatever the table shows."""
    why = "the person asked for it"
    if asked in {"random", "stratified"}:
        traits = (("order", structure.time.column), ("group", structure.group.column))
        against = " and ".join(
            f"'{column}' {what}s the rows" for what, column in traits if column is not None
        )
        why += f", although {against}" * bool(against)
        return SplitChoice(
            "stratified" if classes and asked == "stratified" else "random", "", "", why, "user"
        )
    if asked in {"group", "stratified_group"}:
        column = _column(structure.group, asked, "group")
        return SplitChoice(_grouped(classes=classes), column, "", why, "user")
    time = _column(structure.time, asked, "time")
    if asked == "time":
        return SplitChoice("time", time, "", why, "user")
    return SplitChoice("time_group", time, _column(structure.group, asked, "group"), why, "user")


def _grouped(*, classes: bool) -> SplitKind:
    """Whole groups, and every class in the same share where there are classes."""
    return "stratified_group" if classes else "group"


def _column(trait: Trait, asked: str, what: str) -> str:
    """The column that the split needs; a hint is enough where the person asks for it."""
    column = trait.column or trait.candidate
    if column is None:
        raise SettingsError(
            f'[data] split = "{asked}" needs a {what} column',
            seen=f"no {what} column is named, and no column looks like one",
            todo=f"name it: {what}_column in the [question] section, or --{what}-column",
        )
    return column
