"""The ONNX Runtime that BigQuery runs, 1.12, takes what is exported: in an interpreter of its own, where there is one."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from fivefold.core.artefacts import Contract
from fivefold.export.columns import fed
from fivefold.export.encoding import encoded
from fivefold.export.graph import Graph
from fivefold.export.model import onnx_model
from fivefold.export.parity import run_graph
from fivefold.runtime.bundle import read_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec, TextPart
from fivefold.runtime.judgement import Judgement, Recalibration
from tests.export.made import fitted, rows, write
from tests.runtime.bundles.written import contract as every_column
from tests.runtime.bundles.written import encoder as every_part
from tests.runtime.bundles.written import table as every_value

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PYTHON = "TEST_ONNXRUNTIME_1_12"
"""Path of a Python that has onnxruntime 1.12 (its packages end with Python 3.10)."""
FAMILIES = ("linear", "lightgbm", "catboost", "extra_trees", "xgboost", "mlp", "dummy")
ASK = """
import json, sys
import numpy, onnxruntime
assert onnxruntime.__version__.startswith("1.12."), onnxruntime.__version__
given = json.load(open(sys.argv[2]))
columns = {name: numpy.array(values, dtype=object if kind == "O" else kind) for name, (kind, values) in given.items()}
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
print(json.dumps([values.tolist() for values in session.run(None, columns)]))
"""


def asked(model: bytes, columns: dict[str, NDArray[Any]], place: Path) -> list[Any]:
    """What ONNX Runtime 1.12 answers."""
    python = os.environ.get(PYTHON)
    if not python:
        pytest.skip(f"no Python with onnxruntime 1.12: name one in {PYTHON}")
    (place / "model.onnx").write_bytes(model)
    given = {name: (values.dtype.str.lstrip("|"), values.tolist()) for name, values in columns.items()}
    (place / "rows.json").write_text(json.dumps(given))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    command = [python, "-c", ASK, str(place / "model.onnx"), str(place / "rows.json")]
    printed = subprocess.run(command, capture_output=True, text=True, env=kept)
    assert printed.returncode == 0, printed.stderr
    found: list[Any] = json.loads(printed.stdout)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_it_takes_a_blend_of_every_kind(tmp_path: Path, task: Any) -> None:
    each = {family: fitted(family, task) for family in FAMILIES}
    place = "ensemble.RandomForestRegressor" if task == "regression" else "ensemble.RandomForestClassifier"
    each["mine"] = fitted("estimators", task, place)
    members = {name: (one.kind, one.payload, 1.0) for name, one in each.items()}
    judgement = (
        Judgement(Recalibration("temperature", (1.1,) * 3, (0.0,) * 3)) if task == "multiclass" else None
    )
    contents = read_bundle(write(tmp_path / "bundle", task, members, judgement))
    table, model = rows(task, 300), onnx_model(contents)
    columns = {column.name: fed(table, column) for column in contents.manifest.contract.columns}
    found, expected = asked(model, columns, tmp_path), run_graph(model, columns)
    np.testing.assert_allclose(found[-1], expected[-1], rtol=1e-6, atol=1e-5)
    if task != "regression":
        assert found[0] == expected[0].tolist()


@pytest.mark.slow
def test_it_takes_every_part_of_an_encoder_but_texts(tmp_path: Path) -> None:
    whole, given = every_part("binary"), every_column("binary")
    parts = tuple(part for part in whole.spec.parts if not isinstance(part, TextPart))
    contract = Contract(
        given.target, given.task, given.classes, given.positive, given.columns, given.target_kind
    )
    encoder, graph, table = Encoder(EncoderSpec(parts), {}, whole.outputs), Graph(), every_value()
    graph.give(encoded(graph, contract, encoder), "matrix", np.float32, len(encoder.features))
    columns = {column.name: fed(table, column) for column in contract.columns}
    found = np.array(asked(graph.finish("encoder", {}), columns, tmp_path)[0], dtype=np.float32)
    np.testing.assert_array_equal(found, encoder.encode_frame(table))
