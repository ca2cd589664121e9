"""Fivefold's service without a log of predictions: what the others do, of which none has one."""

from __future__ import annotations

from pathlib import Path

from peers.fivefold import body, path, ready, score

__all__ = ["body", "command", "path", "ready", "score"]


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start the service."""
    return [python, "-P", "-m", "fivefold.service", str(folder / "bundle"), "--port", str(port)]
