"""The model in scikit-learn's clothes: ``fit``, ``predict``, ``predict_proba``, ``save`` and ``load``.

A fifth of the rows given to ``fit`` is sealed for the honest evaluation, whose figures are ``evaluation_``; only once they stand
does the model that predicts learn from these rows too.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d, validate_data

from fivefold.core import records
from fivefold.core.artefacts import Evaluation
from fivefold.core.errors import ArtefactError, InputError
from fivefold.core.settings import read_settings
from fivefold.core.tables import is_frame, to_frame
from fivefold.result import Result
from fivefold.runtime.archive import ZipFiles
from fivefold.runtime.bundle import read_bundle, read_files
from fivefold.runtime.labels import native_labels
from fivefold.runtime.manifest import MANIFEST
from fivefold.workflow import start

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from numpy.typing import NDArray

    from fivefold.core.protocols import Floats
    from fivefold.core.tables import Frame
    from fivefold.runtime.bundle import BundleContents
    from fivefold.runtime.predictor import Predictor

__all__ = ["FivefoldClassifier", "FivefoldRegressor"]

TARGET = "(target)"
"""Name of the target column inside; no table that a person makes is likely to use it, and one that does is refused."""


class _Fivefold(BaseEstimator):
    """What classifier and regressor share.

    Parameters
    ----------
    budget : str
        Time for ``fit``.
    seed : int
    metric : str or None
        The headline metric; chosen by the plan when None.
    """

    def __init__(self, *, budget: str = "60s", seed: int = 0, metric: str | None = None) -> None:
        self.budget = budget
        self.seed = seed
        self.metric = metric

    def __sklearn_tags__(self) -> Any:
        """Declare that missing values, words and categories are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.non_deterministic = True  # the clock decides how much is fitted
        return tags

    def _fit(self, X: Any, y: Any, task: str) -> Self:
        """Run the first three steps in a store of their own and keep the bundle."""
        frame = self._frame(X, reset=True)
        if TARGET in frame.columns:
            raise InputError(
                f"A column is named '{TARGET}'", expected="another name", todo="rename the column"
            )
        if len(y) != frame.height:
            raise InputError(
                "X and y differ in length",
                seen=f"{frame.height} rows and {len(y)} targets",
                expected="one target for each row",
                todo="hand over both of the same rows, in one order",
            )
        import polars as pl

        table = frame.with_columns(pl.Series(TARGET, y))
        with tempfile.TemporaryDirectory(prefix="fivefold-") as folder:
            flags = {"question.target": TARGET, "question.task": task, "question.metric": self.metric}
            flags |= {"budget.time": self.budget, "seed": str(self.seed), "out": folder}
            with start(read_settings(flags, environ={}), table) as journey:
                journey.stages.last = "train"
                journey.research()
                journey.data()
                model = journey.train()
                journey.track()
                self.evaluation_: Evaluation = Result(journey.run).evaluation
            self.bundle_: bytes = read_bundle(model.folder / "bundle").archive()
        self.__dict__.pop("_predictor", None)
        return self

    def _frame(self, X: Any, *, reset: bool) -> Frame:
        """Return X as a frame, with the checks that scikit-learn's contract asks for."""
        import polars as pl

        if is_frame(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return to_frame(X)
        checked = check_array(X, dtype=None, ensure_all_finite="allow-nan", estimator=self, input_name="X")
        validate_data(self, checked, reset=reset, skip_check_array=True)
        names = [str(name) for name in self._names(checked.shape[1])]
        return pl.DataFrame(
            {name: pl.Series(name, checked[:, k].tolist(), strict=False) for k, name in enumerate(names)}
        )

    def _names(self, width: int) -> Sequence[object]:
        """Names for the columns of an array: those of the bundle, where it was not fitted here."""
        known = getattr(self, "feature_names_in_", None)
        return [f"x{position}" for position in range(width)] if known is None else list(known)

    def _scores(self, X: Any) -> Floats:
        """Scores of all rows."""
        check_is_fitted(self, "bundle_")
        frame = self._frame(X, reset=False)
        return self.predictor.scores(frame)

    @property
    def predictor(self) -> Predictor:
        """The runtime's predictor, loaded from the bundle on first use."""
        if "_predictor" not in self.__dict__:
            self.__dict__["_predictor"] = self._contents().predictor()
        predictor: Predictor = self.__dict__["_predictor"]
        return predictor

    def _contents(self) -> BundleContents:
        """The bundle's files."""
        return read_files(ZipFiles(self.bundle_, "bundle"))

    def __getstate__(self) -> dict[str, Any]:
        """Leave the loaded members out: the bundle makes them again."""
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_predictor"}

    def save(self, path: str | Path) -> Path:
        """Write the fitted estimator into a new folder: the bundle and one JSON file, no pickle.

        Raises
        ------
        InputError
            When the folder is there already and not empty.
        """
        check_is_fitted(self, "bundle_")
        folder = Path(path)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(
                f"'{folder}' is there already", expected="a new or an empty folder", todo="choose another"
            )
        for name, data in self._contents().files.items():
            (folder / "bundle" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "bundle" / name).write_bytes(data)
        names = getattr(self, "feature_names_in_", None)
        classes = getattr(self, "classes_", None)
        state = {
            "estimator": type(self).__name__,
            "params": self.get_params(),
            "n_features_in": self.n_features_in_,
            "feature_names_in": None if names is None else names.tolist(),
            "classes": None if classes is None else {"dtype": classes.dtype.str, "values": classes.tolist()},
            "order": getattr(self, "order_", np.empty(0, dtype=np.intp)).tolist(),
            "evaluation": records.plain(self.evaluation_) if hasattr(self, "evaluation_") else None,
        }
        (folder / "estimator.json").write_text(json.dumps(state, indent=2), encoding="utf-8")
        return folder

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read an estimator that :meth:`save` wrote, or a bundle of a run.

        Parameters
        ----------
        path : str or Path
            A folder that ``save`` wrote; or a bundle, as a folder (``RUN/train/bundle``) or as one zip archive.

        Returns
        -------
        estimator
            Ready to predict. One of a bundle has no ``evaluation_``, which the run keeps.

        Raises
        ------
        ArtefactError
            When there is no estimator of this kind, or a file of it was changed.
        """
        place = Path(path)
        if place.is_file() or (place / MANIFEST).is_file():
            return cls._of_bundle(place)
        file = place / "estimator.json"
        try:
            state = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ArtefactError(
                f"'{file}' cannot be read",
                seen=str(error),
                expected="a folder that save() wrote, or a bundle",
                todo="name such a folder, or fit the estimator and save it again",
            ) from error
        if state.get("estimator") != cls.__name__:
            raise _another_kind(place, str(state.get("estimator")), cls.__name__)
        estimator = cls(**state["params"])
        estimator.bundle_ = read_bundle(place / "bundle").archive()
        estimator.n_features_in_ = state["n_features_in"]
        if state["evaluation"] is not None:
            evaluation = json.dumps(state["evaluation"])
            estimator.evaluation_ = records.load(Evaluation, evaluation, label=f"'{file}'")
        if state["feature_names_in"] is not None:
            estimator.feature_names_in_ = np.array(state["feature_names_in"], dtype=object)
        if state["classes"] is not None:
            dtype, values = state["classes"]["dtype"], state["classes"]["values"]
            estimator.classes_ = np.array(values, dtype=object if dtype.startswith("|O") else dtype)
            estimator.order_ = np.array(state.get("order") or range(len(values)), dtype=np.intp)
        return estimator

    @classmethod
    def _of_bundle(cls, place: Path) -> Self:
        """Make an estimator of a bundle; its classes are sorted, as scikit-learn has them."""
        contents = read_bundle(place)
        contract = contents.manifest.contract
        fitting = "FivefoldClassifier" if contract.classes else "FivefoldRegressor"
        if fitting != cls.__name__:
            raise _another_kind(place, fitting, cls.__name__)
        estimator = cls(metric=contents.manifest.metric)
        estimator.bundle_ = contents.archive()
        estimator.n_features_in_ = len(contract.columns)
        estimator.feature_names_in_ = np.array([column.name for column in contract.columns], dtype=object)
        if contract.classes:
            estimator.classes_, estimator.order_ = np.unique(native_labels(contract), return_index=True)
        return estimator


class FivefoldClassifier(ClassifierMixin, _Fivefold):
    """Classifier behind scikit-learn's contract.

    Parameters
    ----------
    budget : str
        Time for ``fit``, such as ``"60s"``.
    seed : int
    metric : str or None
        One of classes, such as ``roc_auc``, ``f1`` or ``balanced_accuracy``.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    order_ : ndarray of shape (n_classes,)
        Where each of them stands among the bundle's classes.
    evaluation_ : Evaluation
        Figures with intervals on the rows that were sealed.
    bundle_ : bytes
        The bundle, zipped.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on a frame or array of shape (n_samples, n_features) and labels of shape (n_samples,)."""
        _needs_y(y, type(self).__name__)
        labels = column_or_1d(y, warn=True)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(
                "Classifier can't train when only one class is present",
                seen=f"1 class in {len(labels)} rows",
                expected="at least two classes",
                todo="give rows of another class too",
            )
        self.order_ = np.arange(len(self.classes_))
        words = np.array([f"class {code:05d}" for code in range(len(self.classes_))])
        return self._fit(X, words[codes], "binary" if len(self.classes_) == 2 else "multiclass")

    def predict(self, X: Any) -> NDArray[Any]:
        """Return labels of shape (n_samples,), in the type that ``fit`` was given."""
        scores = self._scores(X)
        decided = self.predictor.blend.judgement.decided(scores)
        labels: NDArray[Any] = self.classes_[np.argsort(self.order_)[decided.argmax(axis=1)]]
        return labels

    def predict_proba(self, X: Any) -> Floats:
        """Return probabilities of shape (n_samples, n_classes), columns in the order of ``classes_``."""
        scores = self._scores(X)
        return scores[:, self.order_]


class FivefoldRegressor(RegressorMixin, _Fivefold):
    """Regressor behind scikit-learn's contract.

    Parameters
    ----------
    budget : str
        Time for ``fit``, such as ``"60s"``.
    seed : int
    metric : str or None
        One of numbers, such as ``rmse`` or ``mae``.

    Attributes
    ----------
    evaluation_ : Evaluation
        Figures with intervals on the rows that were sealed.
    bundle_ : bytes
        The bundle, zipped.
    """

    def fit(self, X: Any, y: Any) -> Self:
        """Fit on a frame or array of shape (n_samples, n_features) and numbers of shape (n_samples,)."""
        _needs_y(y, type(self).__name__)
        numbers = np.asarray(check_array(y, ensure_2d=False, dtype=np.float64, input_name="y"))
        return self._fit(X, column_or_1d(numbers, warn=True), "regression")

    def predict(self, X: Any) -> Floats:
        """Return numbers of shape (n_samples,)."""
        values: Floats = self._scores(X)[:, 0]
        return values


def _needs_y(y: object, name: str) -> None:
    """Refuse to fit without a target, in the words that scikit-learn's checks look for."""
    if y is None:
        raise InputError(f"{name} requires y to be passed, but the target y is None", todo="call fit(X, y)")


def _another_kind(place: Path, seen: str, expected: str) -> ArtefactError:
    """Say that there is another estimator."""
    return ArtefactError(
        f"'{place}' holds another kind of estimator",
        seen=seen,
        expected=expected,
        todo=f"load it with {seen}.load",
    )
