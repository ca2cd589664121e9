"""A fitted estimator becomes a graph in ONNX, which is taken only where it answers real rows as the estimator itself does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import FivefoldError, StepError
from fivefold.runtime.members.onnx import INPUT, OnnxMember, onnx_payload
from fivefold.training.keras_models import is_keras, keras_graph, keras_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable

    from fivefold.core.protocols import Floats, Matrix, Problem
    from fivefold.runtime.members.inputs import Inputs

__all__ = ["AGREEING", "TOLERANCE", "converted"]

TOLERANCE = 1e-4
"""How far apart two answers may lie to be the same: probabilities, or numbers in standard deviations of the target."""
AGREEING = 0.99
"""Share of rows that must get the same answer: a value on a threshold, or two neighbours as far away, may fall either way."""
_STEADY = 1e-12
"""How far the answer to a row alone may be from that in a batch, relatively, for a graph to be steady."""
_ALONE = 20
_BOOSTED = {
    "HistGradientBoostingClassifier": "convert_sklearn_random_forest_classifier",
    "HistGradientBoostingRegressor": "convert_sklearn_random_forest_regressor_converter",
}
"""What converts scikit-learn's histogram-based boosting, by the name of the function in skl2onnx."""
_REFUSED = (RuntimeError, ValueError, TypeError, AttributeError, LookupError, NameError)
"""What converters raise where they cannot do it. skl2onnx: mostly kinds of ``RuntimeError``, and a ``NameError`` for an option that an estimator
does not have; the others are what its many converters stumble over. Anything else fails the trial as any error of a fit does."""
_NEAR = (
    ("KNeighborsClassifier", "KNeighborsRegressor"),
    ("GaussianProcessClassifier", "GaussianProcessRegressor"),
)
"""Estimators that measure distances to their training rows, neighbours and Gaussian processes."""


def converted(estimator: Any, problem: Problem, rows: Matrix, target: Floats, inputs: Inputs | None) -> bytes:
    """Return the payload of a member that answers as the estimator does.

    Single precision is tried first, which is enough for trees. A matrix product in it gives a row alone a slightly other answer
    than in a batch; double precision, where onnxruntime has it, does not.

    Parameters
    ----------
    estimator : fitted scikit-learn estimator
    problem : Problem
    rows : Matrix
        Real rows, as all families see them, on which the two are compared.
    target : Floats
        That of the training rows.
    inputs : Inputs or None
        What the estimator learned from; None where it learned from the matrix itself.

    Raises
    ------
    StepError
        When the estimator cannot be converted, or its graph answers otherwise.
    """
    if _asks_for_gaps(estimator):
        raise StepError(
            f"{type(estimator).__name__} has trees that ask whether a value is missing, which their graph cannot",
            expected="trees that see no gaps",
            todo='write inputs = "prepared", or leave inputs out',
        )
    expected = _answers(estimator, problem, rows if inputs is None else inputs.columns(rows))
    unit = 1.0 if problem.classes else float(np.std(target)) or 1.0
    failures: list[str] = []
    agreeing: bytes | None = None
    for wide in (False,) if is_keras(estimator) else (False, True):
        try:
            payload = _payload(estimator, problem, inputs, wide=wide)
            member = OnnxMember.load(payload)
            found = member.predict(rows)
        except (FivefoldError, *_REFUSED) as error:
            failures.append(_reason(error))
            continue
        apart = np.abs(found - expected).max(axis=1) / unit
        same = float((apart <= TOLERANCE).mean())
        if same < AGREEING or not np.isfinite(found).all():
            otherwise = f"{100 * (1 - same):.3g} % of {len(rows):,} rows get another answer"
            failures.append(f"{otherwise}, by up to {apart.max():.2g}")
        elif _is_steady(member, rows, found):
            return payload
        else:
            agreeing = agreeing or payload
    if agreeing is not None:
        return agreeing
    raise StepError(
        f"{type(estimator).__name__} cannot be turned into a graph in ONNX that answers as it does",
        seen="; ".join(dict.fromkeys(failures)),
        expected=f"answers within {TOLERANCE:g} for {100 * AGREEING:.0f} of 100 rows",
        todo="use layers that Keras exports"
        if is_keras(estimator)
        else "use an estimator that skl2onnx converts",
    )


