"""Options of a target or a route: read once into its own frozen record, and what is unknown is named with what is known."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fivefold.core.orders import Order

__all__ = ["check_options", "no_options", "read_options"]

Record = TypeVar("Record")
_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
_WHOSE = {"deploy": "The target '{}'", "train": "The route '{}'"}
_WORDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}


def read_options(kind: type[Record], target: str, order: Order, section: str = "deploy") -> Record:
    """Read an order's options into a record whose fields are plain: ``str``, ``int``, ``float`` or ``bool``.

    Parameters
    ----------
    kind : type
        A frozen dataclass; fields without a default must be given.
    target : str
        For the error's text.
    order : Order
    section : {"deploy", "train"}
        Of the project file, where the table stands.

    Raises
    ------
    SettingsError
        When a name is unknown, a value is of another kind, or one that must be given is missing.
    """
    whose = _WHOSE[section].format(target), f"{section}.{target}"
    known: dict[str, Any] = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass
    given: dict[str, Any] = {}
    for name, value in order.options.items():
        if name not in known:
            raise _wrong(
                whose, f"knows no option '{name}'", name, ", ".join(sorted(known)) or "no option at all"
            )
        word = str(known[name].type)
        # A number such as a project's is written without quotes where text is meant.
        given[name] = str(value) if word == "str" and type(value) is int else value
        whole = not isinstance(value, bool) or word == "bool"
        if not (whole and isinstance(given[name], _KINDS[word])):
            raise _wrong(whose, f"cannot use its option '{name}'", repr(value), _WORDS[word])
    for name, field in known.items():
        if name not in order.options and field.default is MISSING and field.default_factory is MISSING:
            raise _wrong(whose, f"needs the option '{name}'", "", _WORDS[str(field.type)])
    return kind(**given)


def check_options(
    target: str, record: object, rules: Iterable[tuple[str, object, str]], section: str = "deploy"
) -> None:
    """Refuse what was read but cannot be meant.

    Parameters
    ----------
    target : str
        For the error's text.
    record : object
        The options.
    rules : iterable of (str, object, str)
        An option's name, whether it holds, and what is expected of it.
    section : {"deploy", "train"}
        Of the project file, where the table stands.

    Raises
    ------
    SettingsError
        Naming the first option that does not hold.
    """
    whose = _WHOSE[section].format(target), f"{section}.{target}"
    for name, holds, expected in rules:
        if not holds:
            raise _wrong(whose, f"cannot use its option '{name}'", repr(getattr(record, name)), expected)


def no_options(target: str, order: Order) -> None:
    """Refuse every option, for a target that has none.

    Raises
    ------
    SettingsError
        When there is one.
    """
    for name in order.options:
        whose = _WHOSE["deploy"].format(target), f"deploy.{target}"
        raise _wrong(whose, f"knows no option '{name}'", name, "no option at all")


def _wrong(whose: tuple[str, str], what: str, seen: str, expected: str) -> SettingsError:
    """Say what is wrong with the options of a target or a route."""
    return SettingsError(
        f"{whose[0]} {what}",
        seen=seen,
        expected=expected,
        todo=f"put it right in [{whose[1]}], or with --set KEY=VALUE",
    )
