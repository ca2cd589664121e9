"""The conformance suite of the ``Executor`` seam: what training relies on, wherever its tasks are done.

Subclass it in a test module, say how a pool over a workshop is had, and pytest collects the rest::

    class TestMyExecutor(ExecutorSuite):
        def open(self, folder: Path) -> Pool:
            return MyExecutor().open(folder, 1, "", Deadline.after(60))
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import FOLD, ROW, Column, Contract, Split
from fivefold.core.clock import Deadline
from fivefold.core.protocols import Candidate
from fivefold.core.tasks import EncodeTask, FitTask
from fivefold.measure.objectives import objective_of
from fivefold.runtime.archive import squeezed
from fivefold.testing.strangers import install_strangers
from fivefold.training.encoded import load_features
from fivefold.training.executors.local import LocalPool
from fivefold.training.families.lightgbm import LightGBM
from fivefold.training.rows import Terms
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from fivefold.core.protocols import Pool
    from fivefold.core.tasks import Outcome, Task

__all__ = ["ExecutorSuite", "tiny_workshop"]

_LONG = 120.0
"""Seconds that nothing here takes, however busy the machine is."""
_SHORT = 1.0


def tiny_workshop(folder: Path, *, rows: int = 240, seed: int = 0) -> Workshop:
    """Make a workshop over a drawn table with a number and a category, a number to predict, and three folds.

    Parameters
    ----------
    folder : Path
        Made here; the table lies beside it.
    rows, seed : int
    """
    import polars as pl

    rng = np.random.default_rng(seed)
    size, city = rng.normal(50, 12, rows), rng.integers(0, 4, rows)
    frame = pl.DataFrame(
        {
            "size": size,
            "city": [f"city {number}" for number in city],
            "price": 3 * size + 20 * city + rng.normal(size=rows),
            ROW: np.arange(rows),
            FOLD: (np.arange(rows) % 3 + 1).astype(np.int8),
        }
    )
    snapshot = folder.with_suffix(".parquet")
    snapshot.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(snapshot)
    columns = (
        Column("size", "number", "number", nullable=True),
        Column("city", "category", "string", nullable=True),
    )
    contract = Contract("price", "regression", (), None, columns)
    split = Split("random", None, 3, rolling=False, train_rows=rows, test_rows=0, why="")
    objective = objective_of("regression")
    terms = Terms(
        str(snapshot),
        contract,
        split,
        rates=True,
        balanced=False,
        seconds=20.0,
        seed=seed,
        objective=objective,
    )
    return Workshop.open(folder, terms)


class ExecutorSuite:
    """The rules of the seam ``fivefold.executors``; subclass it and override ``open``."""

    def open(self, folder: Path) -> Pool:
        """Return a pool of the executor under test, over the workshop in this folder."""
        raise NotImplementedError

    def test_what_is_made_lies_in_the_workshop_with_its_receipt(self, tmp_path: Path) -> None:
        """Files of a task are where a next task, and a next try, look for them."""
        with self._encoded(tmp_path) as (pool, workshop):
            outcome = _done(pool, _fit("linear"))
        answer = outcome.answer
        assert answer is not None
        assert (answer.kind, answer.stopped) == ("linear", False)
        assert answer.score is not None
        place = workshop.folder / outcome.task.place
        assert answer.size == len(squeezed((place / "payload").read_bytes(), quick=True))
        assert np.load(place / "scores.npy").shape == (80, 1)
        again = Workshop.reopen(workshop.folder)
        assert again is not None
        assert again.finished(outcome.task) == answer
        assert again.finished(EncodeTask(1)) is not None

    def test_fits_are_those_of_the_local_executor(self, tmp_path: Path) -> None:
        """With the same seed, byte for byte, as long as no deadline presses."""
        with self._encoded(tmp_path / "there") as (pool, workshop):
            problem = workshop.problem(load_features(workshop.folder / EncodeTask(1).place))
            boosted = LightGBM().candidates(problem)[0]
            tasks = [_fit("linear"), replace(_fit("lightgbm", number=1), candidate=boosted)]
            for task in tasks:
                _done(pool, task)
        here = tiny_workshop(tmp_path / "here" / "workshop")
        with contextlib.closing(LocalPool(1, here.folder)) as local:
            _done(local, EncodeTask(1))
            for task in tasks:
                _done(local, task)
        for name in ("payload", "scores.npy"):
            for task in tasks:
                made = (workshop.folder / task.place / name).read_bytes()
                assert made == (here.folder / task.place / name).read_bytes()

    def test_a_fit_returns_when_its_time_is_up(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """By its seconds, and by the moment by which it must have returned; half a fit has no receipt."""
        self._strangers(tmp_path, monkeypatch)
        with self._encoded(tmp_path) as (pool, workshop):
            for number, seconds, latest in ((0, 0.5, _LONG), (1, _LONG, 0.5)):
                outcome = _done(pool, _fit("patient", number=number, seconds=seconds, latest=latest))
                assert outcome.answer is not None
                assert outcome.answer.stopped
                assert outcome.answer.seconds < _LONG / 2
                assert not (workshop.folder / outcome.task.place / "receipt.json").exists()

    def test_a_task_that_passes_its_moment_is_ended_and_the_next_one_is_done(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever it does, and without waiting for it."""
        self._strangers(tmp_path, monkeypatch)
        with self._encoded(tmp_path) as (pool, _):
            _done(pool, _fit("linear"))
            pool.start(_fit("sleeper", number=1), kill_at=Deadline.after(_SHORT))
            outcome = _ended(pool)
            assert (outcome.state, outcome.reason) == ("killed", "passed its deadline")
            assert outcome.seconds < _LONG / 2
            _done(pool, _fit("linear", number=2))

    def test_a_task_that_goes_wrong_is_lost_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One that raises and one that takes its process with it; the reason is told, and the next one is done."""
        self._strangers(tmp_path, monkeypatch)
        with self._encoded(tmp_path) as (pool, _):
            for number, (family, reason) in enumerate(
                [("raiser", "ValueError: a stranger's mistake"), ("crasher", "SIGABRT")]
            ):
                pool.start(_fit(family, number=number), kill_at=Deadline.after(_LONG))
                outcome = _ended(pool)
                assert outcome.state == "failed"
                assert reason in outcome.reason
            _done(pool, _fit("linear", number=2))

    def test_cancelling_ends_what_runs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """At once, and the worker's place is free again."""
        self._strangers(tmp_path, monkeypatch)
        with self._encoded(tmp_path) as (pool, _):
            before = pool.free
            assert before >= 1
            pool.start(_fit("sleeper"), kill_at=Deadline.after(_LONG))
            assert pool.free == before - 1
            assert [outcome.state for outcome in pool.cancel()] == ["killed"]
            assert list(pool.cancel()) == []
            _done(pool, _fit("linear", number=1))
            assert pool.lost == ""

    @contextlib.contextmanager
    def _encoded(self, place: Path) -> Iterator[tuple[Pool, Workshop]]:
        """A pool over a workshop whose first fold is encoded."""
        workshop = tiny_workshop(place / "workshop")
        with contextlib.closing(self.open(workshop.folder)) as pool:
            _done(pool, EncodeTask(1))
            yield pool, workshop

    def _strangers(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Install families that misbehave."""
        install_strangers(place / "site")
        monkeypatch.syspath_prepend(str(place / "site"))


def _fit(family: str, *, number: int = 0, seconds: float = _LONG, latest: float = _LONG) -> FitTask:
    """A fit on the first fold; both times from now."""
    candidate = Candidate(family, family, {}, 0.0)
    return FitTask(candidate, number, 1, seconds=seconds, latest=time.monotonic() + latest)


def _done(pool: Pool, task: Task) -> Outcome:
    """Have a task done as soon as a worker is free."""
    until = Deadline.after(_LONG)
    while not pool.free and not until.passed():
        assert list(pool.wait(0.2)) == []
    pool.start(task, kill_at=Deadline.after(_LONG))
    outcome = _ended(pool)
    assert (outcome.task.place, outcome.state) == (task.place, "done"), outcome.reason
    return outcome


def _ended(pool: Pool) -> Outcome:
    """Wait for the one task that runs."""
    until = Deadline.after(_LONG)
    while not until.passed():
        for outcome in pool.wait(0.5):
            return outcome
    raise AssertionError("nothing ended")
