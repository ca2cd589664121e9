"""A folder in a bucket of Cloud Storage: what is deployed is put there, read back and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from fivefold.cloud.storage import content_digest
from fivefold.cloud.vertex.connection import Asking
from fivefold.cloud.vertex.refusals import NOT_FOUND, VertexError
from fivefold.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.vertex.connection import Connection

__all__ = ["BucketFolder"]

_SCHEME = "gs://"


class BucketFolder:
    """Objects whose names begin alike.

    Parameters
    ----------
    connection : Connection
    address : str
        For example ``gs://bucket/fivefold/model``.

    Raises
    ------
    SettingsError
        When the address names no folder of a bucket.
    """

    def __init__(self, connection: Connection, address: str) -> None:
        self._connection = connection
        self.address = address.rstrip("/")
        self._bucket, _, self._prefix = self.address.removeprefix(_SCHEME).partition("/")
        if not address.startswith(_SCHEME) or not self._bucket or not self._prefix:
            raise SettingsError(
                "This is no folder of a bucket",
                seen=repr(address),
                expected="an address such as gs://bucket/folder",
                todo="put it right",
            )

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files there; those that are there as they are now are not sent again.

        Raises
        ------
        VertexError
            When the bucket is not there, or may not be written to.
        """
        there = self.digests()
        for name, data in files.items():
            if there.get(name) != content_digest(data):
                words = {"uploadType": "media", "name": f"{self._prefix}/{name}"}
                path = f"/upload/storage/v1/b/{self._bucket}/o"
                asking = Asking(f"put '{name}' into {self.address}", "POST", path, data, words)
                self._connection.ask_storage(asking)

    def digests(self) -> dict[str, str]:
        """Return the digest of each object there, by the rest of its name."""
        found: dict[str, str] = {}
        token = "-"
        while token:
            words = {"prefix": f"{self._prefix}/"} | ({} if token == "-" else {"pageToken": token})
            asking = Asking(
                f"look into {self.address}", "GET", f"/storage/v1/b/{self._bucket}/o", None, words
            )
            page = self._connection.ask_storage(asking)
            for item in page.get("items", ()):
                found[str(item["name"]).removeprefix(f"{self._prefix}/")] = str(
                    item.get("md5Hash", "")
                )  # one that was put together of parts has none
            token = str(page.get("nextPageToken", ""))
        return found

    def read(self, name: str) -> bytes:
        """Return an object there, by the rest of its name.

        Raises
        ------
        VertexError
            When it is not there, or may not be read.
        """
        path = f"/storage/v1/b/{self._bucket}/o/{quote(f'{self._prefix}/{name}', safe='')}"
        asking = Asking(f"read '{name}' in {self.address}", "GET", path, None, {"alt": "media"})
        return self._connection.fetch(asking)

    def remove(self) -> bool:
        """Delete all objects there; return whether there were any."""
        names = self.digests()
        for name in names:
            path = f"/storage/v1/b/{self._bucket}/o/{quote(f'{self._prefix}/{name}', safe='')}"
            try:
                self._connection.ask_storage(Asking(f"delete '{name}' in {self.address}", "DELETE", path))
            except VertexError as error:
                if error.code != NOT_FOUND:
                    raise
        return bool(names)
