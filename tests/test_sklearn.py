"""scikit-learn's contract: fit, predict, clone, save and load, and its own estimator checks where they apply."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import train_test_split
from sklearn.utils.estimator_checks import check_estimator

from fivefold.core.errors import ArtefactError, InputError
from fivefold.runtime.bundle import load_bundle, read_bundle
from fivefold.runtime.manifest import manifest_bytes
from fivefold.sklearn import FivefoldClassifier, FivefoldRegressor
from fivefold.testing.tables import visits
from fivefold.testing.targets import tiny_bundle


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.DataFrame(visits(400)).replace({"distance_km": {"": np.nan}}).astype({"distance_km": float})


@pytest.fixture(scope="module")
def classifier(table: pd.DataFrame) -> FivefoldClassifier:
    return FivefoldClassifier(budget="15s").fit(table.drop(columns="shown"), table["shown"])


def test_probabilities_stand_in_the_order_of_the_classes(
    classifier: FivefoldClassifier, table: pd.DataFrame
) -> None:
    features = table.drop(columns="shown")
    probabilities = classifier.predict_proba(features)
    assert classifier.classes_.tolist() == ["no", "yes"]
    assert probabilities.shape == (400, 2)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(400))
    assert (classifier.predict(features) == classifier.classes_[probabilities.argmax(axis=1)]).all()
    assert classifier.score(features, table["shown"]) > 0.65


def test_a_fitted_estimator_is_saved_and_loaded_without_pickle(
    classifier: FivefoldClassifier, table: pd.DataFrame, tmp_path: Path
) -> None:
    features = table.drop(columns="shown")
    folder = classifier.save(tmp_path / "model")
    again = FivefoldClassifier.load(folder)
    assert (again.predict_proba(features) == classifier.predict_proba(features)).all()
    assert again.get_params() == classifier.get_params()
    assert again.evaluation_ == classifier.evaluation_
    assert not [path for path in folder.rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib"}]
    with pytest.raises(InputError, match="there already"):
        classifier.save(folder)
    with pytest.raises(ArtefactError, match=r"FivefoldClassifier\.load"):
        FivefoldRegressor.load(folder)
    with pytest.raises(ArtefactError, match="cannot be read"):
        FivefoldClassifier.load(tmp_path)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_bundle_of_a_run_is_loaded_as_an_estimator(tmp_path: Path, task: Any, packed: bool) -> None:
    bundle = tiny_bundle(tmp_path / "bundle", task=task).folder
    ours, kind = load_bundle(bundle), FivefoldRegressor if task == "regression" else FivefoldClassifier
    if packed:
        (tmp_path / "model.zip").write_bytes(read_bundle(bundle).archive())
        bundle = tmp_path / "model.zip"
    rows = pd.DataFrame([golden.row for golden in ours.golden])
    model = kind.load(bundle)
    assert model.predict(rows).tolist() == ours.predict(rows).tolist()
    with pytest.warns(UserWarning, match="feature names"):
        assert model.predict(rows.to_numpy(dtype=object)).tolist() == ours.predict(rows).tolist()
    if isinstance(model, FivefoldClassifier):
        assert model.classes_.tolist() == sorted(ours.contract.classes)
        assert (model.predict_proba(rows) == ours.predict_proba(rows)).all()
    again = kind.load(model.save(tmp_path / "saved"))
    assert again.predict(rows).tolist() == ours.predict(rows).tolist()
    other = FivefoldClassifier if task == "regression" else FivefoldRegressor
    with pytest.raises(ArtefactError, match=rf"{kind.__name__}\.load"):
        other.load(bundle)


def test_classes_are_sorted_whatever_order_the_bundle_has(finished_run: Path, tmp_path: Path) -> None:
    bundle = finished_run / "train" / "bundle"
    plain = json.loads((bundle / "bundle.json").read_text())
    del plain["digest"]
    plain["contract"] |= {"classes": ["zebra", "ant"], "positive": "ant"}
    turned = shutil.copytree(bundle, tmp_path / "turned")
    (turned / "bundle.json").write_bytes(manifest_bytes(plain))
    model, ours = FivefoldClassifier.load(turned), load_bundle(turned)
    rows = pd.DataFrame(visits(60)).drop(columns="shown")[model.feature_names_in_.tolist()]
    assert model.classes_.tolist() == ["ant", "zebra"]
    assert (model.predict_proba(rows) == ours.predict_proba(rows)[:, ::-1]).all()
    assert model.predict(rows).tolist() == ours.predict(rows).tolist()


def test_a_clone_is_not_fitted(classifier: FivefoldClassifier, table: pd.DataFrame) -> None:
    fresh = clone(classifier)
    assert fresh.get_params() == classifier.get_params()
    with pytest.raises(NotFittedError):
        fresh.predict(table.drop(columns="shown"))


def test_a_regressor_learns_and_keeps_its_figures(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(300, 3))
    y = 3 * X[:, 0] + np.sin(2 * X[:, 1]) + generator.normal(scale=0.1, size=300)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    model = FivefoldRegressor(budget="15s").fit(X_train, y_train)
    assert model.score(X_test, y_test) > 0.8
    assert model.evaluation_.metric == "rmse"
    again = FivefoldRegressor.load(model.save(tmp_path / "model"))
    assert (again.predict(X_test) == model.predict(X_test)).all()


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1],
        [True, False],
        pytest.param([1.0, 2.0], marks=pytest.mark.slow),
        pytest.param(["a", "b"], marks=pytest.mark.slow),
    ],
)
def test_labels_come_back_as_they_were(labels: list[Any]) -> None:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(60, 2))
    y = np.array(labels)[(X[:, 0] > 0).astype(int)]
    model = FivefoldClassifier(budget="6s").fit(X, y)
    assert model.predict(X).dtype == y.dtype
    assert set(model.predict(X)) <= set(labels)


def test_what_cannot_be_fitted_is_refused() -> None:
    X = np.zeros((40, 1))
    with pytest.raises(InputError, match="one class"):
        FivefoldClassifier().fit(X, np.zeros(40))
    with pytest.raises(InputError, match="differ in length"):
        FivefoldRegressor().fit(X, np.zeros(39))
    with pytest.raises(InputError, match="another name"):
        FivefoldRegressor().fit(pd.DataFrame({"(target)": range(40)}), np.arange(40.0))


TOO_FEW = "fits on fewer than 30 rows, of which a fifth would be sealed: nothing honest can be said from them"
NOT_APPLICABLE = dict.fromkeys(
    (
        "check_estimators_overwrite_params",
        "check_dont_overwrite_parameters",
        "check_estimators_fit_returns_self",
        "check_readonly_memmap_input",
        "check_n_features_in_after_fitting",
        "check_estimators_dtypes",
        "check_f_contiguous_array_estimator",
        "check_fit2d_1feature",
        "check_dict_unchanged",
        "check_fit2d_predict1d",
    ),
    TOO_FEW,
)
OWN = {
    FivefoldClassifier: ("check_classifier_data_not_an_array", "check_classifiers_classes"),
    FivefoldRegressor: ("check_regressors_no_decision_function", "check_fit2d_1sample"),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("kind", [FivefoldClassifier, FivefoldRegressor])
def test_scikit_learns_own_checks_pass_where_they_apply(kind: type[Any]) -> None:
    expected = NOT_APPLICABLE | dict.fromkeys(OWN[kind], TOO_FEW)
    results = check_estimator(kind(budget="20s"), expected_failed_checks=expected, on_fail=None, on_skip=None)
    failed = {r["check_name"]: repr(r["exception"]) for r in results if r["status"] == "failed"}
    assert not failed
    assert {r["check_name"] for r in results if r["status"] == "xfail"} == set(expected)
    assert sum(r["status"] == "passed" for r in results) >= 35
