"""Where a key stands in the project file, for errors that name the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["key_at", "line_of"]


def line_of(text: str, section: str, key: str) -> int:
    """Number of the line where a key of a section, or the section itself, stands; 0 when it is not found."""
    here = ""
    for number, row in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", row)
        names = [name.strip(" \"'") for name in header[1].split(".")] if header else []
        if header:
            here = names[0]
        if here == section and (key in names or re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]", row)):
            return number
    return 0


def key_at(path: Path, error: Exception) -> str:
    """Quote the key on the line that the TOML reader complains about."""
    match = re.search(r"line (\d+)", str(error))
    if match is None:
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    number = int(match.group(1))
    return f", at the key '{lines[number - 1].split('=')[0].strip()}'" if 0 < number <= len(lines) else ""
