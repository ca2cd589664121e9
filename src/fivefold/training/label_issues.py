"""Label issues: training rows whose target the out-of-fold predictions contradict with confidence.

For classes this is confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset
Labels", JAIR 70, 2021): a row given as class i is doubted when its score for another class j reaches the mean score that
rows given as j have. That rule alone also doubts rows where classes merely overlap. So nothing is said unless the error
stands on a floor: where classes overlap, the surest half of the predictions is wrong less and less often the surer they
are; where labels are wrong at random, it is wrong equally often however sure it is. The height of that floor is the
estimated share of wrong labels.

For numbers a row is doubted when its residual is far beyond those of rows with a like prediction, and beyond how far the
tail of all residuals reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ROW, LabelIssues
from fivefold.core.tables import read_parquet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Figure, Task
    from fivefold.core.protocols import Floats
    from fivefold.training.choice import Choice
    from fivefold.training.search import Search

    Flags = NDArray[np.bool_]

__all__ = ["Doubts", "doubted_amounts", "doubted_classes", "find_label_issues", "judge"]

_ROWS = 500
_CLASS_ROWS = 60
"""Fewer predictions of a class say nothing about a floor."""
_CEILING = 0.25
"""A higher floor cannot be told from classes that overlap everywhere."""
_FLOOR = 0.015
"""Share of wrong labels that must be sure before anything is said."""
_SUREST = 0.2
_FLAT = 0.8
"""The surest fifth must be wrong at least so often, in parts of how often the surer half is."""
_BLIND = 0.4
"""Where the surer half is wrong this often, in parts of what guessing would be, there is no floor but no skill."""
_COVERED = 0.5
_Z = 1.96
_FAR = 8.0
_BEYOND_TAIL = 4.0
_LIKE = 40
"""Rows of a like prediction whose residuals say how large one usually is."""
_MOST_SHARE = 0.05
_FEWEST = 5
_LEAST_SHARE = 0.004
"""So few rows lie far away in honest tables, too."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Doubts:
    """Rows in doubt, and the estimated share of wrong targets with its 95 % interval."""

    doubted: Flags
    share: float
    low: float
    high: float


def find_label_issues(search: Search, choice: Choice) -> LabelIssues | None:
    """Look for wrong labels among the rows that the blend was judged on; None when nothing speaks for any.

    Parameters
    ----------
    search : Search
        After its run.
    choice : Choice
        With the blend's out-of-fold scores.
    """
    contract = search.workshop.rows.terms.contract
    truth, scores = choice.truth, choice.scores
    found = judge(contract.task, truth, scores) if choice.weights else None
    if found is None:
        return None
    doubted = found.doubted
    rows = search.workshop.rows
    numbers = read_parquet(rows.path, columns=[ROW])[ROW].to_numpy()
    places = np.concatenate([rows.judged(fold) for fold in search.shared])
    surest = np.argsort(-_certainty(contract.task, truth, scores) * doubted, kind="stable")[:_SHOWN]
    examples = tuple(
        {ROW: int(numbers[places[row]]), **_told(contract.classes, truth[row], scores[row])}
        for row in surest
        if doubted[row]
    )
    share, low, high = (round(value, 5) for value in (found.share, found.low, found.high))
    return LabelIssues(truth.size, int(doubted.sum()), share, low, high, examples)


def doubted_classes(truth: Floats, scores: Floats) -> Flags:
    """Rows whose score for another class reaches what rows of that class have on average.

    Parameters
    ----------
    truth : array, shape (rows,)
        Class positions.
    scores : array, shape (rows, classes)
        Out-of-fold probabilities.

    Returns
    -------
    array of bool, shape (rows,)
    """
    given = truth.astype(np.intp)
    classes = scores.shape[1]
    counts = np.bincount(given, minlength=classes)
    sums = np.bincount(given, weights=scores[np.arange(given.size), given], minlength=classes)
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    reached = np.where(scores >= thresholds, scores, -1.0)
    best = reached.argmax(axis=1)
    doubted: Flags = (reached.max(axis=1) >= 0) & (best != given)
    return doubted


def doubted_amounts(truth: Floats, predicted: Floats) -> Flags:
    """Rows whose amount is far from its prediction, by the measure of rows with a like prediction.

    Parameters
    ----------
    truth, predicted : array, shape (rows,)
    """
    far = _far(truth - predicted, predicted)
    if truth.min() > 0 and predicted.min() > 0:
        # What is far as a difference may be usual as a factor: both must be.
        far &= _far(np.log(truth) - np.log(predicted), predicted)
    return far


