"""The official client of Vertex AI asks the service as it asks the platform, which passes requests on as they are."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from tests.service.serving import ROW, serving

PROGRAM = "TEST_VERTEX_SDK"
"""A Python with ``google-cloud-aiplatform``, in an environment of its own."""
ENDPOINT = "projects/1/locations/europe-west4/endpoints/2"
ASK = """
import json, sys
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform
address, endpoint, rows = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
client = aiplatform.gapic.PredictionServiceClient(
    transport="rest", credentials=AnonymousCredentials(), client_options={"api_endpoint": address}
)
found = client.predict(endpoint=endpoint, instances=rows, parameters={"coverage": 0.9})
print(json.dumps(type(found).to_dict(found)["predictions"]))
"""


@pytest.mark.slow
def test_its_doubles_are_understood_and_its_answer_is_read(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = os.environ.get(PROGRAM)
    if not python:
        pytest.skip(f"no interpreter with the client: name one in {PROGRAM}")
    monkeypatch.setenv("AIP_PREDICT_ROUTE", f"/v1/{ENDPOINT}:predict")
    rows = [ROW, {**ROW, "age": 77, "price": None}]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with serving(bundle.folder, tmp_path / "log.sqlite") as service:
        command = [python, "-c", ASK, f"http://127.0.0.1:{service.port}", ENDPOINT, json.dumps(rows)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=kept, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    predictor = load_bundle(bundle.folder)
    expected = predictor.answer(predictor.read(rows), coverage=0.9)
    assert [each["label"] for each in found] == [each["label"] for each in expected]
    assert [each["score"] for each in found] == pytest.approx([each["score"] for each in expected])
    assert [each["set"] for each in found] == [each["set"] for each in expected]
