"""Fivefold's service, with its log of predictions, as it runs by default."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

path, ready = "/predict", "/readyz"


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start the service."""
    log, mode = folder / "predictions.sqlite", os.environ.get("FIVEFOLD_SOAK_LOG_MODE", "async")
    for file in folder.glob("predictions.sqlite*"):
        file.unlink()
    served = [python, "-P", "-m", "fivefold.service", str(folder / "bundle"), "--port", str(port)]
    return [*served, "--log", str(log), "--log-mode", mode]


def body(row: dict[str, float]) -> bytes:
    """Ask for one row."""
    return json.dumps({"instances": [row]}).encode()


def score(answer: Any) -> float:
    """Probability in the answer."""
    return answer["predictions"][0]["score"]
