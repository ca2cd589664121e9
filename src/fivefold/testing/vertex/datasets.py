"""Tabular datasets: made with the addresses of their files, never filled afterwards."""

from __future__ import annotations

import csv
import io
import re
import threading
from typing import TYPE_CHECKING, Any

from fivefold.testing.vertex.operations import now
from fivefold.testing.vertex.refusal import RefusalError

if TYPE_CHECKING:
    from fivefold.testing.vertex.storage import Storage

__all__ = ["Datasets", "read_csv"]

_TABULAR = "gs://google-cloud-aiplatform/schema/dataset/metadata/tabular_1.0.0.yaml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_COLUMNS = 1_000
_FIRST = 3_000_000_000


class Datasets:
    """All datasets of a location.

    Parameters
    ----------
    parent : str
        The location, by the project's number.
    storage : Storage
    """

    def __init__(self, parent: str, storage: Storage) -> None:
        self._parent = parent
        self._storage = storage
        self._all: dict[str, dict[str, Any]] = {}
        self._made = 0
        self._lock = threading.Lock()

    def check(self, document: dict[str, Any]) -> None:
        """Refuse what cannot be made."""
        if not document.get("displayName"):
            raise RefusalError("INVALID_ARGUMENT", "Required field is not set: dataset.display_name.")
        if document.get("metadataSchemaUri") != _TABULAR:
            raise RefusalError("INVALID_ARGUMENT", "Only the metadata schema of tables is known here.")
        addresses = _addresses(document)
        if not addresses:
            raise RefusalError("INVALID_ARGUMENT", "metadata.input_config.gcs_source.uri must be set.")
        for address in addresses:
            if address not in self._storage.objects:
                raise RefusalError("NOT_FOUND", f"The file {address} does not exist or cannot be read.")

    def create(self, document: dict[str, Any]) -> dict[str, Any]:
        """Make a dataset."""
        moment = now()
        with self._lock:
            self._made += 1
            name = f"{self._parent}/datasets/{_FIRST + self._made}"
            ours = {"name": name, "createTime": moment, "updateTime": moment, "etag": f"etag-{self._made}"}
            self._all[name] = document | ours
        return {"@type": "google.cloud.aiplatform.v1.Dataset"} | self._all[name]

    def get(self, name: str) -> dict[str, Any]:
        """Return a dataset."""
        with self._lock:
            if name not in self._all:
                raise RefusalError("NOT_FOUND", f"The Dataset does not exist: {name}")
            return dict(self._all[name])

    def shown(self) -> list[dict[str, Any]]:
        """Return all datasets."""
        with self._lock:
            return [dict(one) for one in self._all.values()]

    def delete(self, name: str) -> dict[str, Any]:
        """Delete a dataset; its files stay."""
        self.get(name)
        with self._lock:
            self._all.pop(name, None)
        return {"@type": "google.protobuf.Empty"}

    def rows(self, name: str) -> list[dict[str, str]]:
        """Read the files of a dataset."""
        files = [self._storage.objects.get(address) for address in _addresses(self.get(name))]
        rows = [row for data in files if data is not None for row in read_csv(data)]
        columns = list(rows[0]) if rows else []
        wrong = [column for column in columns if not _NAME.fullmatch(column)]
        if wrong or len(columns) > _COLUMNS:
            raise RefusalError("INVALID_ARGUMENT", f"Column names cannot be used: {', '.join(wrong[:5])}.")
        return rows


def read_csv(data: bytes) -> list[dict[str, str]]:
    """Read comma-separated values below their names, each as a text."""
    reader = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise RefusalError("INVALID_ARGUMENT", f"The CSV cannot be read: {error}") from None
    if any(None in row or None in row.values() for row in rows):
        raise RefusalError("INVALID_ARGUMENT", "A line has another number of values than there are columns.")
    return rows


def _addresses(document: dict[str, Any]) -> list[str]:
    """Where a dataset's files are."""
    config = (document.get("metadata") or {}).get("inputConfig") or {}
    return list((config.get("gcsSource") or {}).get("uri") or ())
