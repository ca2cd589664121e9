"""Settings: flags win over ``FIVEFOLD_*`` variables, those over ``fivefold.toml``; read once, at the edge."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, get_args

from fivefold.core.artefacts import Question, Task
from fivefold.core.budget import Budget
from fivefold.core.credentials import PASSWORD_VARIABLE, TOKENS_VARIABLE
from fivefold.core.data_settings import DATA_KEYS, read_data_settings
from fivefold.core.deploy_settings import DEPLOY_KEYS, check_table, read_order, read_target
from fivefold.core.errors import FivefoldError, SettingsError
from fivefold.core.extract import DataSettings, Extract
from fivefold.core.objective import level_of, pinball
from fivefold.core.orders import Order
from fivefold.core.own_code import with_sources
from fivefold.core.project_lines import key_at, line_of
from fivefold.core.quantities import parse_whole
from fivefold.core.route_settings import check_route_table, is_route_table, read_routes, read_where
from fivefold.core.routes import LOCAL
from fivefold.core.service_links import is_service_link
from fivefold.core.train_settings import TRAIN_KEYS, TrainSettings, read_executor, read_train_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["METRICS", "OUT", "Settings", "read_settings"]

OUT = "fivefold-runs"
"""The folder that holds the runs, where none is named."""

METRICS = (
    "accuracy",
    "balanced_accuracy",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "f1",
    "precision",
    "recall",
    "matthews_corrcoef",
    "quadratic_weighted_kappa",
    "mae_in_steps",
    "rmse",
    "mae",
    "median_absolute_error",
    "mape",
    "r2",
)
"""Headline metrics that may be asked for."""
_ELSEWHERE = {PASSWORD_VARIABLE, TOKENS_VARIABLE, "FIVEFOLD_BUNDLE"}
"""Variables that others read: those who open databases, and services."""
_BUDGET = ("time", "memory", "cores", "disk", "money", "scan", "latency", "size", "people")
_KEYS: dict[str, tuple[str, ...]] = {
    "": ("seed", "out"),
    "question": (
        "source",
        "target",
        "task",
        "metric",
        "quantile",
        "time_column",
        "group_column",
        "weight_column",
        "description",
    ),
    "budget": _BUDGET,
    "data": DATA_KEYS,
    "train": TRAIN_KEYS,
    "deploy": DEPLOY_KEYS,
    "monitor": ("labels", "log"),
    "answers": (),
}
"""Every key of ``fivefold.toml`` by section; ``answers`` takes any name of an open question."""
_TABLES = {"data.columns", "data.tables", "train.estimators"}
"""Keys that hold tables, which no variable can."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run is told, checked.

    Attributes
    ----------
    source : str
        Address of the table as the person gave it; empty for a frame in memory.
    question : Question
    budget : Budget
    means : dict of str to str
        What of the budget the person stated, in their words; the rest was measured.
    deploy : str
        Name of the deployment target.
    order : Order
        What the deployment target is told.
    seed : int
    out : str
        Folder of the store.
    data : DataSettings
        How the table is gathered and understood.
    train : TrainSettings
        What the person decides about training.
    executor : str
        Where training's tasks are done: a name, and an address where that needs one.
    where : str
        The route that a model is trained by besides this machine; ``local`` for none.
    routes : dict of str to Order
        What each route is told.
    labels : str
        Address of the table of outcomes that monitoring reads; empty when there is none.
    log : str
        Address of the log that monitoring reads; empty for that of the run's own service.
    answers : dict of str to (str | bool | int | float)
        The person's answers to open questions.
    folder : str
        Where the project file lies, and the person's own modules beside it; empty without one.
    """

    source: str
    question: Question
    budget: Budget
    means: dict[str, str] = field(default_factory=dict)
    deploy: str = "none"
    order: Order = field(default_factory=Order)
    seed: int = 0
    out: str = OUT
    data: DataSettings = field(default_factory=DataSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    executor: str = "local"
    where: str = LOCAL
    routes: dict[str, Order] = field(default_factory=dict)
    labels: str = ""
    log: str = ""
    answers: dict[str, str | bool | int | float] = field(default_factory=dict)
    folder: str = ""

    @property
    def nominal(self) -> Budget | None:
        """What decides how much a deterministic run does; None for any other run."""
        return self.budget.nominal(self.means) if self.train.deterministic else None

    @property
    def spending(self) -> dict[str, str]:
        """What services elsewhere may cost and read, as stated: it may change from step to step, for it decides about none of ours."""
        return {name: self.means[name] for name in ("money", "scan") if name in self.means}

    def extract(self, address: object) -> Extract:
        """What is to be brought from an address, within the means of the budget."""
        question, budget = self.question, self.budget
        # A joined table that names no time of the main one means the question's.
        tables = tuple(
            replace(table, main_time=table.main_time or question.time_column or "")
            for table in self.data.tables
        )
        keep = (question.target, question.time_column, question.group_column, question.weight_column)
        return Extract(
            address=address,
            settings=replace(self.data, tables=tables),
            keep=tuple(name for name in keep if name),
            memory=budget.memory,
            disk=budget.disk or 0,
            scan=budget.scan,
            money=budget.money,
            currency=budget.currency,
            seed=self.seed,
        )


def read_settings(
    flags: Mapping[str, str | None], *, config: Path | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Merge flags, environment and project file into one checked object.

    Parameters
    ----------
    flags : mapping of str to (str or None)
        ``section.key`` or a top-level key, for example ``question.target`` and ``seed``; None means not given.
    config : Path, optional
        The project file; it must exist when given.
    environ : mapping, optional
        Environment; ``os.environ`` by default. ``FIVEFOLD_TARGET``, ``FIVEFOLD_BUDGET`` (the time), ``FIVEFOLD_SEED``, ...

    Raises
    ------
    SettingsError
        Naming the line and key of the file, the variable or the flag.
    """
    document = _read_file(config) if config else {}
    answers = {str(key): _scalar(value) for key, value in document.pop("answers", {}).items()}
    section, training, placing = (document.pop(name, {}) for name in ("data", "train", "deploy"))
    words = {
        f"{section}.{key}".lstrip("."): str(value) for section, keys in _flat(document) for key, value in keys
    }
    words |= _from_environment(os.environ if environ is None else environ)
    words |= {name: value for name, value in flags.items() if value is not None}
    data = read_data_settings(section, words)
    train, folder = read_train_settings(training, words), config.resolve().parent if config else None
    budget = {name: words[f"budget.{name}"] for name in _BUDGET if f"budget.{name}" in words}
    question = Question(
        target=words.get("question.target", ""),
        task=_task(words.get("question.task")),
        metric=_metric(words.get("question.metric"), words.get("question.quantile")),
        time_column=words.get("question.time_column"),
        group_column=words.get("question.group_column"),
        description=words.get("question.description", ""),
        weight_column=words.get("question.weight_column"),
    )
    return Settings(
        source=words.get("question.source", ""),
        question=question,
        budget=Budget.parse(budget),
        means=budget,
        deploy=read_target(placing, words),
        order=read_order(placing, words),
        seed=parse_whole("seed", words.get("seed", "0"), 0, 2**31 - 1),
        out=words.get("out", OUT),
        data=data,
        train=replace(train, estimators=with_sources(train.estimators, folder)),
        executor=read_executor(training, words),
        where=read_where(training, words),
        routes=read_routes(training, words),
        labels=words.get("monitor.labels", ""),
        log=words.get("monitor.log", ""),
        answers=answers,
        folder=str(folder or ""),
    )


