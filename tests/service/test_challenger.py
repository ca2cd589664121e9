"""What the log sees of two models."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import orjson
import pytest

from fivefold.core.protocols import Bundle
from fivefold.runtime.bundle import load_bundle
from fivefold.service.lineup import LineUp, write_line_up
from fivefold.service.log import read_log, read_requests
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import ROW, eventually, serving


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Bundle]:
    place = tmp_path_factory.mktemp("pair")
    return tiny_bundle(place / "first"), tiny_bundle(place / "second", bias=1.5)


def lined_up(place: Path, pair: tuple[Bundle, Bundle], share: float = 0.0, key: str = "") -> Path:
    write_line_up(place, LineUp(str(pair[0].folder), str(pair[1].folder), share, key))
    return place


def test_in_the_shadow_both_are_logged_under_one_id_and_one_is_returned(
    pair: tuple[Bundle, Bundle], tmp_path: Path
) -> None:
    versions = [load_bundle(each.folder).version for each in pair]
    log = tmp_path / "log.sqlite"
    with serving(lined_up(tmp_path / "line-up.json", pair), log) as service:
        replies = [service.predict([ROW, {**ROW, "age": 20 + place}]).json for place in range(5)]
        wrong = service.predict([{"age": "old"}])
        eventually(lambda: log_rows(log) == 20)
    assert wrong.status == 400
    frames = [read_log(log, pair[0].contract, version=version) for version in versions]
    ids = [name for reply in replies for name in reply["prediction_ids"]]
    returned = [answer["score"] for reply in replies for answer in reply["predictions"]]
    for rows, scores in frames:
        assert rows.height == 10
        assert sorted(scores["prediction_id"]) == sorted(ids)
    ours, theirs = (
        dict(zip(scores["prediction_id"], scores["probability: yes"], strict=True)) for _, scores in frames
    )
    assert [ours[name] for name in ids] == pytest.approx(returned)
    assert all(theirs[name] > ours[name] for name in ids)
    counted = read_requests(log)
    assert (counted["requests"], counted["refused"], counted["predictions"]) == (6, 1, 10)


def test_parted_rows_are_logged_once_each_by_who_answered(
    pair: tuple[Bundle, Bundle], tmp_path: Path
) -> None:
    versions = [load_bundle(each.folder).version for each in pair]
    log = tmp_path / "log.sqlite"
    with serving(lined_up(tmp_path / "line-up.json", pair, 0.5), log) as service:
        rows = [{**ROW, "age": 18 + place % 70} for place in range(200)]
        reply = service.predict([*rows, {"age": "old"}]).json
    assert reply["prediction_ids"][-1] is None
    assert reply["predictions"][-1]["error"]["code"] == "wrong_type"
    logged = [
        list(read_log(log, pair[0].contract, version=version)[1]["prediction_id"]) for version in versions
    ]
    assert sorted(logged[0] + logged[1]) == sorted(reply["prediction_ids"][:-1])
    assert 50 < len(logged[0]) < 150
    counted = read_requests(log)
    assert (counted["requests"], counted["predictions"]) == (1, 200)


def test_golden_rows_are_the_champions_whatever_the_share(
    pair: tuple[Bundle, Bundle], tmp_path: Path
) -> None:
    golden = load_bundle(pair[0].folder).golden
    with serving(lined_up(tmp_path / "line-up.json", pair, 0.9), None) as service:
        body = orjson.dumps({"instances": [each.row for each in golden]})
        answers = service.ask("POST", "/predict", body, {"x-fivefold-probe": "golden"}).json["predictions"]
    assert [answer["score"] for answer in answers] == pytest.approx([each.answer["score"] for each in golden])


def log_rows(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM predictions").fetchone()[0])


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_refused_row_does_not_move_the_places_of_the_others(
    pair: tuple[Bundle, Bundle], tmp_path: Path, share: float
) -> None:
    log = tmp_path / "log.sqlite"
    rows = [{"age": "old"}, ROW, {**ROW, "age": 20}, {"age": "older"}, {**ROW, "age": 30}]
    with serving(lined_up(tmp_path / "line-up.json", pair, share), log) as service:
        ids = service.predict(rows, {"x-request-id": "order-17"}).json["prediction_ids"]
        eventually(lambda: log_rows(log) == (3 if share else 6))
    with sqlite3.connect(log) as connection:
        found = connection.execute(
            "SELECT position, prediction_id, features FROM predictions WHERE request_id = 'order-17'"
        ).fetchall()
    assert [name is None for name in ids] == [True, False, False, True, False]
    assert {place for place, _, _ in found if place >= 0} == {1, 2, 4}
    for place, name, features in found:
        own = place if place >= 0 else -1 - place  # those of the shadow
        assert ids[own] == name
        assert orjson.loads(features)["age"] == rows[own]["age"]
