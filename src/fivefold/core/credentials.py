"""Credentials in addresses: a password is used where it is needed, and is never written down, shown or repeated."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode

__all__ = ["PASSWORD_VARIABLE", "scrub", "without_password"]

PASSWORD_VARIABLE = "FIVEFOLD_DATABASE_PASSWORD"
"""Environment variable with the password of a database whose address names none."""

_HIDDEN = "***"
_USER = re.compile(r"(?P<scheme>^[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<user>[^/?#]*)@")
_SECRET = re.compile(
    r"(?:.*[-_])?(?:password|passwd|pwd|sslpassword|secret|token|signature|sig|credential|api_?key|access_?key)",
    re.IGNORECASE,
)


def without_password(address: str) -> str:
    """Return an address as it may be written down: without the password and without parameters that carry a secret.

    Examples
    --------
    >>> without_password("postgresql://me:secret@host:5432/clinic?sslmode=require&password=x#visits")
    'postgresql://me@host:5432/clinic?sslmode=require#visits'
    >>> without_password("sales.csv")
    'sales.csv'
    """
    if "://" not in address:
        return address
    plain = _USER.sub(lambda found: f"{found['scheme']}{found['user'].partition(':')[0]}@", address)
    head, mark, tail = plain.partition("?")
    if not mark:
        return plain
    parameters, mark, fragment = tail.partition("#")
    pairs = parse_qsl(parameters, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _SECRET.fullmatch(name)]
    if len(kept) < len(pairs):
        parameters = urlencode(kept)
    return head + (f"?{parameters}" if parameters else "") + mark + fragment


def scrub(text: str, *secrets: str) -> str:
    """Return a text in which no secret stands, however it is escaped.

    Examples
    --------
    >>> scrub("cannot log in with p@ss or p%40ss", "p@ss")
    'cannot log in with *** or ***'
    """
    forms = {form for secret in secrets for form in _forms(secret) if form}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _HIDDEN)
    return text


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it is, and as addresses and quoted texts write it."""
    return (
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        unquote(secret),
        repr(secret)[1:-1],
    )
