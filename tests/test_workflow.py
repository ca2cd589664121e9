"""The whole journey on small tables: the same command finds the same run, killed runs resume, steps equal the whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import jsonschema
import polars as pl
import pytest

import fivefold as ff
from fivefold.core import records
from fivefold.core.artefacts import Model, Resource
from fivefold.core.errors import MisuseError
from fivefold.core.journal import Journal
from fivefold.core.store import Manifest, Run, Store
from fivefold.report.sections.rivals import rival_lines, rival_words
from fivefold.result import KINDS, Summary
from fivefold.testing.tables import visits, write_csv
from tests.commands import Call

# That of the shared finished run, which is a deterministic one, so that the same call finds the same run.
BUDGET = "40s"


@pytest.fixture
def done(finished_run: Path) -> ff.Result:
    """A finished run on a small table."""
    return ff.load(str(finished_run))


def test_a_run_has_all_five_artefacts_and_a_report(done: ff.Result) -> None:
    assert [done.artefact(step).header.kind for step in KINDS] == [
        "Brief",
        "Dataset",
        "Model",
        "Release",
        "Health",
    ]
    assert done.record.state == "done"
    assert done.report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert done.health.verdict == "unknown"


def test_every_artefact_names_its_parents(done: ff.Result) -> None:
    digests = {done.artefact(step).header.kind: done.artefact(step).header.digest for step in KINDS}
    assert done.artefact("train").header.parents == {name: digests[name] for name in ("Dataset", "Brief")}
    assert done.artefact("deploy").header.parents == {"Model": digests["Model"]}


def test_the_model_beats_knowing_nothing_and_says_by_how_much(done: ff.Result) -> None:
    evaluation = done.evaluation
    assert evaluation.better
    score = evaluation.score("roc_auc")
    assert 0.5 < score.low <= score.value <= score.high
    assert score.value > 0.6


def test_the_model_answers_rows_and_frames_alike(done: ff.Result) -> None:
    rows = [{name: value or None for name, value in row.items()} for row in visits(5, seed=9)]
    from_rows, from_frame = done.model.predict_proba(rows), done.model.predict_proba(pl.DataFrame(rows))
    assert (from_rows == from_frame).all()
    assert set(done.model.predict(rows)) <= {"yes", "no"}


def test_the_ledger_has_a_line_for_every_step(done: ff.Result) -> None:
    assert [entry.step for entry in done.ledger.entries] == ["start", *KINDS]
    assert 0 < done.ledger.spent() < 42
    assert all(entry.spent_seconds > 0 and entry.memory_bytes > 0 for entry in done.ledger.entries)


def test_the_sealed_part_is_apart(done: ff.Result) -> None:
    folder = done.artefact("data").folder
    train, test = pl.read_parquet(folder / "train.parquet"), pl.read_parquet(folder / "test.parquet")
    assert not set(train["__row__"]) & set(test["__row__"])
    assert train.height + test.height == 400


def test_the_served_model_learned_from_the_sealed_part_once_it_was_judged(
    done: ff.Result, fivefold: Call
) -> None:
    model = done.trained
    assert model.train_rows == 400
    assert model.measured_rows == 400 - model.evaluation.rows
    said = f"the figures are of the fit before it, on {model.measured_rows} rows."
    assert said in fivefold("show", str(done.folder), "train").out


def test_the_rivals_are_said_wherever_the_figure_is(done: ff.Result, fivefold: Call) -> None:
    lines = rival_lines(done.trained)
    assert lines
    printed = fivefold("show", str(done.folder), "train").out
    card = (done.artefact("train").folder / "card.md").read_text()
    assert all(f"  {line}." in printed and f"- {line}." in card for line in lines)
    rivals = done.trained.evaluation.rivals
    told = fivefold("show", str(done.folder)).out
    assert all(rival_words(rival) in told for rival in rivals)
    assert done.summary().rivals == rivals


def test_the_same_call_finds_the_run_and_repeats_nothing(done: ff.Result, tmp_path: Path) -> None:
    again = ff.run(
        str(write_csv(tmp_path / "visits.csv", visits(400))),
        target="shown",
        budget=BUDGET,
        deterministic=True,
        out=str(done.folder.parent),
    )
    assert again.id == done.id
    assert {entry.step for entry in again.ledger.entries if entry.reused} == {
        "research",
        "data",
        "train",
        "deploy",
    }


def test_a_run_whose_process_was_killed_is_not_said_to_run(
    done: ff.Result, tmp_path: Path, fivefold: Call
) -> None:
    killed = Run(tmp_path / done.id)
    killed.folder.mkdir()
    killed.write("run.json", replace(done.record, state="running"))
    said = json.loads(fivefold("show", str(killed.folder), "--json").out)
    assert said["state"] == "interrupted"
    assert "the same command goes on" in said["message"]
    with killed.lock():  # as a process that is at work holds it
        assert ff.Result(killed).record.state == "running"


def test_another_question_is_another_run(done: ff.Result, tmp_path: Path) -> None:
    table = write_csv(tmp_path / "visits.csv", visits(400))
    other = ff.run(str(table), target="distance_km", budget="20s", out=str(done.folder.parent))
    assert other.id != done.id
    assert other.trained.task == "regression"
    assert ff.load("latest", out=str(done.folder.parent)).id == other.id


def test_what_show_prints_fits_the_published_schemas(done: ff.Result, fivefold: Call) -> None:
    schemas = Path(__file__).parent.parent / "docs" / "schemas"
    for step, kind in KINDS.items():
        printed = json.loads(fivefold("show", str(done.folder), step, "--json").out)
        jsonschema.validate(
            printed, json.loads((schemas / f"{kind.__name__.lower()}.schema.json").read_text())
        )
    printed = json.loads(fivefold("show", str(done.folder), "--json").out)
    jsonschema.validate(printed, json.loads((schemas / "summary.schema.json").read_text()))
    assert records.load(Summary, json.dumps(printed), label="summary").run == done.id


def test_a_manifest_without_a_field_does_not_fit_its_schema(done: ff.Result) -> None:
    schema = records.schema(Manifest[Model])
    document = json.loads((done.folder / "train" / "manifest.json").read_text())
    del document["body"]["metric"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def run_in_the_background(table: Path, out: Path, *flags: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "fivefold.cli.main",
        "run",
        str(table),
        "--target",
        "shown",
        "--budget",
        BUDGET,
    ]
    return subprocess.Popen(
        [*command, "--out", str(out), "--json", *flags], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def wait_for(condition: object, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until, "what was waited for did not come"
        time.sleep(0.02)


@pytest.mark.slow
def test_a_run_killed_in_the_middle_of_training_resumes(done: ff.Result, tmp_path: Path) -> None:
    table = write_csv(tmp_path / "visits.csv", visits(400))
    process = run_in_the_background(table, tmp_path / "runs", "--deterministic")
    wait_for(lambda: list((tmp_path / "runs").glob("*/begun/train/workshop/fits/*/receipt.json")))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    (killed,) = Store(tmp_path / "runs").runs()
    before = {step: (killed.folder / step / "manifest.json").read_bytes() for step in ("research", "data")}
    assert not (killed.folder / "train").exists()
    again = ff.run(str(table), target="shown", budget=BUDGET, deterministic=True, out=str(tmp_path / "runs"))
    assert again.id == killed.id == done.id
    assert {step: (killed.folder / step / "manifest.json").read_bytes() for step in before} == before
    assert again.evaluation == done.evaluation
    bundle = {
        name: digest for name, digest in again.artefact("train").header.payloads.items() if "members" in name
    }
    assert bundle == {
        name: d for name, d in done.artefact("train").header.payloads.items() if "members" in name
    }
    assert any("taken over from an earlier try" in note for note in again.trained.notes)
    assert not (tmp_path / "runs" / ".work").exists()
    assert not (killed.folder / "begun").exists()


def test_ctrl_c_before_training_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def press(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fivefold.workflow.data", press)
    with pytest.raises(KeyboardInterrupt):
        ff.run(pl.DataFrame(visits(60)), target="shown", budget="20s", out=str(tmp_path / "runs"))
    summary = ff.load(out=str(tmp_path / "runs")).summary()
    assert summary.state == "interrupted"
    assert summary.message == "Ctrl-C ended it; the same command goes on from what was finished."
    assert set(summary.steps) == {"research"}


@pytest.mark.slow
def test_ctrl_c_in_training_gives_the_best_so_far(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "visits.csv", visits(400))
    process = run_in_the_background(table, tmp_path / "runs")
    wait_for(lambda: list((tmp_path / "runs").glob("*/begun/train/workshop/fits/*/payload")))
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    summary = json.loads(out)
    assert summary["state"] == "done"
    cut = ff.load("latest", out=str(tmp_path / "runs"))
    assert cut.trained.ended == "interrupted"
    assert (cut.folder / "begun" / "train" / "key").is_file()


@pytest.mark.slow
def test_two_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    table = write_csv(tmp_path / "visits.csv", visits(400))
    both = [run_in_the_background(table, tmp_path / "runs") for _ in range(2)]
    printed = [json.loads(process.communicate(timeout=120)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert printed[0]["steps"]["train"]["digest"] == printed[1]["steps"]["train"]["digest"]


@pytest.mark.slow
def test_a_deterministic_run_gives_the_same_bundle_with_other_cores(tmp_path: Path) -> None:
    table, bundles = write_csv(tmp_path / "visits.csv", visits(400)), []
    for cores in ("1", "2"):
        out, printed = tmp_path / f"runs {cores}", {"repeatable": False}
        for _ in range(10):  # where the deadline cuts it, the same command goes on
            process = run_in_the_background(table, out, "--deterministic", "--cores", cores)
            printed = json.loads(process.communicate(timeout=120)[0])
            if printed["repeatable"]:
                break
        assert printed["repeatable"]
        payloads = ff.load(out=str(out)).artefact("train").header.payloads
        bundles.append({name: digest for name, digest in payloads.items() if name.startswith("bundle/")})
    assert bundles[0] == bundles[1] != {}


def test_frames_are_taken_as_they_are(tmp_path: Path) -> None:
    frame = pl.DataFrame([{name: value or None for name, value in row.items()} for row in visits(200)])
    result = ff.run(frame, target="shown", budget="15s", out=str(tmp_path))
    assert result.record.address == ""
    assert result.evaluation.rows == pytest.approx(40, abs=4)


def test_the_steps_one_by_one_give_what_run_gives(
    done: ff.Result, fivefold: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIVEFOLD_DETERMINISTIC", "true")
    write_csv(Path("visits.csv"), visits(400))
    assert fivefold("research", "visits.csv", "--target", "shown", "--budget", BUDGET).code == 0
    assert fivefold("data").code == 0
    for _ in range(10):  # where the deadline cuts it, the same command goes on
        assert fivefold("train").code == 0
        if ff.load().trained.repeatable:
            break
    assert fivefold("deploy", "--target", "none").code == 0
    assert fivefold("monitor").code == 0
    (run,) = Store(Path("fivefold-runs")).runs()
    assert run.id == done.id
    stepwise = ff.load(run.id)
    assert stepwise.evaluation == done.evaluation
    with pytest.raises(MisuseError, match="no step 'polish'"):
        stepwise.artefact("polish")


def test_a_later_step_asks_for_the_earlier_one(fivefold: Call) -> None:
    write_csv(Path("visits.csv"), visits(100))
    fivefold("research", "visits.csv", "--target", "shown", "--budget", "10s")
    called = fivefold("train")
    assert called.code == 2
    assert "fivefold data" in called.err


def test_predict_scores_a_file(done: ff.Result, fivefold: Call) -> None:
    write_csv(Path("new.csv"), [{k: v for k, v in row.items() if k != "shown"} for row in visits(30, seed=5)])
    assert fivefold("predict", str(done.folder), "new.csv", "--out", "scored.parquet").code == 0
    scored = pl.read_parquet("scored.parquet")
    assert scored.height == 30
    assert set(scored["prediction"]) <= {"yes", "no"}
    sums = scored["probability: yes"] + scored["probability: no"]
    assert sums.to_list() == pytest.approx([1.0] * 30)
    wrong = fivefold("predict", str(done.folder), "new.csv", "--out", "scored.xls")
    assert (wrong.code, "scored.xls" in wrong.err) == (2, True)


def test_predict_names_a_column_that_lacks(done: ff.Result, fivefold: Call) -> None:
    Path("new.csv").write_text("distance_km,reminder,district\n1,sms,north\n")
    called = fivefold("predict", str(done.folder), "new.csv", "--out", "scored.csv")
    assert called.code == 2
    assert "age" in called.err
    assert not Path("scored.csv").exists()


def test_init_writes_a_project_file_that_run_takes(fivefold: Call) -> None:
    write_csv(Path("visits.csv"), visits(120))
    assert fivefold("init", "visits.csv", "--target", "shown").code == 0
    text = Path("fivefold.toml").read_text()
    assert "age: number" in text
    called = fivefold("run", "--budget", "15s", "--json")
    assert called.code == 0
    assert json.loads(called.out)["state"] == "done"


def test_doctor_finds_every_part(fivefold: Call) -> None:
    called = fivefold("doctor", "--json")
    assert called.code == 0, called
    found = json.loads(called.out)
    schema = Path(__file__).parent.parent / "docs" / "schemas" / "diagnosis.schema.json"
    jsonschema.validate(found, json.loads(schema.read_text()))
    assert {state for parts in found["parts"].values() for state in parts.values()} == {"ok"}
    assert "LightGBM" not in fivefold("doctor").err


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_a_local_service_starts_answers_and_stops(fivefold: Call) -> None:
    write_csv(Path("visits.csv"), visits(120))
    called = fivefold(
        "run", "visits.csv", "--target", "shown", "--budget", "20s", "--deploy", "local", "--json"
    )
    assert called.code == 0, called.err
    run = json.loads(called.out)
    pid = ff.load(run["run"]).release.pid
    elsewhere = (
        ff.load(run["run"]).folder.resolve() / "live" / "elsewhere"
    )  # what an earlier deployment made at another target
    elsewhere.mkdir()
    Journal(elsewhere.parent, "container").note(Resource("context", str(elsewhere)), "sha256:0")
    try:
        assert run["address"].startswith("http://127.0.0.1:")
        os.kill(pid, 0)
    finally:
        assert "was stopped" in fivefold("stop", run["run"]).out
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert "no service was running" in fivefold("stop", run["run"]).out
    assert elsewhere.is_dir()
    assert "removed from container" in fivefold("undeploy", run["run"]).out
    assert not elsewhere.exists()