def _read_file(path: Path) -> dict[str, dict[str, object]]:
    """Read and check the project file; top-level keys come under the empty section."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise SettingsError(
            f"The project file '{path}' cannot be read",
            seen=error.strerror or str(error),
            todo="write one with: fivefold init TABLE --target COLUMN",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The project file '{path}' is no valid TOML",
            seen=f"{error}{key_at(path, error)}",
            expected='keys and values such as time = "60s"',
            todo="put that line right",
        ) from error
    document: dict[str, dict[str, object]] = {"": {}}
    for name, value in raw.items():
        if isinstance(value, dict):
            document[name] = value
        else:
            document[""][name] = value
    _check_keys(path, text, document)
    return document


def _check_keys(path: Path, text: str, document: dict[str, dict[str, object]]) -> None:
    """Refuse sections, keys and types that mean nothing, with the line where they stand."""
    for section, keys in document.items():
        if section not in _KEYS:
            known = ", ".join(f"[{name}]" for name in _KEYS if name)
            raise _bad_key(path, text, section, section, f"the section [{section}]", f"one of {known}")
        for key, value in keys.items():
            own_table = isinstance(value, dict) and _may_hold(section, key)
            if section != "answers" and key not in _KEYS[section] and not own_table:
                place = f"[{section}]" if section else "the top of the file"
                seen, known = f"the key '{key}' in {place}", ", ".join(_KEYS[section]) or "no key"
                raise _bad_key(path, text, section, key, seen, known)
            if section != "answers":
                _check_value(path, text, section, key, value)


def _check_value(path: Path, text: str, section: str, key: str, value: object) -> None:
    """Refuse a value that cannot be used."""
    try:
        if section == "data":
            read_data_settings({key: value}, {})
        elif section == "train" and isinstance(value, dict) and is_route_table(key):
            check_route_table(key, value)
        elif section == "train":
            read_train_settings({key: value}, {})
            read_executor({key: value}, {})
            read_where({key: value}, {})
        elif section == "deploy" and isinstance(value, dict):
            check_table(key, value)
        elif isinstance(value, str | int | float | bool):
            read_settings({f"{section}.{key}".lstrip("."): str(value)}, environ={})
        else:
            raise _bad_key(path, text, section, key, f"{key} = {value!r}", "text or a number")
    except FivefoldError as error:
        if error.what.startswith("The project file"):
            raise
        seen = f"{error.what}{f': {error.seen}' if error.seen else ''}"
        raise _bad_key(path, text, section, key, seen, error.expected, error.todo) from error


def _may_hold(section: str, key: str) -> bool:
    """Whether a section may hold a table of this name, for a target or a route to read."""
    return section == "deploy" or (section == "train" and is_route_table(key))


def _bad_key(
    path: Path, text: str, section: str, key: str, seen: str, expected: str, todo: str = ""
) -> SettingsError:
    """Make the error that names the line of a key; advice to use a flag would not put the file right."""
    usual = "put that line right; docs/project-file.md explains every key"
    return SettingsError(
        f"The project file '{path}' cannot be used, line {line_of(text, section, key)}",
        seen=seen,
        expected=expected,
        todo=usual if not todo or "--" in todo else todo,
    )


def _flat(document: Mapping[str, Mapping[str, object]]) -> list[tuple[str, list[tuple[str, object]]]]:
    """Sections with their pairs."""
    return [(section, list(keys.items())) for section, keys in document.items()]


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings from ``FIVEFOLD_*`` variables; a variable that means nothing is an error, since it is surely a slip."""
    # Of two keys with one name the question's is meant: FIVEFOLD_TARGET is the column, FIVEFOLD_DEPLOY the place; FIVEFOLD_LOG is
    # what the monitor reads.
    names = [(key.upper(), f"{section}.{key}".lstrip(".")) for section, keys in _KEYS.items() for key in keys]
    homes = {name: home for name, home in reversed(names) if home not in _TABLES}
    homes |= {
        "DEPLOY": "deploy.target",
        "BUDGET": "budget.time",
        "LOG": "monitor.log",
        "DEPLOY_LOG": "deploy.log",
        "TRAIN_WHERE": "train.where",
    }
    found = {}
    for name, value in environ.items():
        if not name.startswith("FIVEFOLD_") or name in _ELSEWHERE or name.startswith("FIVEFOLD_SERVE_"):
            continue
        if is_service_link(name, value):
            continue
        home = homes.get(name.removeprefix("FIVEFOLD_"))
        if home is None:
            known = ", ".join(f"FIVEFOLD_{key}" for key in sorted(homes))
            raise SettingsError(
                f"The variable {name} means nothing", expected=known, todo="unset or rename it"
            )
        found[home] = value
    return found


