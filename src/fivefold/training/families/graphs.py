"""A fitted estimator becomes a graph in ONNX, which is taken only where it answers real rows as the estimator itself does."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from fivefold.core.errors import FivefoldError, StepError
from fivefold.runtime.members.onnx import INPUT, OnnxMember, onnx_payload

if TYPE_CHECKING:
    from fivefold.core.protocols import Floats, Matrix, Problem
    from fivefold.runtime.members.inputs import Inputs

__all__ = ["AGREEING", "TOLERANCE", "converted"]

TOLERANCE = 1e-4
"""How far apart two answers may lie to be the same: probabilities, or numbers in standard deviations of the target."""
AGREEING = 0.99
"""Share of rows that must get the same answer: a value on a threshold, or two neighbours as far away, may fall either way."""


def converted(estimator: Any, problem: Problem, rows: Matrix, target: Floats, inputs: Inputs | None) -> bytes:
    """Return the payload of a member that answers as the estimator does.

    Double precision is tried first, which is nearer to scikit-learn; not every graph can be run in it.

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
    expected = _answers(estimator, problem, rows if inputs is None else inputs.columns(rows))
    unit = 1.0 if problem.classes else float(np.std(target)) or 1.0
    failures: list[str] = []
    for wide in (True, False):
        try:
            payload = _payload(estimator, problem, inputs, wide=wide)
            found = OnnxMember.load(payload).predict(rows)
        except Exception as error:  # noqa: BLE001 - the edge to two libraries, whose errors have no base of their own
            failures.append(_reason(error))
            continue
        apart = np.abs(found - expected).max(axis=1) / unit
        same = float((apart <= TOLERANCE).mean())
        if same >= AGREEING and np.isfinite(found).all():
            return payload
        failures.append(
            f"{100 * (1 - same):.2g} % of {len(rows):,} rows get another answer, by up to {apart.max():.2g}"
        )
    raise _refused(estimator, failures)


def _payload(estimator: Any, problem: Problem, inputs: Inputs | None, *, wide: bool) -> bytes:
    """Convert, in double or in single precision."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    features = len(problem.features)
    kind = DoubleTensorType if wide else FloatTensorType
    width = features if inputs is None else inputs.width
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it says of versions is nothing that the person could act on
        model = convert_sklearn(
            estimator,
            "estimator",  # otherwise a name drawn at random
            [(INPUT, kind([None, width]))],
            options={id(estimator): {"zipmap": False}} if problem.classes else None,
        )
    classes = [int(each) for each in estimator.classes_] if problem.classes else []
    return onnx_payload(model.SerializeToString(), features, classes, max(1, problem.classes), inputs)


def _answers(estimator: Any, problem: Problem, columns: Matrix) -> Floats:
    """What the estimator itself says, shape (rows, outputs)."""
    if not problem.classes:
        return np.asarray(estimator.predict(columns), dtype=np.float64).reshape(len(columns), 1)
    answers = np.zeros((len(columns), problem.classes))
    answers[:, np.asarray(estimator.classes_, dtype=np.intp)] = estimator.predict_proba(columns)
    return answers


def _reason(error: Exception) -> str:
    """First words of what went wrong."""
    text = error.seen if isinstance(error, FivefoldError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:300]


def _refused(estimator: Any, failures: list[str]) -> StepError:
    """Say why an estimator is not taken."""
    return StepError(
        f"{type(estimator).__name__} cannot be turned into a graph in ONNX that answers as it does",
        seen="; ".join(dict.fromkeys(failures)),
        expected=f"answers within {TOLERANCE:g} for {100 * AGREEING:.0f} of 100 rows",
        todo="use an estimator that skl2onnx converts",
    )
