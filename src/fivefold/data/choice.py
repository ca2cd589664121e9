"""Choice: which columns the person lets the model use, by ``include`` and ``exclude``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.core.errors import InputError
from fivefold.data.names import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Profile
    from fivefold.core.extract import DataSettings

__all__ = ["check_choice", "not_wanted"]


def check_choice(profile: Profile, target: str, settings: DataSettings) -> None:
    """Refuse to use or to leave out what is not there, to leave out the target, and to do both with one column.

    Raises
    ------
    InputError
        Naming the column and the nearest ones.
    """
    names = [column.name for column in profile.columns]
    for name in settings.include:
        require(name, names, "column to use")
    for name in settings.exclude:
        require(name, names, "column to leave out")
        if name == target:
            raise InputError(
                "The target cannot be left out", seen=repr(name), todo="take it off the list of columns"
            )
        if name in settings.include:
            raise InputError(
                "A column is to be used and to be left out",
                seen=repr(name),
                expected="each column in one of the two lists",
                todo="take it off include or off exclude",
            )


def not_wanted(names: Sequence[str], settings: DataSettings | None) -> dict[str, str]:
    """Columns that the model must not use, with the reason; a split may still go by them.

    Parameters
    ----------
    names : sequence of str
        The columns that could be features.
    settings : DataSettings or None
        None lets the model use all.
    """
    if settings is None:
        return {}
    reasons = {}
    for name in names:
        if name in settings.exclude:
            reasons[name] = "left out as asked"
        elif settings.include and name not in settings.include:
            reasons[name] = "not among the columns that were asked for"
    return reasons
