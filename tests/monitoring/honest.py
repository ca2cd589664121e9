"""Windows on a model whose probabilities are what happens, until somebody bends them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
from tests.measure.honest import answers, reference_of

from fivefold.core.artefacts import Task
from fivefold.core.window import Window
from fivefold.measure.intervals import scored
from fivefold.testing.checks import window

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats

HEADLINE: dict[Task, str] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}


def honest_window(
    task: Task,
    *,
    rows: int,
    seed: int,
    shift: float = 0.0,
    metric: str = "",
    bend: float = 1.0,
    known: int | None = None,
) -> Window:
    """Draw a window, the answers out of fold and the sealed figure of such a model.

    Parameters
    ----------
    task : Task
    rows : int
        Logged predictions.
    seed : int
        Of all three.
    shift : float
        How far the column has moved that the model reads.
    metric : str
        The headline; the task's usual one when not given.
    bend : float
        To which power the window's probabilities are raised: above 1 they say too much.
    known : int, optional
        Rows with an outcome, the first ones; all when not given.
    """
    given, metric = window(task, rows=rows, seed=seed, truthful=1.0), metric or HEADLINE[task]
    sealed = next(
        one
        for one in scored(task, *answers(task, 500, seed=10_000 + seed), seed=0, repeats=100, headline=metric)
        if one.metric == metric
    )
    truth, scores = answers(task, rows, seed=20_000 + seed, shift=shift)
    return replace(
        given,
        reference=replace(given.reference, out_of_fold=reference_of(task, rows=800, seed=30_000 + seed)),
        metric=metric,
        sealed=sealed.value,
        sealed_interval=(sealed.low, sealed.high),
        scores=_logged(given, bent(scores, bend) if given.contract.classes else scores),
        truth=_known(given, truth, rows if known is None else known),
    )


def bent(scores: Floats, power: float) -> Floats:
    """Probabilities that say more, or less, than they know."""
    raised = scores**power
    found: Floats = raised / raised.sum(axis=1, keepdims=True)
    return found


def _logged(given: Window, scores: Floats) -> pl.DataFrame:
    """The log's side of these scores."""
    classes = given.contract.classes
    if not classes:
        return given.scores.with_columns(pl.Series("value", scores[:, 0]))
    labels = [classes[place] for place in scores.argmax(axis=1)]
    chances = [pl.Series(f"probability: {name}", scores[:, place]) for place, name in enumerate(classes)]
    return given.scores.with_columns(pl.Series("label", labels), *chances)


def _known(given: Window, truth: Floats, known: int) -> pl.DataFrame:
    """The outcomes of the first rows."""
    classes = given.contract.classes
    values = pl.Series("truth", [classes[int(place)] for place in truth] if classes else truth)
    return pl.DataFrame({"truth": values.set(pl.int_range(len(values), eager=True) >= known, None)})
