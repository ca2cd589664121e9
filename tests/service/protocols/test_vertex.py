"""What Vertex AI does to a request on its way, and what it lets through of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.doors import Doors
from fivefold.service.log import open_log, read_log
from tests.service.houses import HOUSE, house_bundle
from tests.service.in_process import InProcess
from tests.service.serving import ROW, Answer

ROUTE = "/v1/endpoints/1/deployedModels/2:predict"
DOORS = Doors.from_environment({"AIP_PREDICT_ROUTE": ROUTE})


@pytest.fixture(scope="module")
def vertex(bundle: Bundle) -> Iterator[InProcess]:
    app = InProcess(bundle.folder, doors=DOORS)
    yield app
    app.close()


def ask(app: InProcess, instances: list[object], **parameters: object) -> Answer:
    body = {"instances": instances, "parameters": parameters}
    return app.post(ROUTE, orjson.dumps(body), {"content-type": "application/json"})


def test_there_is_a_prediction_per_instance_and_the_ids_stand_where_the_platform_lets_them_through(
    vertex: InProcess, bundle: Bundle
) -> None:
    predictor = load_bundle(bundle.folder)
    found = ask(vertex, [ROW, ROW]).json
    assert set(found) == {"predictions", "metadata"}
    assert found["predictions"] == predictor.answer(predictor.read([ROW, ROW]))
    assert len(set(found["metadata"]["prediction_ids"])) == 2
    assert found["metadata"]["request_id"]


def test_parameters_are_heeded(vertex: InProcess) -> None:
    coverage = vertex.ask("GET", "/schema", b"").json["coverages"][0]
    assert "set" in ask(vertex, [ROW], coverage=coverage).json["predictions"][0]
    assert ask(vertex, [ROW, "no row"], strict=True).status == 400
    partly = ask(vertex, [ROW, "no row"]).json
    assert partly["predictions"][1]["error"]["code"] == "not_an_object"
    assert partly["metadata"]["prediction_ids"][1] is None


def test_numbers_that_became_doubles_mean_what_they_meant(vertex: InProcess) -> None:
    doubles = {**ROW, "age": 40.0, "member": 1.0}
    assert ask(vertex, [doubles]).json["predictions"] == ask(vertex, [ROW]).json["predictions"]


def test_rows_of_batch_prediction_are_lists_in_the_order_of_the_columns(vertex: InProcess) -> None:
    listed = [40.0, None, True, "Rome", "2020-05-01"]
    named = {**ROW, "price": None}
    assert ask(vertex, [listed]).json["predictions"] == ask(vertex, [named]).json["predictions"]


def test_texts_keep_their_zeros_and_whole_doubles_are_codes(tmp_path: Path) -> None:
    folder, log = house_bundle(tmp_path / "bundle"), tmp_path / "log.sqlite"
    kept = open_log(log)
    assert kept is not None
    app = InProcess(folder, log=kept, doors=DOORS)
    ask(app, [{**HOUSE, "place": "007"}, {**HOUSE, "place": 7.0}, [80.0, 3.0, "00"]])
    app.close()
    kept.close()
    rows, _ = read_log(log, load_bundle(folder).contract)
    assert rows["place"].to_list() == ["007", "7", "00"]


def test_our_own_path_can_be_theirs(bundle: Bundle) -> None:
    app = InProcess(bundle.folder, doors=Doors.from_environment({"AIP_PREDICT_ROUTE": "/predict"}))
    found = app.post("/predict", orjson.dumps({"instances": [ROW]})).json
    app.close()
    assert set(found) == {"predictions", "metadata"}
