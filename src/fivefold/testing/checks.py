"""What every check of a release must hold to, and tiny windows to try it on.

Subclass :class:`CheckSuite` in a test file, return the check from ``make``, and let pytest collect it::

    class TestMyCheck(CheckSuite):
        def make(self) -> Check:
            return MyCheck()
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, get_args

import numpy as np
import polars as pl

from fivefold.core import records
from fivefold.core.artefacts import CheckResult, Column, Contract, Task
from fivefold.core.window import Window
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.measure.sketch import sketch

if TYPE_CHECKING:
    from fivefold.core.protocols import Check, Floats
    from fivefold.core.tables import Frame

__all__ = ["CheckSuite", "contract", "table", "window"]

REFERENCE_ROWS = 2_000
_CITIES = ("Porto", "Lyon", "Graz", "Turku")
_CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("high", "low", "middle"),
    "regression": (),
}


def contract(task: Task) -> Contract:
    """Return the contract of a tiny table: a number with gaps, a category, a boolean and a text."""
    classes = _CLASSES[task]
    columns = (
        Column("age", "number", "number", nullable=True, minimum=0.0, maximum=120.0),
        Column("city", "category", "string", nullable=False, categories=_CITIES),
        Column("member", "boolean", "boolean", nullable=False, categories=("false", "true")),
        Column("note", "text", "string", nullable=True),
    )
    positive = "yes" if task == "binary" else None
    return Contract(
        "outcome", task, classes, positive, columns, target_kind="string" if classes else "number"
    )


def table(rows: int, *, seed: int, shift: float = 0.0) -> Frame:
    """Draw rows of that table; ``shift`` moves the number by so many standard deviations.

    Parameters
    ----------
    rows : int
    seed : int
    shift : float
    """
    generator = np.random.default_rng(seed)
    age = np.clip(generator.normal(50 + 12 * shift, 12, rows), 0, 120).round()
    missing = generator.random(rows) < 0.05
    words = generator.integers(1, 6, rows)
    return pl.DataFrame(
        {
            "age": pl.Series(np.where(missing, np.nan, age), dtype=pl.Float64, nan_to_null=True),
            "city": pl.Series(generator.choice(_CITIES, rows, p=[0.4, 0.3, 0.2, 0.1]), dtype=pl.String),
            "member": pl.Series(generator.random(rows) < 0.6, dtype=pl.Boolean),
            "note": pl.Series([" ".join(["word"] * count) for count in words.tolist()], dtype=pl.String),
        }
    )


def window(
    task: Task,
    *,
    rows: int,
    seed: int = 1,
    shift: float = 0.0,
    truthful: float | None = None,
    taught: float | None = 1.0,
) -> Window:
    """Make a window over the tiny table, as the monitor would read it from a release's log.

    Parameters
    ----------
    task : Task
    rows : int
        Logged predictions.
    seed : int
    shift : float
        How far the number has moved since training, in standard deviations.
    truthful : float, optional
        Share of the answers that agree with the truth, which is then known for every row; None leaves it unknown.
    taught : float, optional
        The same of the answers out of fold that the bundle keeps; None for a bundle that keeps none.
    """
    terms, tested = contract(task), _scores(task, REFERENCE_ROWS, seed=0)
    out_of_fold = None
    if taught is not None:
        positions = _positions(terms, _truth(task, tested, taught, 0))
        out_of_fold = kept_out_of_fold(terms, positions, tested, tested, seed=0)
    reference = sketch(table(REFERENCE_ROWS, seed=0), terms, tested, out_of_fold)
    answers = _scores(task, rows, seed=seed)
    truth = None if truthful is None else _truth(task, answers, truthful, seed)
    return Window(
        contract=terms,
        reference=reference,
        metric="rmse" if task == "regression" else "accuracy",
        sealed=1.0 if task == "regression" else 0.9,
        rows=table(rows, seed=seed, shift=shift),
        scores=_answers(terms, answers),
        truth=truth,
        requests={"requests": float(rows), "refused": 0.0, "errors": 0.0, "dropped": 0.0}
        | {"p50_ms": 0.4, "p95_ms": 0.9},
    )


def _scores(task: Task, rows: int, *, seed: int) -> Floats:
    """Plausible scores of shape (rows, outputs)."""
    generator = np.random.default_rng([seed, 7])
    if task == "regression":
        return generator.normal(100, 15, (rows, 1))
    shares: Floats = generator.dirichlet(np.full(len(_CLASSES[task]), 0.7), rows)
    return shares


def _answers(terms: Contract, scores: Floats) -> Frame:
    """The log's side of the answers."""
    rows = len(scores)
    start = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    frame = pl.DataFrame(
        {
            "time": pl.Series(
                [start + timedelta(seconds=30 * row) for row in range(rows)], dtype=pl.Datetime("us")
            ),
            "prediction_id": pl.Series([f"p{row}" for row in range(rows)], dtype=pl.String),
            "unseen": pl.Series(np.zeros(rows), dtype=pl.Int64),
            "extra": pl.Series(np.zeros(rows), dtype=pl.Int64),
        }
    )
    if terms.task == "regression":
        return frame.with_columns(pl.Series("value", scores[:, 0]))
    labels = [terms.classes[position] for position in scores.argmax(axis=1)]
    columns = [
        pl.Series(f"probability: {name}", scores[:, place]) for place, name in enumerate(terms.classes)
    ]
    return frame.with_columns(pl.Series("label", labels, dtype=pl.String), *columns)


