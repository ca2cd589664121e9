"""Rows answered by several threads."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from fivefold.runtime import crew
from fivefold.runtime.crew import side_by_side


@pytest.mark.parametrize("rows", [0, 1, 1_000, 2_048, 10_001])
@pytest.mark.parametrize("cores", [1, 2, 5])
def test_every_row_is_answered_once_and_in_its_place(rows: int, cores: int) -> None:
    values = np.arange(rows * 3, dtype=np.float32).reshape(rows, 3)
    scores = side_by_side(lambda part: part[:, :1].astype(np.float64), values, lambda: cores)
    assert np.array_equal(scores, values[:, :1])


def test_many_rows_are_answered_by_several_threads_at_once() -> None:
    together = threading.Barrier(3)

    def predict(part: np.ndarray) -> np.ndarray:
        together.wait(timeout=60)  # passes only when three ask at the same time
        return np.zeros((len(part), 1))

    assert side_by_side(predict, np.zeros((5_000, 2), dtype=np.float32), lambda: 3).shape == (5_000, 1)


def test_few_rows_stay_where_they_are() -> None:
    names = []

    def predict(part: np.ndarray) -> np.ndarray:
        names.append(threading.current_thread())
        return np.zeros((len(part), 1))

    side_by_side(predict, np.zeros((1_500, 2), dtype=np.float32), lambda: 4)
    assert names == [threading.current_thread()]


@pytest.mark.parametrize("rows", [100, 5_000])
def test_each_product_is_done_in_the_thread_that_asks_for_it(rows: int) -> None:
    def threads() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    def predict(part: np.ndarray) -> np.ndarray:
        seen.extend(threads())
        return np.zeros((len(part), 1))

    seen: list[int] = []
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        side_by_side(predict, np.zeros((rows, 2), dtype=np.float32), lambda: 2)
        assert threads() == before
    assert 2 in before
    assert set(seen) == {1}


def test_an_image_that_lacks_what_sets_the_threads_answers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    crew._controller.cache_clear()
    try:
        assert side_by_side(lambda part: np.ones((len(part), 1)), np.zeros((5, 2), np.float32)).sum() == 5
    finally:
        crew._controller.cache_clear()
