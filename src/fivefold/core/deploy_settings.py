"""Reads the ``[deploy]`` section of the project file: where a model goes, and what that place is told."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError
from fivefold.core.options import SHARED
from fivefold.core.orders import Order
from fivefold.core.quantities import parse_money, parse_whole
from fivefold.core.registry import Registry

if TYPE_CHECKING:
    from fivefold.core.orders import Option

__all__ = ["DEPLOY_KEYS", "check_table", "option_text", "read_option", "read_order", "read_target"]

DEPLOY_KEYS = ("target", "port", "money", *SHARED)
"""Every key of ``[deploy]`` besides the tables: ``prices``, and those that are named like a target."""
_OPTION = "deploy.options."
_TARGETS: Registry[object] = Registry("fivefold.targets")


def read_target(section: Mapping[str, object], words: Mapping[str, str]) -> str:
    """Return the name of the target; ``none`` where nothing was said."""
    return words.get("deploy.target") or str(section.get("target", "none"))


def read_order(section: Mapping[str, object], words: Mapping[str, str]) -> Order:
    """Read what the target is told.

    Parameters
    ----------
    section : mapping
        As the TOML reader gave it.
    words : mapping of str to str
        Flags and variables, as ``deploy.port`` and ``deploy.options.KEY``; they win over the section.

    Raises
    ------
    SettingsError
        Naming the key.
    """
    target = read_target(section, words)
    table, prices = section.get(target, {}), section.get("prices", {})
    shared = {key: words.get(f"deploy.{key}", section.get(key)) for key in SHARED}
    # What starts nothing keeps no log.
    options: dict[str, Option] = {
        key: str(value) for key, value in shared.items() if value is not None and target != "none"
    }
    options |= dict(table) if isinstance(table, Mapping) else {}
    options |= {
        name.removeprefix(_OPTION): read_option(text) for name, text in words.items() if _is_option(name)
    }
    told = words.get("deploy.money") or section.get("money")
    money, currency = (None, "USD") if told is None else parse_money(str(told))
    return Order(
        port=parse_whole("port", words.get("deploy.port", str(section.get("port", "0"))), 0, 65535),
        options=options,
        prices=dict(prices) if isinstance(prices, Mapping) else {},
        money=money,
        currency=currency,
    )


def check_table(name: str, table: Mapping[str, object]) -> None:
    """Refuse a table inside ``[deploy]`` that is neither a target's nor ``prices``, and values that are no plain ones.

    Raises
    ------
    SettingsError
        Naming what is wrong.
    """
    if name != "prices" and name not in _TARGETS.names():
        raise SettingsError(
            f"There is no target for the table [deploy.{name}]",
            seen=name,
            expected=", ".join((*_TARGETS.names(), "prices")),
            todo="name the table like a target",
        )
    for key, value in table.items():
        wanted = (int, float) if name == "prices" else (str, int, float, bool)
        price = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if not isinstance(value, wanted) or (name == "prices" and not price):
            raise SettingsError(
                f"[deploy.{name}] {key} cannot be used",
                seen=repr(value),
                expected="a number, at least 0" if name == "prices" else "text, a number, true or false",
                todo="write one value per key; lists are written as text with commas",
            )


def read_option(text: str) -> Option:
    """Read the value of ``--set key=value``: a number, true or false, or else text.

    Examples
    --------
    >>> read_option("3"), read_option("true"), read_option("europe-west4")
    (3, True, 'europe-west4')
    """
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, str | int | float | bool) else text


def option_text(value: Option) -> str:
    """Write a value so that :func:`read_option` gives the same again.

    Examples
    --------
    >>> read_option(option_text("3")), read_option(option_text(True))
    ('3', True)
    """
    return json.dumps(value, ensure_ascii=False)


def _is_option(name: str) -> bool:
    """Whether a flag is one of the target's own."""
    return name.startswith(_OPTION)
