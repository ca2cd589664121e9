"""The encoding of a text: UTF-8 is read as it lies; every other one is written anew as UTF-8 first."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.errors import InputError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["UTF8", "apparent", "guess", "known", "recode"]

UTF8 = "utf-8"
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 2**22
_NAMES = {"latin-1": "Latin-1", "windows-1252": "Windows-1252"}
_MIXED_SHARE = 0.05
_CURLY = re.compile(rb"[\x80-\x9f]")
"""Signs such as the euro and curly quotes in Windows-1252, and control characters in Latin-1."""
_UNUSED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""Bytes that mean nothing in Windows-1252."""


def known(name: str) -> str:
    """Return the encoding that the person named, as Python calls it.

    Raises
    ------
    SettingsError
        When there is none of that name.

    Examples
    --------
    >>> known("Windows-1252"), known("UTF8")
    ('cp1252', 'utf-8')
    """
    try:
        "".encode(name)  # refuses what is no encoding of texts, such as hex
        found = codecs.lookup(name).name
    except LookupError as error:
        raise SettingsError(
            "[data] encoding is not known",
            seen=repr(name),
            expected="utf-8, utf-16, latin-1, windows-1252 or another encoding that Python knows",
            todo="use one of these",
        ) from error
    return UTF8 if found == "utf-8-sig" else found


def apparent(path: Path) -> str:
    """The encoding that the first bytes show; UTF-8 where they show none."""
    with path.open("rb") as stream:
        first = stream.read(4096)
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name
    if 0 in first:
        return "utf-16-be" if first[0::2].count(0) > first[1::2].count(0) else "utf-16-le"
    return UTF8


@dataclass(slots=True)
class _Count:
    """Lines beyond ASCII, by whether they are UTF-8."""

    good: int = 0
    bad: int = 0
    first_good: int = 0
    first_bad: int = 0
    curly: bool = False
    unused: bool = False

    def add(self, number: int, line: bytes) -> None:
        """Look at one line."""
        try:
            line.decode()
        except UnicodeDecodeError:
            self.bad += 1
            self.first_bad = self.first_bad or number
            self.curly = self.curly or bool(_CURLY.search(line))
            self.unused = self.unused or bool(_UNUSED.search(line))
        else:
            self.good += 1
            self.first_good = self.first_good or number


def guess(path: Path, name: str) -> tuple[str, str]:
    """Encoding of a text of one byte a letter that is not UTF-8, and what to call it.

    Raises
    ------
    InputError
        When some of its lines are UTF-8 and others are not.
    """
    count = _Count()
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if not line.isascii():
                count.add(number, line)
    if count.good > _MIXED_SHARE * (count.good + count.bad):
        raise InputError(
            f"'{name}' is written in two encodings",
            seen=f"line {count.first_good} is UTF-8, and line {count.first_bad} is not "
            f"({count.good} lines of the one kind, {count.bad} of the other)",
            expected="one encoding throughout",
            todo="export it again in UTF-8, or say [data] encoding = 'windows-1252' to read all of it so",
        )
    found = "windows-1252" if count.curly and not count.unused else "latin-1"
    return found, _NAMES[found]


def recode(path: Path, out: Path, encoding: str, name: str) -> None:
    """Write a text anew as UTF-8.

    Raises
    ------
    InputError
        With the line at which it stops being of this encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as source, out.open("w", encoding=UTF8, newline="") as target:
        try:
            while block := source.read(_BLOCK):
                text = decoder.decode(block)
                line += text.count("\n")
                target.write(text)
            target.write(decoder.decode(b"", final=True))
        except UnicodeError as error:
            start, body = getattr(error, "start", 0), getattr(error, "object", b"")
            line += body[:start].count(b"\n")
            raise InputError(
                f"'{name}' is not written in {encoding}",
                seen=f"line {line}: {getattr(error, 'reason', 'bytes that mean nothing there')}",
                expected="one encoding throughout",
                todo="export it again in UTF-8, or name its encoding as [data] encoding",
            ) from error
