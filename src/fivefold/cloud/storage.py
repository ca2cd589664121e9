"""Cloud Storage's REST service: objects are put, looked at and deleted."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any
from urllib.parse import quote

from fivefold.cloud.google import GoogleRest, ServiceError

__all__ = ["STORAGE_SCOPE", "StorageService", "content_digest"]

STORAGE_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
_HOST = "https://storage.googleapis.com"
_EMULATOR = "STORAGE_EMULATOR_HOST"
_SLOWEST = 250_000.0
"""Bytes a second that an upload is waited for."""
_PATIENCE = 60.0


class StorageService:
    """The service as one project sees it.

    Parameters
    ----------
    project : str

    Raises
    ------
    MissingExtraError
        When the libraries are not installed.
    InputError
        When this machine has no credentials of Google's.
    """

    def __init__(self, project: str) -> None:
        self._rest = GoogleRest(_HOST, os.environ.get(_EMULATOR, ""), project, (STORAGE_SCOPE,))

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

    def put(self, bucket: str, name: str, data: bytes) -> dict[str, Any]:
        """Write an object in one piece, in place of one that is there.

        Raises
        ------
        ServiceError
            With the reason ``corrupt``, when something else arrived.
        """
        place = f"/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        words = {"uploadType": "media", "name": name}
        patience = _PATIENCE + len(data) / _SLOWEST
        kept = self._rest.ask("POST", place, words=words, data=data, patience=patience)
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