def _truth(task: Task, scores: Floats, truthful: float, seed: int) -> Frame:
    """Outcomes that agree with the answers in so many rows; for numbers the rest is off by 20 instead of about 1."""
    generator = np.random.default_rng([seed, 11])
    agrees = generator.random(len(scores)) < truthful
    if task == "regression":
        error = np.where(agrees, generator.normal(0, 1, len(scores)), 20.0)
        return pl.DataFrame({"truth": scores[:, 0] + error})
    classes = np.array(_CLASSES[task])
    best = scores.argmax(axis=1)
    return pl.DataFrame({"truth": classes[np.where(agrees, best, (best + 1) % len(classes))]})


def _positions(terms: Contract, truth: Frame) -> Floats:
    """Outcomes as numbers: of classes their positions."""
    if terms.task == "regression":
        return truth["truth"].to_numpy()
    return np.array([terms.classes.index(label) for label in truth["truth"].to_list()], dtype=np.float64)


class CheckSuite:
    """The rules of the seam ``fivefold.checks``; subclass it and override ``make``."""

    def make(self) -> Check:
        """Return the check under test."""
        raise NotImplementedError

    def test_it_answers_for_every_task_with_and_without_outcomes(self) -> None:
        """No task and no lack of labels makes it fail."""
        for task in get_args(Task):
            for truthful in (None, 0.9):
                result = self.make().inspect(window(task, rows=120, truthful=truthful))
                assert isinstance(result, CheckResult)
                assert result.verdict in {"healthy", "watch", "act", "unknown"}

    def test_it_says_that_it_cannot_tell_when_nothing_was_logged(self) -> None:
        """An empty window is unknown, never healthy."""
        for task in get_args(Task):
            empty = replace(window(task, rows=0), requests={})
            assert self.make().inspect(empty).verdict == "unknown"

    def test_it_does_not_call_an_ordinary_window_unhealthy(self) -> None:
        """Few rows are no reason for an alarm."""
        for task in get_args(Task):
            for rows in (1, 10, 60, 400):
                result = self.make().inspect(window(task, rows=rows, truthful=1.0))
                assert result.verdict in {"healthy", "unknown"}, (task, rows, result.reason)

    def test_it_gives_a_reason_in_one_sentence(self) -> None:
        """The reason can be shown on one line."""
        for rows in (0, 10, 400):
            reason = self.make().inspect(window("binary", rows=rows, shift=3.0)).reason
            assert reason.endswith(".")
            assert "\n" not in reason

    def test_it_advises_when_it_alarms(self) -> None:
        """Whoever is alarmed is told what to do."""
        for task in get_args(Task):
            result = self.make().inspect(window(task, rows=400, shift=4.0, truthful=0.3))
            assert result.verdict not in {"watch", "act"} or result.advice

    def test_it_answers_for_a_bundle_that_keeps_no_answers_out_of_fold(self) -> None:
        """A bundle of an earlier version is no reason to fail, nor for an alarm."""
        for task in get_args(Task):
            result = self.make().inspect(window(task, rows=200, truthful=1.0, taught=None))
            assert result.verdict in {"healthy", "unknown"}, (task, result.reason)

    def test_it_gives_the_same_answer_to_the_same_window(self) -> None:
        """Chance is seeded."""
        same = window("multiclass", rows=200, truthful=0.8)
        assert self.make().inspect(same) == self.make().inspect(same)

    def test_its_answer_can_be_kept_and_read_back(self) -> None:
        """The answer survives the store."""
        for rows in (0, 400):
            result = self.make().inspect(window("binary", rows=rows, truthful=0.9))
            text = records.dump(result)
            assert records.load(CheckResult, text, label="a check's answer") == result

    def test_it_leaves_the_window_as_it_was(self) -> None:
        """A check only looks."""
        given = window("regression", rows=100, truthful=1.0)
        rows, scores = given.rows.clone(), given.scores.clone()
        self.make().inspect(given)
        assert given.rows.equals(rows)
        assert given.scores.equals(scores)
