"""Cloud Storage's REST service: objects are put, looked at, read and deleted."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any
from urllib.parse import quote

from fivefold.cloud.credentials import Anonymous, GoogleTokens
from fivefold.cloud.google import GoogleRest, ServiceError, at

__all__ = ["STORAGE_HOST", "STORAGE_SCOPE", "StorageService", "content_digest"]

STORAGE_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
STORAGE_HOST = "https://storage.googleapis.com"
_EMULATOR = "STORAGE_EMULATOR_HOST"
_SLOWEST = 250_000.0
"""Bytes a second that an upload is waited for."""
_PATIENCE = 60.0


class StorageService:
    """The service, over a host of its own or one that is shared.

    Parameters
    ----------
    rest : GoogleRest
    """

    def __init__(self, rest: GoogleRest) -> None:
        self._rest = rest

    @classmethod
    def to(cls, project: str, extra: str) -> StorageService:
        """Return the service as one project sees it; the emulator where the environment names one.

        Parameters
        ----------
        project : str
            Pays.
        extra : str
            Of the package, which brings what is needed.

        Raises
        ------
        MissingExtraError
            When the libraries are not installed.
        InputError
            When this machine has no credentials of Google's.
        """
        emulator = at(os.environ.get(_EMULATOR, ""))
        tokens = Anonymous() if emulator else GoogleTokens(project, (STORAGE_SCOPE,), extra)
        return cls(GoogleRest(emulator or STORAGE_HOST, tokens, extra=extra))

    def bucket(self, bucket: str) -> dict[str, Any]:
        """What is known about a bucket."""
        return self._rest.ask("GET", f"/storage/v1/b/{quote(bucket, safe='')}")

    def look(self, bucket: str, name: str) -> dict[str, Any] | None:
        """What is known about an object; None when there is none."""
        try:
            return self._rest.ask("GET", _place(bucket, name))
        except ServiceError as error:
            if error.status != 404:
                raise
            return None

    def digests(self, bucket: str, prefix: str) -> dict[str, str]:
        """Return the digest of each object whose name begins so, by its name; one that was put together of parts has none."""
        found: dict[str, str] = {}
        words = {"prefix": prefix}
        while True:
            page = self._rest.ask("GET", f"/storage/v1/b/{quote(bucket, safe='')}/o", words=words)
            for item in page.get("items", ()):
                found[str(item["name"])] = str(item.get("md5Hash", ""))
            if not page.get("nextPageToken"):
                return found
            words = {"prefix": prefix, "pageToken": str(page["nextPageToken"])}

    def read(self, bucket: str, name: str) -> bytes:
        """Return what an object holds."""
        return self._rest.fetch(_place(bucket, name), {"alt": "media"})

    def put(self, bucket: str, name: str, data: bytes) -> dict[str, Any]:
        """Write an object in one piece, in place of one that is there.

        Raises
        ------
        ServiceError
            With the reason ``corrupt``, when something else arrived.
        """
        place = f"/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        words = {"uploadType": "media", "name": name}
        seconds = _PATIENCE + len(data) / _SLOWEST
        kept = self._rest.ask("POST", place, words=words, body=data, seconds=seconds)
        if kept.get("md5Hash") != content_digest(data):
            message = f"gs://{bucket}/{name} is not what was sent"
            raise ServiceError(message, 500, "corrupt")
        return kept

    def delete(self, bucket: str, name: str) -> bool:
        """Delete an object; return whether there was one."""
        try:
            self._rest.ask("DELETE", _place(bucket, name))
        except ServiceError as error:
            if error.status != 404:
                raise
            return False
        return True

    def close(self) -> None:
        """Let go of the connections."""
        self._rest.close()


def content_digest(data: bytes) -> str:
    """Return the digest that the service keeps of an object: MD5 in Base64.

    Examples
    --------
    >>> content_digest(b"model")
    'IPNeYw2vRNv6TD9o9TmdjA=='
    """
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def _place(bucket: str, name: str) -> str:
    """Path of an object; the slashes of its name are part of the name."""
    return f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}"
