"""Says which files and functions are too long; the tail is what makes a codebase hard to read, not the median."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "scripts")
FILE_LINES = 400
FUNCTION_LINES = 50


def sources() -> list[Path]:
    """Every Python file of ours, those without a suffix included."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(path for path in files if path.suffix == ".py" or is_python_script(path))


def is_python_script(path: Path) -> bool:
    """Whether a file without a suffix names Python in its first line."""
    if path.suffix:
        return False
    with path.open("rb") as file:
        first = file.readline(200)
    return first.startswith(b"#!") and b"python" in first


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, the docstring not counted."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    docstring = ast.get_docstring(function, clean=False)
    return lines - (docstring.count("\n") + 1 if docstring is not None else 0)


def offenders(path: Path) -> Iterator[str]:
    """One line for each thing in a file that is too long."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    lines = len(text.splitlines())
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, at most {FILE_LINES}: split it by noun"
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > FUNCTION_LINES:
            yield f"{name}:{node.lineno}: {node.name} has {length(node)} lines, at most {FUNCTION_LINES}"


def main() -> int:
    """Print the offenders; 1 if there are any."""
    files = sources()
    found = [line for path in files for line in offenders(path)]
    print("\n".join(found) if found else f"{len(files)} files, none too long")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
