"""Keras models of the person's own: what the suite asks of a family, and what is special about them."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from tests.training.families.test_estimators import Named, told

from fivefold.core.clock import Deadline
from fivefold.core.errors import SettingsError, StepError
from fivefold.testing.families import FamilySuite, member_of, problem, sample
from fivefold.training.estimators import unfitted, weight_key
from fivefold.training.families.estimators import Estimators
from fivefold.training.families.inputs import learn_inputs
from fivefold.training.keras_models import fit_keras, install_hint

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Family, Fitted, Floats

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("keras") is None or find_spec("torch") is None,
        reason="Keras is not installed: pip install 'fivefold[keras]' torch",
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # PyTorch's own, on its way to ONNX
]


def classes_in_keras(epochs: int = 40, last: str = "softmax") -> Any:
    """A function as a person would write it."""
    import keras
    from keras.wrappers import SKLearnClassifier

    def net(X: Any, y: Any) -> Any:  # noqa: N803 - by these names Keras gives them
        layers = keras.layers
        inner = [layers.Dense(16, "gelu"), layers.BatchNormalization(), layers.Dropout(0.1)]
        model = keras.Sequential([keras.Input((X.shape[1],)), *inner, layers.Dense(y.shape[1], last)])
        model.compile(keras.optimizers.Adam(0.02), "categorical_crossentropy")
        return model

    return SKLearnClassifier(net, fit_kwargs={"epochs": epochs, "batch_size": 64})


def numbers_in_keras(epochs: int = 60, early: bool = False) -> Any:
    """The same for numbers, whose scale is that of the target."""
    import keras
    from keras.wrappers import SKLearnRegressor

    def net(X: Any, y: Any) -> Any:  # noqa: N803
        layers = keras.layers
        ends = [layers.Dense(1), layers.Rescaling(float(y.std()), float(y.mean()))]
        model = keras.Sequential([keras.Input((X.shape[1],)), layers.Dense(16, "relu"), *ends])
        model.compile(keras.optimizers.Adam(0.02), "mean_absolute_error")
        return model

    callbacks = [keras.callbacks.EarlyStopping("loss", patience=1, min_delta=1e9)] if early else []
    return SKLearnRegressor(net, fit_kwargs={"epochs": epochs, "batch_size": 64, "callbacks": callbacks})


CLASSES, NUMBERS = f"{__name__}:classes_in_keras", f"{__name__}:numbers_in_keras"


class TestKeras(FamilySuite):
    slack: ClassVar[float] = 60.0  # an epoch of 60,000 rows, and the comparison of the graph

    def make(self) -> Family:
        return Named(CLASSES, NUMBERS, {})


def fit_one(task: Task, settings: dict[str, Any], until: Deadline | None = None) -> Fitted:
    """Fit on drawn rows."""
    asked = replace(
        problem(task, seed=5), estimators=told(NUMBERS if task == "regression" else CLASSES, settings)
    )
    candidate = Estimators().candidates(asked)[0]
    until = until or Deadline.after(300.0)
    return Estimators().fit(candidate, asked, sample(task), sample(task, seed=1), until, 0)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_graphs_answer_as_the_models_do(task: Task) -> None:
    member = member_of(fit_one(task, {}))
    asked = told(NUMBERS if task == "regression" else CLASSES, {})[0]
    given, inputs = sample(task), learn_inputs(sample(task), 40)
    again = unfitted(asked, task, 5)
    target = given.target if task == "regression" else given.target.astype(np.int64)
    fit_keras(again, inputs.columns(given.values), target, None, Deadline.after(300.0), 5)
    rows = sample(task, seed=2).values
    columns = inputs.columns(rows)
    expected: Floats = (
        again.predict(columns).reshape(-1, 1) if task == "regression" else again.decision_function(columns)
    )
    unit = given.target.std() if task == "regression" else 1.0
    assert np.abs(member.predict(rows) - expected).max() / unit < 1e-5


def test_a_fit_ends_with_the_epoch_in_which_its_time_is_over() -> None:
    steps = count()
    fitted = fit_one("binary", {"epochs": 1_000}, Deadline(4.5, steps.__next__))
    assert fitted.stopped
    assert next(steps) < 20
    assert not fit_one("binary", {"epochs": 2}).stopped


def test_arguments_of_fit_and_callbacks_of_the_person_are_kept() -> None:
    (asked,) = told(NUMBERS, {"early": True, "epochs": 50})
    estimator = unfitted(asked, "regression", 1)
    given = sample("regression")
    columns = learn_inputs(given, 40).columns(given.values)
    fit_keras(estimator, columns, given.target, None, Deadline.after(300.0), 1)
    assert len(estimator.history_.epoch) == 2
    assert estimator.fit_kwargs["batch_size"] == 64


def test_a_last_layer_without_probabilities_is_refused() -> None:
    with pytest.raises(
        StepError, match=r"no probabilities.*add up to.*a column for each of 2 classes.*softmax"
    ):
        fit_one("binary", {"last": "tanh", "epochs": 1})


def test_it_listens_to_weights() -> None:
    assert weight_key(unfitted(told(CLASSES, {})[0], "binary")) == "sample_weight"


def test_a_model_of_classes_is_refused_for_numbers() -> None:
    with pytest.raises(SettingsError, match="a classifier, for a target of numbers"):
        unfitted(told(CLASSES, {})[0], "regression")


def test_what_to_install_is_told() -> None:
    for name in ("keras", "torch"):
        assert install_hint(ModuleNotFoundError("not there", name=name)) == (
            'pip install "fivefold[keras]" torch'
        )
    assert install_hint(ModuleNotFoundError("not there", name="numpy")) == ""
