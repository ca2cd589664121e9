"""Reads the ``[data]`` section of the project file, and refuses what means nothing in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from fivefold.core.artefacts.dataset import SplitKind
from fivefold.core.artefacts.question import Reading, Role
from fivefold.core.errors import SettingsError
from fivefold.core.extract import ColumnWish, DataSettings, JoinedTable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DATA_KEYS", "read_data_settings"]

_WORDS = ("table", "query", "where", "delimiter", "decimal", "encoding", "comment", "gap", "split")
DATA_KEYS = ("include", "exclude", "rows", *_WORDS, "columns", "tables")
"""Every key of ``[data]``."""
_WISH = ("role", "reading", "missing_values", "levels", "personal")
_JOINED = ("source", "key", "time", "main_time", "aggregate")
_AGGREGATES = ("count", "mean", "min", "max", "sum", "last", "days_since_last")


def read_data_settings(section: Mapping[str, object], words: Mapping[str, str]) -> DataSettings:
    """Read the section.

    Parameters
    ----------
    section : mapping
        As the TOML reader gave it.
    words : mapping of str to str
        Flags and variables, as ``data.key``; they win over the section.

    Raises
    ------
    SettingsError
        Naming the key.
    """
    given: dict[str, object] = {
        **section,
        **{name: words[f"data.{name}"] for name in _WORDS if f"data.{name}" in words},
    }
    rows = words.get("data.rows", given.get("rows", 0))
    if isinstance(given.get("gap"), int | float):
        given["gap"] = str(given["gap"])  # in the units of a time column of numbers
    if given.get("split"):
        _one_of("[data] split", given["split"], get_args(SplitKind))
    if given.get("decimal", "") not in ("", ",", "."):
        raise SettingsError(
            "[data] decimal cannot be used",
            seen=repr(given["decimal"]),
            expected='"," or "."',
            todo="name what stands before the decimals, or leave it out to have it found out",
        )
    return DataSettings(
        include=_names("include", _listed(words, "include") or given.get("include", ())),
        exclude=_names("exclude", _listed(words, "exclude") or given.get("exclude", ())),
        rows=_whole("rows", rows),
        columns={name: _wish(name, wish) for name, wish in _tables("columns", given).items()},
        tables=tuple(_joined(name, table) for name, table in _tables("tables", given).items()),
        **{name: _word(name, given[name]) for name in _WORDS if name in given},
    )


def _listed(words: Mapping[str, str], name: str) -> list[str]:
    """Names between commas."""
    return [one.strip() for one in words.get(f"data.{name}", "").split(",") if one.strip()]


def _wish(name: str, wish: object) -> ColumnWish:
    """Read what is said about a column: a role, or a table of wishes."""
    place = f"[data.columns] {name}"
    if isinstance(wish, str):
        wish = {"role": wish}
    said = _table(place, wish, _WISH)
    return ColumnWish(
        role=_choice(f"{place} role", said, "role", get_args(Role)),
        reading=_choice(f"{place} reading", said, "reading", get_args(Reading)),
        missing_values=_names(f"{place} missing_values", said["missing_values"])
        if "missing_values" in said
        else None,
        levels=_names(f"{place} levels", said["levels"]) if "levels" in said else None,
        personal=_truth(f"{place} personal", said["personal"]) if "personal" in said else None,
    )


def _joined(name: str, table: object) -> JoinedTable:
    """Read what is said about another table."""
    place = f"[data.tables.{name}]"
    said = _table(place, table, _JOINED)
    for needed in ("source", "key"):
        if needed not in said:
            raise SettingsError(
                f"{place} has no {needed}", expected=", ".join(_JOINED), todo=f"add {needed} = ..."
            )
    key = said["key"]
    aggregate = _names(f"{place} aggregate", said.get("aggregate", ()))
    for one in aggregate:
        _one_of(f"{place} aggregate", one, _AGGREGATES)
    return JoinedTable(
        name=name,
        source=_word(f"{place} source", said["source"]),
        key=(key,) if isinstance(key, str) else _names(f"{place} key", key),
        time=_word(f"{place} time", said.get("time", "")),
        main_time=_word(f"{place} main_time", said.get("main_time", "")),
        aggregate=aggregate,
    )


def _tables(key: str, given: Mapping[str, object]) -> Mapping[str, object]:
    """Read a table of tables."""
    value = given.get(key, {})
    if isinstance(value, dict):
        return value
    raise SettingsError(
        f"[data] {key} cannot be used",
        seen=repr(value),
        expected=f"a section [data.{key}]",
        todo=f"write what it says below [data.{key}], one line for each name",
    )


def _table(place: str, value: object, known: tuple[str, ...]) -> dict[str, object]:
    """Check the keys of a table."""
    if not isinstance(value, dict):
        raise SettingsError(
            f"{place} cannot be used",
            seen=repr(value),
            expected=f"keys: {', '.join(known)}",
            todo="write them as KEY = VALUE below its name, or take it out",
        )
    for key in value:
        _one_of(f"A key of {place}", key, known)
    return value


def _names(place: str, value: object) -> tuple[str, ...]:
    """Check a list of words; numbers are taken as they are written."""
    if isinstance(value, list | tuple) and all(isinstance(one, str | int | float) for one in value):
        return tuple(str(one) for one in value)
    raise SettingsError(
        f"{place} cannot be used",
        seen=repr(value),
        expected='a list such as ["one", "two"]',
        todo="put square brackets around the words, and each into quotes",
    )


def _word(place: str, value: object) -> str:
    """Check a text."""
    if isinstance(value, str):
        return value
    raise SettingsError(
        f"{place} cannot be used",
        seen=repr(value),
        expected='a text such as "words"',
        todo="put one text into quotes",
    )


def _truth(place: str, value: object) -> bool:
    """Check a yes or no."""
    if isinstance(value, bool):
        return value
    raise SettingsError(
        f"{place} cannot be used",
        seen=repr(value),
        expected="true or false",
        todo="write one of these, without quotes",
    )


def _whole(place: str, value: object) -> int:
    """Check a number of rows."""
    if isinstance(value, bool) or not str(value).replace("_", "").isdecimal():
        raise SettingsError(
            f"{place} cannot be used",
            seen=repr(value),
            expected="a whole number",
            todo="write it in digits, such as 10000, or leave it out for all rows",
        )
    return int(str(value))


def _choice(place: str, said: Mapping[str, object], key: str, known: tuple[str, ...]) -> Any:
    """One of a few words, where it is said."""
    return _one_of(place, said[key], known) if key in said else None


def _one_of(place: str, value: object, known: tuple[str, ...]) -> str:
    """Check that a word is one of a few."""
    if value in known:
        return str(value)
    raise SettingsError(
        f"{place} cannot be used", seen=repr(value), expected=", ".join(known), todo="use one of these"
    )
