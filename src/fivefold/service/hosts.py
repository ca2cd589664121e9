"""Hosts: under which names a service that only this machine can reach may be asked for.

A page of the web can have its own name lead to 127.0.0.1 once a browser has loaded it (DNS rebinding), and then ask a service there
and read the answers, as if they were its own. It cannot change the name that the browser sends in ``Host``.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError
from fivefold.service.exposure import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Hosts"]

_OWN = "localhost"
_HOST = re.compile(r"(?:\[(?P<inner>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?P<port>:[0-9]{1,5})?", re.ASCII)
_MOST_KNOWN = 64


class Hosts:
    """Names that are answered to: ``localhost``, every loopback address, and those that were told; with any port.

    Parameters
    ----------
    told : iterable of str
        Further names, as a proxy on this machine hands them on.

    Raises
    ------
    SettingsError
        When one of them is no name.

    Examples
    --------
    >>> hosts = Hosts(["shop.example"])
    >>> [hosts.admit(host) for host in (b"127.0.0.1:8080", b"[::1]", b"Shop.example", b"evil.example:8080")]
    [True, True, True, False]
    """

    def __init__(self, told: Iterable[str] = ()) -> None:
        self._names = {_OWN, *(_checked(name) for name in told)}
        self._known = {b""}  # no browser leaves it out, so that whoever does is none

    def admit(self, header: bytes) -> bool:
        """Whether this ``Host`` is one of them."""
        if header in self._known:
            return True
        found = _HOST.fullmatch(header.decode("latin-1").lower())
        if found is None or not self._is_own(found["inner"] or found["name"]):
            return False
        if len(self._known) < _MOST_KNOWN:
            self._known.add(header)
        return True

    def _is_own(self, name: str) -> bool:
        """Whether a name was told, or is this machine's."""
        if name.removesuffix(".") in self._names:
            return True
        try:
            return is_loopback(name)
        except ValueError:
            return False


def _checked(name: str) -> str:
    """Refuse what no ``Host`` can be."""
    found = _HOST.fullmatch(name.lower())
    if found is None or found["port"]:
        raise SettingsError(
            "This is no name of a host",
            seen=repr(name),
            expected="a name or an address alone, such as shop.example: no scheme, port or path",
            todo="give --allow-host another value",
        )
    if found["inner"]:
        return str(ip_address(found["inner"]))
    return name.lower().removesuffix(".")
