"""Telling: what the person said of a local service becomes its command line; a password never stands there, where anybody could read it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from fivefold.core.credentials import PASSWORD_VARIABLE, without_password
from fivefold.core.options import read_options
from fivefold.deployment.standing import LocalOptions
from fivefold.service.hosts import Hosts
from fivefold.service.log import OWN_LOG, check_log, mode_of, resolved

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.orders import Order

__all__ = ["read_told", "service_secrets", "service_words", "without_secret"]


def read_told(order: Order) -> LocalOptions:
    """Return what a local service is told, checked as far as it can be without opening anything.

    Raises
    ------
    SettingsError
        When an option is none, or the log, its mode and its time do not go together.
    InputError
        When there is no such kind of log.
    """
    told = read_options(LocalOptions, "local", order)
    check_log(told.log or OWN_LOG, mode=mode_of(told.log_mode), keep=told.log_keep)
    Hosts(_names(told))
    return replace(told, log=resolved(told.log))


def without_secret(told: LocalOptions) -> LocalOptions:
    """Return it as it may be written down."""
    return replace(told, log=without_password(told.log))


def service_words(told: LocalOptions, live: Path) -> list[str]:
    """Return the words of the service's command line."""
    words = [
        "--log",
        without_password(told.log) or str(live.resolve() / OWN_LOG),
        "--log-mode",
        told.log_mode,
    ]
    words += ["--log-keep", told.log_keep] if told.log_keep else []
    return words + [word for name in _names(told) for word in ("--allow-host", name)]


def service_secrets(told: LocalOptions) -> dict[str, str]:
    """Return the password of the log's address, in the variable in which the service looks for one."""
    password = urlsplit(told.log).password if "://" in told.log else None
    return {PASSWORD_VARIABLE: unquote(password)} if password else {}


def _names(told: LocalOptions) -> list[str]:
    """Names of hosts."""
    return [name for name in (word.strip() for word in told.allow_host.split(",")) if name]
