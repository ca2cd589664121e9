"""The plan's schema: every key that later steps read, and the values that they know how to follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from fivefold.core.artefacts import SplitKind
from fivefold.core.errors import PartError
from fivefold.core.estimators import FAMILY as ESTIMATORS
from fivefold.core.objective import level_of
from fivefold.core.train_settings import CLASS_WEIGHTS, FINAL_FORMS, LEARN_FROM
from fivefold.measure.metrics import METRICS

if TYPE_CHECKING:
    from fivefold.core.artefacts import PlanValue

__all__ = ["CHECKS", "FAMILIES", "KEYS", "USUAL", "PlanKey", "ValueKind", "check_value", "read_value"]

ValueKind = Literal["word", "metric", "names", "whole", "share", "column", "columns", "text"]

FAMILIES = ("lightgbm", "catboost", "linear", "extra_trees", "xgboost", "mlp", ESTIMATORS)
USUAL = ("lightgbm", "catboost", "linear", "mlp")
"""The families that are tried when nobody says anything; the others are asked for by name."""
CHECKS = (
    "targets",
    "constants",
    "identifiers",
    "copies",
    "leaks",
    "filled_later",
    "pair_leaks",
    "personal",
    "hindsight",
    "balance",
    "width",
    "impossible",
    "zeros",
    "answers",
    "outliers",
    "contradictions",
    "duplicates",
    "groups",
    "missingness",
    "time_order",
    "unbalanced_groups",
    "units",
    "spelling",
    "mojibake",
    "near_duplicates",
    "drift",
)
"""What takes columns out, and what costs next to nothing, comes first: a short time cuts off the end."""


@dataclass(frozen=True, slots=True)
class PlanKey:
    """One decision of the plan.

    Attributes
    ----------
    kind : {"word", "metric", "names", "whole", "share", "column", "columns", "text"}
        One word of ``legal``; the same or a quantile's metric; several of them in order; a whole number; a number between 0 and 1; the name of a column or
        nothing; names of columns or none; any text or nothing.
    step : str
        The step that follows it.
    label : str
        What a reader of the brief sees.
    legal : tuple of str
    covers : dict of str to tuple of str
        Words that do what others ask for and more; evidence for those supports them too.
    """

    kind: ValueKind
    step: str
    label: str
    legal: tuple[str, ...] = ()
    covers: dict[str, tuple[str, ...]] = field(default_factory=dict)


KEYS: dict[str, PlanKey] = {
    "task": PlanKey("word", "train", "Task", ("binary", "multiclass", "regression")),
    "metric.primary": PlanKey("metric", "train", "Headline metric", tuple(METRICS)),
    "split.kind": PlanKey(
        "word",
        "data",
        "Split",
        get_args(SplitKind),
        {"stratified_group": ("group", "stratified"), "time_group": ("time", "group")},
    ),
    "split.by": PlanKey("column", "data", "Split by column"),
    "split.group": PlanKey("column", "data", "Groups in a split by time"),
    "split.gap": PlanKey("text", "data", "Gap before what is judged"),
    "split.folds": PlanKey("whole", "data", "Folds"),
    "split.test_share": PlanKey("share", "data", "Sealed test part"),
    "model.candidates": PlanKey("names", "train", "Model families", FAMILIES),
    "model.estimators": PlanKey("text", "train", "Estimators of your own"),
    "model.class_weight": PlanKey("word", "train", "Class weights", CLASS_WEIGHTS),
    "model.increasing": PlanKey("columns", "train", "The score never falls with"),
    "model.decreasing": PlanKey("columns", "train", "The score never rises with"),
    "evaluate.fairness": PlanKey("columns", "train", "Groups that are compared by"),
    "ensemble.method": PlanKey("word", "train", "Blend", ("greedy_selection",)),
    "ensemble.max_members": PlanKey("whole", "train", "Members of the blend, at most"),
    "final.learn_from": PlanKey("word", "train", "Rows that the served model learns from", LEARN_FROM),
    "final.form": PlanKey("word", "train", "What is served", FINAL_FORMS),
    "preprocess.resampling": PlanKey("word", "train", "Resampling of classes", ("none",)),
    "preprocess.high_cardinality": PlanKey("word", "train", "Wide categories", ("crossfit_target", "code")),
    "preprocess.missing.gbdt": PlanKey("word", "train", "Missing values, boosted trees", ("native",)),
    "preprocess.missing.other": PlanKey(
        "word", "train", "Missing values, other models", ("simple_plus_indicator",)
    ),
    "preprocess.text": PlanKey("word", "train", "Text", ("tfidf_svd",)),
    "preprocess.fit": PlanKey("word", "train", "Encoders are fitted", ("inside_folds",)),
    "tune.strategy": PlanKey("word", "train", "Search", ("portfolio",)),
    "calibrate.method": PlanKey("word", "train", "Calibration", ("auto", "none", "temperature", "beta")),
    "metric.threshold": PlanKey("word", "train", "Decision threshold", ("default", "tuned", "costs")),
    "metric.costs": PlanKey("text", "train", "Costs of answers"),
    "metric.report": PlanKey("names", "train", "Reported metrics", tuple(METRICS)),
    "checks": PlanKey("names", "data", "Checks of the table", CHECKS),
    "monitor.first": PlanKey("word", "monitor", "Watched first", ("predictions",)),
    "monitor.labels": PlanKey("word", "monitor", "Outcomes after release", ("optional",)),
}
"""Every key of the plan, in the order in which a brief lists them."""


def read_value(key: str, text: str) -> PlanValue:
    """Read a value as cards write it: a word, a number, or names between commas.

    Raises
    ------
    PartError
        When the plan has no such key, or the key cannot have this value.

    Examples
    --------
    >>> read_value("split.folds", "3"), read_value("checks", "leaks, duplicates")
    (3, ('leaks', 'duplicates'))
    """
    if key not in KEYS:
        raise PartError("The plan has no such key", seen=repr(key), expected=", ".join(KEYS))
    kind = KEYS[key].kind
    value: PlanValue = text
    if kind in {"names", "columns"}:
        value = tuple(name.strip() for name in text.split(","))
    elif kind == "whole" and text.isdecimal():
        value = int(text)
    elif kind == "share" and text.replace(".", "", 1).isdecimal():
        value = float(text)
    check_value(key, value)
    return value


def check_value(key: str, value: PlanValue) -> None:
    """Refuse a value that the step behind the key cannot follow.

    Raises
    ------
    PartError
    """
    spec = KEYS[key]
    names = value if isinstance(value, tuple) else (value,)
    fits = {
        "word": isinstance(value, str) and value in spec.legal,
        "metric": isinstance(value, str) and (value in spec.legal or level_of(value) is not None),
        "names": isinstance(value, tuple) and set(value) <= set(spec.legal) and len(set(value)) == len(value),
        "whole": isinstance(value, int) and not isinstance(value, bool) and value >= 1,
        "share": isinstance(value, float) and 0.0 < value < 1.0,
        "column": isinstance(value, str),
        "columns": isinstance(value, tuple),
        "text": isinstance(value, str),
    }
    if not fits[spec.kind]:
        raise PartError(
            f"The plan's '{key}' cannot be this",
            seen=", ".join(repr(name) for name in names),
            expected=", ".join(spec.legal) or f"a value of kind '{spec.kind}'",
        )
