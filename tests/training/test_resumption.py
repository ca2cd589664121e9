"""Training that was killed or interrupted goes on from the fits that had come to their end, and gives what it would have given."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.training.stages import Stage

from fivefold.core.tasks import EncodeTask
from fivefold.core.workbench import Silence
from fivefold.testing.executors import tiny_workshop
from fivefold.training import step
from fivefold.training.step import train
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from fivefold.core.artefacts import Model
    from fivefold.core.workbench import Workbench

Make = Callable[..., Stage]


class Impatient(Silence):
    """Presses Ctrl-C as soon as the candidate is done on the second fold."""

    def advance(self, done: float, text: str) -> None:
        if text.startswith("linear, fold 2"):
            os.kill(os.getpid(), signal.SIGINT)


def tried(place: Stage, begun: Path, name: str, *, impatient: bool = False) -> tuple[Model, Workbench]:
    """Train in a folder that outlives the try."""
    bench = replace(
        place.bench(name=name, seconds=150.0), begun=begun, progress=Impatient() if impatient else Silence()
    )
    return train(place.dataset, place.brief, bench), bench


def members(bench: Workbench) -> dict[str, bytes]:
    """The payloads of the bundle's members."""
    folder = bench.folder / "bundle"
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if "members" in str(path) and path.is_file()
    }


def test_a_second_try_takes_over_what_the_first_had_finished(stage: Make, tmp_path: Path) -> None:
    place, begun = stage("binary"), tmp_path / "begun"
    whole, bench = tried(place, begun, "first")
    assert not any("taken over" in note for note in whole.notes)
    written = {path: path.stat().st_mtime_ns for path in begun.glob("workshop/fits/*/payload")}
    again, other = tried(place, begun, "second")
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert again.notes == (
        f"{len(written)} fits were taken over from an earlier try that did not come to its end.",
    )
    assert [(t.candidate, t.fold, t.seconds, t.score) for t in again.trials] == [
        (t.candidate, t.fold, t.seconds, t.score) for t in whole.trials
    ]
    assert again.evaluation == whole.evaluation
    assert members(other) == members(bench) != {}


def test_after_ctrl_c_the_finished_fits_count(stage: Make, tmp_path: Path) -> None:
    place, begun = stage("regression"), tmp_path / "begun"
    cut, _ = tried(place, begun, "first", impatient=True)
    assert cut.ended == "interrupted"
    again, bench = tried(place, begun, "second")
    assert again.ended == "all candidates fitted"
    assert any("taken over" in note for note in again.notes)
    fresh, other = tried(place, tmp_path / "elsewhere", "third")
    assert again.evaluation == fresh.evaluation
    assert members(bench) == members(other)


def test_a_fit_that_was_asked_something_else_is_made_anew(stage: Make, tmp_path: Path) -> None:
    place, begun = stage("binary"), tmp_path / "begun"
    whole, _ = tried(place, begun, "first")
    receipts = sorted(begun.glob("workshop/fits/*/receipt.json"))
    told = json.loads(receipts[0].read_bytes())
    told["asked"]["candidate"]["settings"]["of another version"] = 1
    receipts[0].write_text(json.dumps(told))
    payload = receipts[0].with_name("payload")
    payload.write_bytes(b"that is no model")
    again, _ = tried(place, begun, "second")
    assert again.notes[0].startswith(f"{len(receipts) - 1} fits were taken over")
    assert again.evaluation == whole.evaluation
    assert payload.read_bytes() != b"that is no model"


def test_what_was_begun_anew_and_cut_off_is_no_longer_taken_over(tmp_path: Path) -> None:
    folder, task = tiny_workshop(tmp_path / "workshop").folder, EncodeTask(1)
    Workshop(folder).perform(task)
    again = Workshop.reopen(folder)
    assert again is not None
    assert again.finished(task) is not None
    (folder / task.place / "receipt.json").unlink()  # as whoever does it anew begins
    assert again.finished(task) is None


def test_a_fold_that_was_half_encoded_is_encoded_anew(stage: Make, tmp_path: Path) -> None:
    place, begun = stage("binary"), tmp_path / "begun"
    whole, _ = tried(place, begun, "first")
    encoded = begun / "workshop" / "encoded" / "2"
    (encoded / "receipt.json").unlink()
    (encoded / "train.npy").write_bytes(b"half")
    again, _ = tried(place, begun, "second")
    assert (again.ended, again.evaluation) == (whole.ended, whole.evaluation)
    assert "could not be encoded" not in " ".join(again.notes)


def test_the_rows_that_were_drawn_stay_drawn(
    stage: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, begun = stage("binary"), tmp_path / "begun"
    monkeypatch.setattr(step, "affordable_rows", lambda *_: 100)
    first, _ = tried(place, begun, "first")
    monkeypatch.setattr(step, "affordable_rows", lambda *_: 90)
    again, _ = tried(place, begun, "second")
    assert first.train_rows == again.train_rows == 100
    assert "Trained on 100 of 240 training rows" in again.notes[0]


def test_rows_that_have_gone_are_drawn_again(
    stage: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, begun = stage("binary"), tmp_path / "begun"
    monkeypatch.setattr(step, "affordable_rows", lambda *_: 100)
    tried(place, begun, "first")
    (begun / "workshop" / "sample.parquet").unlink()
    again, _ = tried(place, begun, "second")
    assert again.train_rows == 100
    assert not any("taken over" in note for note in again.notes)
