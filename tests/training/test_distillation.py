"""A student: one model that any form can hold, measured beside the one that taught it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from tests.training.stages import Trained, as_run, drawn, make_stage

from fivefold.core.artefacts import Model
from fivefold.core.errors import InputError
from fivefold.export.forms import export, export_distilled, known_rows
from fivefold.measure.metrics import value
from fivefold.runtime.bundle import load_bundle, read_bundle
from fivefold.training.distillation import distil
from fivefold.training.step import train

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Task
    from fivefold.core.store import Run


def run_of(folder: Path, task: Task = "binary", **given: Any) -> Run:
    """A finished training of a table with a column of texts."""
    stage = make_stage(folder, task, **given)
    bench = stage.bench()
    return as_run(Trained(stage, bench, train(stage.dataset, stage.brief, bench)))


def taught(run: Run, folder: Path) -> Any:
    """Teach a student in a new folder."""
    folder.mkdir()
    return distil(run, folder)


@pytest.mark.parametrize(
    "task",
    [
        "multiclass",
        pytest.param("binary", marks=pytest.mark.slow),
        pytest.param("regression", marks=pytest.mark.slow),
    ],
)
def test_what_no_graph_can_hold_is_written_as_a_student_with_its_loss(tmp_path: Path, task: Task) -> None:
    run = run_of(tmp_path, task, frame=drawn(task, 600))
    model = run.need("train", Model)
    with pytest.raises(InputError, match=r"'note'.*--distilled"):
        export(model.folder / "bundle", "onnx", tmp_path / "model.onnx")
    student = taught(run, tmp_path / "student")
    told, evaluation = student.told, model.body.evaluation
    assert told.lacks == ("note",)
    assert (told.learned, told.answered, told.rows) == (480, 480, 120)
    assert told.teacher.value == pytest.approx(evaluation.score(evaluation.metric).value, rel=1e-5)
    (nothing,) = (one.value for one in evaluation.baseline if one.metric == evaluation.metric)
    assert (told.student.value > nothing) == told.student.greater_is_better
    sign = 1 if told.student.greater_is_better else -1
    assert told.loss.value == pytest.approx(sign * (told.teacher.value - told.student.value))
    assert told.loss.value > 0  # the note says much, and the student cannot read it
    assert (told.labels is None) == (task == "regression")
    unseen = load_bundle(student.folder).reference.out_of_fold
    assert unseen.rows == len(unseen.truth) == told.rows
    sealed = value(evaluation.metric, task, np.array(unseen.truth), np.array(unseen.scores))
    assert sealed == pytest.approx(told.student.value, rel=1e-5)
    rows = known_rows(run, load_bundle(student.folder))
    written = export_distilled(student.folder, tmp_path / "model.onnx", rows, told)
    assert written.parity is not None
    assert written.parity.apart == 0
    assert written.bundle == read_bundle(model.folder / "bundle").version
    graph = onnx.load(tmp_path / "model.onnx")
    assert [one.name for one in graph.graph.input] == ["age", "city", "member", "day", "empty"]
    kept = {one.key: one.value for one in graph.metadata_props}
    assert json.loads(kept["distilled"])["loss"]["value"] == told.loss.value
    assert f"{told.rows:,} sealed rows" in told.words()


def test_the_label_is_decided_as_the_teacher_decides(tmp_path: Path) -> None:
    costs = {"metric.costs": '{"yes": {"no": 10}}', "metric.threshold": "costs"}
    run = run_of(tmp_path, plan={"metric.primary": "f1", **costs})
    student = taught(run, tmp_path / "student")
    model = run.need("train", Model)
    theirs = read_bundle(model.folder / "bundle").manifest.judgement
    assert theirs.threshold is not None
    assert load_bundle(student.folder).blend.judgement.threshold == theirs.threshold
    assert student.told.teacher.value == pytest.approx(model.body.evaluation.score("f1").value)


@pytest.mark.slow
def test_rows_before_all_folds_teach_by_their_truth_alone(tmp_path: Path) -> None:
    run = run_of(tmp_path, "regression", kind="time")
    told = taught(run, tmp_path / "student").told
    assert 0 < told.answered < told.learned == 240


def test_the_same_run_teaches_the_same_student(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    one, two = taught(run, tmp_path / "one"), taught(run, tmp_path / "two")
    assert read_bundle(one.folder).version == read_bundle(two.folder).version
    assert one.told == two.told


@pytest.mark.slow
def test_texts_alone_teach_nothing(tmp_path: Path) -> None:
    run = run_of(tmp_path, frame=drawn("binary", 300).select("note", "outcome"))
    with pytest.raises(InputError, match="texts alone: 'note'"):
        taught(run, tmp_path / "student")


@pytest.mark.slow
def test_trends_are_kept(tmp_path: Path) -> None:
    run = run_of(tmp_path, plan={"model.decreasing": ("age",)})
    student = load_bundle(taught(run, tmp_path / "student").folder)
    golden = dict(student.golden[0].row)
    chances = student.scores([golden | {"age": age} for age in range(20, 90, 5)])[:, 1]
    assert (chances[1:] <= chances[:-1]).all()