def judge(task: Task, truth: Floats, scores: Floats) -> Doubts | None:
    """Judge targets by out-of-fold scores; None when nothing is clear.

    Parameters
    ----------
    task : Task
    truth : array, shape (rows,)
        Class positions, or numbers.
    scores : array, shape (rows, outputs)
    """
    if truth.size < _ROWS:
        return None
    if task != "regression":
        floor = _floor(truth, scores)
        return None if floor is None else Doubts(doubted_classes(truth, scores), *floor)
    doubted = doubted_amounts(truth, scores[:, 0])
    count = int(doubted.sum())
    if count < max(_FEWEST, _LEAST_SHARE * truth.size) or count > _MOST_SHARE * truth.size:
        return None
    return Doubts(doubted, count / truth.size, *_interval(count, truth.size))


def _floor(truth: Floats, scores: Floats) -> tuple[float, float, float] | None:
    """How often sure predictions are wrong, however sure; None when their error falls with certainty, or is small."""
    given, predicted = truth.astype(np.intp), scores.argmax(axis=1)
    shares = np.bincount(given, minlength=scores.shape[1]) / truth.size
    wrong = given != predicted
    sure_rows = sure_wrong = surest_rows = surest_wrong = covered = 0
    for place in np.unique(predicted).tolist():
        rows = np.flatnonzero(predicted == place)
        if rows.size < _CLASS_ROWS:
            continue
        order = rows[np.argsort(-scores[rows, place], kind="stable")]
        half, fifth = order[: rows.size // 2], order[: int(_SUREST * rows.size)]
        if wrong[half].mean() > _BLIND * (1 - shares[place]):
            continue
        covered += rows.size
        sure_rows, sure_wrong = sure_rows + half.size, sure_wrong + int(wrong[half].sum())
        surest_rows, surest_wrong = surest_rows + fifth.size, surest_wrong + int(wrong[fifth].sum())
    if covered < _COVERED * truth.size:
        return None
    share, surest = sure_wrong / sure_rows, surest_wrong / surest_rows
    low, high = _interval(sure_wrong, sure_rows)
    if (
        share > _CEILING
        or low < _FLOOR
        or surest < _FLAT * share
        or _interval(surest_wrong, surest_rows)[0] < _FLOOR
    ):
        return None
    return share, low, high


def _far(residuals: Floats, predicted: Floats) -> Flags:
    """Residuals that are large beside those of rows with a like prediction, and beyond the tail of all."""
    order = np.argsort(predicted, kind="stable")
    bins = np.empty(order.size, dtype=np.intp)
    count = max(1, order.size // _LIKE)
    bins[order] = np.arange(order.size) * count // order.size
    sizes = np.abs(residuals - np.median(residuals))
    usual = np.array([np.median(part) for part in np.split(sizes[order], _edges(bins[order]))])
    smooth = np.convolve(np.pad(usual, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    scale = 1.4826 * np.maximum(smooth, 0.2 * float(np.median(usual)))
    if not scale.min() > 0:
        return np.zeros(residuals.size, dtype=bool)
    deviations = sizes / scale[bins]
    tail = float(np.quantile(deviations, 0.95))
    far: Flags = deviations > max(_FAR, _BEYOND_TAIL * tail)
    return far


def _edges(bins: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where one bin ends and the next begins."""
    edges: NDArray[np.intp] = np.flatnonzero(np.diff(bins)) + 1
    return edges


def _interval(count: int, rows: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    share, spread = count / rows, _Z**2 / rows
    centre = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / rows + spread / (4 * rows)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def _certainty(task: Task, truth: Floats, scores: Floats) -> Floats:
    """How strongly the prediction speaks against what is given."""
    if task == "regression":
        return np.abs(truth - scores[:, 0])
    certainty: Floats = 1.0 + scores.max(axis=1) - scores[np.arange(truth.size), truth.astype(np.intp)]
    return certainty


def _told(classes: tuple[str, ...], truth: float, scores: Floats) -> dict[str, Figure]:
    """What is given, and what the predictions say."""
    if not classes:
        return {"given": float(f"{truth:.6g}"), "predicted": float(f"{scores[0]:.6g}")}
    best = int(scores.argmax())
    return {"given": classes[int(truth)], "predicted": classes[best], "score": round(float(scores[best]), 4)}
