"""Reads what ``[train]`` says about routes: where a model is trained besides this machine, and what that place is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fivefold.core.deploy_settings import read_option
from fivefold.core.errors import SettingsError
from fivefold.core.orders import Order
from fivefold.core.registry import Registry
from fivefold.core.routes import LOCAL

if TYPE_CHECKING:
    from fivefold.core.orders import Option

__all__ = ["check_route_table", "is_route_table", "read_routes", "read_where"]

_OPTION = "train.options."
_PRICES = "prices"
_ROUTES: Registry[object] = Registry("fivefold.routes")


def read_where(section: Mapping[str, object], words: Mapping[str, str]) -> str:
    """Return the name of the route; ``local`` where nothing was said.

    Raises
    ------
    SettingsError
        When it is no route's name.
    """
    name = words.get("train.where", section.get("where", LOCAL))
    known = (LOCAL, *_ROUTES.names())
    if name not in known:
        raise SettingsError(
            "[train] where cannot be used",
            seen=repr(name),
            expected=", ".join(known),
            todo="use one of these names, or install the package that brings the route",
        )
    return str(name)


def read_routes(section: Mapping[str, object], words: Mapping[str, str]) -> dict[str, Order]:
    """Read what each route is told, by its name.

    Parameters
    ----------
    section : mapping
        As the TOML reader gave it.
    words : mapping of str to str
        Flags and variables; ``train.options.KEY`` is for the route that ``where`` names, and wins over the section.

    Raises
    ------
    SettingsError
        Naming the key.
    """
    where, prices = read_where(section, words), section.get(_PRICES, {})
    flags = {
        key.removeprefix(_OPTION): read_option(text) for key, text in words.items() if key.startswith(_OPTION)
    }
    if flags and where == LOCAL:
        raise SettingsError(
            "There is no route that could take an option",
            seen=", ".join(flags),
            expected="the name of a route beside it",
            todo=f"name one with --where: {', '.join(_ROUTES.names())}",
        )
    orders = {}
    for name in _ROUTES.names():
        table = section.get(name, {})
        options: dict[str, Option] = dict(table) if isinstance(table, Mapping) else {}
        options |= flags if name == where else {}
        orders[name] = Order(options=options, prices=dict(prices) if isinstance(prices, Mapping) else {})
    return orders


def is_route_table(name: str) -> bool:
    """Whether a table inside ``[train]`` is a route's, or ``prices``."""
    return name == _PRICES or name in _ROUTES.names()


def check_route_table(name: str, table: Mapping[str, object]) -> None:
    """Refuse values that are no plain ones.

    Raises
    ------
    SettingsError
        Naming the value.
    """
    for key, value in table.items():
        price = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if not (price if name == _PRICES else isinstance(value, str | int | float | bool)):
            raise SettingsError(
                f"[train.{name}] {key} cannot be used",
                seen=repr(value),
                expected="a number, at least 0" if name == _PRICES else "text, a number, true or false",
                todo="put that line right",
            )
