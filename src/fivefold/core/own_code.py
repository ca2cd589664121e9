"""The person's own modules, which lie beside the project file: how they are found, and how it is told that they have changed."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fivefold.core.estimators import EstimatorSettings

__all__ = ["beside", "importable", "source_digest", "with_sources"]


def with_sources(
    estimators: Sequence[EstimatorSettings], folder: Path | None
) -> tuple[EstimatorSettings, ...]:
    """Give each estimator the digest of its source as it lies beside the project file now.

    Parameters
    ----------
    estimators : sequence of EstimatorSettings
    folder : Path or None
        That of the project file; None where there is none.
    """
    return tuple(
        replace(one, source=source_digest(one.module, folder) if folder else "") for one in estimators
    )


def beside(module: str, folder: Path) -> list[Path]:
    """Source files of a module's first part in a folder: one file, or all of a package; none when it is not there.

    Parameters
    ----------
    module : str
        For example ``my_models`` or ``my_package.models``.
    folder : Path
    """
    top = module.partition(".")[0]
    if (folder / top / "__init__.py").is_file():
        return sorted((folder / top).rglob("*.py"))
    return [folder / f"{top}.py"] if (folder / f"{top}.py").is_file() else []


def source_digest(module: str, folder: Path) -> str:
    """Digest of a module's source and of what it imports from the same folder; empty when it is not there.

    Parameters
    ----------
    module : str
    folder : Path
    """
    waiting, found = [module.partition(".")[0]], dict[Path, bytes]()
    while waiting:
        for path in beside(waiting.pop(), folder):
            if path not in found:
                found[path] = path.read_bytes()
                waiting += _imported(found[path])
    if not found:
        return ""
    digest = hashlib.sha256()
    for path in sorted(found):
        name, text = path.relative_to(folder).as_posix().encode(), found[path]
        digest.update(b"%d %b %d " % (len(name), name, len(text)) + text)
    return f"sha256:{digest.hexdigest()}"


@contextlib.contextmanager
def importable(folder: str) -> Iterator[None]:
    """Let modules of a folder be imported, here and in worker processes, after all that is installed; forget them afterwards.

    Parameters
    ----------
    folder : str
        That of the project file; nothing is done where there is none.
    """
    if not folder or folder in sys.path:
        yield
        return
    known = set(sys.modules)
    sys.path.append(folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(folder)
        for name in set(sys.modules) - known:
            origin = getattr(sys.modules[name], "__file__", None)
            if origin and Path(origin).is_relative_to(folder):
                del sys.modules[name]


def _imported(source: bytes) -> list[str]:
    """First parts of the names of all modules that a source imports; none when it cannot be read, which its import will tell."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return [name.partition(".")[0] for name in names]
