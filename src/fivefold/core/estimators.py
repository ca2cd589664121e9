"""Estimators of the person's own, as the project file names them: a class, or a function of a module beside it, and settings."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from fivefold.core.errors import SettingsError

__all__ = [
    "FAMILY",
    "EstimatorSettings",
    "Inputs",
    "Origin",
    "estimator_words",
    "estimators_of",
    "read_estimators",
    "write_estimators",
]

Origin = Literal["class", "function"]
Inputs = Literal["", "prepared", "encoded"]

FAMILY = "estimators"
"""The family that they are candidates of."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,59}")
_PLACES = {
    "class": (re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+"), '"sklearn.ensemble.RandomForestClassifier"'),
    "function": (re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*"), '"my_models:make_pipeline"'),
}
_EXAMPLE = (
    "[train.estimators.forest] with class = "
    '"sklearn.ensemble.RandomForestClassifier", and settings such as n_estimators = 200'
)


@dataclass(frozen=True, slots=True)
class EstimatorSettings:
    """One estimator.

    Attributes
    ----------
    name : str
        What its candidate is called.
    origin : {"class", "function"}
        Whether ``place`` names the estimator's class, or a function that makes one.
    place : str
        ``package.module.Class``, or ``module:function``.
    settings : dict of str to anything that JSON knows
        Given to the class or the function by name.
    inputs : {"", "prepared", "encoded"}
        What it learns from: ``prepared`` is without gaps, scaled, and has an indicator for each level; ``encoded`` is the matrix of all
        families, with its gaps and codes. Empty: what suits the estimator.
    source : str
        Digest of the module beside the project file, and of those that it imports there; empty where there is none.
    """

    name: str
    origin: Origin
    place: str
    settings: dict[str, Any] = field(default_factory=dict)
    inputs: Inputs = ""
    source: str = ""

    @property
    def module(self) -> str:
        """The module that ``place`` names."""
        return self.place.rpartition("." if self.origin == "class" else ":")[0]

    @property
    def attribute(self) -> str:
        """The class or the function in it."""
        return self.place.rpartition("." if self.origin == "class" else ":")[2]


def read_estimators(value: object) -> tuple[EstimatorSettings, ...]:
    """Read tables by name, each with ``class`` or ``function``, perhaps ``inputs``, and settings.

    Raises
    ------
    SettingsError
        When they are no such tables.

    Examples
    --------
    >>> read_estimators({"forest": {"class": "sklearn.ensemble.RandomForestClassifier", "max_depth": 3}})[0].settings
    {'max_depth': 3}
    """
    if not isinstance(value, Mapping):
        raise _wrong("[train] estimators cannot be used", repr(value), _EXAMPLE)
    return tuple(_read(str(name), table) for name, table in value.items())


def write_estimators(estimators: tuple[EstimatorSettings, ...]) -> str:
    """Write them as JSON, as a plan holds them; nothing for none.

    Examples
    --------
    >>> text = write_estimators((EstimatorSettings("near", "class", "sklearn.neighbors.KNeighborsClassifier"),))
    >>> text, estimators_of(text)[0].attribute
    ('{"near": {"class": "sklearn.neighbors.KNeighborsClassifier"}}', 'KNeighborsClassifier')
    """
    tables = {
        one.name: {one.origin: one.place} | ({"inputs": one.inputs} if one.inputs else {}) | one.settings
        for one in estimators
    }
    return json.dumps(tables, ensure_ascii=False) if tables else ""


def estimators_of(text: object) -> tuple[EstimatorSettings, ...]:
    """Read what :func:`write_estimators` wrote.

    Raises
    ------
    SettingsError
        When the text is anything else.
    """
    try:
        return read_estimators(json.loads(str(text) or "{}"))
    except ValueError as error:
        raise _wrong("The plan's estimators cannot be read", repr(text), "JSON, or nothing") from error


def estimator_words(estimators: tuple[EstimatorSettings, ...]) -> str:
    """Say what is to be fitted.

    Examples
    --------
    >>> estimator_words((EstimatorSettings("mine", "function", "my_models:make", {"depth": 3}),))
    'mine: my_models:make(depth=3)'
    """
    return "; ".join(
        f"{one.name}: {one.place}({', '.join(f'{key}={value!r}' for key, value in one.settings.items())})"
        for one in estimators
    )


def _read(name: str, table: object) -> EstimatorSettings:
    """Read one table."""
    where = f"[train.estimators.{name}] cannot be used"
    if not _NAME.fullmatch(name):
        raise _wrong(where, repr(name), "a name of letters, digits, '.', '_', '-' and spaces")
    if not isinstance(table, Mapping):
        raise _wrong(where, repr(table), _EXAMPLE)
    origins = [origin for origin in get_args(Origin) if origin in table]
    if len(origins) != 1:
        seen = " and ".join(origins) or ", ".join(map(str, table)) or "an empty table"
        raise _wrong(where, seen, "either class or function")
    origin: Origin = origins[0]
    place, (form, example) = table[origin], _PLACES[origin]
    if not isinstance(place, str) or not form.fullmatch(place):
        raise _wrong(where, f"{origin} = {place!r}", f"{origin} = {example}")
    inputs = table.get("inputs", "")
    if inputs not in get_args(Inputs):
        raise _wrong(where, f"inputs = {inputs!r}", '"prepared" or "encoded"')
    settings = {str(key): value for key, value in table.items() if key not in {origin, "inputs"}}
    for key, given in settings.items():
        if not _is_plain(given):
            raise _wrong(
                where, f"{key} = {given!r}", "text, a number, true or false, or lists and tables of these"
            )
    return EstimatorSettings(name, origin, place, settings, inputs)


def _is_plain(value: object) -> bool:
    """Whether JSON knows a value."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def _wrong(what: str, seen: str, expected: str) -> SettingsError:
    """Make the error."""
    return SettingsError(what, seen=seen, expected=expected, todo="put it right, or leave it out")
