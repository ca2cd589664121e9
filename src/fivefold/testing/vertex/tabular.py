"""What AutoML does with a table, in small: boosted trees really learn from the columns that its transformations name."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from fivefold.testing.vertex.refusal import RefusalError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["TabularModel", "TabularTask"]

_Row: TypeAlias = Mapping[str, str]
_Read: TypeAlias = Callable[[str], list[float]]
_OBJECTIVES = {
    "classification": (
        "maximize-au-roc",
        "minimize-log-loss",
        "maximize-au-prc",
        "maximize-precision-at-recall",
        "maximize-recall-at-precision",
    ),
    "regression": ("minimize-rmse", "minimize-mae", "minimize-rmsle"),
}
_KINDS = {"auto", "numeric", "categorical", "timestamp", "text"}
_LEAST, _MOST = 1_000, 72_000
_CLASSES = 500
_ROUNDS = 60
_WORDS = 8


@dataclass(frozen=True, slots=True)
class TabularTask:
    """The inputs of a training, as ``automl_tabular_1.0.0.yaml`` describes them.

    Attributes
    ----------
    target, kind, objective : str
        ``kind`` is ``classification`` or ``regression``.
    columns : tuple of (str, str)
        Columns that are learned from, and how each is transformed.
    weight : str
        Column that says how much a row counts; empty for none.
    budget : int
        Thousandths of a node hour.
    """

    target: str
    kind: str
    objective: str
    columns: tuple[tuple[str, str], ...]
    weight: str
    budget: int

    @classmethod
    def read(cls, inputs: Mapping[str, Any]) -> TabularTask:
        """Read the inputs, and refuse what no training can do."""
        kind = str(inputs.get("predictionType", ""))
        if kind not in _OBJECTIVES:
            raise _invalid(f"prediction_type '{kind}' is not one of classification, regression.")
        if not inputs.get("targetColumn"):
            raise _invalid("target_column must be set.")
        objective = str(inputs.get("optimizationObjective") or _OBJECTIVES[kind][0])
        if objective not in _OBJECTIVES[kind]:
            raise _invalid(f"optimization_objective '{objective}' is not valid for {kind}.")
        budget = int(inputs.get("trainBudgetMilliNodeHours") or 0)
        if not _LEAST <= budget <= _MOST:
            raise _invalid(f"train_budget_milli_node_hours must be between {_LEAST} and {_MOST}: {budget}.")
        columns = tuple(_transformation(one) for one in inputs.get("transformations", ()))
        if not columns:
            raise _invalid("transformations must not be empty.")
        target = str(inputs["targetColumn"])
        learned = tuple(pair for pair in columns if pair[0] != target)
        return cls(target, kind, objective, learned, str(inputs.get("weightColumnName") or ""), budget)

    def check(self, names: Sequence[str]) -> None:
        """Refuse columns that the table lacks."""
        wanted = {self.target, *(name for name, _ in self.columns), *([self.weight] if self.weight else [])}
        missing = sorted(wanted - set(names))
        if missing:
            raise _invalid(f"Columns are not in the dataset: {', '.join(missing)}.")


class TabularModel:
    """A model that learned from rows of a table, all of whose values are texts.

    Parameters
    ----------
    task : TabularTask
    rows : sequence of mapping of str to str

    Attributes
    ----------
    task : TabularTask
    classes : tuple of str
        Values of the target; empty for regression.

    Raises
    ------
    RefusalError
        When the target cannot be learned.
    """

    def __init__(self, task: TabularTask, rows: Sequence[_Row]) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        self.task = task
        given = [row[task.target] for row in rows]
        if "" in given:
            raise _invalid(f"The target column {task.target} contains missing values.")
        self._readers = {name: _reader(kind, [row[name] for row in rows]) for name, kind in task.columns}
        weight = np.array([float(row[task.weight]) for row in rows]) if task.weight else None
        if task.kind == "regression":
            self.classes: tuple[str, ...] = ()
            loss = "absolute_error" if task.objective == "minimize-mae" else "squared_error"
            learner: Any = HistGradientBoostingRegressor(loss=loss, max_iter=_ROUNDS, random_state=0)
            truth: Any = np.array([float(one) for one in given])
        else:
            self.classes = tuple(sorted(set(given)))
            if not 2 <= len(self.classes) <= _CLASSES:
                raise _invalid(f"The target column must have 2 to {_CLASSES} values: {len(self.classes)}.")
            learner, truth = HistGradientBoostingClassifier(max_iter=_ROUNDS, random_state=0), np.array(given)
        with threadpool_limits(1):  # on a busy machine, threads of one fit wait for each other
            self._learner = learner.fit(self._matrix(rows), truth, sample_weight=weight)

    def predict(self, rows: Sequence[_Row]) -> list[dict[str, Any]]:
        """Answer rows in the forms of the schemata ``tabular_classification`` and ``tabular_regression``."""
        missing = sorted({name for name, _ in self.task.columns} - set(rows[0])) if rows else []
        if missing:
            raise _invalid(f"Columns are missing in the input: {', '.join(missing)}.")
        if not rows:
            return []
        if self.task.kind == "regression":
            values = self._learner.predict(self._matrix(rows)).tolist()
            return [{"value": one, "lower_bound": one, "upper_bound": one} for one in values]
        scores = self._learner.predict_proba(self._matrix(rows)).tolist()
        return [{"classes": list(self.classes), "scores": one} for one in scores]

    def measured(self, rows: Sequence[_Row]) -> dict[str, float]:
        """Return the platform's own figures on rows that were not learned from."""
        from sklearn import metrics

        given = [row[self.task.target] for row in rows]
        if self.task.kind == "regression":
            truth, said = np.array([float(one) for one in given]), self._learner.predict(self._matrix(rows))
            return {
                "rootMeanSquaredError": float(metrics.root_mean_squared_error(truth, said)),
                "meanAbsoluteError": float(metrics.mean_absolute_error(truth, said)),
                "rSquared": float(metrics.r2_score(truth, said)),
            }
        scores = self._learner.predict_proba(self._matrix(rows))
        told = {"logLoss": float(metrics.log_loss(given, scores, labels=list(self.classes)))}
        if len(self.classes) == 2 and len(set(given)) == 2:
            positive = np.array(given) == self.classes[1]
            told["auRoc"] = float(metrics.roc_auc_score(positive, scores[:, 1]))
            told["auPrc"] = float(metrics.average_precision_score(positive, scores[:, 1]))
        return told

    def _matrix(self, rows: Sequence[_Row]) -> Floats:
        """Rows as numbers."""
        read = self._readers.items()
        values = [[number for name, reader in read for number in reader(row[name])] for row in rows]
        return np.array(values, dtype=np.float64)


