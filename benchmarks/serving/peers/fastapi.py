"""What most people write by hand: FastAPI, a pydantic model of a row, a pandas frame, a model from joblib."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

path, ready = "/predict", "/health"
_PREPARE = """
import sys, joblib, lightgbm
joblib.dump(lightgbm.Booster(model_file=sys.argv[1] + "/model.txt"), sys.argv[1] + "/model.joblib")
"""
_APP = """
from importlib import import_module

from fastapi import FastAPI
from pydantic import create_model

NAMES = {names}
Row = create_model("Row", **{{name: (float, ...) for name in NAMES}})
joblib, pandas = import_module("joblib"), import_module("pandas")
model = joblib.load("{folder}/model.joblib")
app = FastAPI()

@app.get("/health")
def health():
    return {{"status": "ok"}}

@app.post("/predict")
def predict(row: Row):
    return {{"score": float(model.predict(pandas.DataFrame([row.model_dump()]), num_threads=1)[0])}}
"""


def prepare(python: str, folder: Path) -> list[str]:
    """Dump the model as joblib does."""
    return [python, "-c", _PREPARE, str(folder)]


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start it on uvicorn with one worker."""
    names = list(json.loads((folder / "names.json").read_text()))
    (folder / "hand_app.py").write_text(_APP.format(names=names, folder=folder))
    server = [python, "-m", "uvicorn", "hand_app:app", "--app-dir", str(folder), "--port", str(port)]
    return [*server, "--no-access-log", "--log-level", "warning"]


def body(row: dict[str, float]) -> bytes:
    """Ask for one row."""
    return json.dumps(row).encode()


def score(answer: Any) -> float:
    """Probability in the answer."""
    return answer["score"]
