"""A request as the fake reads it, and its reply."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from fivefold.testing.vertex.refusal import RefusalError

__all__ = ["Reply", "Request"]

_FILTER = re.compile(r'display_?[nN]ame\s*=\s*"?([^"]*)"?')


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked.

    Attributes
    ----------
    method, path : str
    words : dict of str to str
        What stands behind the path.
    raw : bytes
    headers : dict of str to str
        By names in lower case.
    """

    method: str
    path: str
    words: dict[str, str]
    raw: bytes
    headers: dict[str, str]

    def json(self) -> dict[str, Any]:
        """Return the body, an object."""
        try:
            body = json.loads(self.raw or b"{}")
        except ValueError as error:
            raise RefusalError("INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from None
        if not isinstance(body, dict):
            raise RefusalError("INVALID_ARGUMENT", "Invalid JSON payload received. Expected an object.")
        return body


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered.

    Attributes
    ----------
    body : bytes
    status : int
    headers : dict of str to str
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: object, status: int = 200) -> Reply:
        """Return a document as JSON."""
        body = json.dumps(document).encode()
        return cls(body, status, {"Content-Type": "application/json; charset=UTF-8"})

    @classmethod
    def page(cls, kind: str, found: list[dict[str, Any]], request: Request) -> Reply:
        """Return a part of a list; an empty one is left out, as Google does.

        Parameters
        ----------
        kind : str
            Name of the list.
        found : list of dict
        request : Request
            Says where to begin, how many at most, and by which name.
        """
        if request.words.get("filter"):
            named = _FILTER.fullmatch(request.words["filter"].strip())
            if named is None:
                raise RefusalError("INVALID_ARGUMENT", f"Invalid filter: {request.words['filter']}")
            found = [one for one in found if one.get("displayName") == named[1]]
        begin = int(request.words.get("pageToken") or 0)
        end = begin + int(request.words.get("pageSize") or 100)
        page: dict[str, Any] = {kind: found[begin:end]} if found[begin:end] else {}
        return cls.of(page | ({"nextPageToken": str(end)} if end < len(found) else {}))
