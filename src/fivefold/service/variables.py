"""Variables that say what a service's flags say, for containers: their command line is often the platform's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from fivefold.core.errors import SettingsError
from fivefold.core.service_links import is_service_link
from fivefold.service.port import listen_on

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PREFIX", "Told", "listening_on", "told"]

PREFIX = "FIVEFOLD_SERVE_"
"""Not SERVICE: beside a Service of the name fivefold, Kubernetes puts its own ``FIVEFOLD_SERVICE_HOST`` into every container."""
_FLAGS = (
    "host",
    "port",
    "name",
    "log",
    "log_mode",
    "log_keep",
    "token_file",
    "no_auth",
    "make_token",
    "allow_host",
    "max_concurrency",
    "request_timeout",
)
_ASKED = ("no_auth", "make_token")
"""Those that are said by yes or no."""
_APART = re.compile(r"[\s,]+")
_YES = ("1", "true", "yes")
_NO = ("0", "false", "no")


Told: TypeAlias = str | bool | list[str]
"""What a variable says: a text, yes or no, or the values of a flag that may be repeated, set apart by blanks or commas."""


def told(environ: Mapping[str, str]) -> dict[str, Told]:
    """Return what the variables say, by flag; an empty variable says nothing.

    Parameters
    ----------
    environ : mapping of str to str

    Raises
    ------
    SettingsError
        When a variable of this prefix is named like no flag, or says neither yes nor no where that is asked.

    Examples
    --------
    >>> told({"FIVEFOLD_SERVE_LOG": "stdout", "FIVEFOLD_SERVE_NO_AUTH": "1"})
    {'log': 'stdout', 'no_auth': True}
    """
    found: dict[str, Told] = {}
    for variable in sorted(environ):
        flag, value = variable.removeprefix(PREFIX).lower(), environ[variable]
        if not variable.startswith(PREFIX) or not value or is_service_link(variable, value):
            continue
        if flag not in _FLAGS:
            known = ", ".join(PREFIX + name.upper() for name in _FLAGS)
            raise SettingsError(
                f"The variable {variable} means nothing", expected=known, todo="unset or rename it"
            )
        found[flag] = _read(flag, variable, value)
    return found


def _read(flag: str, variable: str, value: str) -> Told:
    """Read what a variable says of a flag."""
    if flag == "allow_host":
        return [word for word in _APART.split(value) if word]
    return _yes(variable, value) if flag in _ASKED else value


def _yes(variable: str, value: str) -> bool:
    """Read yes or no."""
    if value.lower() not in _YES + _NO:
        is_secret = variable == f"{PREFIX}MAKE_TOKEN"  # whoever misread it has put a token there
        raise SettingsError(
            f"The variable {variable} cannot be used",
            seen="another word (not repeated here, since it may be a secret)" if is_secret else repr(value),
            expected=", ".join(_YES + _NO),
            todo="set it right, or unset it",
        )
    return value.lower() in _YES


def listening_on(environ: Mapping[str, str]) -> tuple[str, int]:
    """Return interface and port of the service that these variables were told.

    Raises
    ------
    SettingsError
        When they cannot be used.
    ValueError
        When the port is no number.
    """
    words = told(environ)
    host, port = (str(words.get(name) or "") for name in ("host", "port"))
    return listen_on(host or None, int(port) if port else None, environ)
