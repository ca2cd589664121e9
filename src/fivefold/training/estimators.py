"""Unfitted estimators, made of what the project file says, and refused before any training where that cannot be done.

The class or the function is imported here and nowhere else. It runs with the rights of whoever started the run, as any
script of theirs would: nothing but their own project file names it.
"""

from __future__ import annotations

import importlib
import inspect
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from fivefold.core.errors import MissingExtraError, SettingsError
from fivefold.core.own_code import beside
from fivefold.core.registry import Registry
from fivefold.runtime.frames import near_names
from fivefold.training.keras_models import choose_backend, install_hint, is_keras, quieted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fivefold.core.artefacts import Task
    from fivefold.core.estimators import EstimatorSettings
    from fivefold.core.protocols import Family
    from fivefold.training.rows import Terms

__all__ = ["check_estimators", "check_extra", "unfitted", "weight_key", "weight_notes"]

_LIBRARIES = ("skl2onnx", "onnxruntime")


def check_extra() -> None:
    """Refuse to go on without the libraries that turn estimators into members.

    Raises
    ------
    MissingExtraError
    """
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            "Estimators of your own need libraries that are not installed",
            seen=f"no {' and no '.join(missing)}",
            expected="the extra 'onnx'",
            todo='pip install "fivefold[onnx]"',
        )


def check_estimators(estimators: Sequence[EstimatorSettings], task: Task, folder: str = "") -> None:
    """Make every estimator once, so that a slip is told before any training.

    Parameters
    ----------
    estimators : sequence of EstimatorSettings
    task : Task
    folder : str
        That of the project file, or nothing.

    Raises
    ------
    MissingExtraError
        When the extra ``onnx`` is not installed.
    SettingsError
        When one cannot be imported, is no estimator, does not fit the task, or has no such setting.
    """
    if not estimators:
        return
    check_extra()
    families = Registry[type["Family"]]("fivefold.families").names()
    for one in estimators:
        taken = [name for name in families if _is_taken(one.name, name.replace("_", "-"))]
        if taken:
            expected = "a name that is not that of a family, nor begins with one and a hyphen"
            raise _refused(one, f"the name '{one.name}', and a family '{taken[0]}'", expected)
        unfitted(one, task)
        module = importlib.import_module(one.module)
        here, found = beside(one.module, Path(folder)) if folder else [], getattr(module, "__file__", None)
        if here and (found is None or not Path(found).is_relative_to(folder)):
            expected = f"that of '{here[0].name}', which lies beside the project file"
            raise _refused(one, f"an installed module '{one.module}'", expected, "give yours another name")


def unfitted(settings: EstimatorSettings, task: Task, seed: int = 0) -> Any:
    """Make an estimator that can be fitted; what it leaves to chance follows the seed, and it uses one thread.

    Parameters
    ----------
    settings : EstimatorSettings
    task : Task
    seed : int
        Every ``random_state`` that is None becomes this, in parts of a pipeline as well.

    Raises
    ------
    SettingsError
    """
    maker = _imported(settings)
    given = dict(settings.settings)
    made = (
        _of_class(settings, maker, given) if settings.origin == "class" else _called(settings, maker, given)
    )
    estimator = _cloned(settings, made)
    _check_task(settings, estimator, task)
    for name, value in estimator.get_params(deep=True).items():
        if _ends(name, "random_state") and value is None:
            estimator.set_params(**{name: seed})
        elif _ends(name, "n_jobs") and value not in {None, 1}:
            estimator.set_params(**{name: 1})
    return estimator


def weight_key(estimator: Any) -> str | None:
    """Name by which ``fit`` takes the weights of rows; None where it takes none."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import has_fit_parameter

    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        inner = weight_key(last)
        return f"{name}__{inner}" if inner else None
    if is_keras(estimator):
        return "sample_weight"
    return "sample_weight" if has_fit_parameter(estimator, "sample_weight") else None


def weight_notes(terms: Terms) -> list[str]:
    """Name the estimators that do not listen to how much rows count; none where all rows count the same.

    Parameters
    ----------
    terms : Terms
    """
    if terms.weight is None and not terms.balanced:
        return []
    task = terms.contract.task
    deaf = [one.name for one in terms.estimators if weight_key(unfitted(one, task)) is None]
    return [f"{name} learned as if all rows counted the same: its fit takes no weights." for name in deaf]


def _imported(settings: EstimatorSettings) -> Any:
    """Import the class or the function."""
    expected = "a module that is installed, or lies beside the project file"
    choose_backend()
    module = _tried(settings, lambda: importlib.import_module(settings.module), expected)
    found = getattr(module, settings.attribute, None)
    if found is None:
        near = near_names(settings.attribute, [name for name in vars(module) if not name.startswith("_")])
        todo = f"did you mean {' or '.join(map(repr, near))}?" if near else ""
        seen = f"no '{settings.attribute}' in '{settings.module}'"
        raise _refused(settings, seen, f"a {settings.origin} of it", todo)
    if settings.origin == "class" and not inspect.isclass(found):
        raise _refused(
            settings, f"{settings.place}, which is no class", 'function = "module:name" for a function'
        )
    if not callable(found):
        raise _refused(settings, f"{settings.place}, which cannot be called", f"a {settings.origin}")
    return found


def _of_class(settings: EstimatorSettings, kind: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Make an instance; parameters of parts (``part__name``) are set afterwards."""
    if not all(hasattr(kind, method) for method in ("fit", "get_params", "set_params")):
        raise _refused(
            settings, f"{settings.place}, which has no fit and get_params", "a scikit-learn estimator"
        )
    own = {name: value for name, value in given.items() if "__" not in name}
    signature = inspect.signature(kind)
    known = {name: one.default for name, one in signature.parameters.items()}
    for name in own:
        if name not in known:
            _refuse_unknown(settings, name, known)
    fitting = {name: _as_tuple(value, known[name]) for name, value in own.items()}
    estimator = _tried(settings, lambda: kind(**fitting), f"its parameters: {', '.join(known)}")
    parts = {name: value for name, value in given.items() if "__" in name}
    if parts:
        deep = estimator.get_params(deep=True)
        for name in parts:
            if name not in deep:
                _refuse_unknown(settings, name, deep)
        values = {name: _as_tuple(value, deep[name]) for name, value in parts.items()}
        _tried(settings, lambda: estimator.set_params(**values), "parameters of its parts")
    return estimator


