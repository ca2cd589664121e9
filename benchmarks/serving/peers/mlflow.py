"""MLflow's scoring server (``mlflow models serve``) with one worker, and a model with a signature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

path, ready = "/invocations", "/ping"
_PREPARE = """
import sys, shutil, json, lightgbm, numpy, pandas, mlflow.lightgbm
from mlflow.models import infer_signature
folder = sys.argv[1]
shutil.rmtree(folder + "/mlflow", ignore_errors=True)
booster = lightgbm.Booster(model_file=folder + "/model.txt")
rows = pandas.DataFrame(numpy.load(folder + "/rows.npy")[:5].astype(float), columns=json.load(open(folder + "/names.json")))
mlflow.lightgbm.save_model(booster, folder + "/mlflow", signature=infer_signature(rows, booster.predict(rows)))
"""


def prepare(python: str, folder: Path) -> list[str]:
    """Save the model as MLflow does."""
    return [python, "-c", _PREPARE, str(folder)]


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start its server in this environment."""
    served = ["models", "serve", "-m", str(folder / "mlflow"), "--env-manager", "local", "--workers", "1"]
    return [python, "-m", "mlflow", *served, "--host", "127.0.0.1", "--port", str(port)]


def body(row: dict[str, float]) -> bytes:
    """Ask for one row."""
    return json.dumps({"dataframe_split": {"columns": list(row), "data": [list(row.values())]}}).encode()


def score(answer: Any) -> float:
    """Probability in the answer."""
    return answer["predictions"][0]
