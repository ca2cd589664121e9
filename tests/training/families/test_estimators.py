"""Estimators of the person's own keep the rules of the seam; their graphs answer as they do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from fivefold.core.clock import Deadline
from fivefold.core.errors import StepError
from fivefold.core.estimators import EstimatorSettings, read_estimators
from fivefold.core.protocols import Candidate
from fivefold.testing.families import FEATURES, FamilySuite, member_of, problem, sample
from fivefold.training.estimators import unfitted
from fivefold.training.families import graphs
from fivefold.training.families.estimators import Estimators

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Family, Fitted, Problem, Sample

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


def told(place: str, settings: dict[str, Any]) -> tuple[EstimatorSettings, ...]:
    """What the project file says of one estimator."""
    return read_estimators({"mine": {"function" if ":" in place else "class": place, **settings}})


class Named:
    """The family, with a classifier and a regressor of whose names the project file would hold one."""

    def __init__(self, classifier: str, regressor: str, settings: dict[str, Any]) -> None:
        self.places, self.settings = (classifier, regressor), settings

    def candidates(self, given: Problem) -> Sequence[Candidate]:
        return Estimators().candidates(self._named(given))

    def prepare(self) -> None:
        Estimators().prepare()

    def fit(
        self,
        candidate: Candidate,
        given: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        return Estimators().fit(candidate, self._named(given), train, valid, until, rounds)

    def _named(self, given: Problem) -> Problem:
        place = self.places[given.task == "regression"]
        return replace(given, estimators=told(place, self.settings))


class Usual(Named):
    """One of those that the estimate is about; what a pipeline of one's own takes, nobody knows before it was measured."""

    def memory(self, candidate: Candidate, given: Problem, rows: int, rounds: int) -> int:
        return Estimators().memory(candidate, self._named(given), rows, rounds)


class EstimatorSuite(FamilySuite):
    slack: ClassVar[float] = 300.0  # nothing but the end of its process stops such a fit


class TestForest(EstimatorSuite):
    def make(self) -> Family:
        settings = {"n_estimators": 12, "min_samples_leaf": 3, "max_depth": 8}
        return Usual(
            "sklearn.ensemble.RandomForestClassifier", "sklearn.ensemble.RandomForestRegressor", settings
        )

    @pytest.mark.slow
    def test_a_fit_takes_about_the_memory_that_it_says(self) -> None:
        super().test_a_fit_takes_about_the_memory_that_it_says()


class TestHistGradientBoosting(EstimatorSuite):
    def make(self) -> Family:
        boosted = "sklearn.ensemble.HistGradientBoosting"
        settings = {"max_iter": 30, "min_samples_leaf": 8}
        return Usual(f"{boosted}Classifier", f"{boosted}Regressor", settings)

    @pytest.mark.slow
    def test_a_fit_takes_about_the_memory_that_it_says(self) -> None:
        super().test_a_fit_takes_about_the_memory_that_it_says()


