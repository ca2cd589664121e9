"""Location: the address of a database, taken apart; its password is held, and never printed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from fivefold.core.credentials import (
    NOT_REPEATED,
    PASSWORD_VARIABLE,
    is_secret,
    is_torn,
    may_hold_secret,
    scrub,
)
from fivefold.core.errors import InputError

__all__ = ["Location"]

_FORMS = (
    "postgresql://user@host:port/database#table, mysql://user@host:port/database#table, "
    "sqlite:///path#table or duckdb:///path#table"
)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a database is.

    Attributes
    ----------
    scheme : str
    host : str
    port : int or None
    user : str
    password : str
        From the address, else from ``FIVEFOLD_DATABASE_PASSWORD``; empty leaves it to the driver.
    database : str
        Name of the database, or path of its file.
    table : str
        What stands after ``#``.
    options : dict of str to str
        What stands after ``?``.
    """

    scheme: str
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    table: str = ""
    options: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, address: str) -> Location:
        """Take an address apart.

        Raises
        ------
        InputError
            When it cannot be read; it is not repeated, since it may hold a password.
        """
        scheme = address.partition("://")[0].lower()
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            raise _unreadable(scheme) from None
        if is_torn(address) or "@" in parts.path + parts.fragment + parts.query:
            file = Path(unquote(parts.path.removeprefix("/"))).expanduser()
            if parts.netloc or (may_hold_secret(address.partition("://")[2]) and not file.is_file()):
                raise _unreadable(scheme)
        options = dict(parse_qsl(parts.query))
        password = unquote(parts.password or "") or options.pop("password", "")
        return cls(
            scheme=scheme,
            host=parts.hostname or "",
            port=port,
            user=unquote(parts.username or ""),
            password=password or os.environ.get(PASSWORD_VARIABLE, ""),
            database=unquote(parts.path.removeprefix("/")),
            table=unquote(parts.fragment),
            options=options,
        )

    def words(self, error: BaseException) -> str:
        """What a driver says, in one line and without secrets."""
        secrets = [self.password, *(value for name, value in self.options.items() if is_secret(name))]
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        told = [line for line in lines if not line.startswith(("LINE ", "^", "CONTEXT:"))]
        text = scrub(" ".join(told[:2]) or type(error).__name__, *secrets)
        if not self.host and self.database:
            text = text.replace(f"{Path(self.database).absolute().parent}{os.sep}", "")
        return text.rstrip(".!")[:400]


def _unreadable(scheme: str) -> InputError:
    """Make the error for an address that cannot be taken apart."""
    return InputError(
        "The address of the database cannot be read",
        seen=f"{scheme}://... ({NOT_REPEATED})",
        expected=_FORMS,
        todo="write the signs @ : / ? # % inside a user, a password or a name as %40 %3A %2F %3F %23 %25, "
        f"or leave the password out and set {PASSWORD_VARIABLE}",
    )