def _called(settings: EstimatorSettings, function: Callable[..., Any], given: dict[str, Any]) -> Any:
    """Call the person's function with the settings."""
    signature = inspect.signature(function)
    try:
        signature.bind(**given)
    except TypeError as error:
        expected = f"settings that {settings.attribute}{signature} takes"
        raise _refused(settings, str(error), expected) from error
    return _tried(settings, lambda: function(**given), "an unfitted scikit-learn estimator")


def _cloned(settings: EstimatorSettings, made: Any) -> Any:
    """A fresh copy, whatever the function may have kept; what is no estimator has none."""
    from sklearn.base import clone

    if inspect.isclass(made) or not all(
        hasattr(made, method) for method in ("fit", "get_params", "set_params")
    ):
        raise _refused(settings, f"{made!r}", "an unfitted scikit-learn estimator, with fit and get_params")
    estimator = _tried(settings, lambda: clone(made), "an estimator that sklearn.base.clone can copy")
    if is_keras(estimator):
        return _tried(
            settings, lambda: quieted(estimator, made), "a wrapper with the parameters of Keras's own"
        )
    if hasattr(estimator, "_parameter_constraints"):
        # scikit-learn's own can check their parameters without any rows.
        _tried(settings, estimator._validate_params, "values that it takes")
    return estimator


def _check_task(settings: EstimatorSettings, estimator: Any, task: Task) -> None:
    """Refuse a classifier for numbers, a regressor for classes, and a classifier without probabilities."""
    from sklearn.base import is_classifier, is_regressor

    kind = type(estimator).__name__
    classifies, regresses = _tried(
        settings,
        lambda: (is_classifier(estimator), is_regressor(estimator)),
        "an estimator that scikit-learn knows the type of",
    )
    if task == "regression" and not regresses:
        what = "a classifier" if classifies else "no regressor"
        raise _refused(settings, f"{kind}, {what}, for a target of numbers", "a regressor")
    if task != "regression" and not classifies:
        what = "a regressor" if regresses else "no classifier"
        raise _refused(
            settings, f"{kind}, {what}, for a target of classes", "a classifier with predict_proba"
        )
    # A stack knows only once it is fitted whether it has probabilities; Keras's wrapper gives them by another name.
    asked = task != "regression" and not hasattr(estimator, "final_estimator") and not is_keras(estimator)
    if asked and not hasattr(estimator, "predict_proba"):
        todo = "use another one, or a function that puts it into sklearn.calibration.CalibratedClassifierCV"
        raise _refused(
            settings, f"{kind} without predict_proba", "a classifier that gives probabilities", todo
        )


def _as_tuple(value: Any, default: object) -> Any:
    """TOML has lists alone; where the parameter's own value is a tuple, a tuple is meant."""
    return tuple(value) if isinstance(default, tuple) and isinstance(value, list) else value


def _tried(settings: EstimatorSettings, make: Callable[[], Any], expected: str) -> Any:
    """Call what is not ours; whatever it raises is told by name."""
    try:
        return make()
    except (
        Exception
    ) as error:  # The edge to a plug-in's load, here of the person's own code: it may raise anything.
        seen = f"{type(error).__name__}: {error}"
        raise _refused(settings, seen, expected, install_hint(error)) from error


def _refuse_unknown(settings: EstimatorSettings, name: str, known: Iterable[str]) -> NoReturn:
    """Name the parameters that there are."""
    names = list(known)
    near = near_names(name, names)
    todo = f"did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise _refused(settings, f"the setting '{name}'", f"one of {', '.join(names)}", todo)


def _is_taken(name: str, family: str) -> bool:
    """Whether a name may be that of a family's candidate."""
    return name.replace("_", "-") == family or name.startswith(f"{family}-")


def _ends(name: str, parameter: str) -> bool:
    """Whether a name is that of a parameter, or of a part's."""
    return name == parameter or name.endswith(f"__{parameter}")


def _refused(settings: EstimatorSettings, seen: str, expected: str, todo: str = "") -> SettingsError:
    """Make the error."""
    return SettingsError(
        f"[train.estimators.{settings.name}] cannot be used",
        seen=seen,
        expected=expected,
        todo=todo or "put that table of the project file right, or leave it out",
    )
