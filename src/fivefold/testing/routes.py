"""The conformance suite of the ``Route`` seam: what a run relies on, wherever a model is trained besides this machine.

Subclass it in a test module, say what is to be tested, and pytest collects the rest::

    class TestMyRoute(RouteSuite):
        def make(self) -> Route:
            return MyRoute()

        def inventory(self) -> Collection[str]:
            return [...]  # all that stands there
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar
from unittest import SkipTest

import numpy as np

from fivefold.core.artefacts import FOLD, ROW, Column, Contract, Split, Task
from fivefold.core.errors import FivefoldError
from fivefold.core.orders import Order
from fivefold.core.routes import RouteWork, route_journals
from fivefold.testing.targets import tiny_workbench

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fivefold.core.protocols import Floats, Route
    from fivefold.core.tables import Frame
    from fivefold.core.workbench import Workbench

__all__ = ["RouteSuite", "route_bench", "route_work"]

_CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("high", "low", "middle"),
    "regression": (),
}
_ROWS, _SEALED, _FOLDS = 240, 60, 3
_SECONDS = 60.0


def route_work(
    folder: Path, task: Task = "binary", *, digest: str = "sha256:rows", rows: int = _ROWS
) -> RouteWork:
    """Make a small table of so many rows to learn from, and sixty sealed ones; the outcome follows from two columns.

    Parameters
    ----------
    folder : Path
        Made here.
    task : Task
    digest : str
        The same one, the same work.
    rows : int
        To learn from.
    """
    import polars as pl

    folder.mkdir(parents=True, exist_ok=True)
    classes, frame = _CLASSES[task], _drawn(task, rows)
    taught = frame.head(rows).with_columns(pl.Series(FOLD, np.arange(rows) % _FOLDS + 1, dtype=pl.Int8))
    taught.write_parquet(folder / "train.parquet")
    frame.tail(_SEALED).drop("outcome", ROW).write_parquet(folder / "sealed.parquet")
    columns = (
        Column("age", "number", "integer", nullable=False),
        Column("price (EUR)", "number", "number", nullable=True),
        Column("city", "category", "string", nullable=True, categories=("Oslo", "Paris", "Rome")),
        Column("member", "boolean", "boolean", nullable=True),
        Column("joined", "date", "datetime", nullable=True),
        Column("note", "text", "string", nullable=True),
    )
    positive = classes[1] if task == "binary" else None
    return RouteWork(
        train=folder / "train.parquet",
        sealed=folder / "sealed.parquet",
        contract=Contract("outcome", task, classes, positive, columns),
        split=Split("random", None, _FOLDS, rolling=False, train_rows=rows, test_rows=_SEALED, why=""),
        metric="rmse" if task == "regression" else "log_loss",
        balanced=False,
        seed=0,
        digest=digest,
    )


def route_bench(
    folder: Path, *, seconds: float = _SECONDS, money: float = 100.0, scan: int = 10**10
) -> Workbench:
    """Make a workbench with money and bytes to spend."""
    bench = tiny_workbench(folder, seconds=seconds)
    return replace(bench, budget=replace(bench.budget, money=money, scan=scan))


class RouteSuite:
    """The rules of the seam ``fivefold.routes``; subclass it and override ``make`` and ``inventory``.

    Attributes
    ----------
    order : Order
        What the route is told.
    rows : int
        To learn from; some places take no fewer than a thousand.
    """

    order: ClassVar[Order] = Order()
    rows: ClassVar[int] = _ROWS

    def make(self) -> Route:
        """Return the route."""
        raise NotImplementedError

    def inventory(self) -> Collection[str]:
        """Return all that stands there, by name; what was there before any test is none of it."""
        raise NotImplementedError

    def faults(self) -> Sequence[AbstractContextManager[object]]:
        """Return what breaks a training off half-way for as long as it is entered, each at another point."""
        return ()

    def test_a_plan_makes_nothing_and_says_what_it_would(self, tmp_path: Path) -> None:
        """A plan has its price and its time, and leaves no trace."""
        bench = route_bench(tmp_path)
        plan = self.make().plan(route_work(tmp_path / "work", rows=self.rows), bench, self.order)
        assert plan.seconds > 0
        assert plan.makes
        assert all(expense.why for expense in plan.expenses)
        assert not list(self.inventory())
        assert not route_journals(bench.live)

    def test_every_sealed_row_is_answered_in_its_order(self, tmp_path: Path) -> None:
        """Scores are those of the sealed rows, better than knowing nothing, and nothing is left there."""
        for task, classes in _CLASSES.items():
            work = route_work(tmp_path / task, task, rows=self.rows)
            bench = route_bench(tmp_path / f"bench-{task}")
            outcome = self.make().train(work, bench, self.order)
            truth = _truth(task, self.rows)
            outputs = max(1, len(classes))
            assert outcome.scores.shape == (_SEALED, outputs)
            assert 0 < outcome.rows <= self.rows
            assert outcome.own
            if task == "regression":
                assert np.corrcoef(outcome.scores[:, 0], truth)[0, 1] > 0.5
            else:
                assert np.allclose(outcome.scores.sum(axis=1), 1.0, atol=1e-6)
                share = np.bincount(truth.astype(int)).max() / _SEALED
                assert (outcome.scores.argmax(axis=1) == truth).mean() > share
            assert not list(self.inventory())
            assert not self.make().remove(bench.live)

    def test_a_training_that_breaks_off_goes_on(self, tmp_path: Path) -> None:
        """The same call again completes it, and leaves nothing."""
        for number, fault in enumerate(self._faults()):
            bench, work = route_bench(tmp_path / str(number)), route_work(tmp_path / "work", rows=self.rows)
            self._broken(fault, work, bench)
            outcome = self.make().train(work, bench, self.order)
            assert outcome.scores.shape[0] == _SEALED
            assert not list(self.inventory())
            assert not route_journals(bench.live)

    def test_a_training_that_breaks_off_can_be_removed(self, tmp_path: Path) -> None:
        """Its notes name all that stands there."""
        for number, fault in enumerate(self._faults()):
            bench, work = route_bench(tmp_path / str(number)), route_work(tmp_path / "work", rows=self.rows)
            self._broken(fault, work, bench)
            noted = {entry.resource.name for each in route_journals(bench.live) for entry in each.entries}
            assert set(self.inventory()) <= noted
            self.make().remove(bench.live)
            assert not list(self.inventory())
            assert not route_journals(bench.live)
            assert not self.make().remove(bench.live)

    def _faults(self) -> Sequence[AbstractContextManager[object]]:
        """The faults; without any there is nothing to be seen."""
        found = self.faults()
        if not found:
            raise SkipTest("no faults are known for this route")
        return found

    def _broken(self, fault: AbstractContextManager[object], work: RouteWork, bench: Workbench) -> None:
        """Begin a training that cannot end."""
        with fault:
            try:
                self.make().train(work, bench, self.order)
            except FivefoldError:
                return
        raise AssertionError("the training went on although something had broken")


def _drawn(task: Task, taught: int) -> Frame:
    """Draw all rows with their outcome."""
    import polars as pl

    rng, rows = np.random.default_rng(0), taught + _SEALED
    age, city = rng.integers(18, 90, rows), rng.choice(["Oslo", "Paris", "Rome"], rows)
    signal = (age - 54) / 20 + np.where(city == "Oslo", 1.0, -0.5) + rng.normal(scale=0.4, size=rows)
    classes = _CLASSES[task]
    target: object = 100 + 20 * signal
    if classes:
        edges, names = ((0.0,), classes) if task == "binary" else ((-1.0, 1.0), ("low", "middle", "high"))
        target = np.array(names)[np.digitize(signal, edges)].tolist()
    return pl.DataFrame(
        {
            "age": age,
            "price (EUR)": np.where(rng.random(rows) < 0.1, np.nan, rng.random(rows)),
            "city": city.tolist(),
            "member": rng.random(rows) < 0.5,
            "joined": pl.Series(1_600_000_000_000_000 + age * 86_400_000_000).cast(pl.Datetime("us", "UTC")),
            "note": ["a word or two"] * rows,
            "outcome": target,
            ROW: np.arange(rows),
        }
    ).with_columns(pl.col("price (EUR)").fill_nan(None))


def _truth(task: Task, taught: int) -> Floats:
    """The sealed rows' outcome, which no route is shown: positions of classes, or numbers."""
    outcome = _drawn(task, taught)["outcome"].tail(_SEALED).to_list()
    classes = _CLASSES[task]
    return np.array([float(classes.index(each)) if classes else each for each in outcome])
