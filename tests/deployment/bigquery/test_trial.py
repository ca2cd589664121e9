"""Before a model takes its place: it is proved under another name, within the means, by jobs that are begun once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fivefold.core.errors import BudgetError, StepError
from fivefold.core.journal import Journal
from fivefold.deployment.targets.bigquery.draft import draw_up
from fivefold.deployment.targets.bigquery.limits import IMPORT_LIMITS
from fivefold.deployment.targets.bigquery.settings import BigQuerySettings
from fivefold.deployment.targets.bigquery.target import BigQueryTarget
from fivefold.runtime.bundle import load_bundle
from fivefold.testing.refusals import Refusal
from fivefold.testing.targets import tiny_bundle, tiny_workbench
from tests.deployment.bigquery.conftest import ORDER
from tests.deployment.test_targets import interrupted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deployment.bigquery.conftest import Cloud

MODEL = "clinic.ward.fivefold_shown"


@pytest.mark.parametrize("standing", [True, False])
def test_what_fails_parity_never_takes_the_place_of_what_stands(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, standing: bool
) -> None:
    bench, target = tiny_workbench(tmp_path), BigQueryTarget()
    older = target.push(tiny_bundle(tmp_path / "first"), bench, ORDER) if standing else None
    made, before = len(cloud.warehouse.jobs), cloud.inventory()
    stood = dict(cloud.warehouse.models.models)
    # BigQuery is handed the graph of another bundle, whose answers are others.
    third = tiny_bundle(tmp_path / "third", bias=-0.7)
    graph = draw_up(third.folder, BigQuerySettings("clinic.ward"), IMPORT_LIMITS)
    monkeypatch.setattr(cloud.warehouse.models, "_storage", lambda _: graph.graph)
    with pytest.raises(StepError, match="answers otherwise than the bundle"):
        target.push(tiny_bundle(tmp_path / "second", bias=0.5), bench, ORDER)
    assert cloud.inventory() == before
    assert cloud.warehouse.models.models == stood
    assert all(f"`{MODEL}`" not in job.statement for job in cloud.warehouse.jobs[made:])
    if older is not None:
        assert target.status(older) == "ready"
        assert Journal(bench.live, "bigquery").whole
    assert target.remove(older, bench.live) is standing
    assert cloud.inventory() == []


def test_a_lost_answer_is_looked_for_and_nothing_is_asked_for_twice(cloud: Cloud, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.warehouse.refusals.planned = [
        Refusal('"maximumBytesBilled"', 0, done=True),
        Refusal("ML.PREDICT", 503, "backendError", "busy", done=True, after=2),
    ]
    BigQueryTarget().push(bundle, bench, ORDER)
    assert cloud.warehouse.refusals.planned == []
    assert [job.dry for job in cloud.warehouse.jobs] == [True, False, True, True, False, True, False]
    names = [job.id for job in cloud.warehouse.jobs if not job.dry]
    assert len(set(names)) == len(names)
    assert all(name.startswith("fivefold_") for name in names)


def test_what_was_begun_for_an_earlier_try_cannot_come_back_after_its_removal(
    cloud: Cloud, tmp_path: Path
) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    cloud.warehouse.endless = True
    cloud.warehouse.refusals.planned = [Refusal("/queries/fivefold_", 0, times=2)]
    with pytest.raises(StepError, match="no answer came in time"):
        BigQueryTarget().push(bundle, bench, ORDER)
    assert cloud.warehouse.cancelled == [], "nobody knows of its end, so nobody asked for it"
    BigQueryTarget().remove(None, bench.live)
    assert cloud.warehouse.cancelled == [cloud.warehouse.jobs[1].id]
    cloud.warehouse.endless = False
    assert cloud.warehouse.jobs[1].error is not None
    assert cloud.inventory() == []


def test_a_model_that_answers_otherwise_is_taken_away_again(cloud: Cloud, tmp_path: Path) -> None:
    bench = tiny_workbench(tmp_path)
    BigQueryTarget().push(tiny_bundle(tmp_path / "other", bias=0.5), bench, ORDER)
    ours = tiny_bundle(tmp_path / "bundle")
    version = load_bundle(ours.folder).version.removeprefix("sha256:")
    # Another graph under this bundle's name, as a slip of the hand in the console would make it.
    cloud.warehouse.models.models["ward", "fivefold_shown"].labels["bundle"] = version[:32]
    with pytest.raises(StepError, match="answers otherwise than the bundle") as caught:
        BigQueryTarget().push(ours, bench, ORDER)
    assert "at most 0.0001" in caught.value.expected
    assert [name for name in cloud.inventory() if MODEL in name or version[:16] in name] == []


def test_what_a_dry_run_did_not_know_of_is_weighed_against_the_budget(cloud: Cloud, tmp_path: Path) -> None:
    cloud.warehouse.models.own_bytes = 20 * 2**20
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with pytest.raises(BudgetError, match="more of the warehouse than the budget allows") as caught:
        BigQueryTarget().push(bundle, bench, ORDER)
    assert "0.000119 USD" in caught.value.seen
    month = replace(bench, budget=replace(bench.budget, scan=50 * 2**20, money=0.02))
    with pytest.raises(BudgetError, match=r"0\.02 USD, of which 0 B and 0\.020000 USD are taken"):
        BigQueryTarget().push(bundle, month, ORDER)
    means = replace(bench, budget=replace(bench.budget, scan=50 * 2**20, money=0.03))
    BigQueryTarget().push(bundle, means, ORDER)
    assert [job.most for job in cloud.warehouse.jobs if not job.dry][-3:] == [1, 22 * 2**20, 1]
    dearer = replace(ORDER, prices={"bigquery.query": 1e6})
    with pytest.raises(BudgetError):
        BigQueryTarget().push(bundle, means, dearer)


def test_a_job_that_never_ends_is_cancelled_in_time(cloud: Cloud, tmp_path: Path) -> None:
    cloud.warehouse.endless = True
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path, seconds=0.1)
    with pytest.raises(StepError, match="no answer came in time"):
        BigQueryTarget().push(bundle, bench, ORDER)
    assert cloud.warehouse.cancelled == [cloud.warehouse.jobs[1].id]
    assert BigQueryTarget().remove(None, bench.live)
    assert cloud.inventory() == []


def test_a_job_that_is_interrupted_is_cancelled(cloud: Cloud, tmp_path: Path) -> None:
    bundle, bench = tiny_bundle(tmp_path / "bundle"), tiny_workbench(tmp_path)
    with (
        interrupted("fivefold.deployment.targets.bigquery.target.BigQueryService.rows"),
        pytest.raises(KeyboardInterrupt),
    ):
        BigQueryTarget().push(bundle, bench, ORDER)
    assert cloud.warehouse.cancelled == [cloud.warehouse.jobs[1].id]
    assert BigQueryTarget().remove(None, bench.live)
    assert cloud.inventory() == []
