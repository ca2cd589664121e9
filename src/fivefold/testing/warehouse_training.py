"""Models that are trained inside the small warehouse: scikit-learn learns from the rows of the inner query, and heeds its split column.

Columns, options and figures are called as BigQuery ML calls them. Its trees are XGBoost's and these are not, so figures differ.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.testing.warehouse import WarehouseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fivefold.testing.warehouse import Answer

__all__ = ["MODEL_TYPES", "TrainedModel", "options_of", "train_model"]

_LINEAR = frozenset({"L2_REG", "L1_REG", "MAX_ITERATIONS", "LEARN_RATE_STRATEGY", "LEARN_RATE", "EARLY_STOP"})
_LINEAR |= {"MIN_REL_PROGRESS", "OPTIMIZE_STRATEGY", "CATEGORY_ENCODING_METHOD"}
_TREES = frozenset(
    {"BOOSTER_TYPE", "TREE_METHOD", "MAX_TREE_DEPTH", "SUBSAMPLE", "LEARN_RATE", "L1_REG", "L2_REG"}
)
_TREES |= {
    "MAX_ITERATIONS",
    "EARLY_STOP",
    "MIN_REL_PROGRESS",
    "CATEGORY_ENCODING_METHOD",
    "MIN_TREE_CHILD_WEIGHT",
}
_BOTH = frozenset({"MODEL_TYPE", "INPUT_LABEL_COLS", "DATA_SPLIT_METHOD", "DATA_SPLIT_COL"})
MODEL_TYPES = {
    "LINEAR_REG": _LINEAR,
    "LOGISTIC_REG": _LINEAR | {"AUTO_CLASS_WEIGHTS"},
    "BOOSTED_TREE_REGRESSOR": _TREES,
    "BOOSTED_TREE_CLASSIFIER": _TREES | {"AUTO_CLASS_WEIGHTS"},
}
"""Options that each type takes besides those of all."""
_CLASSIFIERS = frozenset({"LOGISTIC_REG", "BOOSTED_TREE_CLASSIFIER"})
_TAKEN = {
    "FLOAT": "FLOAT64",
    "INTEGER": "INT64",
    "NUMERIC": "FLOAT64",
    "BOOLEAN": "BOOL",
    "STRING": "STRING",
    "TIMESTAMP": "TIMESTAMP",
}
_MOST_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a training gives.

    Attributes
    ----------
    inputs, outputs : dict of str to str
        GoogleSQL's type of each.
    run : callable
        Takes rows of inputs in order, and gives rows of outputs.
    figures : dict of str to float
        What ``ML.EVALUATE`` says of the rows that the split column keeps aside.
    learned, kept : int
        Rows that were learned from, and kept aside.
    """

    inputs: dict[str, str]
    outputs: dict[str, str]
    run: Any
    figures: dict[str, float]
    learned: int
    kept: int


def options_of(tree: Any) -> dict[str, Any]:
    """Read the options of a ``CREATE MODEL``.

    Parameters
    ----------
    tree : sqlglot Expression
    """
    from sqlglot import exp

    plain = [each for each in tree.find_all(exp.Property) if type(each) is exp.Property]
    return {each.name.upper(): _option(each.args["value"]) for each in plain}


def train_model(options: Mapping[str, Any], given: Answer) -> TrainedModel:
    """Train on the rows of the inner query.

    Raises
    ------
    WarehouseError
        For options, columns or rows that BigQuery ML does not take.
    """
    kind = str(options.get("MODEL_TYPE", "")).upper()
    label, split = _checked(kind, options, given)
    fields = {one["name"]: one["type"] for one in given.schema}
    names = [name for name in fields if name not in {label, split}]
    for name in names:
        if fields[name] not in _TAKEN:
            raise WarehouseError(f"Unsupported type {fields[name]} of the input column {name}")
    places = list(fields)
    columns = dict(zip(places, zip(*given.rows, strict=True), strict=True))
    aside = np.array([flag is None or bool(flag) for flag in columns[split]])
    target = np.array(columns[label], dtype=np.float64 if kind not in _CLASSIFIERS else object)
    if not aside.any() or aside.all():
        raise WarehouseError(
            "The training or the evaluation data is empty: check the values of DATA_SPLIT_COL"
        )
    table = _Columns([fields[name] for name in names])
    values = table.fit([columns[name] for name in names], ~aside)
    model = _fitted(kind, options, (values[~aside], target[~aside]), (values[aside], target[aside]))
    outputs = {f"predicted_{label}": "FLOAT64"}
    if kind in _CLASSIFIERS:
        outputs = {
            f"predicted_{label}": "STRING",
            f"predicted_{label}_probs": "ARRAY<STRUCT<label STRING, prob FLOAT64>>",
        }
    run = functools.partial(_answers, model, table, classes=kind in _CLASSIFIERS)
    inputs = {name: _TAKEN[fields[name]] for name in names}
    figures = _figures(model, values[aside], target[aside], classes=kind in _CLASSIFIERS)
    return TrainedModel(inputs, outputs, run, figures, int((~aside).sum()), int(aside.sum()))


