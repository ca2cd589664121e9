"""Estimators of the person's own, one candidate each: any of scikit-learn, or what a function of theirs makes."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import StepError
from fivefold.core.estimators import FAMILY
from fivefold.core.protocols import Candidate, Fitted
from fivefold.training.estimators import check_extra, unfitted, weight_key
from fivefold.training.families.footprint import Footprint
from fivefold.training.families.graphs import converted
from fivefold.training.families.inputs import learn_inputs, most_inputs
from fivefold.training.keras_models import fit_keras, is_keras

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts.model import Setting
    from fivefold.core.clock import Deadline
    from fivefold.core.estimators import EstimatorSettings
    from fivefold.core.protocols import Matrix, Problem, Sample

__all__ = ["Estimators"]

_RANK = 1.5
"""Behind the linear model, which gives a first answer in no time, and before all others: the person asked for these."""
_LEVELS = 40
"""Levels of a category that gets indicators at most; wider ones are seen as rates."""
_COMPARED = 500
"""Rows of each sample on which an estimator and its graph are compared."""

_BYTES, _INPUT = Footprint(free=20e6, score=64), 8
"""Nobody can know: the graph, and every input with a copy, or as a double; forests and linear models take as much."""


class Estimators:
    """What the project file names under ``[train.estimators]``."""

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return one candidate for each, in the order of the file; nobody can tell which of them keeps a trend, or learns a quantile."""
        if not problem.features or any(problem.trends) or problem.objective.name == "quantile":
            return ()
        return tuple(
            Candidate(one.name, FAMILY, _told(one), _RANK + place / 1000)
            for place, one in enumerate(problem.estimators)
        )

    def prepare(self) -> None:
        """Load what converts, and what checks the conversion."""
        check_extra()
        for library in ("sklearn.pipeline", "skl2onnx", "onnxruntime"):
            importlib.import_module(library)

    def memory(self, candidate: Candidate, problem: Problem, rows: int, rounds: int) -> int:
        """Return the bytes of a usual estimator; measured peaks tell more."""
        del candidate, rounds
        return _BYTES.of(problem, rows) + rows * most_inputs(problem.features, _LEVELS) * _INPUT

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        """Fit, which nothing but the end of the process can stop (a Keras model ends with an epoch), convert, and compare.

        Raises
        ------
        StepError
            When the estimator is no longer in the project file, cannot be converted, or its graph answers otherwise.
        """
        from threadpoolctl import threadpool_limits  # scikit-learn brings it along

        del rounds
        estimator = unfitted(_settings(candidate, problem), problem.task, problem.seed)
        inputs = None if _takes_gaps(candidate, problem, estimator) else learn_inputs(train, _LEVELS)
        columns = _as_they_are(train.values) if inputs is None else inputs.columns(train.values)
        target: Any = train.target.astype(np.int64) if problem.classes else train.target
        key, stopped = weight_key(estimator) if train.weight is not None else None, False
        with threadpool_limits(1):
            if is_keras(estimator):
                stopped = fit_keras(estimator, columns, target, train.weight, until, problem.seed)
            else:
                estimator.fit(columns, target, **({key: train.weight} if key else {}))
            payload = converted(estimator, problem, _rows(train, valid), train.target, inputs)
        return Fitted("onnx", payload, stopped=stopped)


def _settings(candidate: Candidate, problem: Problem) -> EstimatorSettings:
    """Return what the project file says of a candidate; code that it no longer names is not run."""
    for one in problem.estimators:
        if one.name == candidate.name:
            return one
    raise StepError(
        f"The project file has no [train.estimators.{candidate.name}] any more",
        expected="an estimator that it names",
        todo="put it back, or start without that run",
    )


def _told(settings: EstimatorSettings) -> dict[str, Setting]:
    """Settings as a list of trials shows them."""
    shown: dict[str, Setting] = {settings.origin: settings.place}
    for name, value in settings.settings.items():
        shown[name] = value if isinstance(value, str | bool | int | float) else str(value)
    return shown


def _takes_gaps(candidate: Candidate, problem: Problem, estimator: Any) -> bool:
    """Whether an estimator learns from the matrix itself: as the person says, or where its graph is known to keep gaps."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    said = _settings(candidate, problem).inputs
    if said:
        return said == "encoded"
    return isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor)


def _as_they_are(values: Matrix) -> Matrix:
    """A copy, since matrices are mapped from disk and scikit-learn wants memory that it could write to.

    A column without any value is 0: nothing can be learned from it either way, and histogram-based boosting fails where it is missing.
    """
    columns = np.array(values)
    columns[:, np.isnan(columns).all(axis=0)] = 0.0
    return columns


def _rows(train: Sample, valid: Sample | None) -> Matrix:
    """Real rows, spread evenly over both samples, and one of nothing but gaps."""
    parts = [one.values[_evenly(len(one.values))] for one in (train, valid) if one is not None]
    gaps = np.full((1, train.values.shape[1]), np.nan, dtype=np.float32)
    return np.concatenate([*parts, gaps])


def _evenly(rows: int) -> Any:
    """At most so many places."""
    count = min(rows, _COMPARED)
    return np.arange(count) * rows // max(1, count)
