"""Training elsewhere by the commands of a person with an account, against the fake."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from tests.training.routes.test_bigquery_ml import inventory

if TYPE_CHECKING:
    from tests.commands import Call

    from fivefold.testing.bigquery import BigQueryEmulator

SETTINGS = """
[train.bigquery-ml]
dataset = "clinic.ward"
model = "linear"
seconds = 5
"""
MEANS = ("--money", "1 USD", "--scan", "100MB")


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A run of one's own, with a project file beside it."""
    (tmp_path / "fivefold.toml").write_text(SETTINGS)
    return shutil.copytree(finished_run, tmp_path / "fivefold-runs" / finished_run.name)


def test_compared_refused_trained_and_told(warehouse: BigQueryEmulator, fivefold: Call, run: Path) -> None:
    digest = json.loads((run / "train" / "manifest.json").read_text())["header"]["digest"]
    compared = fivefold("train", run.name, "--compare-routes")
    assert compared.code == 0, compared.err
    local, elsewhere, *lines = compared.out.splitlines()
    assert local.startswith("local: 0.0000 USD, up to ")
    assert elsewhere == "bigquery-ml: 0.0030 USD, up to 5 s"
    assert any(line.startswith("  in the way: Training by 'bigquery-ml' would cost more") for line in lines)
    refused = fivefold("train", run.name, "--where", "bigquery-ml")
    assert (refused.code, "0.0030 USD" in refused.err) == (3, True)
    assert warehouse.jobs == []

    trained = fivefold("train", run.name, "--where", "bigquery-ml", *MEANS)
    assert trained.code == 0, trained.err
    assert "the one that bigquery-ml trained (" in trained.out
    assert "Nothing of it was left there." in trained.out
    assert inventory(warehouse) == []
    assert json.loads((run / "train" / "manifest.json").read_text())["header"]["digest"] == digest

    shown = fivefold("show", run.name, "--json")
    assert "bigquery-ml" in [rival["family"] for rival in json.loads(shown.out)["rivals"]]
    ledger = json.loads((run / "ledger.json").read_text())["entries"]
    (line,) = (entry for entry in ledger if entry["step"] == "bigquery-ml")
    assert line["money"] > 0
    billed = sum(job.answer.billed for job in warehouse.jobs if job.answer is not None and not job.dry)
    assert line["scan_bytes"] == billed > 0
    assert "scanned" in fivefold("show", run.name).out
    asked = len(warehouse.jobs)
    again = fivefold("train", run.name, "--where", "bigquery-ml", *MEANS)
    assert again.code == 0, again.err
    assert len(warehouse.jobs) == asked, "what was done is not done again"


def test_what_is_kept_goes_with_undeploy(warehouse: BigQueryEmulator, fivefold: Call, run: Path) -> None:
    kept = fivefold("train", run.name, "--where", "bigquery-ml", "--set", "keep=true", *MEANS)
    assert kept.code == 0, kept.err
    (name,) = inventory(warehouse)
    assert f"It still stands there: model {name}" in kept.out
    gone = fivefold("undeploy", run.name)
    assert (gone.code, "removed from bigquery-ml" in gone.out) == (0, True)
    assert inventory(warehouse) == []


def test_without_an_account_or_a_data_set_that_is_what_stands_in_the_way(
    fivefold: Call, run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    compared = fivefold("train", run.name, "--compare-routes", "--json")
    assert compared.code == 0, compared.err
    schema = Path(__file__).parents[3] / "docs" / "schemas" / "routes.schema.json"
    jsonschema.validate(json.loads(compared.out), json.loads(schema.read_text(encoding="utf-8")))
    _, elsewhere = json.loads(compared.out)["routes"][:2]
    assert (elsewhere["route"], elsewhere["money"]) == ("bigquery-ml", None)
    assert "do not let you in" in elsewhere["obstacle"]
    (tmp_path / "fivefold.toml").unlink()
    bare = fivefold("train", run.name, "--compare-routes")
    assert "bigquery-ml: nothing is known of price and time" in bare.out
    assert "needs the option 'dataset'" in bare.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--where", "the-moon"), r"[train] where cannot be used"),
        (("--set", "model=linear"), "There is no route that could take an option"),
    ],
)
def test_slips_are_named(fivefold: Call, run: Path, words: tuple[str, ...], said: str) -> None:
    slip = fivefold("train", run.name, *words)
    assert (slip.code, said in slip.err) == (2, True)


@pytest.mark.slow
def test_a_whole_run_keeps_time_for_it_or_is_refused_before_it_trains(
    warehouse: BigQueryEmulator, fivefold: Call, visits_csv: Path, tmp_path: Path
) -> None:
    project, means = tmp_path / "fivefold.toml", '[budget]\nmoney = "1 USD"\nscan = "100MB"\n'
    where = SETTINGS.replace("\n[train", '\n[train]\nwhere = "bigquery-ml"\n\n[train', 1)
    project.write_text(where.replace("seconds = 5", "seconds = 60") + means)
    asked = ("run", str(visits_csv), "--target", "shown", "--budget", "20s", "--json")
    refused = fivefold(*asked)
    assert (refused.code, "may take longer than there is time for it" in refused.err) == (3, True)
    assert not list(tmp_path.glob("fivefold-runs/*/train"))
    assert warehouse.jobs == []
    project.write_text(where + means)
    done = fivefold(*asked)
    assert done.code == 0, done.err
    assert "bigquery-ml" in [rival["family"] for rival in json.loads(done.out)["rivals"]]
    assert inventory(warehouse) == []
    (report,) = tmp_path.glob("fivefold-runs/*/report.html")
    assert "Trained elsewhere" in report.read_text()
