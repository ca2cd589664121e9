"""Facts about the table and the request: the words that the conditions of evidence are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fivefold.core.errors import PartError, SettingsError
from fivefold.core.extract import DataSettings
from fivefold.core.train_settings import TrainSettings
from fivefold.research.domain import domains_of, tokens

if TYPE_CHECKING:
    from fivefold.core.artefacts import ColumnProfile, Profile, Question, Task
    from fivefold.core.budget import Budget
    from fivefold.core.protocols import Fact
    from fivefold.research.predicates import Condition
    from fivefold.research.structure import Structure

__all__ = ["FACTS", "FactKind", "FactSpec", "Request", "check_condition", "facts_of", "read_answers"]

FactKind = Literal["number", "yes", "word", "words"]


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact that conditions may name.

    Attributes
    ----------
    kind : {"number", "yes", "word", "words"}
    label : str
        The fact as a reader of the brief knows it: a noun for numbers and words, a statement for yes or no.
    denied : str
        The statement's opposite; for yes or no only.
    question : str
        What a person may be asked; empty when the fact is read from the table or the budget. ``{column}`` stands for the
        column that hints at it.
    assumed : str
        What is taken as long as nobody answers.
    choices : tuple of str
        Words that an answer may be; for words only.
    probe : Fact
        The answer that would change most; used to find out what a question is worth.
    """

    kind: FactKind
    label: str
    denied: str = ""
    question: str = ""
    assumed: str = ""
    choices: tuple[str, ...] = ()
    probe: Fact = None


FACTS: dict[str, FactSpec] = {
    # Read from the table.
    "n_rows": FactSpec("number", "rows"),
    "n_features": FactSpec("number", "usable columns"),
    "n_classes": FactSpec("number", "classes"),
    "task": FactSpec("word", "task"),
    "minority_share": FactSpec("number", "share of the rarest class"),
    "events_per_variable": FactSpec("number", "rows of the rarest class per column"),
    "missing_share": FactSpec("number", "share of empty cells"),
    "max_cardinality": FactSpec("number", "values of the widest category"),
    "has_text": FactSpec("yes", "a column holds text", "no column holds text"),
    "heavy_tailed_share": FactSpec("number", "share of numeric columns with heavy tails"),
    "spatial": FactSpec("yes", "rows have a place on the map", "rows have no place on the map"),
    "domain": FactSpec("words", "field"),
    "has_description": FactSpec("yes", "the question is described in words", "the question is not described in words"),
    # Read from the budget and the request.
    "budget_s": FactSpec("number", "seconds of budget"),
    "deploy": FactSpec("yes", "the model will be deployed", "the model will not be deployed"),
    "model": FactSpec("word", "kind of model"),
    # Read where possible, else asked.
    "time_ordered": FactSpec(
        "yes", "rows stand in an order of time", "rows stand in no order of time",
        "Rows carry dates ('{column}') but do not stand in their order. Will the model be asked about later rows than those"
        " it learns from?",
        "no", probe=True,
    ),
    "group_key": FactSpec(
        "yes", "several rows belong to one unit", "rows do not share units",
        "Values of '{column}' come back in several rows. Will the model be asked about new ones, which training never saw?",
        "no", probe=True,
    ),
    "latency_ms": FactSpec(
        "number", "milliseconds that one answer may take",
        question="Within how many milliseconds must one row be answered?", assumed="no limit", probe=10.0,
    ),
    # Known to the person alone.
    "probabilities_needed": FactSpec(
        "yes", "the probabilities themselves are used", "only the class or the order is used",
        "Will the probabilities themselves be used (expected costs, risks that are shown), and not only the class or the"
        " order?",
        "no", probe=True,
    ),
    "drift_expected": FactSpec(
        "yes", "the world is expected to change", "the world is expected to stay as it is",
        "Do you expect what the table describes to change while the model is in use?", "no", probe=True,
    ),
    "costs_known": FactSpec(
        "yes", "the costs of errors are known", "the costs of errors are not known",
        "Do you know what each kind of error costs?", "no", probe=True,
    ),
    "commercial_use": FactSpec(
        "yes", "the use is commercial", "the use is not commercial",
        "Is the use commercial?", "yes, so that nothing is chosen whose licence forbids it", probe=True,
    ),
    "interpretability": FactSpec(
        "word", "interpretability", question="Must people be able to follow each decision: required or optional?",
        assumed="optional", choices=("required", "optional"), probe="required",
    ),
    "sensitive_attributes": FactSpec(
        "yes", "columns describe protected attributes", "no column describes protected attributes",
        "Does a column describe a protected attribute, such as sex or ethnicity?", "no", probe=True,
    ),
    "gpu": FactSpec("yes", "a GPU may be used", "no GPU may be used", "May a GPU be used?", "no", probe=True),
    # Fixed in this version: neither weights nor networks nor the network are used.
    "weights_local": FactSpec("yes", "pre-trained weights are at hand", "no pre-trained weights are at hand"),
    "llm": FactSpec("yes", "a language model takes part", "no language model takes part"),
    "online": FactSpec("yes", "sources are searched online", "sources are not searched online"),
}  # fmt: skip
"""Every fact, in the order in which a brief lists them."""

_SENSITIVE = frozenset(
    ("sex", "gender", "race", "ethnicity", "ethnic", "religion", "nationality", "disability", "foreign")
)
_LATITUDE, _LONGITUDE = frozenset(("lat", "latitude")), frozenset(("lon", "lng", "long", "longitude"))
_YES = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Request:
    """What the facts are read from, besides the answers.

    Attributes
    ----------
    question : Question
    profile : Profile
    task : Task
    budget : Budget
    deploys : bool
        Whether the model will be deployed.
    settings : DataSettings
        What the person says about the table: its split, and the columns that the model must not use.
    train : TrainSettings
        What the person decides about training.
    """

    question: Question
    profile: Profile
    task: Task
    budget: Budget
    deploys: bool
    settings: DataSettings = field(default_factory=DataSettings)
    train: TrainSettings = field(default_factory=TrainSettings)