def _option(value: Any) -> Any:
    """An option's value."""
    from sqlglot import exp

    if isinstance(value, exp.Array):
        return [_option(each) for each in value.expressions]
    if isinstance(value, exp.Boolean):
        return bool(value.this)
    return value.name if value.is_string else float(value.name)


def _checked(kind: str, options: Mapping[str, Any], given: Answer) -> tuple[str, str]:
    """Refuse what is not taken; return the names of the label and of the split column."""
    strange = sorted(set(options) - MODEL_TYPES[kind] - _BOTH)
    if strange:
        raise WarehouseError(f"Option {strange[0]} is not supported for the model type {kind}")
    labels = options.get("INPUT_LABEL_COLS", ["label"])
    if len(labels) != 1 or options.get("DATA_SPLIT_METHOD") != "CUSTOM":
        raise WarehouseError("One label column and DATA_SPLIT_METHOD = 'CUSTOM' are what this stand-in knows")
    label, split = labels[0], options.get("DATA_SPLIT_COL", "")
    fields = {one["name"]: one["type"] for one in given.schema}
    for name in (label, split):
        if name not in fields:
            raise WarehouseError(f"Unable to identify the column {name} in the query statement")
    if fields[split] != "BOOLEAN":
        raise WarehouseError(f"The column {split} of DATA_SPLIT_COL must be BOOL")
    if kind not in _CLASSIFIERS and fields[label] not in {"FLOAT", "INTEGER", "NUMERIC"}:
        raise WarehouseError(f"The label column {label} must be numeric for the model type {kind}")
    values = {row[list(fields).index(label)] for row in given.rows}
    if None in values:
        raise WarehouseError(f"The label column {label} contains NULL values")
    if kind in _CLASSIFIERS and len(values) > _MOST_CLASSES:
        raise WarehouseError(f"The label column has more than {_MOST_CLASSES} unique values")
    return label, split


