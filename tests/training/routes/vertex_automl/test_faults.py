"""What goes wrong: one clear error, what stands is noted, and the same again goes on without paying twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.training.routes.vertex_automl.conftest import hurried, order
from tests.training.routes.vertex_automl.tables import SEALED, some_work

from fivefold.cloud.vertex.refusals import DENIED, LOST, QUOTA, STALLED, UNREACHABLE, VertexError
from fivefold.core.errors import StepError
from fivefold.core.routes import route_journal
from fivefold.core.workbench import Workbench
from fivefold.testing.vertex import Kind, VertexEmulator
from fivefold.training.routes.vertex_automl.answers import read_answers
from fivefold.training.routes.vertex_automl.route import VertexAutoMLRoute
from fivefold.training.routes.vertex_automl.settings import ROUTE
from fivefold.training.routes.vertex_automl.table import Table

NOTED = ["objects", "dataset", "model", "training pipeline", "batch prediction job"]


@pytest.mark.parametrize(
    ("fault", "code", "noted"),
    [
        (("denied", "storage.objects.create", 1), DENIED, 1),
        (("denied", "datasets.create", 1), DENIED, 2),
        (("lost", "datasets.create", 1), LOST, 2),
        (("failed", "datasets.create", 1), "step_failed", 2),
        (("lost", "pipelines.create", 1), LOST, 4),
        (("busy", "pipelines.create", 1), UNREACHABLE, 4),
        (("quota", "pipelines.get", 9), QUOTA, 4),
        (("lost", "jobs.create", 1), LOST, 5),
        (("quota", "jobs.create", 9), QUOTA, 5),
        (("failed", "jobs.create", 1), "step_failed", 5),
    ],
)
def test_one_error_then_the_same_again_goes_on(
    cloud: VertexEmulator,
    bench: Workbench,
    tmp_path: Path,
    fault: tuple[Kind, str, int],
    code: str,
    noted: int,
) -> None:
    work, _ = some_work(tmp_path)
    kind, on, times = fault
    cloud.faults.plant(kind, on, times=times)
    with pytest.raises(VertexError) as caught:
        VertexAutoMLRoute().train(work, bench, order())
    assert caught.value.code == code
    assert [entry.resource.kind for entry in route_journal(bench.live, ROUTE).entries] == NOTED[:noted]
    cloud.faults.clear()
    outcome = VertexAutoMLRoute().train(work, bench, order())
    assert outcome.scores.shape == (SEALED, 2)
    began = 1 + (on == "pipelines.create" and kind == "busy")  # refused once, and begun once
    assert cloud.asked.count("pipelines.create") == began
    assert outcome.money > 1.0
    assert cloud.inventory() == []


@pytest.mark.parametrize("on", ["pipelines.create", "jobs.create"])
def test_what_is_not_over_in_time_goes_on_and_is_gone_on_with(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path, on: str
) -> None:
    work, _ = some_work(tmp_path)
    cloud.faults.plant("slow", on, seconds=3.0)
    with pytest.raises(VertexError) as caught:
        VertexAutoMLRoute().train(work, hurried(bench, cloud, on), order())
    assert caught.value.code == STALLED
    outcome = VertexAutoMLRoute().train(work, bench, order())
    assert outcome.scores.shape == (SEALED, 2)
    assert cloud.asked.count("pipelines.create") == cloud.asked.count("jobs.create") == 1
    assert cloud.inventory() == []


@pytest.mark.parametrize("on", ["pipelines.create", "jobs.create"])
def test_what_never_ends_is_cancelled_when_it_is_taken_away(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path, on: str
) -> None:
    work, _ = some_work(tmp_path)
    cloud.faults.plant("stalled", on)
    with pytest.raises(VertexError) as caught:
        VertexAutoMLRoute().train(work, hurried(bench, cloud, on), order())
    assert caught.value.code == STALLED
    assert VertexAutoMLRoute().remove(bench.live)
    assert cloud.inventory() == []
    assert on.replace("create", "cancel") in cloud.asked


def test_of_a_training_that_failed_nothing_is_left(
    cloud: VertexEmulator, bench: Workbench, tmp_path: Path
) -> None:
    work, _ = some_work(tmp_path)
    cloud.faults.plant("failed", "pipelines.create")
    with pytest.raises(VertexError, match="Internal error"):
        VertexAutoMLRoute().train(work, bench, order())
    assert cloud.inventory() == []
    assert not route_journal(bench.live, ROUTE).entries
    assert VertexAutoMLRoute().train(work, bench, order()).rows


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "300 of 300 rows have no answer"),
        ({"prediction.errors_stats-00000": b"quota ran out"}, "quota ran out"),
        ({"prediction.results-00000": b'{"instance": {"fivefold_row": "1"}}\n'}, "KeyError"),
        (
            {
                "predictions_0001": b'{"instance": {"fivefold_row": "1"}, "prediction": {"classes": ["maybe"], "scores": [1]}}\n'
            },
            "maybe",
        ),
        (
            {
                "predictions_0001": b'{"instance": {"fivefold_row": "999"}, "prediction": {"classes": ["yes"], "scores": [1]}}\n'
            },
            "row 999",
        ),
    ],
)
def test_answers_that_cannot_be_used_are_told(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    work, _ = some_work(tmp_path)
    with pytest.raises(StepError, match="sealed rows cannot be used") as caught:
        read_answers(files, "jsonl", Table.of(work))
    assert said in str(caught.value)
