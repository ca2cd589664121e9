"""``fivefold experiments``: runs listed, one run's trials, and runs side by side."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from tests.commands import Call

import fivefold as ff
from fivefold.cli.comparison import Experiments
from fivefold.core import records
from fivefold.core.artefacts import Elsewhere, Elsewheres, Model, Rival
from fivefold.core.artefacts.elsewhere import ELSEWHERE
from fivefold.core.store import Store
from fivefold.report.language import metric_label

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "experiments.schema.json"


def found(text: str) -> Experiments:
    """What ``--json`` printed, held against the published schema."""
    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text(encoding="utf-8")))
    return records.load(Experiments, text, label="the answer")


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> str:
    """The short id of a finished run in the store of this folder."""
    shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name)
    return finished_run.name


@pytest.fixture
def untrained(fivefold: Call, run: str, visits_csv: Path) -> str:
    """The short id of another run, which stands at its first step and states another budget."""
    assert fivefold("research", "visits.csv", "--target", "age", "--budget", "77s").code == 0
    return ff.load("latest").id


def test_an_empty_store_says_how_to_make_a_run(fivefold: Call) -> None:
    called = fivefold("experiments")
    assert called.code == 0
    assert "fivefold run TABLE" in called.out
    assert found(fivefold("experiments", "--json").out).runs == ()


def test_what_was_trained_elsewhere_stands_after_the_candidates(fivefold: Call, run: str) -> None:
    stored, model = Store(Path("fivefold-runs")).find(run), ff.load(run).trained
    own = found(fivefold("experiments", run, "--json").out).candidates
    score = replace(model.evaluation.score(model.metric), value=0.5)
    digest = stored.need("train", Model).header.digest
    one = Elsewhere(
        route="bigquery-ml",
        model=digest,
        key="",
        rival=Rival("boosted trees of BigQuery ML", "bigquery-ml", score, None),
        scores=(score,),
        judged=80,
        rows=200,
        settings={"booster": "gbtree"},
        own={},
        seconds=2.0,
        money=0.25,
        currency="USD",
    )
    stored.write(ELSEWHERE, Elsewheres((one, replace(one, route="vertex-automl", model="another model's"))))
    *before, last = found(fivefold("experiments", run, "--json").out).candidates
    assert tuple(before) == own, "nothing of the run's own is told otherwise"
    assert (last.candidate, last.family, last.sealed) == (one.rival.name, "bigquery-ml", score)
    assert (last.loss, last.metric, last.weight, last.fits) == (None, None, 0.0, ())
    told = f"  {one.rival.name}: trained by bigquery-ml, {metric_label(model.metric)} 0.5"
    assert told in fivefold("experiments", run).out


def test_all_runs_are_listed_with_their_sealed_figure(fivefold: Call, run: str, untrained: str) -> None:
    called = fivefold("experiments")
    assert called.code == 0, called.err
    first, figures, second, state = called.out.splitlines()
    assert first.startswith(run)
    assert "target shown" in first
    assert "95 % interval" in figures
    assert second.startswith(untrained)
    assert second.endswith("target age: done")  # what was asked for is; nothing runs any more
    assert state.strip() == "not trained"
    listed = found(fivefold("experiments", "--json").out)
    model = ff.load(run).trained
    assert [line.run for line in listed.runs] == [run, untrained]
    assert listed.runs[0].sealed == model.evaluation.score(model.metric)
    assert listed.runs[0].size_bytes == model.size_bytes
    assert listed.candidates == ()


def test_one_run_shows_every_trial_the_best_candidate_first(fivefold: Call, run: str) -> None:
    shown = found(fivefold("experiments", run, "--json").out)
    model = ff.load(run).trained
    assert sum(len(line.fits) for line in shown.candidates) == len(model.trials)
    compared = [line.loss for line in shown.candidates if line.loss is not None]
    assert compared == sorted(compared)
    assert all(line.loss is not None for line in shown.candidates[: len(compared)])
    members = {
        member.name: {key: value for key, value in member.settings.items() if key != "seeds"}
        for member in model.members
    }
    assert {line.candidate: line.settings for line in shown.candidates if line.weight} == members
    assert all(line.settings for line in shown.candidates if line.family != "linear")  # it has none
    assert all(fit.memory_bytes > 10**7 for line in shown.candidates for fit in line.fits)
    called = fivefold("experiments", "latest")
    assert called.code == 0, called.err
    assert all(f"  {line.candidate}: " in called.out for line in shown.candidates)
    assert "fold 1: loss " in called.out
    assert " MB, done (no better after round " in called.out
    assert "all training rows: " in called.out
    assert "all rows, the sealed ones too: " in called.out


def test_runs_side_by_side_say_what_differs(fivefold: Call, run: str, untrained: str) -> None:
    called = fivefold("experiments", run, untrained)
    assert called.code == 0, called.err
    assert f"best of {run}: " in called.out
    assert f"  question.target: shown ({run}), age ({untrained})" in called.out
    both = found(fivefold("experiments", untrained, run, "--json").out)
    assert [line.run for line in both.runs] == [untrained, run]
    changed = {difference.key: difference.values for difference in both.differences}
    assert changed["budget.time"] == {untrained: "77s", run: "40s"}
    assert "seed" not in changed
    assert "source.digest" not in changed
    assert both.same_sealed_rows is None


def test_figures_of_other_sealed_rows_are_told_apart(fivefold: Call, run: str) -> None:
    runs = Path("fivefold-runs")
    shutil.copytree(runs / run, runs / "twin")
    assert found(fivefold("experiments", run, "twin", "--json").out).same_sealed_rows is True
    assert "nothing differs" in fivefold("experiments", run, "twin").out
    manifest = runs / "twin" / "data" / "manifest.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    document["header"]["payloads"]["test.parquet"] = "sha256:other"
    manifest.write_text(json.dumps(document), encoding="utf-8")
    assert found(fivefold("experiments", run, "twin", "--json").out).same_sealed_rows is False
    assert "NOT the same" in fivefold("experiments", run, "twin").out


def test_the_same_run_twice_is_one_run(fivefold: Call, run: str) -> None:
    assert len(found(fivefold("experiments", run, "latest", "--json").out).runs) == 1


def test_a_run_that_cannot_be_read_does_not_hide_the_others(fivefold: Call, run: str) -> None:
    runs = Path("fivefold-runs")
    shutil.copytree(runs / run, runs / "broken")
    (runs / "broken" / "train" / "manifest.json").write_text("{}", encoding="utf-8")
    shutil.copytree(runs / run, runs / "blank")
    (runs / "blank" / "run.json").write_text("{}", encoding="utf-8")
    listed = {line.run: line for line in found(fivefold("experiments", "--json").out).runs}
    assert not listed[run].trouble
    assert listed["broken"].trouble
    assert listed["broken"].target == "shown"
    assert listed["blank"].trouble
    assert "cannot be read" in fivefold("experiments").out
    assert fivefold("experiments", "broken").code == 1


def test_a_run_that_is_not_there_is_misuse(fivefold: Call, run: str) -> None:
    called = fivefold("experiments", "nowhere")
    assert called.code == 2
    assert "There is no run 'nowhere'" in called.err
