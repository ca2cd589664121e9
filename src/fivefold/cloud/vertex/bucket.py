"""A folder in a bucket of Cloud Storage: what is deployed is put there, read back and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fivefold.cloud.storage import content_digest
from fivefold.cloud.vertex.connection import told
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
        self._storage = connection.storage
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
                with told(f"put '{name}' into {self.address}"):
                    self._storage.put(self._bucket, f"{self._prefix}/{name}", data)

    def digests(self) -> dict[str, str]:
        """Return the digest of each object there, by the rest of its name."""
        with told(f"look into {self.address}"):
            found = self._storage.digests(self._bucket, f"{self._prefix}/")
        return {name.removeprefix(f"{self._prefix}/"): digest for name, digest in found.items()}

    def read(self, name: str) -> bytes:
        """Return an object there, by the rest of its name.

        Raises
        ------
        VertexError
            When it is not there, or may not be read.
        """
        with told(f"read '{name}' in {self.address}"):
            return self._storage.read(self._bucket, f"{self._prefix}/{name}")

    def remove(self) -> bool:
        """Delete all objects there; return whether there were any."""
        names = self.digests()
        for name in names:
            with told(f"delete '{name}' in {self.address}"):
                self._storage.delete(self._bucket, f"{self._prefix}/{name}")
        return bool(names)
