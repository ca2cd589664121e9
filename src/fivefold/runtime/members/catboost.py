"""CatBoost models from CatBoost's own JSON export, evaluated in NumPy: the 270 MB package stays out.

A symmetric tree asks the same question on every branch of one depth, so its leaf is a binary number made of the answers
(Prokhorenkova et al., "CatBoost: unbiased boosting with categorical features", 2018).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from fivefold.core.errors import ArtefactError
from fivefold.runtime.explained import Explained
from fivefold.runtime.members.forest import Questions, joined_bits
from fivefold.runtime.members.leaves import rounded
from fivefold.runtime.members.links import linked, linked_row
from fivefold.runtime.members.shapley import ObliviousTrees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats, Matrix
    from fivefold.runtime.explained import Explainer

__all__ = ["CatBoostMember", "joined", "shortened", "trimmed"]

_LINKS = {"Logloss": "logistic", "CrossEntropy": "logistic", "MultiClass": "softmax"} | dict.fromkeys(
    ("RMSE", "MAE", "Quantile", "Huber", "LogCosh", "MAPE", "Lq", "Expectile"), "identity"
)
"""What is done with the sum of the leaves, by the loss that was trained with."""
_FEW = 8
_CHUNK = 16_384
"""Rows at a time: many, since every step has its cost, and few enough for the cache."""
_TREES = 16
"""Trees at a time."""


class CatBoostMember:
    """A model of symmetric trees over number features, as ``model.save_model(path, format="json")`` writes it.

    The loss must be Logloss, CrossEntropy, MultiClass, or one of regression without a link (RMSE, MAE, ...).

    Parameters
    ----------
    export : dict
        The parsed JSON.

    Raises
    ------
    ArtefactError
        When the export holds anything that this evaluation does not know, such as categorical splits.
    """

    def __init__(self, export: dict[str, Any]) -> None:
        loss = str(export["model_info"]["params"]["loss_function"]["type"])
        if loss not in _LINKS:
            raise _unknown(f"the loss {loss}", "Logloss, CrossEntropy, MultiClass or RMSE")
        self._link = _LINKS[loss]
        scale, bias = export["scale_and_bias"]
        self._bias = np.atleast_1d(np.array(bias, dtype=np.float64))
        places, self._nan_is_high = _features(export)
        trees = [_splits(tree) for tree in export["oblivious_trees"]]
        depth = max((len(splits) for splits in trees), default=0)
        # The question of the highest bit stands first. Shallower trees start with questions whose answer is always no:
        # they leave the number of the leaf as it is.
        self._feature = np.zeros((len(trees), depth), dtype=np.intp)
        self._border = np.full((len(trees), depth), np.inf, dtype=np.float32)
        for row, splits in enumerate(trees):
            for column, split in enumerate(reversed(splits), start=depth - len(splits)):
                self._feature[row, column] = places[split["float_feature_index"]]
                self._border[row, column] = split["border"]
        leaves = [_leaves(tree, len(splits), self._bias.size) for tree, splits in _both(export, trees)]
        self._starts = np.cumsum([0, *map(len, leaves)], dtype=np.intp)[:-1]
        empty = np.zeros((0, self._bias.size))
        if not np.isfinite([float(scale), *self._bias]).all():
            raise _unknown("a scale or a bias that is no number", "finite numbers")
        self._leaves: Floats = np.concatenate([empty, *leaves]) * float(scale)
        self._powers = 1 << np.arange(depth, dtype=np.intp)[::-1]
        # For few rows all trees are asked at once, and the answers of each are packed into one whole number.
        self._packed = np.dtype(">u1" if depth <= 8 else ">u2" if depth <= 16 else ">u4")
        ahead = ((0, 0), (8 * self._packed.itemsize - depth, 0))
        self._asked = np.pad(self._feature, ahead).ravel()
        self._edges = np.pad(self._border, ahead, constant_values=np.inf).ravel()
        self._width = int(self._feature.max(initial=-1)) + 1
        self._questions: tuple[Questions, NDArray[np.intp]] | None = None

    @classmethod
    def load(cls, payload: bytes) -> Self:
        """Read the JSON text.

        Raises
        ------
        ArtefactError
            When the payload is no export of CatBoost, or holds more than numbers and symmetric trees.
        """
        try:
            return cls(json.loads(payload))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise _unknown(f"{type(error).__name__}: {error}", "CatBoost's JSON export") from error

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): two columns for binary."""
        values = self._checked(values)
        if len(values) <= _FEW:
            raw = self._few(values)
        else:
            rows = self._asking()[0].rows(_CHUNK)
            starts = range(0, len(values), rows)
            raw = np.concatenate([self._many(values[start : start + rows]) for start in starts])
        return linked(self._link, raw + self._bias)

    def predict_row(self, values: Matrix) -> list[float]:
        """Return the scores of one row, as plain numbers."""
        return linked_row(self._link, self._few(self._checked(values))[0] + self._bias)

    def explainer(self, background: Matrix) -> Explainer:
        """Get ready to take scores before the link apart; rows go both ways as those of ``background`` do."""
        trees, depth = self._feature.shape
        lowest = np.arange(1 << depth)
        sizes = np.diff(np.append(self._starts, len(self._leaves)))
        there = lowest < sizes[:, None]
        places = np.where(there, self._starts[:, None] + lowest, 0)
        leaves = np.where(there[:, :, None], self._leaves[places], 0.0)
        counts = np.zeros((trees, lowest.size), dtype=np.intp)
        for tree, fallen in enumerate(self._fallen(self._checked(background))):
            counts[tree] = np.bincount(fallen, minlength=lowest.size)
        forest = ObliviousTrees(self._feature, leaves, counts)

        def explain(values: Matrix, stop: Callable[[], bool]) -> Explained | None:
            parts = forest.parts(self._places(values), values.shape[1], stop)
            return None if parts is None else Explained(forest.base + self._bias, parts)

        return explain

    def _places(self, values: Matrix) -> NDArray[np.intp]:
        """The leaf of each tree that each row falls into, shape (rows, trees)."""
        places = np.zeros((len(values), len(self._feature)), dtype=np.intp)
        for tree, fallen in enumerate(self._fallen(self._checked(values))):
            places[:, tree] = fallen
        return places

    def _fallen(self, values: Matrix) -> Iterator[NDArray[np.uint8 | np.uint32]]:
        """Yield the leaf that each row falls into, tree by tree; each different question is asked once, and answered with a bit."""
        trees, depth = self._feature.shape
        if not depth:
            yield from np.zeros((trees, len(values)), dtype=np.uint8)
            return
        questions, asked = self._asking()
        answers = questions.answers(values)
        for start in range(0, trees, _TREES):
            some = asked[start * depth : (start + _TREES) * depth]
            yield from joined_bits(answers.take(some, axis=0), len(some) // depth)[:, : len(values)]

    def _asking(self) -> tuple[Questions, NDArray[np.intp]]:
        """The different questions, and which of them each tree asks; put together when they are first needed."""
        if self._questions is None:
            feature, border = self._feature.ravel(), self._border.ravel()
            missing_left = np.ones(feature.size, dtype=np.bool_)  # a missing value is above no border
            self._questions = Questions.of(feature, border, missing_left, self._width)
        return self._questions

    def _checked(self, values: Matrix) -> Matrix:
        """The values, where missing ones that count as the highest are."""
        if values.shape[1] < self._width:
            raise _unknown(f"{values.shape[1]} features", f"at least {self._width}")
        if not self._nan_is_high.size:
            return values
        values = values.copy()
        high = values[:, self._nan_is_high]
        values[:, self._nan_is_high] = np.where(np.isnan(high), np.float32(np.inf), high)
        return values

    def _few(self, values: Matrix) -> Floats:
        """Add up leaves, all trees at once; in the trees' order, so that a row gets what its batch gets."""
        if not len(self._starts):
            return np.zeros((len(values), self._bias.size))
        answers = np.packbits(values.take(self._asked, axis=1) > self._edges)
        places = answers.view(self._packed).reshape(len(values), len(self._starts)) + self._starts
        leaves = self._leaves.take(places, axis=0)
        totals: Floats = leaves.cumsum(axis=1)[:, -1]
        return totals

    def _many(self, values: Matrix) -> Floats:
        """Add up leaves, tree by tree."""
        totals = np.zeros((len(values), self._bias.size))
        for start, place in zip(self._starts.tolist(), self._fallen(values), strict=True):
            totals += self._leaves[start : start + (1 << self._powers.size)].take(place, axis=0)
        return totals


def joined(exports: Sequence[bytes]) -> bytes:
    """Join models of the same settings and data: one whose sum of leaves is the mean of theirs.

    Parameters
    ----------
    exports : sequence of bytes
        As :func:`trimmed` returns them.
    """
    models = [json.loads(export) for export in exports]
    scales = [float(model["scale_and_bias"][0]) / len(models) for model in models]
    biases = [np.atleast_1d(np.array(model["scale_and_bias"][1], dtype=np.float64)) for model in models]
    trees = [
        {**tree, "leaf_values": [leaf * scale for leaf in tree["leaf_values"]]}
        for model, scale in zip(models, scales, strict=True)
        for tree in model["oblivious_trees"]
    ]
    whole = {"scale_and_bias": [1.0, np.mean(biases, axis=0).tolist()], "oblivious_trees": trees}
    return json.dumps(models[0] | whole, separators=(",", ":")).encode()


def trimmed(export: bytes) -> bytes:
    """Return an export without what the runtime never reads: training logs, times, identifiers, weights of leaves.

    Leaves are as :func:`shortened` has them. What is left is the same for the same trees, byte for byte, and about half the size.
    """
    full = json.loads(export)
    keys = ("feature_index", "flat_feature_index", "has_nans", "nan_value_treatment")
    features = [{key: feature[key] for key in keys} for feature in full["features_info"]["float_features"]]
    trees = [
        {"leaf_values": rounded(tree["leaf_values"]), "splits": [*map(_shortest, tree.get("splits") or [])]}
        for tree in full["oblivious_trees"]
    ]
    kept = {
        "features_info": {**full["features_info"], "float_features": features},
        "model_info": {"params": {"loss_function": full["model_info"]["params"]["loss_function"]}},
        "oblivious_trees": trees,
        "scale_and_bias": full["scale_and_bias"],
    }
    return json.dumps(kept, separators=(",", ":")).encode()


def shortened(export: bytes) -> bytes:
    """Return a trimmed export with its leaves as :func:`~fivefold.runtime.members.leaves.rounded` has them."""
    full = json.loads(export)
    trees = [{**tree, "leaf_values": rounded(tree["leaf_values"])} for tree in full["oblivious_trees"]]
    return json.dumps({**full, "oblivious_trees": trees}, separators=(",", ":")).encode()


def _shortest(split: dict[str, Any]) -> dict[str, Any]:
    """A question about a number without what only CatBoost reads, its border in as few digits as single precision needs."""
    if split.get("split_type", "FloatFeature") != "FloatFeature":
        return split
    border = float(str(np.float32(split["border"])))
    return {"border": border, "float_feature_index": split["float_feature_index"]}


def _features(export: dict[str, Any]) -> tuple[dict[int, int], NDArray[np.intp]]:
    """Return the matrix column of every float feature, and the columns whose NaN counts as the highest value."""
    info = export["features_info"]
    if info.get("categorical_features") or info.get("text_features") or info.get("embedding_features"):
        raise _unknown("features that are no numbers", "number features only")
    floats = info["float_features"]
    places = {int(one["feature_index"]): int(one["flat_feature_index"]) for one in floats}
    high = [int(one["flat_feature_index"]) for one in floats if one.get("nan_value_treatment") == "AsTrue"]
    return places, np.array(high, dtype=np.intp)


def _both(
    export: dict[str, Any], trees: list[list[dict[str, Any]]]
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Pair every exported tree with its splits."""
    return list(zip(export["oblivious_trees"], trees, strict=True))


def _splits(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the questions of a tree, first the one that gives the lowest bit."""
    splits: list[dict[str, Any]] = tree.get("splits") or []
    for split in splits:
        if split.get("split_type", "FloatFeature") != "FloatFeature":
            raise _unknown(f"a split of type {split['split_type']}", "splits of number features")
    return splits


def _leaves(tree: dict[str, Any], depth: int, outputs: int) -> Floats:
    """Return the values of a tree's leaves, shape (leaves, outputs)."""
    values = np.array(tree["leaf_values"], dtype=np.float64)
    if values.size != outputs << depth or not np.isfinite(values).all():
        raise _unknown(f"{values.size} leaf values at depth {depth}", f"{outputs << depth} finite ones")
    return values.reshape(-1, outputs)


def _unknown(seen: str, expected: str) -> ArtefactError:
    """Say that an export cannot be evaluated."""
    return ArtefactError(
        "A CatBoost member cannot be used", seen=seen, expected=expected, todo="train the model again"
    )
