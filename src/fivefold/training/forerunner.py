"""The forerunner: an earlier run of the same question, such as last month's, whose best settings are fitted first.

A table that has grown is mostly won by what won before. The members of the forerunner's blend open the search, each with its settings
scaled to the new table; the other candidates are raced against them in what is left of the time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Model
from fivefold.core.errors import InputError, MisuseError
from fivefold.core.protocols import Candidate
from fivefold.core.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.artefacts import Dataset
    from fivefold.core.store import Run, Stored

__all__ = ["forerunner", "proven_first"]

_BEHIND = 100.0
"""Added to the rank of candidates that the forerunner did not choose: they wait until its own are fitted on all folds."""


def forerunner(run: Run, name: str, dataset: Dataset) -> Stored[Model] | None:
    """Return the model of the run that this one is to start from; None where no name is given.

    Parameters
    ----------
    run : Run
        The run that is about to train.
    name : str
        A run's folder, its short id, or ``latest`` for the latest other one that has a model for the same target.
    dataset : Dataset
        What is to be trained on.

    Raises
    ------
    InputError
        When there is no such run, or its question was another one.
    MisuseError
        When it has no model.
    """
    if not name:
        return None
    store, contract = Store(run.folder.parent), dataset.contract
    if name == "latest":
        return _latest(store, run, contract.target, contract.task)
    found = store.find(name)
    if found.id == run.id:
        raise MisuseError(
            "[train] start_from names this run itself",
            seen=f"'{name}'",
            expected="an earlier run of the same question",
            todo="name another one of: fivefold experiments",
        )
    stored = found.need("train", Model)
    if (stored.body.target, stored.body.task) != (contract.target, contract.task):
        raise InputError(
            f"Run '{found.id}' cannot be started from: it answers another question",
            seen=f"{stored.body.task} of '{stored.body.target}'",
            expected=f"{contract.task} of '{contract.target}'",
            todo="name a run with this target, or leave start_from out of [train]",
        )
    return stored


def _latest(store: Store, run: Run, target: str, task: str) -> Stored[Model]:
    """Return the model of the latest other run of the same question."""
    for other in reversed(store.runs()):
        stored = other.get("train", Model) if other.id != run.id else None
        if stored is not None and (stored.body.target, stored.body.task) == (target, task):
            return stored
    raise InputError(
        '[train] start_from = "latest" finds no earlier run',
        seen=f"no other run in '{store.root}' with a model for '{target}'",
        expected="an earlier run of the same question",
        todo="leave start_from out for the first run",
    )


def proven_first(found: Sequence[Candidate], earlier: Model) -> list[Candidate]:
    """Put the members of an earlier model before all other candidates, and let these wait.

    Parameters
    ----------
    found : sequence of Candidate
        What the families offer for this table.
    earlier : Model
        A member of a name that no family offers any more, such as one whose settings were drawn, is taken with its old settings, if
        its family is there.
    """
    offered = {candidate.name: candidate for candidate in found}
    families = {candidate.family for candidate in found}
    settings = {trial.candidate: trial.settings for trial in earlier.trials if "seed" not in trial.settings}
    proven: dict[str, Candidate] = {}
    for place, member in enumerate(sorted(earlier.members, key=lambda one: -one.weight)):
        rank = place / len(earlier.members)
        if member.name in offered:
            proven[member.name] = replace(offered[member.name], rank=rank)
        elif member.family in families and member.name in settings:
            proven[member.name] = Candidate(member.name, member.family, dict(settings[member.name]), rank)
    if not proven:
        return list(found)
    behind = [replace(one, rank=one.rank + _BEHIND) for one in found if one.name not in proven]
    return [*proven.values(), *behind]
