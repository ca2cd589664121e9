"""Personal values from the table to the monitor: a model may use them, and nothing keeps them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest

from fivefold.core.errors import InputError
from fivefold.monitoring.checks.contract import ContractCheck
from fivefold.monitoring.checks.drift import DriftCheck
from fivefold.monitoring.labels import label
from fivefold.monitoring.logs import read_logs
from fivefold.monitoring.window import window_of
from fivefold.runtime.bundle import load_bundle
from fivefold.service.log import OWN_LOG, read_log, read_requests
from fivefold.training.step import train
from tests.data.journey import Made, make
from tests.service.serving import eventually, serving
from tests.training.stages import drawn, make_stage

ROWS = 400
CLERKS = (
    "Anna Gruber",
    "Peter Miller",
    "Maria Rossi",
    "John Novak",
    "Luis Silva",
    "Elena Larsen",
    "Hans Byrne",
)


@pytest.fixture(scope="module")
def made() -> Made:
    """A table with a clerk's name and a guest's address in it, after the data step."""
    chance = np.random.default_rng(0)
    x = chance.normal(size=ROWS)
    frame = pl.DataFrame(
        {
            "x": x,
            "clerk": chance.choice(CLERKS, ROWS),
            "guest": [f"guest{row}@mail.example" for row in range(ROWS)],
            "y": np.where(x + chance.normal(size=ROWS) > 0, "yes", "no"),
        }
    )
    return make(frame, "y", "binary", checks=("personal", "spelling", "identifiers"))


def test_the_dataset_says_which_columns_are_personal_and_shows_no_value_of_them(made: Made) -> None:
    found = {
        finding.columns[0]: finding.what for finding in made.dataset.findings if finding.check == "personal"
    }
    assert found == {"clerk": "'clerk' holds names of persons", "guest": "'guest' holds e-mail addresses"}
    (clerk,) = (column for column in made.dataset.contract.columns if column.name == "clerk")
    assert clerk.personal
    assert clerk.categories == ()
    told = repr(made.dataset) + made.contract.decode()
    assert not any(name in told for name in CLERKS)
    assert "@mail.example" not in told


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose column ``city`` is personal, trained by the training step."""
    stage = make_stage(tmp_path_factory.mktemp("stage"), frame=drawn("binary", 300))
    body = stage.dataset.body
    columns = tuple(replace(column, personal=column.name == "city") for column in body.contract.columns)
    personal = replace(body, contract=replace(body.contract, columns=columns))
    bench = stage.bench()
    train(replace(stage.dataset, body=personal), stage.brief, bench)
    return bench.folder / "bundle"


def test_a_bundle_keeps_no_personal_value_to_show(bundle: Path) -> None:
    predictor = load_bundle(bundle)
    assert {golden.row["city"] for golden in predictor.golden} == {"(hidden)"}
    for name in ("golden.json", "reference.json"):
        assert "city 1" not in (bundle / name).read_text()


def test_no_file_of_the_service_keeps_a_personal_value(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / OWN_LOG
    predictor = load_bundle(bundle)
    row = {**predictor.golden[0].row, "age": 41.5, "city": "Secret Sue"}
    with serving(bundle, path) as service:
        answer = service.predict([row] * 60)
        assert answer.status == 200
        alone = predictor.answer(predictor.read([row]))[0]
        assert answer.json["predictions"][0]["score"] == pytest.approx(alone["score"])
        assert b"city 1" not in service.ask("GET", "/schema").body
        eventually(lambda: read_requests(path)["predictions"] == 60)
        kept = b"".join(one.read_bytes() for one in tmp_path.iterdir())
        assert b"41.5" in kept
        assert b"Secret Sue" not in kept


def test_no_kind_of_log_keeps_a_personal_value(bundle: Path, place: str) -> None:
    predictor = load_bundle(bundle)
    with serving(bundle, place) as service:
        row = {**predictor.golden[0].row, "age": 41.5, "city": "Secret Sue"}
        (name,) = service.predict([row]).json["prediction_ids"]
        label = {"prediction_id": name, "label": predictor.contract.classes[0], "city": "Secret Sue"}
        assert service.ask("POST", "/labels", orjson.dumps({"labels": [label]})).status in (200, 501)
    rows, _ = read_log(place, predictor.contract)
    assert (rows["age"].to_list(), rows["city"].to_list()) == ([41.5], [None])


def test_the_monitor_says_that_it_does_not_watch_what_the_log_does_not_keep(
    bundle: Path, tmp_path: Path
) -> None:
    predictor = load_bundle(bundle)
    stage = make_stage(tmp_path, frame=drawn("binary", 300))
    model = train(stage.dataset, stage.brief, stage.bench())
    with serving(bundle, tmp_path / OWN_LOG) as service:
        rows = pl.read_parquet(stage.dataset.folder / "test.parquet").drop("__row__", "outcome").to_dicts()
        instances = [
            {name: str(value) if name == "day" else value for name, value in row.items()} for row in rows
        ]
        assert service.predict(instances).status == 200
        eventually(lambda: read_requests(tmp_path / OWN_LOG)["predictions"] == len(rows))
    window = window_of(model, predictor, read_logs(predictor, tmp_path))
    assert window.rows["city"].is_null().all()
    result = DriftCheck().inspect(window)
    assert result.verdict == "healthy"
    assert "Not watched, because the log keeps no personal data: 'city'." in result.reason
    assert "city" not in {one.column for one in result.drift}
    assert ContractCheck().inspect(window).verdict == "healthy"
    with pytest.raises(InputError, match="cannot be joined") as refused:
        label(window, pl.DataFrame({"city": ["city 1"], "outcome": ["yes"]}))
    assert "city" not in refused.value.todo
