"""Unfitted estimators: made as the project file says, or refused before anything is trained."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.ensemble import RandomForestClassifier

from fivefold.core.artefacts import Task
from fivefold.core.errors import MissingExtraError, SettingsError
from fivefold.core.estimators import EstimatorSettings, read_estimators
from fivefold.core.own_code import importable
from fivefold.training.estimators import check_estimators, unfitted, weight_key

FOREST = "sklearn.ensemble.RandomForestClassifier"
OWN = """
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

no_function = 3


def pipeline(strength=1.0):
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength))


def near(count):
    return make_pipeline(StandardScaler(), KNeighborsClassifier(count))


def forest():
    return RandomForestClassifier(n_jobs=4)


def without_probabilities():
    return RidgeClassifier()


def stack():
    return StackingClassifier([("near", KNeighborsClassifier())], cv=3)


def no_estimator():
    return {"C": 1.0}


def the_class():
    return RandomForestClassifier


def broken():
    raise RuntimeError("no luck today")
"""


@pytest.fixture
def own(tmp_path: Path) -> Any:
    """A module of the person's own, importable while the test runs; its folder."""
    (tmp_path / "own_estimators.py").write_text(OWN)
    with importable(str(tmp_path)):
        yield str(tmp_path)


def told(place: str, /, **settings: Any) -> EstimatorSettings:
    """What the project file says of one estimator."""
    return read_estimators({"mine": {"function" if ":" in place else "class": place, **settings}})[0]


def test_a_class_is_made_with_its_settings_and_the_seed() -> None:
    made = unfitted(told(FOREST, n_estimators=7, n_jobs=-1), "binary", seed=11)
    assert isinstance(made, RandomForestClassifier)
    assert (made.n_estimators, made.random_state, made.n_jobs) == (7, 11, 1)


def test_a_stack_is_taken_although_it_has_no_probabilities_yet(own: str) -> None:
    assert unfitted(told("own_estimators:stack"), "binary").cv == 3


def test_a_seed_of_the_persons_own_stays() -> None:
    assert unfitted(told(FOREST, random_state=3), "binary", seed=11).random_state == 3


def test_a_list_becomes_a_tuple_where_one_is_meant() -> None:
    made = unfitted(told("sklearn.neural_network.MLPClassifier", hidden_layer_sizes=[8, 4]), "binary")
    assert made.hidden_layer_sizes == (8, 4)


def test_a_function_makes_a_pipeline_whose_parts_follow_the_seed(own: str) -> None:
    made = unfitted(told("own_estimators:pipeline", strength=0.5), "multiclass", seed=4)
    last = made.named_steps["logisticregression"]
    assert (last.C, last.random_state) == (0.5, 4)
    assert unfitted(told("own_estimators:forest"), "binary").n_jobs == 1


def test_who_listens_to_weights_is_known(own: str) -> None:
    assert weight_key(unfitted(told(FOREST), "binary")) == "sample_weight"
    assert (
        weight_key(unfitted(told("own_estimators:pipeline"), "binary")) == "logisticregression__sample_weight"
    )
    assert weight_key(unfitted(told("own_estimators:near", count=3), "binary")) is None


@pytest.mark.parametrize(
    ("settings", "task", "words"),
    [
        (told("sklearn.ensamble.RandomForestClassifier"), "binary", "No module named 'sklearn.ensamble'"),
        (told("sklearn.ensemble.RandomForestClasifier"), "binary", "did you mean 'RandomForestClassifier'"),
        (told("sklearn.base.clone"), "binary", "which is no class"),
        (told("collections.Counter"), "binary", "no fit and get_params"),
        (told(FOREST, n_estimator=5), "binary", "did you mean 'n_estimators'"),
        (told(FOREST, n_estimators=-5), "binary", "InvalidParameterError"),
        (told(FOREST, estimator__depth=5), "binary", "estimator__depth"),
        (told(FOREST), "regression", "a classifier, for a target of numbers"),
        (told("sklearn.linear_model.Ridge"), "multiclass", "a regressor, for a target of classes"),
        (told("sklearn.preprocessing.StandardScaler"), "regression", "no regressor"),
        (told("sklearn.linear_model.RidgeClassifier"), "binary", "CalibratedClassifierCV"),
        (told("sklearn.ensemble.VotingClassifier"), "binary", "estimators"),
        (told("own_estimators:nothing"), "binary", "no 'nothing' in 'own_estimators'"),
        (told("own_estimators:no_function"), "binary", "cannot be called"),
        (told("own_estimators:pipeline", depth=3), "binary", "strength"),
        (told("own_estimators:near"), "binary", "count"),
        (told("own_estimators:no_estimator"), "binary", "unfitted scikit-learn estimator"),
        (told("own_estimators:the_class"), "binary", "unfitted scikit-learn estimator"),
        (told("own_estimators:broken"), "binary", "no luck today"),
        (told("own_estimators:without_probabilities"), "binary", "predict_proba"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(
    own: str, settings: EstimatorSettings, task: Task, words: str
) -> None:
    with pytest.raises(SettingsError, match=r"train\.estimators\.mine") as caught:
        check_estimators([settings], task, own)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["linear", "extra_trees", "lightgbm-2", "estimators"])
def test_a_name_is_not_that_of_a_family(name: str) -> None:
    settings = read_estimators({name: {"class": FOREST}})
    with pytest.raises(SettingsError, match="not that of a family"):
        check_estimators(settings, "binary")


def test_a_module_of_the_same_name_that_is_installed_is_told(tmp_path: Path) -> None:
    (tmp_path / "sklearn.py").write_text("")
    settings = read_estimators({"mine": {"class": FOREST}})
    with importable(str(tmp_path)), pytest.raises(SettingsError, match="another name"):
        check_estimators(settings, "binary", str(tmp_path))


def test_without_the_extra_the_install_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(MissingExtraError, match=r'pip install "fivefold\[onnx\]"'):
        check_estimators([told(FOREST)], "binary")
    check_estimators([], "binary")