def classes_in_a_pipeline(strength: float) -> Any:
    """A function as a person would write it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength))


def numbers_in_a_pipeline(strength: float) -> Any:
    """The same for numbers."""
    from sklearn.linear_model import HuberRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), HuberRegressor(alpha=strength, max_iter=1_000))


class TestPipeline(EstimatorSuite):
    def make(self) -> Family:
        return Named(
            f"{__name__}:classes_in_a_pipeline", f"{__name__}:numbers_in_a_pipeline", {"strength": 1.0}
        )


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("classifier", "regressor", "settings"),
    [
        ("neighbors.KNeighborsClassifier", "neighbors.KNeighborsRegressor", {"n_neighbors": 15}),
        ("naive_bayes.GaussianNB", "linear_model.BayesianRidge", {}),
        (
            "neural_network.MLPClassifier",
            "neural_network.MLPRegressor",
            {"max_iter": 400, "hidden_layer_sizes": [8]},
        ),
        ("ensemble.ExtraTreesClassifier", "ensemble.ExtraTreesRegressor", {"n_estimators": 10}),
        ("ensemble.GradientBoostingClassifier", "ensemble.GradientBoostingRegressor", {"n_estimators": 10}),
        ("linear_model.LogisticRegression", "svm.SVR", {}),
        ("ensemble.AdaBoostClassifier", "gaussian_process.GaussianProcessRegressor", {}),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_graphs_answer_as_the_estimators_do(
    task: Task, classifier: str, regressor: str, settings: dict[str, Any]
) -> None:
    place = f"sklearn.{regressor if task == 'regression' else classifier}"
    asked = replace(problem(task, seed=5), estimators=told(place, settings))
    given, unseen = sample(task), sample(task, seed=1)
    candidate = Estimators().candidates(asked)[0]
    fitted = Estimators().fit(candidate, asked, given, unseen, Deadline.after(60.0), 0)
    # The member must answer rows that took no part in the comparison as an estimator fitted in the same way would.
    from fivefold.training.families.inputs import learn_inputs

    inputs = learn_inputs(given, 40)
    again = unfitted(asked.estimators[0], task, 5)
    again.fit(inputs.columns(given.values), given.target.astype(np.int64) if asked.classes else given.target)
    rows = sample(task, seed=2).values
    columns = inputs.columns(rows)
    expected = again.predict_proba(columns) if asked.classes else again.predict(columns).reshape(-1, 1)
    unit = 1.0 if asked.classes else given.target.std()
    apart = np.abs(member_of(fitted).predict(rows) - expected).max(axis=1) / unit
    assert (apart <= graphs.TOLERANCE).mean() >= 0.98


class Odd(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn's bases carry no annotations
    """An estimator that nobody has a converter for."""

    def fit(self, rows: Any, target: Any) -> Odd:
        self.classes_ = np.unique(target)
        return self

    def predict_proba(self, rows: Any) -> Any:
        return np.full((len(rows), self.classes_.size), 1 / self.classes_.size)


def odd() -> Odd:
    """Make one."""
    return Odd()


def fit_with(place: str, settings: dict[str, Any], task: Task = "binary") -> Fitted:
    """Fit on drawn rows."""
    asked = replace(problem(task), estimators=told(place, settings))
    candidate = Estimators().candidates(asked)[0]
    return Estimators().fit(candidate, asked, sample(task), sample(task, seed=1), Deadline.after(60.0), 0)


def test_what_cannot_be_converted_is_refused_with_the_reason() -> None:
    with pytest.raises(StepError, match="Odd cannot be turned into a graph in ONNX"):
        fit_with(f"{__name__}:odd", {})


def with_bins() -> Any:
    """A pipeline that skl2onnx knows all parts of, but not in this form."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import KBinsDiscretizer

    return make_pipeline(KBinsDiscretizer(strategy="uniform"), Ridge())


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (f"{__name__}:with_bins", "RuntimeError: onehot encoding not supported"),
        ("sklearn.neighbors.RadiusNeighborsRegressor", "ONNXRuntimeError.*INVALID_ARGUMENT"),
    ],
)
@pytest.mark.filterwarnings("ignore:One or more samples have no neighbors:UserWarning")
@pytest.mark.filterwarnings("ignore:Feature .* is constant:UserWarning")
def test_what_goes_wrong_in_the_libraries_is_told(place: str, reason: str) -> None:
    with pytest.raises(StepError, match=f"cannot be turned into a graph in ONNX.*{reason}"):
        fit_with(place, {}, "regression")


def test_a_graph_that_answers_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "sklearn.linear_model.LogisticRegression"
    fit_with(place, {})
    told_otherwise = graphs._answers
    monkeypatch.setattr(graphs, "_answers", lambda *given: told_otherwise(*given)[:, ::-1])
    with pytest.raises(StepError, match="rows get another answer, by up to"):
        fit_with(place, {})


@pytest.mark.parametrize(
    "place", ["tree.DecisionTreeClassifier", "ensemble.RandomForestClassifier", "ensemble.BaggingClassifier"]
)
def test_trees_that_ask_for_gaps_are_refused_at_once(place: str) -> None:
    with pytest.raises(StepError, match='inputs = "prepared"'):
        fit_with(f"sklearn.{place}", {"inputs": "encoded"})


def with_an_imputer() -> Any:
    """A pipeline that fills gaps itself."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), Ridge())


def test_a_pipeline_may_fill_gaps_itself() -> None:
    member = member_of(fit_with(f"{__name__}:with_an_imputer", {"inputs": "encoded"}, "regression"))
    gaps = np.full((1, len(FEATURES)), np.nan, dtype=np.float32)
    assert np.isfinite(member.predict(gaps)).all()


def test_code_that_the_project_file_no_longer_names_is_not_run() -> None:
    asked = replace(problem("binary"), estimators=told(f"{__name__}:odd", {}))
    gone = Candidate("other", "estimators", {"function": f"{__name__}:odd"}, 0.0)
    with pytest.raises(StepError, match=r"no \[train.estimators.other\] any more"):
        Estimators().fit(gone, asked, sample("binary"), None, Deadline.after(60.0), 0)


def test_settings_are_told_plainly() -> None:
    asked = replace(
        problem("binary"),
        estimators=told("sklearn.neural_network.MLPClassifier", {"hidden_layer_sizes": [8, 4], "alpha": 0.1}),
    )
    (candidate,) = Estimators().candidates(asked)
    assert (candidate.name, candidate.family) == ("mine", "estimators")
    assert candidate.settings == {
        "class": "sklearn.neural_network.MLPClassifier",
        "hidden_layer_sizes": "[8, 4]",
        "alpha": 0.1,
    }


def test_nobody_knows_which_of_them_keeps_a_trend() -> None:
    asked = replace(problem("binary"), estimators=told("sklearn.svm.SVC", {}))
    assert not Estimators().candidates(replace(asked, trends=(1,) + (0,) * (len(FEATURES) - 1)))
    assert not Estimators().candidates(replace(asked, features=()))
