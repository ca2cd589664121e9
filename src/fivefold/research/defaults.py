"""What the plan says before evidence speaks: rules that follow from the table and the budget, and open defaults.

A default that no evidence supports says so in its brief: ``because`` is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.costs import write_costs
from fivefold.core.errors import SettingsError
from fivefold.core.estimators import FAMILY, write_estimators
from fivefold.core.objective import level_of
from fivefold.core.registry import Registry
from fivefold.measure.metrics import METRICS, TUNED, reported
from fivefold.research.plan import CHECKS, USUAL
from fivefold.research.splitting import split_of
from fivefold.runtime.costs import cost_matrix
from fivefold.runtime.frames import near_names
from fivefold.runtime.values import level, parse_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import DecidedBy, Kind, PlanValue, Task
    from fivefold.core.estimators import EstimatorSettings
    from fivefold.research.facts import Request
    from fivefold.research.structure import Structure
    from fivefold.research.task import TaskChoice

__all__ = ["Default", "defaults_of"]

_LARGE, _HUGE = 20_000, 100_000
"""Rows above which fewer folds are fitted."""
_PATIENT = 600.0
"""Seconds of budget from which more than one fold is fitted on a huge table as well."""
_SOON_REFITTED = 20_000
"""Rows up to which five members are fitted again within a minute's budget."""


@dataclass(frozen=True, slots=True)
class Default:
    """A value with its reason.

    Attributes
    ----------
    value : PlanValue
    why : str
    decided_by : {"user", "rule", "default"}
    firm : bool
        Whether evidence may no longer change it: the person's words, and what the rows' structure or the budget dictate.
    """

    value: PlanValue
    why: str
    decided_by: DecidedBy = "default"
    firm: bool = False


def defaults_of(request: Request, task: TaskChoice, structure: Structure) -> dict[str, Default]:
    """Return a value for every key of the plan."""
    split = split_of(request, structure)
    chosen = Default(split.kind, split.why, split.decided_by, firm=True)
    return {
        "task": Default(task.task, task.why, "user" if task.by_person else "rule", firm=True),
        "metric.primary": _metric(request, task),
        "split.kind": chosen,
        "split.by": Default(split.by, split.why, split.decided_by, firm=True),
        "split.group": Default(split.group, split.why, split.decided_by, firm=True),
        "split.gap": _gap(request),
        "split.folds": _folds(request, rolling=split.kind.startswith("time")),
        "split.test_share": _test_share(request),
        "model.candidates": _families(request),
        "model.estimators": _estimators(request),
        "model.class_weight": _class_weight(request, task.task),
        "model.increasing": _trend(request, task.task, request.train.increasing),
        "model.decreasing": _trend(request, task.task, request.train.decreasing),
        "evaluate.fairness": _fairness(request),
        "ensemble.method": Default("greedy_selection", "it needs no further fits"),
        "ensemble.max_members": _members(request),
        "final.learn_from": _learn_from(request),
        "final.form": _final_form(request),
        "preprocess.resampling": Default("none", "resampling bends the probabilities"),
        "preprocess.high_cardinality": Default("code", "no category is wide enough to need more"),
        "preprocess.missing.gbdt": Default("native", "boosted trees take missing values as they are"),
        "preprocess.missing.other": Default(
            "simple_plus_indicator", "a mean, and a mark that it was filled in"
        ),
        "preprocess.text": Default("tfidf_svd", "quick, and needs no language model"),
        "preprocess.fit": Default("inside_folds", "no fold may learn from the rows that judge it"),
        "tune.strategy": Default("portfolio", "settings that did well elsewhere come first"),
        "calibrate.method": Default("auto", "where it lowers the loss of rows that it did not see"),
        "metric.threshold": _threshold(request),
        "metric.costs": _costs(request, task.task),
        "metric.report": _report(request, task.task),
        "checks": Default((*CHECKS, *_further_checks()), "every check that there is"),
        "monitor.first": Default("predictions", "one distribution sums up all columns"),
        "monitor.labels": Default("optional", "without them drift is told, with them quality as well"),
    }


def _metric(request: Request, task: TaskChoice) -> Default:
    """The person's metric, or the task's usual one."""
    if request.question.metric is not None:
        return Default(request.question.metric, "the person chose it", "user", firm=True)
    if task.task == "binary":
        return Default("roc_auc", "it judges the order of the cases and needs no threshold")
    if task.task == "multiclass":
        return Default("log_loss", "it judges the probabilities of all classes")
    return Default("rmse", "it is what the models make small")


def _report(request: Request, task: Task) -> Default:
    """The usual metrics of the task; a headline of another kind stands among them."""
    asked = request.question.metric or ""
    headline = asked if asked in METRICS else ""
    ordered = request.profile.column(request.question.target).role == "ordinal"
    return Default(reported(task, headline, ordered=ordered), "the usual ones of the task", "rule")


