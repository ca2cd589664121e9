"""Reads the ``[train]`` section of the project file: what the person decides about training, whatever the plan would say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core.costs import Cost, read_costs
from fivefold.core.errors import SettingsError
from fivefold.core.estimators import EstimatorSettings, read_estimators

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CLASS_WEIGHTS",
    "FINAL_FORMS",
    "LEARN_FROM",
    "TRAIN_KEYS",
    "TrainSettings",
    "read_executor",
    "read_train_settings",
]

TRAIN_KEYS = (
    "families",
    "learn_from",
    "final_form",
    "class_weight",
    "increasing",
    "decreasing",
    "costs",
    "fairness",
    "start_from",
    "deterministic",
    "estimators",
    "executor",
    "where",
)
"""Every key of ``[train]``."""
LEARN_FROM = ("all_rows", "training_rows")
FINAL_FORMS = ("best", "smallest")
CLASS_WEIGHTS = ("none", "balanced")


_EXAMPLES = {
    "families": '["lightgbm", "linear"]',
    "increasing": '["income"]',
    "decreasing": '["debts"]',
    "fairness": '["sex", "age"]',
}


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What the person decides about training; what is empty is left to the plan.

    Attributes
    ----------
    families : tuple of str
        Names of registered families; of candidates that come equally early the first named one's are tried first.
    learn_from : str
        Rows that the served model learns from, once the sealed part has been judged: ``all_rows`` or ``training_rows``.
    final_form : str
        What is served: the ``best`` blend, or the ``smallest`` single candidate within one standard error of it.
    class_weight : str
        ``balanced`` where all classes are to count the same, whatever their number of rows; ``none`` where every row is.
    increasing, decreasing : tuple of str
        Columns with which the score must never fall, or never rise, all else being equal.
    costs : tuple of (str, str, float)
        A true class, an answer, and what that answer costs then.
    fairness : tuple of str
        Columns whose groups are compared on the sealed rows.
    start_from : str
        A run of the same question whose best settings are fitted first; ``latest`` for the latest one.
    deterministic : bool
        Whether the same table, settings, time and seed must give the same bundle, byte for byte: work is then counted, not timed.
    estimators : tuple of EstimatorSettings
        Estimators of the person's own, fitted beside the families.
    """

    families: tuple[str, ...] = ()
    learn_from: str = ""
    final_form: str = ""
    class_weight: str = ""
    increasing: tuple[str, ...] = ()
    decreasing: tuple[str, ...] = ()
    costs: tuple[Cost, ...] = ()
    fairness: tuple[str, ...] = ()
    start_from: str = ""
    deterministic: bool = False
    estimators: tuple[EstimatorSettings, ...] = ()

    @property
    def deciding(self) -> dict[str, object]:
        """What decides about the fits besides the plan."""
        return {"deterministic": self.deterministic, "own_code": [one.source for one in self.estimators]}


def read_train_settings(section: Mapping[str, object], words: Mapping[str, str]) -> TrainSettings:
    """Read the section.

    Parameters
    ----------
    section : mapping
        As the TOML reader gave it.
    words : mapping of str to str
        Flags and variables, as ``train.key``; they win over the section.

    Raises
    ------
    SettingsError
        Naming the key.
    """
    given = dict(section) | {key: words[f"train.{key}"] for key in TRAIN_KEYS if f"train.{key}" in words}
    start_from = given.get("start_from", "")
    if not isinstance(start_from, str):
        raise SettingsError(
            "[train] start_from cannot be used",
            seen=repr(start_from),
            expected='a run\'s folder, its short id, or "latest", in quotes',
            todo="name a run, or leave it out",
        )
    settings = TrainSettings(
        families=_names("families", given),
        learn_from=_word("learn_from", LEARN_FROM, given),
        final_form=_word("final_form", FINAL_FORMS, given),
        class_weight=_word("class_weight", CLASS_WEIGHTS, given),
        increasing=_names("increasing", given),
        decreasing=_names("decreasing", given),
        costs=read_costs(given.get("costs", "")),
        fairness=_names("fairness", given),
        start_from=start_from.strip(),
        deterministic=_deterministic(given.get("deterministic", False)),
        estimators=read_estimators(given.get("estimators", {})),
    )
    both = set(settings.increasing) & set(settings.decreasing)
    if both:
        raise SettingsError(
            "[train] asks for a score that rises and falls with the same column",
            seen=", ".join(map(repr, sorted(both))),
            expected="each column in increasing or in decreasing",
            todo="take it off one of the two lists",
        )
    return settings


def _deterministic(value: object) -> bool:
    """Read true or false, from the file or as a word."""
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return value == "true"
    raise SettingsError(
        "[train] deterministic cannot be used",
        seen=repr(value),
        expected="true or false",
        todo="write one of the two, or leave it out",
    )


def _word(key: str, allowed: tuple[str, ...], given: Mapping[str, object]) -> str:
    """Read one of a few words."""
    value = given.get(key, "")
    if value not in ("", *allowed):
        raise SettingsError(
            f"[train] {key} is unknown",
            seen=repr(value),
            expected=" or ".join(allowed),
            todo="use one of the two, or leave it out",
        )
    return str(value)


def read_executor(section: Mapping[str, object], words: Mapping[str, str]) -> str:
    """Read where tasks are done. It is no part of :class:`TrainSettings`, for it decides nothing about what comes of them.

    Parameters
    ----------
    section : mapping
        As the TOML reader gave it.
    words : mapping of str to str
        Flags and variables, as ``train.key``; they win over the section.

    Raises
    ------
    SettingsError
        When it is no text.
    """
    value = words.get("train.executor", section.get("executor", "local"))
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(
            "[train] executor cannot be used",
            seen=repr(value),
            expected='the name of an executor, such as "local" or "ray", or a name with its address',
            todo="name one in quotes, or leave it out",
        )
    return value.strip()


def _names(key: str, given: Mapping[str, object]) -> tuple[str, ...]:
    """Read a list of names, or names between commas."""
    value = given.get(key, ())
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(name, str) for name in listed):
        raise SettingsError(
            f"[train] {key} cannot be used",
            seen=repr(value),
            expected=f"a list of names such as {_EXAMPLES[key]}",
            todo="write such a list, or leave it out",
        )
    return tuple(dict.fromkeys(name.strip() for name in listed if name.strip()))
