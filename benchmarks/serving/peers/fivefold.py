"""Fivefold's service, with its log of predictions, as it runs by default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

path, ready = "/predict", "/readyz"


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start the service."""
    log = folder / "predictions.sqlite"
    log.unlink(missing_ok=True)
    return [
        python,
        "-P",
        "-m",
        "fivefold.service",
        str(folder / "bundle"),
        "--port",
        str(port),
        "--log",
        str(log),
    ]


def body(row: dict[str, float]) -> bytes:
    """Ask for one row."""
    return json.dumps({"instances": [row]}).encode()


def score(answer: Any) -> float:
    """Probability in the answer."""
    return answer["predictions"][0]["score"]
