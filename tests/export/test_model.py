"""The exported graph answers as the bundle does: every kind of member, every task, real fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from fivefold.core.errors import InputError
from fivefold.export import model as exported
from fivefold.export.columns import fed
from fivefold.export.model import MEMBERS, onnx_model
from fivefold.export.parity import CLOSE, compare, run_graph
from fivefold.runtime.bundle import read_bundle
from fivefold.runtime.judgement import Judgement, Recalibration
from tests.export.made import CLASSES, contract, fitted, rows, write

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Task

FAMILIES = ("dummy", "linear", "lightgbm", "catboost", "extra_trees", "xgboost", "mlp")
ESTIMATORS = ("ensemble.HistGradientBoosting{}", "ensemble.RandomForest{}", "neighbors.KNeighbors{}")
TASKS = tuple(CLASSES)


def checked(folder: Path, task: Task, count: int = 1_000) -> float:
    """Export a bundle, ask both, and return the largest difference; labels must be the same."""
    contents = read_bundle(folder)
    found = compare(onnx_model(contents), contents.predictor(), rows(task, count))
    assert found.rows == count
    assert found.apart == 0, found.words()
    assert found.labels == 0, found.words()
    found.demand()
    return found.largest


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_kind_of_member_answers_as_in_the_bundle(tmp_path: Path, family: str, task: Task) -> None:
    one = fitted(family, task)
    folder = write(tmp_path / "bundle", task, {family: (one.kind, one.payload, 1.0)})
    assert checked(folder, task) < CLOSE / 10


@pytest.mark.parametrize("place", ESTIMATORS)
@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_estimators_of_ones_own_are_set_inside(tmp_path: Path, place: str, task: Task) -> None:
    one = fitted("estimators", task, place.format("Regressor" if task == "regression" else "Classifier"))
    folder = write(tmp_path / "bundle", task, {"mine": (one.kind, one.payload, 1.0)})
    assert checked(folder, task) < CLOSE / 10


@pytest.mark.parametrize("task", TASKS)
def test_a_blend_of_many_answers_as_in_the_bundle(tmp_path: Path, task: Task) -> None:
    each = {family: fitted(family, task) for family in FAMILIES}
    members = {name: (one.kind, one.payload, 1.0 + place) for place, (name, one) in enumerate(each.items())}
    judgement = Judgement(shift=0.5) if task == "regression" else Judgement()
    assert checked(write(tmp_path / "bundle", task, members, judgement), task) < CLOSE / 10


@pytest.mark.parametrize(
    ("task", "judgement"),
    [
        ("binary", Judgement(threshold=0.3)),
        ("binary", Judgement(costs=((0.0, 1.0), (10.0, 0.0)))),
        ("binary", Judgement(Recalibration("beta", (0.8, 1.3), (0.0, 0.2)), threshold=0.4)),
        ("multiclass", Judgement(Recalibration("temperature", (1.5,) * 3, (0.0,) * 3))),
        ("multiclass", Judgement(costs=((0.0, 1.0, 5.0), (2.0, 0.0, 1.0), (1.0, 9.0, 0.0)))),
    ],
)
def test_what_becomes_of_scores_is_the_same(tmp_path: Path, task: Task, judgement: Judgement) -> None:
    members = {name: fitted(name, task) for name in ("linear", "lightgbm")}
    given = {name: (one.kind, one.payload, 1.0) for name, one in members.items()}
    with_it = write(tmp_path / "judged", task, given, judgement)
    checked(with_it, task)
    plain = read_bundle(write(tmp_path / "plain", task, given)).predictor()
    table = rows(task, 1_000)
    assert (plain.predict(table) != read_bundle(with_it).predictor().predict(table)).any() or (
        np.abs(plain.scores(table) - read_bundle(with_it).predictor().scores(table)).max() > 0.01
    )


def test_the_graph_is_one_that_bigquery_imports(tmp_path: Path) -> None:
    each = {family: fitted(family, "binary") for family in FAMILIES}
    members = {name: (one.kind, one.payload, 1.0) for name, one in each.items()}
    model = onnx.load_from_string(onnx_model(read_bundle(write(tmp_path / "b", "binary", members))))
    assert model.ir_version <= 8
    assert {opset.domain: opset.version for opset in model.opset_import} == {"": 15, "ai.onnx.ml": 2}
    kinds = onnx.TensorProto
    for value in (*model.graph.input, *model.graph.output):
        assert value.type.WhichOneof("value") == "tensor_type"
    inputs = {one.name: one.type.tensor_type for one in model.graph.input}
    assert list(inputs) == [column.name for column in contract("binary").columns]
    assert inputs["city"].elem_type == kinds.STRING
    assert inputs["age"].elem_type == kinds.DOUBLE
    assert all(len(one.shape.dim) == 2 and one.shape.dim[1].dim_value == 1 for one in inputs.values())
    assert [one.name for one in model.graph.output] == ["label", "probabilities"]


def test_the_same_bundle_gives_the_same_bytes(tmp_path: Path) -> None:
    one = fitted("lightgbm", "binary")
    contents = read_bundle(write(tmp_path / "b", "binary", {"m": (one.kind, one.payload, 1.0)}))
    assert onnx_model(contents) == onnx_model(contents)


def test_one_row_alone_gets_what_it_gets_among_many(tmp_path: Path) -> None:
    one = fitted("lightgbm", "multiclass")
    contents = read_bundle(write(tmp_path / "b", "multiclass", {"m": (one.kind, one.payload, 1.0)}))
    model, table = onnx_model(contents), rows("multiclass", 30)
    columns = {column.name: fed(table, column) for column in contents.manifest.contract.columns}
    many = run_graph(model, columns)
    for row in range(30):
        alone = run_graph(model, {name: values[row : row + 1] for name, values in columns.items()})
        assert alone[0][0] == many[0][row]
        np.testing.assert_allclose(alone[1][0], many[1][row], atol=1e-7)
    assert run_graph(model, {name: values[:0] for name, values in columns.items()})[1].shape == (0, 3)


def test_a_kind_that_nobody_can_write_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = fitted("linear", "binary")
    contents = read_bundle(write(tmp_path / "b", "binary", {"mine": (one.kind, one.payload, 1.0)}))
    monkeypatch.setattr(
        exported, "MEMBERS", {kind: writer for kind, writer in MEMBERS.items() if kind != "linear"}
    )
    with pytest.raises(InputError, match="'mine' of kind linear"):
        onnx_model(contents)
