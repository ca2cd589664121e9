"""Documents in YAML, as people read and keep them; whatever could be read as something else is quoted."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Document", "remove_documents", "to_yaml", "write_documents"]

Document: TypeAlias = dict[str, Any]
"""A manifest: objects, lists and scalars."""
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9._/-]*")
_READ_OTHERWISE = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])


def to_yaml(document: Document) -> str:
    """Write a document.

    Examples
    --------
    >>> print(to_yaml({"kind": "Service", "on": [{"port": 80, "name": "80"}, "yes"], "none": {}}))
    kind: Service
    "on":
      - port: 80
        name: "80"
      - "yes"
    none: {}
    <BLANKLINE>
    """
    return "".join(f"{line}\n" for line in _lines(document, ""))


def write_documents(folder: Path, documents: Mapping[str, Document]) -> None:
    """Write each document into a file of its own, by its name; what was in the folder before goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, document in documents.items():
        (folder / name).write_text(f"# Written by Fivefold.\n{to_yaml(document)}", encoding="utf-8")


def remove_documents(folder: Path, live: Path) -> bool:
    """Remove a folder of documents from a run's live folder; return whether it stood.

    One that lies elsewhere is of the run that this one was copied from.
    """
    there = folder.is_dir() and folder.parent == live.resolve()
    if there:
        shutil.rmtree(folder, ignore_errors=True)
    return there


def _lines(value: Any, indent: str) -> Iterator[str]:
    """Write an object or a list in lines."""
    if isinstance(value, dict):
        for name, one in value.items():
            key = f"{indent}{_scalar(name)}:"
            if isinstance(one, dict | list) and one:
                yield key
                yield from _lines(one, f"{indent}  ")
            else:
                yield f"{key} {_scalar(one)}"
        return
    for one in value:
        if isinstance(one, dict | list) and one:
            first, *rest = _lines(one, f"{indent}  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(one)}"


def _scalar(value: Any) -> str:
    """Write what has no parts."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _READ_OTHERWISE:
        return value
    return json.dumps(value, ensure_ascii=False)
