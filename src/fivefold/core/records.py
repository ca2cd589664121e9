"""Records as JSON: the one codec and the one digest for everything that the store keeps.

Records are plain frozen dataclasses; pydantic reads, checks and describes them, and is loaded only when needed.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

from fivefold.core.errors import ArtefactError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import TypeAdapter

__all__ = ["digest", "dump", "file_digest", "load", "plain", "schema"]

T = TypeVar("T")
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def dump(record: object) -> bytes:
    """JSON bytes of a record: UTF-8, two-space indent, keys in the order of the fields."""
    return json.dumps(plain(record), ensure_ascii=False, indent=2, allow_nan=False).encode() + b"\n"


def plain(record: object) -> Any:
    """Return the record as dicts, lists and scalars, ready for JSON."""
    return _adapter(type(record)).dump_python(record, mode="json")


def load(kind: type[T], data: bytes | str, *, label: str) -> T:
    """Read a record back.

    Parameters
    ----------
    kind : type
        The dataclass to read.
    data : bytes or str
        JSON text.
    label : str
        What is being read, for the error's text.

    Raises
    ------
    ArtefactError
        When the text is no JSON or does not fit the record.
    """
    from pydantic import ValidationError

    try:
        record: T = _adapter(kind).validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ArtefactError(
            f"{label} cannot be read",
            seen=f"{where}: {first['msg']}",
            expected=f"a {kind.__name__} as this version of Fivefold writes it",
            todo="run the step again, or use the version of Fivefold that wrote it",
        ) from error
    return record


def schema(kind: type[Any]) -> dict[str, Any]:
    """JSON Schema (2020-12) of a record."""
    return _adapter(kind).json_schema(mode="serialization")


def digest(value: object) -> str:
    """``sha256:`` and 64 hex digits over the canonical JSON of a value made of dicts, lists and scalars."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """``sha256:`` and 64 hex digits over a file's bytes."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Build pydantic's reader and writer of one dataclass once."""
    if kind not in _ADAPTERS:
        from pydantic import TypeAdapter

        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]
