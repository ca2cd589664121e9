"""Extremely randomised trees (Geurts et al., 2006), kept small: they err unlike boosted ones, above all on few rows."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.protocols import Candidate, Fitted
from fivefold.training.families.footprint import Footprint
from fivefold.training.families.forest import Forest, Grown
from fivefold.training.families.losses import scale_of
from fivefold.training.families.pace import outputs_of
from fivefold.training.families.samples import places, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.clock import Deadline
    from fivefold.core.protocols import Floats, Problem, Sample
    from fivefold.runtime.members.trees import Link

__all__ = ["ExtraTrees"]

_TREES = 100
_ROWS, _CELLS = 50_000, 5_000_000
"""Rows, and values, from which a tree is grown at most: those drawn at random stand for all."""
_TREE, _VALUE = 2e-3, 1e-7
"""Nominal seconds of a tree, and besides for every value."""
_BYTES, _LEAF, _FILLED = Footprint(free=3e6, value=4, part=22), 30, 3
"""Values: their copy. Parts: shares, joined and shortened in the end. A leaf takes something besides, and holds about three times the
rows that it must."""
_MOST_CLASSES = 50
"""Every leaf holds a share of every class; with more of them the model is too large to ship."""


class ExtraTrees:
    """The mean of trees whose thresholds are drawn at random; codes are taken as numbers."""

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return one candidate; with many rows it comes last, for boosting then has little to learn from it."""
        if not problem.features or problem.classes > _MOST_CLASSES or problem.objective.name == "quantile":
            return ()  # a leaf holds too few rows for a quantile far from their middle
        settings = {
            "max_depth": 16,
            "min_samples_leaf": 2 if problem.rows <= 10_000 else 5,
            "max_features": 0.5,
        }
        rank = 5.5 if problem.rows <= 10_000 else 9.0
        return (Candidate("extra-trees", "extra_trees", {**settings}, rank),)

    def prepare(self) -> None:
        """Load scikit-learn's trees."""
        importlib.import_module("sklearn.tree")

    def pace(self, candidate: Candidate, problem: Problem, rows: int) -> float:
        """Return the nominal seconds of a third of a tree: for each, the clock is looked at three times."""
        del candidate
        width = len(problem.features)
        rows = min(rows, _ROWS, _CELLS // max(1, width))
        return (_TREE + rows * width * _VALUE) / 3

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of a fit: the rows that it draws, and all trees."""
        rows = min(rows, _ROWS, _CELLS // len(problem.features))
        leaves = rows // (_FILLED * int(candidate.settings["min_samples_leaf"] or 1))
        leaves *= min(rounds or _TREES, _TREES)
        return _BYTES.of(problem, rows, parts=leaves) + leaves * _LEAF

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        """Grow tree after tree while the time bears another one."""
        kept = places(len(train.target), min(_ROWS, _CELLS // len(train.features)), problem.seed)
        train = taken(train, kept)  # scikit-learn wants memory that it could write to
        most = _TREES if valid is not None else min(max(1, rounds), _TREES)
        regression = problem.task == "regression"
        base, unit = scale_of(problem, train.target)
        target = (train.target - base) / unit if regression else train.target.astype(np.intp)
        forest, slowest = Forest(train.values.shape[1], half=True), 0.0
        for number in range(most):
            began = until.clock()
            if number and until.remaining() < slowest:
                break
            forest.add(_tree(candidate, problem, train, target, number))
            slowest = max(slowest, until.clock() - began)
        done = len(forest.sizes)
        link: Link = "identity" if regression else "shares"
        payload = forest.payload(link, [base] * outputs_of(problem), unit / done)
        return Fitted("trees", payload, rounds=done, stopped=done < most)


def _tree(candidate: Candidate, problem: Problem, train: Sample, target: Any, number: int) -> Grown:
    """Grow one tree."""
    from sklearn.tree import ExtraTreeClassifier, ExtraTreeRegressor

    kind = ExtraTreeRegressor if problem.task == "regression" else ExtraTreeClassifier
    seed = int(np.random.SeedSequence([problem.seed, number]).generate_state(1)[0])
    model = kind(**candidate.settings, random_state=seed)
    model.fit(train.values, target, sample_weight=train.weight)
    tree = model.tree_
    value: Floats = tree.value[:, 0, :]
    if problem.task != "regression":
        shares = np.zeros((len(value), problem.classes))
        shares[:, model.classes_] = value / value.sum(axis=1, keepdims=True)
        value = shares if problem.task == "multiclass" else shares[:, 1:]
    elif problem.objective.quantile is not None:
        value = _medians(tree.apply(train.values), target, train.weight, value)
    missing_left = tree.missing_go_to_left.astype(bool)
    return Grown(tree.children_left, tree.children_right, tree.feature, tree.threshold, missing_left, value)


def _medians(leaf: NDArray[np.intp], target: Floats, weight: Floats | None, value: Floats) -> Floats:
    """Put the median of its rows into each leaf: splits that the squared error chose, answers that the absolute one wants."""
    order = np.lexsort((target, leaf))
    leaf, target = leaf[order], target[order]
    reached = np.cumsum(np.ones(leaf.size) if weight is None else weight[order])
    starts = np.flatnonzero(np.concatenate(([True], leaf[1:] != leaf[:-1])))
    ends = np.append(starts[1:], leaf.size) - 1
    before = np.concatenate(([0.0], reached[ends[:-1]]))
    half = (before + reached[ends]) / 2
    middle = [np.clip(np.searchsorted(reached, half, side), starts, ends) for side in ("left", "right")]
    value = value.copy()
    value[leaf[starts], 0] = target[np.stack(middle)].mean(axis=0)
    return value
