"""Removing what a deployment to SageMaker made: whoever shares its endpoint, or had it before, gets the requests back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.deployment.targets.sagemaker.account import Account, Variant
from fivefold.deployment.targets.sagemaker.refusals import failed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from fivefold.core.artefacts import Resource
    from fivefold.core.journal import Journal

__all__ = [
    "BEFORE",
    "CONFIGURATION",
    "ENDPOINT",
    "MODEL",
    "PROVED",
    "before_in",
    "give_back",
    "last_first",
    "remove",
    "weighted",
]

MODEL, CONFIGURATION, ENDPOINT = "model", "endpoint configuration", "endpoint"
BEFORE = "before"
"""Fact of an endpoint: its configuration before this run's model came to it."""
PROVED = "proved"
"""Fact of an endpoint: the version of the bundle that was proved behind it; empty from when it is asked for until then."""
_PATIENCE, _PAUSE = 1800.0, 5.0
_DIGITS = 12
_REST = "fivefold-rest-"
"""Begins the name of a configuration for the models that stay; it is in nobody's journal."""


def weighted(variants: Sequence[Variant], share: float) -> tuple[Variant, ...]:
    """Scale weights to this sum, as they are among each other; evenly if none has any."""
    total = sum(one.weight for one in variants)
    parts = [one.weight / total if total else 1 / len(variants) for one in variants]
    return tuple(
        replace(one, weight=round(share * part, 6)) for one, part in zip(variants, parts, strict=True)
    )


def last_first(resources: Iterable[Resource]) -> list[Resource]:
    """In which order things are removed: nothing before what uses it."""
    return sorted(resources, key=lambda one: (ENDPOINT, CONFIGURATION, MODEL).index(one.kind))


def before_in(journal: Journal, endpoint: Resource) -> str:
    """Configuration of an endpoint before this run's model came to it; empty where there was none."""
    entry = journal.find(endpoint)
    return entry.facts.get(BEFORE, "") if entry is not None else ""


def remove(
    resource: Resource,
    journal: Journal,
    patience: float = _PATIENCE,
    pause: float = _PAUSE,
    further: Collection[Resource] = (),
) -> bool:
    """Remove one thing; return whether it stood.

    Parameters
    ----------
    resource : Resource
    journal : Journal
        Names the models that are ours, and what was there before.
    patience, pause : float
        Seconds to wait for an endpoint, and between two looks at it.
    further : collection of Resource
        Of a release whose journal is gone.
    """
    region, _, name = resource.name.partition("/")
    account = Account(region, patience, pause)
    if resource.kind != ENDPOINT:
        return account.delete(resource.kind, name)
    known = {entry.resource for entry in journal.entries} | set(further)
    models = {one.name.partition("/")[2] for one in known if one.kind == MODEL}
    return _remove_endpoint(account, name, models, before_in(journal, resource))


def give_back(account: Account, name: str, others: Sequence[Variant], before: str) -> bool:
    """Give an endpoint the configuration that it had before, or one with the others alone; return whether there was any.

    Parameters
    ----------
    account : Account
    name : str
        Of the endpoint.
    others : sequence of Variant
        That are to stay.
    before : str
        Name of the earlier configuration; empty where there was none. One whose models are gone can have nothing back.
    """
    held = _standing(account, before)
    if others and (held is None or {one.model for one in held} != {one.model for one in others}):
        rest = weighted(others, 1.0)
        described = json.dumps([one.document() for one in rest], sort_keys=True)
        before = f"{_REST}{hashlib.sha256(f'{name} {described}'.encode()).hexdigest()[:_DIGITS]}"
        if account.variants(before) is None:
            account.create_configuration(before, rest)
    elif held is None:
        return False
    account.update_endpoint(name, before)
    account.wait(name)
    return True


def _remove_endpoint(account: Account, name: str, models: Collection[str], before: str) -> bool:
    """Take our models from an endpoint, for those who share it or had it before; delete one that nobody else has any use for."""
    state = account.settle(name)
    if state is None:
        return False
    others = [one for one in state.variants if one.model not in models]
    if others and len(others) == len(state.variants):  # somebody else's by now
        return False
    stands = _standing(account, before) is not None
    if not stands and before.startswith(_REST) and account.owns_configuration(before):
        account.delete(CONFIGURATION, before)
    if others or stands or not state.ours:
        if not give_back(account, name, others, before):
            reason = (
                "Fivefold did not make it, and the configuration that it had before is gone, or a model of it"
            )
            raise failed(name, f"{reason}: delete it, or give it another configuration")
        return True
    account.delete(ENDPOINT, name)
    account.settle(name)
    if account.owns_configuration(state.configuration):
        account.delete(CONFIGURATION, state.configuration)
    return True


def _standing(account: Account, configuration: str) -> tuple[Variant, ...] | None:
    """Return the models of a configuration if it and all of them are there."""
    held = account.variants(configuration) if configuration else None
    return held if held is not None and all(account.has_model(one.model) for one in held) else None