def _task(text: str | None) -> Task | None:
    """Check the task's name."""
    found = _choice("task", text, get_args(Task))
    return next((task for task in get_args(Task) if task == found), None)


def _metric(text: str | None, quantile: str | None) -> str | None:
    """Check the metric's name; a quantile brings its own."""
    if quantile is None:
        return text if text is not None and level_of(text) else _choice("metric", text, METRICS)
    try:
        named = pinball(float(quantile))
    except ValueError:
        named = ""
    if level_of(named) is None:
        raise SettingsError(
            "The quantile cannot be used",
            seen=repr(quantile),
            expected="a share from 0.001 to 0.999, such as 0.9",
            todo="give --quantile another value",
        )
    if text not in {None, named}:
        raise SettingsError(
            "A quantile is judged by its own metric",
            seen=f"quantile {quantile} and metric {text!r}",
            expected="one of the two",
            todo="leave the metric out, or the quantile",
        )
    return named


def _choice(name: str, text: str | None, known: tuple[str, ...]) -> str | None:
    """Check that a word is one of a few."""
    if text is not None and text not in known:
        raise SettingsError(
            f"The {name} is unknown", seen=repr(text), expected=", ".join(known), todo=f"use --{name}"
        )
    return text


def _scalar(value: object) -> str | bool | int | float:
    """Answers are words, numbers or yes and no."""
    return value if isinstance(value, str | bool | int | float) else str(value)