class _Columns:
    """Rows as a matrix: numbers as they are, moments by their parts, texts a column for each that was learned."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._kinds = kinds
        self._words: list[list[str]] = []
        self._means: Any = None

    def fit(self, columns: Sequence[Sequence[Any]], learned: Any) -> Any:
        """Learn words and means from some of the rows, and return the matrix of all."""
        for kind, column in zip(self._kinds, columns, strict=True):
            seen = {
                str(value) for value, one in zip(column, learned, strict=True) if one and value is not None
            }
            self._words.append(sorted(seen) if kind in {"STRING", "BOOLEAN"} else [])
        raw = self._raw(columns, len(learned))
        with np.errstate(all="ignore"):
            count = np.maximum(1, (~np.isnan(raw[learned])).sum(axis=0))
            self._means = np.nansum(raw[learned], axis=0) / count
        return self._filled(raw)

    def matrix(self, rows: Sequence[Sequence[Any]]) -> Any:
        """Return the matrix of other rows."""
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True))
        return self._filled(self._raw(columns, len(rows)))

    def _raw(self, columns: Sequence[Sequence[Any]], rows: int) -> Any:
        """The matrix, NaN where a number is missing."""
        parts: list[Any] = []
        for kind, column, words in zip(self._kinds, columns, self._words, strict=True):
            if kind in {"STRING", "BOOLEAN"}:
                parts += [np.array([float(str(value) == word) for value in column]) for word in words]
                continue
            number = np.array([np.nan if value is None else float(value) for value in column])
            if kind == "TIMESTAMP":
                parts += [number / 8.64e10, number / 8.64e10 % 7, number / 3.6e9 % 24]
            else:
                parts.append(number)
        return np.stack(parts, axis=1) if parts else np.zeros((rows, 1))

    def _filled(self, raw: Any) -> Any:
        """The matrix, with means where a number is missing."""
        return np.where(np.isnan(raw), self._means, raw)


def _fitted(kind: str, options: Mapping[str, Any], learned: tuple[Any, Any], aside: tuple[Any, Any]) -> Any:
    """Fit a model; trees stop by the rows that are kept aside."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    balanced = "balanced" if options.get("AUTO_CLASS_WEIGHTS") else None
    if kind == "LINEAR_REG":
        return make_pipeline(StandardScaler(), Ridge(alpha=max(1e-6, options.get("L2_REG", 0.0)))).fit(
            *learned
        )
    if kind == "LOGISTIC_REG":
        regression = LogisticRegression(max_iter=1000, class_weight=balanced)
        return make_pipeline(StandardScaler(), regression).fit(*learned)
    told = {
        "max_iter": int(options.get("MAX_ITERATIONS", 20)),
        "learning_rate": options.get("LEARN_RATE", 0.3),
        "max_depth": int(options.get("MAX_TREE_DEPTH", 6)),
        "early_stopping": bool(options.get("EARLY_STOP", True)),
        "random_state": 0,
    }
    if kind == "BOOSTED_TREE_REGRESSOR":
        return HistGradientBoostingRegressor(**told).fit(*learned, X_val=aside[0], y_val=aside[1])
    model = HistGradientBoostingClassifier(**told, class_weight=balanced)
    known = np.isin(aside[1], np.unique(learned[1]))
    if told["early_stopping"] and not known.all():
        raise WarehouseError("The evaluation data has labels that the training data has not")
    return model.fit(*learned, X_val=aside[0], y_val=aside[1])


def _answers(model: Any, table: _Columns, rows: Sequence[Sequence[Any]], *, classes: bool) -> list[list[Any]]:
    """What ``ML.PREDICT`` puts before a row's own columns."""
    if not rows:
        return []
    values = table.matrix(rows)
    if not classes:
        return [[float(value)] for value in model.predict(values)]
    chances, labels = model.predict_proba(values), [str(label) for label in model.classes_]
    found = []
    for row in chances.tolist():
        # The service names the most probable class first.
        pairs = sorted(zip(labels, row, strict=True), key=lambda pair: -pair[1])
        found.append([pairs[0][0], [{"label": label, "prob": chance} for label, chance in pairs]])
    return found


def _figures(model: Any, values: Any, target: Any, *, classes: bool) -> dict[str, float]:
    """The columns of ``ML.EVALUATE``."""
    from sklearn import metrics

    said = model.predict(values)
    if not classes:
        off = np.abs(target - said)
        return {
            "mean_absolute_error": float(off.mean()),
            "mean_squared_error": float((off**2).mean()),
            "mean_squared_log_error": float((np.log1p(np.abs(target)) - np.log1p(np.abs(said))).std() ** 2),
            "median_absolute_error": float(np.median(off)),
            "r2_score": float(metrics.r2_score(target, said)),
            "explained_variance": float(metrics.explained_variance_score(target, said)),
        }
    chances, known = model.predict_proba(values), list(model.classes_)
    shared = {"average": "macro", "zero_division": 0.0}
    truth = np.array([known.index(each) for each in target])
    areas = [
        metrics.roc_auc_score(truth == at, chances[:, at])
        for at in range(len(known))
        if (truth == at).sum() > 0
    ]
    return {
        "precision": float(metrics.precision_score(target, said, **shared)),
        "recall": float(metrics.recall_score(target, said, **shared)),
        "accuracy": float(metrics.accuracy_score(target, said)),
        "f1_score": float(metrics.f1_score(target, said, **shared)),
        "log_loss": float(metrics.log_loss(truth, chances, labels=range(len(known)))),
        "roc_auc": float(np.mean(areas)),
    }