def facts_of(request: Request, structure: Structure, answers: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return every fact of :data:`FACTS`; None where nobody knows.

    Parameters
    ----------
    request : Request
    structure : Structure
        Has taken the answers about time and groups into account already.
    answers : mapping
        From :func:`read_answers`. They win over what the table shows.
    """
    read = _from_table(request, structure.group.column) | _from_request(request) | dict(answers)
    read |= {"time_ordered": structure.time.fact, "group_key": structure.group.fact}
    if request.budget.latency is not None:
        read["latency_ms"] = request.budget.latency * 1000.0
    if request.task == "regression":
        read["probabilities_needed"] = False  # a number has no class whose probability could be used
    return {name: read.get(name) for name in FACTS}


def read_answers(answers: Mapping[str, str | bool | int | float]) -> dict[str, Fact]:
    """Check the person's answers.

    Raises
    ------
    SettingsError
        When an answer belongs to no question, or is of another kind.

    Examples
    --------
    >>> read_answers({"probabilities_needed": "yes", "latency_ms": 20})
    {'probabilities_needed': True, 'latency_ms': 20.0}
    """
    known = [name for name, spec in FACTS.items() if spec.question]
    read: dict[str, Fact] = {}
    for name, answer in answers.items():
        if name not in known:
            raise SettingsError(
                f"The answer '{name}' belongs to no question",
                seen=f"{name} = {answer!r}",
                expected=", ".join(known),
                todo="put [answers] right; the brief lists the open questions",
            )
        read[name] = _answer(name, answer)
    return read


def check_condition(condition: Condition) -> None:
    """Refuse a condition that names no fact, or asks of it what its kind does not have.

    Raises
    ------
    PartError
    """
    spec = FACTS.get(condition.field)
    if spec is None:
        raise PartError("A condition names no fact", seen=f"'{condition}'", expected=", ".join(FACTS))
    fits = {
        "number": condition.op != "~" and isinstance(condition.value, float),
        "yes": condition.op in {"==", "!="} and isinstance(condition.value, bool),
        "word": condition.op in {"==", "!="} and isinstance(condition.value, str),
        "words": condition.op == "~" and isinstance(condition.value, str),
    }
    if not fits[spec.kind]:
        raise PartError(
            "A condition asks what its fact does not have",
            seen=f"'{condition}'",
            expected=f"something that a fact of kind '{spec.kind}' can answer",
        )


def _from_table(request: Request, group: str | None) -> dict[str, Fact]:
    """Facts that the profile holds; a row's group and its weight are no features, nor what the person leaves out."""
    question, profile, task = request.question, request.profile, request.task
    others = [column for column in profile.columns if column.name != question.target]
    useless, unused = {"identifier", "constant"}, {group, question.weight_column}
    usable = [
        column
        for column in others
        if column.role not in useless
        and column.name not in unused
        and not request.settings.leaves_out(column.name)
    ]
    numbers = [column for column in usable if column.role == "number"]
    categories = [column.distinct for column in usable if column.role == "category"]
    cells = profile.rows * len(usable)
    words = {word for column in usable for word in tokens(column.name)}
    known = {word for column in others for word in tokens(column.name)}
    rarest = None if task == "regression" else profile.minority_share
    per_column = None if rarest is None else rarest * profile.usable_rows / max(1, len(usable))
    return {
        "n_rows": profile.usable_rows,
        "n_features": len(usable),
        "n_classes": 0 if task == "regression" else profile.target_distinct,
        "task": task,
        "minority_share": rarest,
        "events_per_variable": per_column,
        "missing_share": _missing(usable) / cells if cells else 0.0,
        "max_cardinality": max(categories, default=0),
        "has_text": any(column.role == "text" for column in usable),
        "heavy_tailed_share": sum(column.heavy_tailed for column in numbers) / max(1, len(numbers)),
        "spatial": bool(words & _LATITUDE and words & _LONGITUDE),
        "domain": domains_of(question.description, (column.name for column in profile.columns)),
        "has_description": bool(question.description.strip()),
        "sensitive_attributes": True if known & _SENSITIVE else None,
    }


def _from_request(request: Request) -> dict[str, Fact]:
    """Facts that the budget and the settings hold."""
    return {
        "budget_s": request.budget.time,
        "deploy": request.deploys,
        "model": "trees",
        "weights_local": False,
        "llm": False,
        "online": False,
    }


def _missing(columns: list[ColumnProfile]) -> int:
    """Empty cells of these columns."""
    return sum(column.missing for column in columns)


def _answer(name: str, answer: str | float) -> Fact:
    """Read one answer as its fact's kind."""
    spec = FACTS[name]
    text = str(answer).strip().lower()
    read: Fact = None
    if spec.kind == "yes":
        read = answer if isinstance(answer, bool) else _YES.get(text)
    elif spec.kind == "number" and not isinstance(answer, bool):
        digits = text.removesuffix("ms").strip()
        read = float(digits) if digits.replace(".", "", 1).isdecimal() else None
    elif text in spec.choices:
        read = text
    if read is None:
        expected = {"yes": "yes or no", "number": "a number"}.get(spec.kind, " or ".join(spec.choices))
        raise SettingsError(
            f"The answer to '{name}' cannot be used",
            seen=repr(answer),
            expected=expected,
            todo=f"put {name} right in [answers]",
        )
    return read
