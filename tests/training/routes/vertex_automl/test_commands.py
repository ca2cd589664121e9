"""The commands of a person with an account, against the stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.commands import Call

from fivefold.testing.tables import visits, write_csv
from fivefold.testing.vertex import VertexEmulator

SETTINGS = """
[budget]
time = "20s"

[train.vertex-automl]
project = "shop"
location = "europe-west4"
bucket = "shop-models"
"""
WHERE = ("train", "--where", "vertex-automl")
KEPT = (*WHERE, "--money", "21.50 USD", "--set", "keep=true")


@pytest.mark.slow
def test_compared_refused_trained_beside_and_taken_away(
    cloud: VertexEmulator, fivefold: Call, tmp_path: Path
) -> None:
    (tmp_path / "fivefold.toml").write_text(SETTINGS)
    table = write_csv(tmp_path / "visits.csv", visits(1500))
    assert fivefold("research", str(table), "--target", "shown").code == 0
    assert fivefold("data").code == 0
    assert fivefold("train").code == 0

    compared = fivefold("train", "--compare-routes")
    assert compared.code == 0, compared.err
    assert "vertex-automl: 21.4710 USD, up to 2 h" in compared.out
    assert "in the way: Training by 'vertex-automl' would cost more than the stated money" in compared.out
    borne = fivefold("train", "--compare-routes", "--money", "30 USD")
    assert "would cost more" not in borne.out
    dear = fivefold(*WHERE)
    assert dear.code == 3
    assert "21.4710 USD (training: 21.2520; answers to the sealed rows: 0.2190)" in dear.err
    assert cloud.inventory() == []

    cloud.faults.plant("lost", "pipelines.create")
    broken = fivefold(*KEPT)
    assert (broken.code, "The connection to Vertex AI broke" in broken.err) == (1, True)
    done = fivefold(*KEPT)
    assert done.code == 0, done.err
    assert cloud.asked.count("pipelines.create") == 1
    assert "Vertex AI AutoML" in done.out
    (kept,) = cloud.inventory()
    assert kept.rpartition("/")[2] in done.out

    (place,) = (tmp_path / "fivefold-runs").glob("*/elsewhere.json")
    (found,) = json.loads(place.read_text())["models"]
    assert (found["route"], found["judged"]) == ("vertex-automl", 300)
    assert found["rival"]["score"]["low"] < found["rival"]["score"]["value"] < found["rival"]["score"]["high"]
    assert found["rival"]["gain"]["low"] < found["rival"]["gain"]["high"]
    assert found["money"] == pytest.approx(0.9 * 21.252 + 0.219)
    assert fivefold(*KEPT).code == 0
    assert cloud.asked.count("jobs.create") == 1

    gone = fivefold("undeploy")
    assert gone.code == 0, gone.err
    assert cloud.inventory() == []