def _further_checks() -> tuple[str, ...]:
    """The checks that other packages bring, by name; they come last, since a short time cuts off the end."""
    return tuple(name for name in Registry[object]("fivefold.findings").all() if name not in CHECKS)


def _families(request: Request) -> Default:
    """The person's families, or the usual ones."""
    named, registry = request.train.families, Registry[object]("fivefold.families")
    unknown = [name for name in named if name not in registry.names()]
    if unknown:
        raise SettingsError(
            "[train] families names one that is not there",
            seen=", ".join(map(repr, unknown)),
            expected=", ".join(registry.names()),
            todo="use these names, or install the package that brings the family",
        )
    own = (FAMILY,) if request.train.estimators else ()
    if FAMILY in named and not own:
        raise SettingsError(
            "[train] families names estimators of your own, and there are none",
            seen="no [train.estimators.NAME]",
            expected="a table for each, with class or function",
            todo="write one, or take 'estimators' off the list",
        )
    trends = bool(request.train.increasing or request.train.decreasing)
    quantile = level_of(request.question.metric or "") is not None
    if trends or quantile:
        return _able(named, request.train.estimators, registry, _NEEDS[trends, quantile])
    if not named:
        why = "two ways to boost trees, one straight line, and small nets where time is left"
        return Default((*USUAL, *own), why + ", beside your own" * bool(own))
    return Default(tuple(dict.fromkeys((*named, *own))), "the person chose them", "user", firm=True)


def _estimators(request: Request) -> Default:
    """The person's own estimators."""
    told = request.train.estimators
    if not told:
        return Default("", "nobody named one")
    return Default(write_estimators(told), "the person named them", "user", firm=True)


@dataclass(frozen=True, slots=True)
class _Need:
    """What not every family can do: the attribute by which a family says that it can, the words, and who can."""

    attribute: str
    words: str
    who: str
    instead: str


_NEEDS = {
    (True, False): _Need(
        "keeps_trends",
        "keep the score rising or falling with a column",
        "lightgbm, catboost and xgboost",
        "increasing and decreasing",
    ),
    (False, True): _Need(
        "learns_quantiles", "learn a quantile", "lightgbm, catboost, linear and mlp", "the quantile"
    ),
    (True, True): _Need(
        "keeps_trends_of_quantiles",
        "keep a quantile rising or falling with a column",
        "catboost",
        "the quantile, or increasing and decreasing,",
    ),
}
"""By whether trends are to be kept, and whether a quantile is asked for."""


def _able(
    named: tuple[str, ...], own: Sequence[EstimatorSettings], registry: Registry[object], need: _Need
) -> Default:
    """Families that can do what is needed: of those named all must, of the usual ones some do."""
    if own:
        raise SettingsError(
            f"Nobody can tell of estimators of your own whether they {need.words}",
            seen=", ".join(f"[train.estimators.{one.name}]" for one in own),
            expected=f"families such as {need.who}",
            todo=f"leave them out, or leave {need.instead} out",
        )
    able = [name for name in named or USUAL if getattr(registry.get(name), need.attribute, False)]
    others = [name for name in named if name not in able]
    if others:
        raise SettingsError(
            f"[train] families names one that cannot {need.words}",
            seen=", ".join(map(repr, others)),
            expected=f"families such as {need.who}",
            todo=f"leave it out, or leave {need.instead} out",
        )
    return Default(tuple(able), f"they can {need.words}", "user", firm=True)


def _trend(request: Request, task: Task, names: tuple[str, ...]) -> Default:
    """The columns that the person names, which must be numbers; a trend has no meaning for several classes.

    Raises
    ------
    SettingsError
        Naming the column.
    """
    if not names:
        return Default((), "nobody said which way it must go")
    if task == "multiclass":
        raise SettingsError(
            "[train] increasing and decreasing need one score",
            seen="a target of several classes",
            expected="two classes, or a number",
            todo="leave them out",
        )
    kinds = {column.name: column.kind for column in request.profile.columns}
    for name in names:
        if kinds.get(name) not in {"number", "integer"} or name == request.question.target:
            raise SettingsError(
                "[train] increasing and decreasing name a column that is no number of the table",
                seen=repr(name) + (f", which is of kind {kinds[name]}" if name in kinds else ""),
                expected="a column of numbers, not the target",
                todo="put the name right, or leave it out",
            )
    return Default(names, "the person said so", "user", firm=True)


def _class_weight(request: Request, task: Task) -> Default:
    """What the person says; by itself every row counts the same.

    Raises
    ------
    SettingsError
        When the target has no classes.
    """
    told = request.train.class_weight
    if not told:
        return Default("none", "weights bend the probabilities")
    if told == "balanced" and task == "regression":
        raise SettingsError(
            "[train] class_weight is of classes",
            seen=f"a regression of '{request.question.target}'",
            expected="a target of classes",
            todo="leave class_weight out, or say --task binary or multiclass",
        )
    return Default(told, "the person said so", "user", firm=True)


