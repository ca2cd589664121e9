"""Going back by one word: the run that had the place before is deployed there again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fivefold.deployment.targets.bigquery.draft import label_of
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.targets import tiny_bundle
from tests.cli.test_succession import trained
from tests.commands import Call, valid

if TYPE_CHECKING:
    from tests.deployment.bigquery.conftest import Cloud

SETTINGS = """
[deploy]
target = "bigquery"

[deploy.bigquery]
dataset = "clinic.ward"
bucket = "models"
"""


@pytest.mark.slow
def test_a_rollback_deploys_the_run_before(cloud: Cloud, fivefold: Call, finished_run: Path) -> None:
    Path("fivefold.toml").write_text(SETTINGS)
    versions = {}
    for name, bias in (("first", 0.25), ("second", 1.5)):
        folder = trained(finished_run, name, bias)
        versions[name] = load_bundle(folder / "train" / "bundle").version
        called = fivefold("deploy", name, "--money", "1 USD", "--set", "rows=40")
        assert called.code == 0, called.err

    def stands() -> str:
        labels = cloud.warehouse.models.models["ward", "fivefold_shown"].labels
        (name,) = [name for name in versions if label_of(versions[name]) == labels["bundle"]]
        return name

    assert stands() == "second"
    alone = fivefold("rollback", "first", "--json")
    assert (alone.code, "does not stand" in alone.err) == (2, True)
    refused = fivefold("rollback", "second")
    assert (refused.code, "--money" in refused.err, stands()) == (3, True, "second")

    back = fivefold("rollback", "second", "--money", "1 USD", "--json")
    assert back.code == 0, back.err
    assert "trained again" not in back.err
    document = valid(back.out, "succession")
    assert document["champion"] == "first"
    assert document["version"] == versions["first"]
    assert stands() == "first"
    assert "rolled back:" in fivefold("show", "second", "deploy").out
    for name, said in (("second", "does not stand"), ("first", "no one to go back to")):
        called = fivefold("rollback", name, "--money", "1 USD")
        assert (called.code, said in called.err) == (2, True), called.err

    again = fivefold("deploy", "second", "--money", "1 USD", "--set", "rows=40")
    assert again.code == 0, again.err
    assert stands() == "second"
    tiny_bundle(Path("fivefold-runs/first/train/bundle"), bias=0.75)
    versions["first"] = load_bundle(Path("fivefold-runs/first/train/bundle")).version
    back = fivefold("rollback", "second", "--money", "1 USD")
    assert stands() == "first"
    assert "run first was trained again since it answered" in back.err
    assert "run second: the model of run first was deployed to 'bigquery' again" in back.out
    for name in ("second", "first"):
        assert fivefold("undeploy", name).code == 0
    assert cloud.inventory() == []
