"""Credentials in addresses: a password is used where it is needed, and is never written down, shown or repeated."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode

__all__ = [
    "ADDRESS",
    "NOT_REPEATED",
    "PASSWORD_VARIABLE",
    "TOKENS_VARIABLE",
    "is_secret",
    "is_torn",
    "may_hold_secret",
    "scrub",
    "without_password",
]

PASSWORD_VARIABLE = "FIVEFOLD_DATABASE_PASSWORD"
"""Environment variable with the password of a database whose address names none."""

TOKENS_VARIABLE = "FIVEFOLD_TOKENS"
"""Environment variable with the tokens of a service, set apart by blanks or commas."""

ADDRESS = "an address such as postgresql://user@host/database#table"
"""What an error about an address expects."""

NOT_REPEATED = "not repeated, since it may hold a password"
"""What an error says instead of an address that it must not show."""

_HIDDEN = "***"
_USER = re.compile(r"(?P<scheme>^[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<user>[^/?#]*)@")
_NAME = r"(?:password|passwd|pwd|passphrase|sslpassword|secret|token|signature|sig|credential|api_?key|access_?key)"
_SECRET = re.compile(rf"(?:.*[-_])?{_NAME}", re.IGNORECASE)
_PARAMETER = re.compile(rf"(?:^|[?&;#\s])(?:[\w.-]*[-_])?{_NAME}\s*=", re.IGNORECASE)
_LOGIN = re.compile(r"(?::|%3a).*@", re.IGNORECASE | re.DOTALL)


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
    kept = [(name, value) for name, value in pairs if not is_secret(name) and not _PARAMETER.search(value)]
    if len(kept) < len(pairs):
        parameters = urlencode(kept)
    return head + (f"?{parameters}" if parameters else "") + mark + fragment


def is_secret(name: str) -> bool:
    """Whether a parameter of this name carries a secret.

    Examples
    --------
    >>> is_secret("X-Amz-Signature"), is_secret("sslmode")
    (True, False)
    """
    return _SECRET.fullmatch(name) is not None


def may_hold_secret(text: str) -> bool:
    """Whether what was typed as an address looks as if it held a password, however its strokes are set.

    Examples
    --------
    >>> may_hold_secret("postgresql:/me:secret@host/clinic"), may_hold_secret("host=h password=x")
    (True, True)
    >>> may_hold_secret("data@2020.csv"), may_hold_secret("C:x.csv")
    (False, False)
    """
    return _LOGIN.search(text) is not None or _PARAMETER.search(text) is not None


def is_torn(address: str) -> bool:
    """Whether signs inside a password may have torn an address apart, so that parts of it stand where a host or a path should.

    Examples
    --------
    >>> is_torn("https://me:s3c/ret@host/t.csv"), is_torn("https://me:s3@cret@host/t.csv")
    (True, True)
    >>> is_torn("https://me:secret@host/t.csv"), is_torn("s3://bucket/data@2020.csv")
    (False, False)
    """
    place = address.partition("://")[2]
    host = re.split(r"[/?#]", place, maxsplit=1)[0]
    if "@" not in place[len(host) :]:
        return host.count("@") > 1
    if "@" in host:
        return ":" in host.rpartition("@")[0]
    name, colon, port = host.partition(":")
    return not name or bool(colon and not port.isdigit())


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
