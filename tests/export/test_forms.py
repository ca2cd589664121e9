"""The forms on disk: whole or not at all, from a run or from a bundle, by the command line too."""

from __future__ import annotations

import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest

from fivefold.core.errors import InputError, MissingExtraError, StepError
from fivefold.export import forms
from fivefold.export.forms import export, known_rows
from fivefold.export.model import onnx_model
from fivefold.export.parity import Parity, compare
from fivefold.runtime.bundle import load_bundle, read_bundle
from fivefold.testing.targets import tiny_bundle
from tests.export.made import fitted, rows, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands import Call

TASKS = ("binary", "multiclass", "regression")


@pytest.mark.parametrize("task", TASKS)
def test_one_archive_is_the_bundle(tmp_path: Path, task: Any) -> None:
    folder = tiny_bundle(tmp_path / "bundle", task=task).folder
    written = export(folder, "bundle", tmp_path / "model.zip")
    assert written.bytes == (tmp_path / "model.zip").stat().st_size
    packed, whole = load_bundle(tmp_path / "model.zip"), load_bundle(folder)
    assert packed.version == whole.version == written.bundle
    for golden in whole.golden:
        assert packed.answer(packed.read([golden.row]))[0] == golden.answer
    again = export(tmp_path / "model.zip", "bundle", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "model.zip").read_bytes()
    assert again.bundle == written.bundle
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.namelist() == sorted(archive.namelist())


@pytest.mark.parametrize("task", TASKS)
def test_a_graph_of_a_bundle_is_compared_on_its_golden_rows(tmp_path: Path, task: Any) -> None:
    written = export(tiny_bundle(tmp_path / "bundle", task=task).folder, "onnx", tmp_path / "model.onnx")
    assert written.parity is not None
    assert written.parity.rows == 3
    assert written.parity.largest < 1e-12
    assert (tmp_path / "model.onnx").stat().st_size == written.bytes


def test_a_folder_for_mlflow_is_a_bundle_still(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "bundle")
    (tmp_path / "empty").mkdir()
    export(bundle.folder, "mlflow", tmp_path / "empty")
    assert load_bundle(tmp_path / "empty").version == load_bundle(bundle.folder).version
    assert json.loads((tmp_path / "empty" / "MLmodel").read_text())["flavors"]["python_function"]
    with pytest.raises(InputError, match="is there already"):
        export(bundle.folder, "mlflow", tmp_path / "empty")


def test_what_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path / "bundle").folder
    with pytest.raises(InputError, match="onnx, mlflow, bundle"):
        export(folder, "pmml", tmp_path / "model.pmml")
    with pytest.raises(InputError, match="cannot be written"):
        export(folder, "onnx", tmp_path / "nowhere" / "model.onnx")
    with pytest.raises(InputError, match="is a folder"):
        export(folder, "bundle", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_graph_that_answers_otherwise_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = fitted("lightgbm", "regression")
    folder = write(tmp_path / "bundle", "regression", {"m": (one.kind, one.payload, 1.0)})
    other = write(
        tmp_path / "other",
        "regression",
        {"m": (one.kind, one.payload, 1.0), "dummy": ("constant", b'{"scores": [1e3]}', 0.1)},
    )
    wrong = onnx_model(read_bundle(other))
    found = compare(wrong, load_bundle(folder), rows("regression", 100))
    assert found.largest > 1
    assert found.apart == 1
    monkeypatch.setattr(forms, "onnx_model", lambda contents, told: wrong)
    with pytest.raises(StepError, match=r"answers otherwise.*difference of .* on 6 rows"):
        export(folder, "onnx", tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_no_row_at_all_proves_nothing() -> None:
    with pytest.raises(StepError, match="on 0 rows"):
        Parity(0, 0.0, 0.0, 0.0).demand()


def test_without_the_packages_the_install_command_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_bundle(tmp_path / "bundle").folder
    for name in ("onnxruntime", "onnx"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(MissingExtraError, match=r"pip install 'fivefold\[onnx\]'"):
            export(folder, "onnx", tmp_path / "model.onnx")


def test_a_run_is_exported_and_compared_on_its_own_rows(
    fivefold: Call, finished_run: Path, tmp_path: Path
) -> None:
    called = fivefold("export", str(finished_run), "--to", "onnx", "--output", "model.onnx", "--json")
    assert called.code == 0, called.err
    written = json.loads(called.out)
    assert written["parity"]["rows"] > 350
    assert written["parity"]["largest"] < 1e-5
    assert written["parity"]["labels"] == 0
    called = fivefold("export", str(finished_run), "--to", "bundle", "--output", "model.zip")
    assert called.code == 0, called.err
    called = fivefold("export", "model.zip", "--to", "onnx", "--output", "again.onnx")
    assert "rows compared: largest difference" in called.out
    assert (tmp_path / "again.onnx").read_bytes() == (tmp_path / "model.onnx").read_bytes()


def test_a_student_is_written_in_place_of_the_model_and_says_what_that_costs(
    fivefold: Call, finished_run: Path, tmp_path: Path
) -> None:
    words = ("export", str(finished_run), "--to", "onnx", "--output", "model.onnx", "--distilled")
    called = fivefold(*words)
    assert called.code == 0, called.err
    assert "distilled: one LightGBM, taught by the model's answers on" in called.out
    assert "sealed rows that neither had seen: a loss of" in called.out
    assert "rows compared: largest difference" in called.out
    written = json.loads(fivefold(*words, "--json").out)
    model = onnx.load(tmp_path / "model.onnx")
    kept = {one.key: one.value for one in model.metadata_props}
    assert json.loads(kept["distilled"]) == written["distilled"]
    assert kept["bundle"] == written["bundle"] == load_bundle(finished_run / "train" / "bundle").version


def test_nobody_is_distilled_without_rows_or_for_a_form_that_holds_the_model(
    fivefold: Call, finished_run: Path
) -> None:
    bundle = str(finished_run / "train" / "bundle")
    called = fivefold("export", bundle, "--to", "onnx", "--output", "m.onnx", "--distilled")
    assert called.code == 2
    assert "name the run" in called.err
    called = fivefold("export", str(finished_run), "--to", "mlflow", "--output", "m", "--distilled")
    assert called.code == 2
    assert "leave --distilled out" in called.err


def test_a_folder_that_is_not_there_is_told_before_anybody_is_taught(
    fivefold: Call, finished_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught: list[object] = []
    monkeypatch.setattr("fivefold.cli.export.distil", lambda *run, **_: taught.append(run))
    called = fivefold(
        "export", str(finished_run), "--to", "onnx", "--output", "nowhere/m.onnx", "--distilled"
    )
    assert (called.code, "'nowhere' cannot be written" in called.err, taught) == (2, True, [])


def test_rows_of_a_run_come_without_their_answers(finished_run: Path) -> None:
    from fivefold.core.store import Run

    predictor = load_bundle(finished_run / "train" / "bundle")
    found = known_rows(Run(finished_run), predictor)
    assert found.columns == [column.name for column in predictor.contract.columns]
    assert np.isfinite(predictor.scores(found)).all()


def test_misuse_has_its_exit_code(fivefold: Call, tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "bundle")
    called = fivefold("export", "bundle", "--to", "pmml", "--output", "x")
    assert called.code == 2
    assert "There is no such form" in called.err
    called = fivefold("export", "nothing", "--to", "onnx", "--output", "x")
    assert called.code == 2
    assert "There is no run 'nothing'" in called.err