def _transformation(document: Mapping[str, Any]) -> tuple[str, str]:
    """A column, and what is done with it."""
    ((kind, options),) = document.items()
    name = options.get("columnName") or options.get("column_name")  # the official client sends the latter
    if kind not in _KINDS or not name:
        raise _invalid(f"Transformation cannot be used: {document}.")
    return str(name), str(kind)


def _reader(kind: str, seen: Sequence[str]) -> _Read:
    """How the texts of a column become numbers."""
    if kind == "auto":
        kind = "categorical" if any(one and math.isnan(_number(one)) for one in seen) else "numeric"
    if kind == "numeric":
        return lambda text: [_number(text)]
    if kind == "timestamp":
        return lambda text: [_moment(text)]
    if kind == "text":
        return _words
    codes = {level: float(code) for code, level in enumerate(sorted(set(seen) - {""}))}
    return lambda text: [codes.get(text, math.nan)]


def _number(text: str) -> float:
    """A number; what is none is missing."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _moment(text: str) -> float:
    """Seconds since 1970; what is no moment is missing."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return math.nan


def _words(text: str) -> list[float]:
    """How often words of a few kinds occur."""
    counts = [0.0] * _WORDS
    for word in text.lower().split():
        counts[zlib.crc32(word.encode()) % _WORDS] += 1.0
    return counts


def _invalid(message: str) -> RefusalError:
    """Say what is wrong with a training or its table."""
    return RefusalError("INVALID_ARGUMENT", message)
