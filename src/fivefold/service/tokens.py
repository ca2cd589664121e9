"""Bearer tokens: whoever has one may ask. They are kept as digests only, so that nothing can repeat them."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from typing import TYPE_CHECKING

from fivefold.core.credentials import TOKENS_VARIABLE
from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["Tokens", "own_token", "tokens_in"]

_LEAST = 16
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
"""What RFC 6750 lets a bearer token be made of; a comma or a blank is never part of one."""
_APART = re.compile(r"[\s,]+")


class Tokens:
    """Tokens that are accepted; none at all means that nothing is demanded.

    Parameters
    ----------
    words : iterable of str
        Each of at least 16 letters, digits and ``-._~+/``.

    Raises
    ------
    SettingsError
        When a token is too short, or no header can carry it. The message does not repeat it.

    Examples
    --------
    >>> tokens = Tokens(["a-token-of-my-own"])
    >>> tokens.admit(b"Bearer a-token-of-my-own"), tokens.admit(b"Bearer another"), tokens.admit(b"")
    (True, False, False)
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        self._digests = tuple(_digest(_checked(word).encode()) for word in words)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def __repr__(self) -> str:
        return f"Tokens({len(self._digests)})"

    def admit(self, header: bytes) -> bool:
        """Whether an ``Authorization`` header carries one of them.

        All are compared in full and as digests, so that the time taken tells nothing of how near a guess was.
        """
        scheme, _, word = header.partition(b" ")
        given = _digest(word.strip())
        found = False
        for digest in self._digests:
            found |= hmac.compare_digest(digest, given)
        return found and scheme.lower() == b"bearer"


def tokens_in(file: Path | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tokens of a file (one per line; ``#`` begins a remark) and of the variable ``FIVEFOLD_TOKENS``.

    Raises
    ------
    SettingsError
        When the file cannot be read or holds none.
    """
    words = [word for word in _APART.split(environ.get(TOKENS_VARIABLE, "")) if word]
    if file is None:
        return tuple(words)
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "The file of tokens cannot be read",
            seen=f"{_named(file)}: {getattr(error, 'strerror', None) or type(error).__name__}",
            expected="a text file with a token on each line",
            todo="check the path and who may read it",
        ) from error
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise SettingsError(
            "The file of tokens holds none",
            seen=str(file),
            expected="a token on each line",
            todo="write one into it, for example with: openssl rand -hex 32",
        )
    return (*found, *words)


def own_token(environ: Mapping[str, str]) -> str:
    """Return a token with which a service that was started with this environment can be asked; empty when it needs none."""
    return next(iter(tokens_in(None, environ)), "")


def _digest(word: bytes) -> bytes:
    """Digest of a token: all are of one length, whatever was sent."""
    return sha256(word).digest()


def _named(file: Path) -> str:
    """Name a file that cannot be read, unless it may be a token that was put in its place."""
    try:
        is_path = file.exists() or any(folder.name and folder.is_dir() for folder in file.parents)
    except OSError:  # no file has so long a name
        is_path = False
    if is_path or len(str(file)) < _LEAST:
        return str(file)
    return f"{len(str(file))} characters (not repeated here, since they may be a token)"


def _checked(word: str) -> str:
    """Refuse what is easily guessed, or cannot be sent; without repeating it."""
    if len(word) < _LEAST or not _TOKEN.fullmatch(word):
        kind = f"{len(word)} characters" if len(word) < _LEAST else "a character that no header can carry"
        raise SettingsError(
            "A token cannot be used",
            seen=f"{kind} (not repeated here, since it is a secret)",
            expected=f"at least {_LEAST} letters, digits and - . _ ~ + /",
            todo="make one, for example with: openssl rand -hex 32",
        )
    return word
