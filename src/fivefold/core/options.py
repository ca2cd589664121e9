"""Options of a target or a route: read once into its own frozen record, and what is unknown is named with what is known."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, TypeVar

from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fivefold.core.orders import Order

__all__ = ["SHARED", "check_options", "no_options", "read_options"]

SHARED = ("log", "log_mode", "log_keep")
"""Options of every place that keeps a log, which may stand in ``[deploy]`` itself."""

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
            raise _unknown(whose, name, ", ".join(sorted(known)))
        word = str(known[name].type)
        # A number such as a project's is written without quotes where text is meant.
        given[name] = str(value) if word == "str" and type(value) is int else value
        whole = not isinstance(value, bool) or word == "bool"
        if not (whole and isinstance(given[name], _KINDS[word])):
            wanted = _WORDS[word]
            if word == "str" and isinstance(
                value, float
            ):  # as a tag such as 1.0, whose writing is lost by now
                wanted += (
                    f"; a number that is meant as text stands in quotes, as in --set {name}='\"{value}\"'"
                )
            raise _wrong(whose, f"cannot use its option '{name}'", repr(value), wanted)
    needed = [
        name
        for name, field in known.items()
        if field.default is MISSING and field.default_factory is MISSING and name not in given
    ]
    if needed:
        one, words = len(needed) == 1, [_WORDS[str(known[name].type)] for name in needed]
        raise SettingsError(
            f"{whose[0]} needs {'the option' if one else 'the options'} {', '.join(map(repr, needed))}",
            seen=", ".join(given) or "no option",
            expected=", ".join(f"{name}: {word}" for name, word in zip(needed, words, strict=True)),
            todo=f"write {'it' if one else 'them'} under [{whose[1]}], or give "
            + " ".join(f"--set {name}=..." for name in needed),
        )
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
        raise _unknown((_WHOSE["deploy"].format(target), f"deploy.{target}"), name, "")


def _unknown(whose: tuple[str, str], name: str, known: str) -> SettingsError:
    """Say that there is no such option; what several targets share may stand in ``[deploy]`` and be meant for another one."""
    elsewhere = f"; where it stands in [deploy], move it to the place that it is meant for, such as [deploy.local] {name}"
    return _wrong(
        whose,
        f"knows no option '{name}'",
        name,
        known or "no option at all",
        elsewhere if name in SHARED else "",
    )


def _wrong(whose: tuple[str, str], what: str, seen: str, expected: str, more: str = "") -> SettingsError:
    """Say what is wrong with the options of a target or a route."""
    return SettingsError(
        f"{whose[0]} {what}",
        seen=seen,
        expected=expected,
        todo=f"put it right in [{whose[1]}], or with --set KEY=VALUE{more}",
    )
