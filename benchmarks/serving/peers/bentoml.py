"""BentoML's service as its quickstart writes it: an array in, an array out, one worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

path, ready = "/predict", "/readyz"
_APP = """
import bentoml, lightgbm, numpy

@bentoml.service(workers=1, metrics={{"enabled": True}}, logging={{"access": {{"enabled": False}}}})
class Scores:
    def __init__(self):
        self.model = lightgbm.Booster(model_file="{folder}/model.txt")

    @bentoml.api
    def predict(self, rows: numpy.ndarray) -> numpy.ndarray:
        return self.model.predict(rows, num_threads=1)
"""


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start its server."""
    place = folder / "bento"
    place.mkdir(exist_ok=True)
    (place / "service.py").write_text(_APP.format(folder=folder))
    return [
        python,
        "-m",
        "bentoml",
        "serve",
        "service:Scores",
        "--working-dir",
        str(place),
        "--port",
        str(port),
    ]


def body(row: dict[str, float]) -> bytes:
    """Ask for one row."""
    return json.dumps({"rows": [list(row.values())]}).encode()


def score(answer: Any) -> float:
    """Probability in the answer."""
    return answer[0]
