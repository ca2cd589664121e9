"""MLServer, the server behind KServe's Open Inference Protocol, with its LightGBM runtime and no further processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

path, ready = "/v2/models/scores/infer", "/v2/models/scores/ready"


def command(python: str, folder: Path, port: int) -> list[str]:
    """Start its server in the process itself: without workers it is faster for one small model."""
    place = folder / "mlserver"
    place.mkdir(exist_ok=True)
    settings = {"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2, "parallel_workers": 0}
    settings |= {"host": "127.0.0.1", "debug": False}
    model = {"name": "scores", "implementation": "mlserver_lightgbm.LightGBMModel"}
    model |= {"parameters": {"uri": str(folder / "model.txt")}}
    (place / "settings.json").write_text(json.dumps(settings))
    (place / "model-settings.json").write_text(json.dumps(model))
    return [str(Path(python).with_name("mlserver")), "start", str(place)]


def body(row: dict[str, float]) -> bytes:
    """Ask for one row."""
    tensor = {"name": "rows", "shape": [1, len(row)], "datatype": "FP32", "data": list(row.values())}
    return json.dumps({"inputs": [tensor]}).encode()


def score(answer: Any) -> float:
    """Probability in the answer."""
    return answer["outputs"][0]["data"][0]
