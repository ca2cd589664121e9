"""What MLflow makes of an export: its own library loads it, and its own server answers with it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fivefold.core.artefacts import Column, Contract
from fivefold.core.errors import InputError
from fivefold.export.forms import export
from fivefold.export.mlflow import signature
from fivefold.export.pyfunc import BundleModel
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.targets import tiny_bundle
from tests.tracking.servers import program, wait_for

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
ROW: dict[str, Any] = {
    "age": 31,
    "price": 9.5,
    "member": True,
    "city": "Oslo",
    "joined": "2016-04-29T18:38:08Z",
}
GAPS: dict[str, Any] = {"age": 54, "price": None, "member": None, "city": None, "joined": None}
LOAD = """
import json, sys
import mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
rows = pandas.DataFrame(json.loads(sys.argv[2]))
said = {"predict": list(model.predict(rows)), "inputs": model.metadata.get_input_schema().input_names()}
if sys.argv[3] == "classes":
    said["chances"] = model.predict(rows, params={"method": "predict_proba"})
print(json.dumps(said))
"""


def environment(mlflow: str) -> dict[str, str]:
    """The variables for MLflow's programs; the test is skipped where Fivefold cannot be loaded beside it."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MLFLOW", "COV"))
    }
    kept |= {"PYTHONPATH": SOURCE, "PATH": f"{Path(mlflow).parent}:{kept.get('PATH', '')}"}
    code = "import fivefold.runtime.bundle, mlflow.pyfunc, polars, pydantic, uvicorn"
    tried = subprocess.run([python(mlflow), "-c", code], env=kept, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no Fivefold beside MLflow: {tried.stderr.strip().splitlines()[-1]}")
    return kept


def python(mlflow: str) -> str:
    return str(Path(mlflow).parent / "python")


@contextlib.contextmanager
def served(mlflow: str, folder: Path, log: Path) -> Iterator[str]:
    """Run ``mlflow models serve`` on loopback."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [mlflow, "models", "serve", "-m", str(folder), "-h", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*command, "--env-manager", "local"],
            stdout=stream,
            stderr=stream,
            env=environment(mlflow),
            cwd=log.parent,
            start_new_session=True,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/ping", process, log)
            yield f"http://127.0.0.1:{port}/invocations"
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


def ask(address: str, body: dict[str, Any]) -> tuple[int, Any]:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_mlflow_loads_it(tmp_path: Path, task: Any) -> None:
    mlflow = program()
    bundle = tiny_bundle(tmp_path / "bundle", task=task).folder
    export(bundle, "mlflow", tmp_path / "model")
    kind = "number" if task == "regression" else "classes"
    command = [python(mlflow), "-c", LOAD, str(tmp_path / "model"), json.dumps([ROW, GAPS]), kind]
    printed = subprocess.run(command, env=environment(mlflow), capture_output=True, text=True, cwd=tmp_path)
    assert printed.returncode == 0, printed.stderr
    said, ours = json.loads(printed.stdout.splitlines()[-1]), load_bundle(bundle)
    assert said["predict"] == ours.predict([ROW, GAPS]).tolist()
    assert said["inputs"] == [column.name for column in ours.contract.columns]
    if kind == "classes":
        assert [list(row.values()) for row in said["chances"]] == ours.predict_proba([ROW, GAPS]).tolist()


@pytest.mark.slow
def test_mlflow_serves_it(tmp_path: Path) -> None:
    mlflow = program()
    bundle = tiny_bundle(tmp_path / "bundle").folder
    export(bundle, "mlflow", tmp_path / "model")
    ours = load_bundle(bundle)
    with served(mlflow, tmp_path / "model", tmp_path / "serve.log") as address:
        status, said = ask(address, {"dataframe_records": [ROW, GAPS]})
        assert (status, said["predictions"]) == (200, ours.predict([ROW, GAPS]).tolist())
        names = list(ROW)
        split = {"columns": names, "data": [[row[name] for name in names] for row in (ROW, GAPS)]}
        status, said = ask(address, {"dataframe_split": split, "params": {"method": "predict_proba"}})
        assert status == 200
        assert [list(row.values()) for row in said["predictions"]] == ours.predict_proba([ROW, GAPS]).tolist()
        status, said = ask(address, {"dataframe_records": [{"price": 1.0}]})
        assert status == 400
        assert "age" in said["message"]


def test_the_loader_answers_as_the_bundle_does(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle").folder
    model, ours = BundleModel(load_bundle(bundle)), load_bundle(bundle)
    assert model.predict([ROW, GAPS]).tolist() == ours.predict([ROW, GAPS]).tolist()
    chances = model.predict([ROW], {"method": "predict_proba"})
    assert list(chances[0].values()) == ours.predict_proba([ROW])[0].tolist()
    with pytest.raises(InputError, match="predict, predict_proba"):
        model.predict([ROW], {"method": "transform"})


def test_a_signature_promises_no_type_that_would_refuse_what_the_bundle_takes() -> None:
    columns = (
        Column("count", "number", "integer", nullable=False),
        Column("rooms", "number", "integer", nullable=True),
        Column("price", "number", "number", nullable=True, reading="words"),
        Column("city", "category", "string", nullable=True),
        Column("flag", "boolean", "boolean", nullable=False),
    )
    said = signature(Contract("y", "binary", ("0", "1"), "1", columns, "integer"))
    assert [(one["type"], one["required"]) for one in said["inputs"]] == [
        ("long", True), ("any", False), ("any", False), ("string", False), ("boolean", True),
    ]  # fmt: skip
    assert said["outputs"] == [{"type": "long", "required": True}]
