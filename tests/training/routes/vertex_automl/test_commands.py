"""The commands of a person with an account, against the stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.commands import Call, Called

from fivefold.testing.tables import visits, write_csv
from fivefold.testing.vertex import VertexEmulator

SETTINGS = """
[budget]
time = "20s"
money = "21.50 USD"

[train.vertex-automl]
project = "shop"
location = "europe-west4"
bucket = "shop-models"
seconds = 12
"""


def patiently(fivefold: Call, *words: str) -> Called:
    """Call, and call again where a busy machine was not done in time: nothing is begun twice."""
    for _ in range(5):
        called = fivefold(*words)
        if "does not come to an end" not in called.err:
            break
    return called


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
    assert "vertex-automl: 21.4710 USD, up to 12" in compared.out
    assert (
        "21.4710"
        not in fivefold("train", "--compare-routes", "--where", "vertex-automl", "--set", "node_hours=2").out
    )
    refused = fivefold("train", "--where", "vertex-automl", "--set", "node_hours=2")
    assert refused.code == 3
    assert "42.7230 USD (training: 42.5040; answers to the sealed rows: 0.2190)" in refused.err
    assert cloud.inventory() == []

    cloud.faults.plant("lost", "pipelines.create")
    broken = fivefold("train", "--where", "vertex-automl", "--set", "keep=true")
    assert (broken.code, "The connection to Vertex AI broke" in broken.err) == (1, True)
    done = patiently(fivefold, "train", "--where", "vertex-automl", "--set", "keep=true")
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
    again = fivefold("train", "--where", "vertex-automl", "--set", "keep=true")
    assert again.code == 0
    assert cloud.asked.count("jobs.create") == 1

    gone = fivefold("undeploy")
    assert gone.code == 0, gone.err
    assert cloud.inventory() == []
