from __future__ import annotations

import asyncio

import pytest

from fivefold.core.errors import RequestError
from fivefold.core.protocols import Bundle
from fivefold.service.engine import Engine
from tests.service.serving import ROW


@pytest.fixture
def engine(bundle: Bundle) -> Engine:
    return Engine(bundle.folder)


def test_it_is_ready_only_once_it_is_loaded_and_proved(engine: Engine) -> None:
    assert (engine.state, engine.predictor) == ("starting", None)
    engine.load()
    assert engine.state == "ready"


@pytest.mark.parametrize("rows", [1, 127, 128, 129, 500])
def test_rows_are_answered_alike_in_small_and_large_requests(rows: int, engine: Engine) -> None:
    engine.load()
    assert engine.predictor is not None
    instances = [{**ROW, "age": 18 + place % 60, "city": "Graz"} for place in range(rows)]
    answers = asyncio.run(engine.answer(engine.predictor, instances))
    read = engine.predictor.read(instances)
    expected = engine.predictor.answer(read)
    assert answers.rows == read.values
    assert answers.unseen == read.unseen == [1] * rows
    assert answers.extra == [0] * rows
    assert [each["label"] for each in answers.predictions] == [each["label"] for each in expected]
    assert [each["score"] for each in answers.predictions] == pytest.approx(
        [each["score"] for each in expected]
    )


def test_a_large_request_lets_others_have_their_turn(engine: Engine) -> None:
    engine.load()
    predictor = engine.predictor
    assert predictor is not None
    order = []

    async def ask(name: str, rows: int) -> None:
        await engine.answer(predictor, [ROW] * rows)
        order.append(name)

    async def both() -> None:
        await asyncio.gather(ask("large", 1000), ask("small", 1))

    asyncio.run(both())
    assert order == ["small", "large"]


def test_one_bad_row_and_nothing_is_answered(engine: Engine) -> None:
    engine.load()
    assert engine.predictor is not None
    with pytest.raises(RequestError) as caught:
        asyncio.run(engine.answer(engine.predictor, [ROW] * 300 + ["no row"]))
    assert caught.value.row == 300
