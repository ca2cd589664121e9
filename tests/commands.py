"""The command line, called in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jsonschema

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"


@dataclass(frozen=True)
class Called:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Called]


def valid(text: str, schema: str) -> dict[str, object]:
    """Read the one document that was printed, and hold it against its schema."""
    document: dict[str, object] = json.loads(text)
    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.schema.json").read_text()))
    return document