def _payload(estimator: Any, problem: Problem, inputs: Inputs | None, *, wide: bool) -> bytes:
    """Convert, in double or in single precision."""
    features = len(problem.features)
    width = features if inputs is None else inputs.width
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is said of versions is nothing that the person could act on
        if is_keras(estimator):
            graph = keras_graph(estimator, width, INPUT)
        else:
            graph = _converted_graph(estimator, problem, width, wide=wide)
    classes = [int(each) for each in estimator.classes_] if problem.classes else []
    return onnx_payload(graph, features, classes, max(1, problem.classes), inputs)


def _converted_graph(estimator: Any, problem: Problem, width: int, *, wide: bool) -> bytes:
    """What skl2onnx makes of an estimator."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    kind = DoubleTensorType if wide else FloatTensorType
    model = convert_sklearn(
        estimator,
        "estimator",  # otherwise a name drawn at random
        [(INPUT, kind([None, width]))],
        custom_conversion_functions=_mended(),
        options=_options(estimator, problem),
    )
    graph: bytes = model.SerializeToString()
    return graph


def _options(estimator: Any, problem: Problem) -> dict[Any, dict[str, Any]]:
    """Probabilities as a matrix; distances by one node of onnxruntime's own, some thirty times as fast as a loop of many."""
    from sklearn import gaussian_process, neighbors

    quick = {"optim": "cdist"}
    kinds = [
        getattr(module, name)
        for module, names in zip((neighbors, gaussian_process), _NEAR, strict=True)
        for name in names
    ]
    own = quick if type(estimator) in kinds else {}
    plain = {"zipmap": False} if problem.classes else {}
    return {**dict.fromkeys(kinds, quick), **({id(estimator): own | plain} if own or plain else {})}


def _mended() -> dict[type, Callable[..., None]]:
    """Converters of histogram-based boosting whose marks of missing values are whole numbers, as newer versions of protobuf ask.

    To be removed once skl2onnx (1.20 does not) writes no booleans there.
    """
    from sklearn import ensemble

    return {getattr(ensemble, name): _with_whole_numbers(function) for name, function in _BOOSTED.items()}


def _with_whole_numbers(function: str) -> Callable[..., None]:
    """Wrap a converter of skl2onnx."""

    def convert(scope: Any, operator: Any, container: Any) -> None:
        from skl2onnx.operator_converters import random_forest

        add = container.add_node

        def add_node(*given: Any, **attributes: Any) -> None:
            marks = attributes.get("nodes_missing_value_tracks_true")
            if marks is not None:
                attributes["nodes_missing_value_tracks_true"] = [int(mark) for mark in marks]
            add(*given, **attributes)

        container.add_node = add_node
        try:
            getattr(random_forest, function)(scope, operator, container)
        finally:
            del container.add_node

    return convert


def _answers(estimator: Any, problem: Problem, columns: Matrix) -> Floats:
    """What the estimator itself says, shape (rows, outputs)."""
    if not problem.classes:
        return np.asarray(estimator.predict(columns), dtype=np.float64).reshape(len(columns), 1)
    answers = np.zeros((len(columns), problem.classes))
    places = np.asarray(estimator.classes_, dtype=np.intp)
    keras = is_keras(estimator)
    answers[:, places] = (
        keras_probabilities(estimator, columns) if keras else estimator.predict_proba(columns)
    )
    return answers


def _is_steady(member: OnnxMember, rows: Matrix, found: Floats) -> bool:
    """Whether a row alone gets what it gets in a batch."""
    alone = np.concatenate([member.predict(rows[row : row + 1]) for row in range(min(_ALONE, len(rows)))])
    return bool(np.abs(alone - found[: len(alone)]).max() <= _STEADY * max(1.0, float(np.abs(found).max())))


def _asks_for_gaps(part: Any, depth: int = 5) -> bool:
    """Whether a tree in an estimator parts missing values from all others, at a threshold of infinity; skl2onnx would never come back."""
    if hasattr(part, "tree_"):
        return bool(np.isinf(part.tree_.threshold).any())
    if isinstance(part, np.ndarray):
        part = part.ravel().tolist() if part.dtype == object else ()
    inner = (
        part if isinstance(part, list | tuple) else vars(part).values() if hasattr(part, "get_params") else ()
    )
    return depth > 0 and any(_asks_for_gaps(one, depth - 1) for one in inner)


def _reason(error: Exception) -> str:
    """First words of what went wrong."""
    text = error.seen if isinstance(error, FivefoldError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:300]