def _fairness(request: Request) -> Default:
    """The columns whose groups the person wants to see compared.

    Raises
    ------
    SettingsError
        When one is not in the table, or is the target.
    """
    named, target = request.train.fairness, request.question.target
    known = [column.name for column in request.profile.columns if column.name != target]
    for name in named:
        if name not in known:
            near = near_names(name, known)
            raise SettingsError(
                "[train] fairness names a column that is not there",
                seen=repr(name) + (", the target" if name == target else ""),
                expected="a column of the table, not the target",
                todo=f"did you mean {' or '.join(map(repr, near))}?" if near else "put the name right",
            )
    if not named:
        return Default((), "nobody named a column for it")
    return Default(named, "the person said so", "user", firm=True)


def _learn_from(request: Request) -> Default:
    """All rows in the end, unless the person wants the very model that was judged."""
    if request.train.learn_from:
        return Default(request.train.learn_from, "the person said so", "user", firm=True)
    return Default("all_rows", "once they have been judged, the sealed rows can teach as well")


def _final_form(request: Request) -> Default:
    """The best blend, unless the person wants the smallest that is as good for all that the rows can tell."""
    if request.train.final_form:
        return Default(request.train.final_form, "the person said so", "user", firm=True)
    return Default("best", "what is stated for latency and size stands; beyond that the best answers count")


def _threshold(request: Request) -> Default:
    """By the costs where they are named, else tuned for a metric that judges labels; other metrics need none."""
    if request.train.costs:
        return Default("costs", "the person said what answers cost", "user", firm=True)
    if request.question.metric in TUNED:
        return Default("tuned", "the metric judges labels, so where they are cut matters")
    return Default("default", "the most probable class")


def _costs(request: Request, task: Task) -> Default:
    """What the person says that answers cost; its classes are checked here already where the profile names all of them.

    Raises
    ------
    SettingsError
    """
    told = request.train.costs
    if not told:
        return Default("", "nobody said what answers cost")
    target = request.profile.column(request.question.target)
    if task == "regression":
        raise SettingsError(
            "[train] costs are of answers that are classes",
            seen=f"a regression of '{target.name}'",
            expected="a target of classes",
            todo="leave costs out, or say --task binary or multiclass",
        )
    classes = sorted(_class_of(text, target.kind) for text, _ in target.top)
    if target.distinct == len(classes):
        cost_matrix(told, classes)
    why = "the person said so; a wrong answer that is not named costs 1"
    return Default(write_costs(told), why, "user", firm=True)


def _class_of(text: str, kind: Kind) -> str:
    """Name of the class that a frequent text of the target stands for: ``1`` for 1.0, as the snapshots have it."""
    if kind in {"integer", "number"}:
        return level(parse_number(text)) or text
    return text.lower() if kind == "boolean" else text


def _gap(request: Request) -> Default:
    """What the person says; without a word nothing is left out."""
    if request.settings.gap:
        return Default(request.settings.gap, "the person said so", "user", firm=True)
    return Default("", "nobody said that outcomes are known late")


def _folds(request: Request, *, rolling: bool) -> Default:
    """More folds where rows are few, one hold-out where they are many and time is short."""
    rows = request.profile.usable_rows
    if rows > _HUGE and request.budget.time < _PATIENT:
        why = f"one hold-out: {rows:,} rows give a steady figure, and the budget leaves no time for more"
        return Default(1, why, "rule", firm=True)
    if rolling:
        return Default(3, "three cut-offs in time, each trained on what came before", "rule")
    if rows > _LARGE:
        return Default(3, f"{rows:,} rows give a steady figure with three folds", "rule")
    return Default(5, f"with {rows:,} rows every fold must keep enough to learn from", "rule")


def _test_share(request: Request) -> Default:
    """A fifth of the rows, a tenth of many."""
    rows = request.profile.usable_rows
    if rows > _HUGE:
        return Default(0.1, f"a tenth of {rows:,} rows gives a narrow interval already", "rule")
    return Default(0.2, "a fifth of the rows, opened once, after selection is over", "rule")


def _members(request: Request) -> Default:
    """A blend of more members is slower to answer and takes longer to refit; of few rows it is steadier, and refits are quick."""
    seconds, rows = request.budget.time, request.profile.usable_rows
    for limit, members in ((120.0, 5 if rows <= _SOON_REFITTED else 3), (600.0, 6)):
        if seconds <= limit:
            why = f"each is fitted again in the end, on {rows:,} rows, and the budget is {seconds:,.0f} s"
            return Default(members, why, "rule")
    return Default(10, "more members add little", "rule")
