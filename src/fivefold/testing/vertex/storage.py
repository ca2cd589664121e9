"""Cloud Storage, as far as a deployment needs it: objects of a bucket are put, read, listed and deleted (JSON API, v1)."""

from __future__ import annotations

import base64
import hashlib
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from fivefold.testing.vertex.operations import now
from fivefold.testing.vertex.refusal import RefusalError
from fivefold.testing.vertex.request import Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.testing.vertex.request import Request

__all__ = ["Storage"]

_READ, _UPLOAD = "/storage/v1/b/", "/upload/storage/v1/b/"
_PAGE = 1000


class Storage:
    """Buckets and what lies in them.

    Attributes
    ----------
    objects : dict of str to bytes
        By address, such as ``gs://bucket/folder/file``.
    buckets : set of str
    """

    def __init__(self, bucket: str) -> None:
        self.buckets = {bucket}
        self.objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @staticmethod
    def serves(path: str) -> bool:
        """Whether a path is one of Cloud Storage."""
        return path.startswith((_READ, _UPLOAD))

    @staticmethod
    def verb(request: Request) -> str:
        """Name what is asked."""
        if request.path.startswith(_UPLOAD):
            return "storage.objects.create"
        if request.method == "DELETE":
            return "storage.objects.delete"
        return "storage.objects.list" if request.path.endswith("/o") else "storage.objects.get"

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        bucket, _, rest = request.path.removeprefix(_UPLOAD).removeprefix(_READ).partition("/")
        if bucket not in self.buckets:
            raise RefusalError("NOT_FOUND", "The specified bucket does not exist.")
        if not rest and request.method == "GET":
            return Reply.of({"kind": "storage#bucket", "name": bucket, "location": "EUROPE-WEST4"})
        name = unquote(rest.removeprefix("o").removeprefix("/"))
        if request.path.startswith(_UPLOAD):
            return Reply.of(self.put(bucket, request.words.get("name", ""), request.raw))
        if not name:
            return Reply.of(self._list(bucket, request.words))
        return self._one(bucket, name, request)

    def put(self, bucket: str, name: str, data: bytes) -> dict[str, Any]:
        """Keep an object."""
        if not name:
            raise RefusalError("INVALID_ARGUMENT", "Required")
        with self._lock:
            self.objects[f"gs://{bucket}/{name}"] = data
        return self._shown(bucket, name)

    def keep(self, address: str, data: bytes) -> None:
        """Keep an object by its address."""
        with self._lock:
            self.objects[address] = data

    def read(self, address: str) -> bytes:
        """Return an object by its address."""
        with self._lock:
            if address not in self.objects:
                raise RefusalError("NOT_FOUND", f"No such object: {address}")
            return self.objects[address]

    def folder(self, address: str) -> dict[str, bytes]:
        """Return what lies below an address, by the rest of its own."""
        prefix = address.rstrip("/") + "/"
        with self._lock:
            return {
                name.removeprefix(prefix): data
                for name, data in self.objects.items()
                if name.startswith(prefix)
            }

    def copy(self, address: str, folder: Path) -> None:
        """Copy what lies below an address to a folder of this machine."""
        for name, data in self.folder(address).items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def _one(self, bucket: str, name: str, request: Request) -> Reply:
        """Show, give back or delete an object."""
        address = f"gs://{bucket}/{name}"
        if address not in self.objects:
            raise RefusalError("NOT_FOUND", f"No such object: {bucket}/{name}")
        verbs: dict[str, Callable[[], Reply]] = {
            "GET": lambda: Reply.of(self._shown(bucket, name)),
            "DELETE": lambda: self._delete(address),
        }
        if request.words.get("alt") == "media":
            return Reply(self.objects[address], headers={"Content-Type": "application/octet-stream"})
        return verbs[request.method]()

    def _delete(self, address: str) -> Reply:
        """Forget an object."""
        with self._lock:
            self.objects.pop(address, None)
        return Reply(b"", 204)

    def _list(self, bucket: str, words: dict[str, str]) -> dict[str, Any]:
        """List names that begin in one way, a page at a time."""
        start = f"gs://{bucket}/"
        with self._lock:
            names = sorted(name.removeprefix(start) for name in self.objects if name.startswith(start))
        names = [name for name in names if name.startswith(words.get("prefix", ""))]
        begin = int(words.get("pageToken") or 0)
        end = begin + min(int(words.get("maxResults") or _PAGE), _PAGE)
        page: dict[str, Any] = {"kind": "storage#objects"}
        if names[begin:end]:  # an empty list is left out, as Google does
            page["items"] = [self._shown(bucket, name) for name in names[begin:end]]
        return page | ({"nextPageToken": str(end)} if end < len(names) else {})

    def _shown(self, bucket: str, name: str) -> dict[str, Any]:
        """An object as it is shown."""
        data = self.objects[f"gs://{bucket}/{name}"]
        return {
            "kind": "storage#object",
            "bucket": bucket,
            "name": name,
            "size": str(len(data)),
            "md5Hash": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            "timeCreated": now(),
        }
