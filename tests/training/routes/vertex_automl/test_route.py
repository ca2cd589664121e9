"""A life with AutoML: planned without making anything, trained, judged on rows that it never saw, and gone again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from tests.training.routes.vertex_automl.conftest import OPTIONS, order
from tests.training.routes.vertex_automl.tables import CLASSES, ROWS, SEALED, some_work

from fivefold.cloud.vertex.refusals import VertexError
from fivefold.core.artefacts import Task
from fivefold.core.errors import InputError, SettingsError
from fivefold.core.routes import route_journal
from fivefold.core.workbench import Workbench
from fivefold.testing.vertex import VertexEmulator
from fivefold.testing.vertex.datasets import read_csv
from fivefold.training.routes.vertex_automl import table
from fivefold.training.routes.vertex_automl.route import VertexAutoMLRoute
from fivefold.training.routes.vertex_automl.settings import ROUTE, AutoMLSettings, node_hours

HOURLY, MACHINE = 21.252, 0.219


def test_a_plan_makes_nothing_and_says_what_it_costs(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path
) -> None:
    work, _ = some_work(tmp_path)
    plan = VertexAutoMLRoute().plan(work, bench, order())
    assert cloud.inventory() == []
    assert not {verb for verb in cloud.asked if not verb.endswith((".get", ".list"))}
    assert plan.money == pytest.approx(2 * HOURLY + MACHINE)  # two node hours are what the money bears
    assert plan.seconds == 3 * 3600.0
    assert [one.kind for one in plan.makes] == [
        "objects",
        "dataset",
        "model",
        "training pipeline",
        "batch prediction job",
    ]
    assert all("2026" in expense.why for expense in plan.expenses)
    assert not route_journal(bench.live, ROUTE).entries


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_its_scores_are_those_of_the_sealed_rows_in_their_order(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path, task: Task, form: str
) -> None:
    cloud.models.output_formats = (form, "bigquery")
    work, truth = some_work(tmp_path, task)
    outcome = VertexAutoMLRoute().train(work, bench, order())
    scores = outcome.scores
    assert scores.shape == (SEALED, max(1, len(CLASSES[task])))
    if task == "regression":
        assert r2_score(truth, scores[:, 0]) > 0.7
        assert outcome.own["rSquared"] > 0.7
    else:
        assert np.allclose(scores.sum(axis=1), 1.0)
        assert log_loss(truth, scores) < 0.6 * np.log(len(CLASSES[task]))
        assert (scores.argmax(axis=1) == truth).mean() > 0.7
    if task == "binary":
        assert roc_auc_score(truth, scores[:, 1]) > 0.9
        assert outcome.own["auRoc"] > 0.9
    assert outcome.rows == ROWS * 4 // 5
    assert outcome.settings["node_hours"] == 2.0
    assert outcome.money == pytest.approx(0.9 * 2 * HOURLY + MACHINE)  # what the platform says that it took
    assert (outcome.kept, outcome.notes) == ((), ())
    assert cloud.inventory() == []
    assert not route_journal(bench.live, ROUTE).entries


def test_the_answer_stays_here(cloud: VertexEmulator, bench: Workbench, tmp_path: Path) -> None:
    work, _ = some_work(tmp_path)
    cloud.faults.plant(
        "denied", "models.delete"
    )  # so that everything made before it is still there to be looked at
    outcome = VertexAutoMLRoute().train(work, bench, order())
    assert "stays noted" in outcome.notes[0]
    rows = {
        name.rpartition("/")[2]: read_csv(data)
        for name, data in cloud.storage.objects.items()
        if name.endswith(".csv")
    }
    train, sealed = rows["train-0000.csv"], rows["sealed.csv"]
    features = {"c_distance__km_", "visits", "city", "Member", "member_4", "joined"}
    assert set(sealed[0]) == {"fivefold_row", *features}
    assert set(train[0]) == {*features, "c_shown_up_", "fivefold_split"}
    assert [row["fivefold_row"] for row in sealed] == [str(number) for number in range(SEALED)]
    assert {row["city"] for row in sealed} == {"Oslo", "Bergen, vest", 'the "old" town', "Ås", ""}
    assert {row["fivefold_split"] for row in train} == {"TRAIN", "VALIDATE", "TEST"}
    assert train[0]["joined"] == "2016-01-31T23:59:59.250000Z"
    assert {kind.kind for kind in outcome.kept} >= {"model", "objects"}
    assert VertexAutoMLRoute().remove(bench.live)
    assert cloud.inventory() == []


def test_a_long_table_goes_in_parts(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_PART", 500)
    work, truth = some_work(tmp_path, balanced=True)
    cloud.faults.plant("denied", "models.delete")
    outcome = VertexAutoMLRoute().train(work, bench, order())
    parts = [data for name, data in sorted(cloud.storage.objects.items()) if "/train-" in name]
    assert [len(read_csv(data)) for data in parts] == [500, 500, 200]
    (made,) = cloud.models.shown()
    assert made["displayName"].startswith("fivefold-")
    assert roc_auc_score(truth, outcome.scores[:, 1]) > 0.9
    assert VertexAutoMLRoute().remove(bench.live)


def test_rows_between_learning_and_judging_are_left_out(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path
) -> None:
    work, truth = some_work(tmp_path, rolling=True, balanced=True)
    cloud.faults.plant("failed", "jobs.create")
    outcome = VertexAutoMLRoute
    with pytest.raises(VertexError, match="Internal error"):
        outcome().train(work, bench, order())
    (pipeline,) = cloud.automl.pipelines.shown()
    assert pipeline["trainingTaskInputs"]["weightColumnName"] == "fivefold_weight"
    (name,) = (name for name in cloud.storage.objects if name.endswith("train-0000.csv"))
    rows = read_csv(cloud.storage.objects[name])
    assert 0 < len(rows) < ROWS
    weights = {row["c_shown_up_"]: float(row["fivefold_weight"]) for row in rows}
    assert sum(float(row["fivefold_weight"]) for row in rows) == pytest.approx(len(rows), rel=0.05)
    assert set(weights) == set(CLASSES["binary"])
    scores = VertexAutoMLRoute().train(work, bench, order()).scores
    assert roc_auc_score(truth, scores[:, 1]) > 0.9
    assert cloud.asked.count("pipelines.create") == 1
    assert cloud.inventory() == []


def test_a_model_that_is_kept_is_not_trained_again(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path
) -> None:
    work, _ = some_work(tmp_path)
    first = VertexAutoMLRoute().train(work, bench, order(keep=True))
    (model,) = first.kept
    assert model.kind == "model"
    assert model.name.rpartition("/")[2] in first.serving
    assert cloud.inventory() == [cloud.models.get(model.name).name]
    plan = VertexAutoMLRoute().plan(work, bench, order(keep=True))
    assert plan.money == pytest.approx(MACHINE)
    assert [one.kind for one in plan.makes] == ["objects", "batch prediction job"]
    again = VertexAutoMLRoute().train(work, bench, order(keep=True))
    assert np.array_equal(again.scores, first.scores)
    assert cloud.asked.count("pipelines.create") == 1
    assert again.money == pytest.approx(MACHINE)
    assert VertexAutoMLRoute().remove(bench.live)
    assert cloud.inventory() == []
    assert not VertexAutoMLRoute().remove(bench.live)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metric": "pinball_0.9"}, "quantile"),
        ({"rows": 900}, "900 rows"),
        ({"classes": 501}, "so many classes"),
    ],
)
def test_a_table_that_it_cannot_learn_is_refused_before_anything_is_made(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path, change: dict[str, int | str], said: str
) -> None:
    task: Task = "regression" if "metric" in change else "binary"
    work, _ = some_work(tmp_path, task, rows=int(change.get("rows", ROWS)))
    classes = tuple(map(str, range(int(change.get("classes", len(work.contract.classes))))))
    work = replace(
        work,
        metric=str(change.get("metric", work.metric)),
        contract=replace(work.contract, classes=classes),
    )
    with pytest.raises(InputError, match=said):
        VertexAutoMLRoute().plan(work, bench, order())
    assert cloud.asked == []


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("location", "example.org/"),
        ("bucket", "a/b"),
        ("node_hours", 0.5),
        ("node_hours", 73),
        ("seconds", -1),
        ("hours", 1),
    ],
)
def test_an_option_that_cannot_be_used_is_named(
    bench: Workbench, tmp_path: Path, option: str, value: str | float
) -> None:
    work, _ = some_work(tmp_path)
    with pytest.raises(SettingsError, match=f"'{option}'"):
        VertexAutoMLRoute().plan(work, bench, order(**{option: value}))


@pytest.mark.parametrize(
    ("money", "hours", "rows", "asked", "expected"),
    [
        (0.0, 10, 5_000, 0.0, 1.0),  # whether that is borne is the budget's business
        (50.0, 10, 5_000, 0.0, 2.0),
        (1000.0, 20, 5_000, 0.0, 3.0),  # more does not help with so few rows
        (1000.0, 20, 200_000, 0.0, 6.0),
        (10_000.0, 100, 20_000_000, 0.0, 24.0),
        (1000.0, 9, 200_000, 0.0, 2.0),  # half of what the step gets, but for an hour before and after
        (1000.0, 1, 200_000, 0.0, 6.0),  # beside a model that stands, time is no matter
        (0.0, 10, 5_000, 1.5, 1.5),
    ],
)
def test_node_hours_are_what_money_and_time_bear(
    bench: Workbench, money: float, hours: float, rows: int, asked: float, expected: float
) -> None:
    settings = AutoMLSettings(**{**OPTIONS, "node_hours": asked})  # type: ignore[arg-type]  # checked by kind elsewhere
    budget = replace(bench.budget, money=money, time=hours * 3600.0)
    assert node_hours(settings, budget, rows, HOURLY, MACHINE) == expected


def test_time_that_is_stated_for_it_bounds_it(bench: Workbench) -> None:
    settings = AutoMLSettings(**{**OPTIONS, "seconds": 3.5 * 3600.0})  # type: ignore[arg-type]  # checked by kind elsewhere
    budget = replace(bench.budget, money=1000.0, time=60.0)
    assert node_hours(settings, budget, 200_000, HOURLY, MACHINE) == 2.0
