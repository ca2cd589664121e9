"""Media types: what a caller says that its body is, and what it wants to be answered with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivefold.core.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

__all__ = ["CSV", "JSON", "LINES", "Media", "expect_json", "media_of", "wanted"]

JSON = "application/json"
CSV = "text/csv"
LINES = "application/jsonlines"

_KINDS = {
    "application/csv": CSV,
    "application/jsonl": LINES,
    "application/x-ndjson": LINES,
    "application/x-jsonlines": LINES,
}
_PERHAPS_JSON = frozenset({
    "", JSON, "text/json", "text/plain", "application/octet-stream",
    "application/x-www-form-urlencoded",  # what curl says of a body unless it is told otherwise
})  # fmt: skip
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_USUAL = frozenset({b"application/json", b"application/json; charset=utf-8"})


@dataclass(frozen=True, slots=True)
class Media:
    """A media type.

    Attributes
    ----------
    kind : str
        In lower case, other names of CSV and of JSON Lines replaced by :data:`CSV` and :data:`LINES`; empty when none was said.
    parameters : mapping of str to str
        In lower case.
    """

    kind: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Media:
        """Read one media type.

        Examples
        --------
        >>> Media.parse("Text/CSV; charset=UTF-8; header=absent")
        Media(kind='text/csv', parameters={'charset': 'utf-8', 'header': 'absent'})
        """
        kind, *more = (part.strip().lower() for part in text.split(";"))
        pairs = (part.partition("=") for part in more)
        said = {name.strip(): value.strip().strip('"') for name, _, value in pairs}
        return cls(_KINDS.get(kind, kind), said)


def media_of(request: Request) -> Media:
    """Return what a body is said to be.

    Raises
    ------
    RequestError
        With the code ``wrong_charset``, when its characters are said to be none of UTF-8.
    """
    media = Media.parse(_header(request, b"content-type").decode("latin-1"))
    if media.parameters.get("charset", "utf-8") not in _UTF_8:
        raise RequestError(
            "The characters of the body are said not to be in UTF-8",
            expected="charset=utf-8, or none said",
            todo="send the body in UTF-8",
            code="wrong_charset",
        )
    return media


def expect_json(request: Request, *, beside: Iterable[str] = ()) -> None:
    """Refuse a body that is said to be something else than JSON; what says nothing, or nothing certain, is looked into.

    Parameters
    ----------
    request : Request
    beside : iterable of str
        What else would have been read, for the error.

    Raises
    ------
    RequestError
        With the code ``wrong_content_type`` or ``wrong_charset``.
    """
    if _header(request, b"content-type") in _USUAL:
        return
    kind = media_of(request).kind
    if kind not in _PERHAPS_JSON and not kind.endswith("+json"):
        raise RequestError(
            "The body is said to be of a kind that is not read here",
            expected=f"Content-Type: {' or '.join((JSON, *beside))}",
            todo="send such a body, and say so",
            code="wrong_content_type",
        )


def wanted(request: Request, offered: Iterable[str]) -> Media:
    """Return the first of the media types that the caller accepts and that is offered; JSON when there is none.

    Whoever names only unknown types is answered too: many send what their library put there.
    """
    known = set(offered)
    for text in _header(request, b"accept").decode("latin-1").split(","):
        media = Media.parse(text)
        if media.kind in known:
            return media
    return Media(JSON)


def _header(request: Request, wanted_name: bytes) -> bytes:
    """Return a header as it came; empty when it is not there. Cheaper than a mapping of all of them."""
    for name, value in request.scope["headers"]:
        if name == wanted_name:
            return bytes(value)
    return b""
