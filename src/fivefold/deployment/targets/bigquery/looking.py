"""What BigQuery and Cloud Storage have already: looked at before anything is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.cloud.names import input_names, is_plain
from fivefold.cloud.storage import content_digest
from fivefold.core.artefacts import Resource
from fivefold.core.errors import InputError, MisuseError
from fivefold.deployment.targets.bigquery.mapping import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.bigquery import BigQueryService
    from fivefold.cloud.names import Name
    from fivefold.cloud.storage import StorageService
    from fivefold.core.journal import Journal
    from fivefold.deployment.targets.bigquery.draft import Draft

__all__ = ["MADE_BY", "Looked", "bundle_of", "is_kept", "looked_at", "resources_of", "sources"]

MADE_BY = "fivefold"
"""What the label ``made_by`` of our models says."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found before anything is made.

    Attributes
    ----------
    makes : tuple of Resource
    checked : tuple of str
    home, bucket : str
        Where data set and bucket lie; the latter empty where none is needed.
    """

    makes: tuple[Resource, ...]
    checked: tuple[str, ...]
    home: str
    bucket: str


def resources_of(draft: Draft) -> tuple[Resource, ...]:
    """What is made, in this order."""
    model = Resource("model", str(draft.model))
    return (model,) if draft.is_remote else (Resource("object", draft.address), model)


def looked_at(draft: Draft, service: BigQueryService, storage: StorageService, journal: Journal) -> Looked:
    """Look at what must be there, and at what is there already.

    Raises
    ------
    MisuseError
        When the model's name is that of a model that Fivefold did not make, or no SQL reads a column of the table.
    ServiceError
        When a service refuses.
    """
    model, settings = draft.model, draft.settings
    found = service.model(model.project, model.dataset, model.part)
    if found is not None and not _is_ours(found) and journal.find(Resource("model", str(model))) is None:
        raise MisuseError(
            f"There is a model '{model}' that Fivefold did not make",
            seen=f"a model of type {found.get('modelType', 'unknown')}",
            expected="a name that is free, or one of Fivefold's own",
            todo='give another name: model = "..." in [deploy.bigquery]',
        )
    home, where = str(service.dataset(model.project, model.dataset).get("location", "")), ""
    checked = [f"the data set {model.project}.{model.dataset} is there, in {home}"]
    makes = list(resources_of(draft))
    if draft.is_remote:
        checked.append(
            f"it cannot be imported ({'; '.join(draft.reasons)}), so that the endpoint {settings.endpoint} will answer"
        )
    else:
        checked += _of_graph(draft)
        where = str(storage.bucket(settings.bucket).get("location", ""))
        other = (
            ""
            if where.upper() == home.upper()
            else ": another place than the data set's, which BigQuery may refuse"
        )
        checked.append(f"the bucket {settings.bucket} is there, in {where}{other}")
        if is_kept(storage.look(settings.bucket, draft.object_name), draft.graph):
            del makes[0]
    if found is not None and bundle_of(found) == draft.label:
        makes.pop()
    else:
        checked.append(
            f"its answers are proved as {draft.trial}, which is removed, before it becomes {model}"
        )
    if found is not None and bundle_of(found) != draft.label:
        checked.append(f"the model {model} of another bundle is there, and is replaced")
    table = settings.scored()
    if table is not None:
        draft.scoring.table(table, sources(service, table, draft), settings.kept)
        checked.append(f"the columns of {table} can be read as the model takes them")
    return Looked(tuple(makes), tuple(checked), home, where)


def _of_graph(draft: Draft) -> list[str]:
    """What was found of the graph."""
    facts = draft.facts
    if facts is None:
        return []
    opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(facts.opsets.items()))
    return [
        f"the model in ONNX has {facts.bytes:,} bytes, {len(facts.inputs)} inputs, {opsets}: BigQuery imports that"
    ]


def sources(service: BigQueryService, table: Name, draft: Draft) -> dict[str, tuple[str, str]]:
    """What a table calls the columns of the contract, and of which type they are.

    BigQuery tells names apart without their case; a column whose own name it does not take goes by the model's name for it.
    """
    known = service.table(table.project, table.dataset, table.part)["schema"]["fields"]
    single = {str(one["name"]): named(str(one["type"])) for one in known if one.get("mode") != "REPEATED"}
    called = {name.lower(): name for name in single}
    names = input_names(draft.contract, draft.scoring.outputs)
    found: dict[str, tuple[str, str]] = {}
    lacking = [name for name in draft.settings.kept if name not in single]
    for column in draft.contract.columns:
        source = called.get(column.name.lower()) or called.get(names[column.name].lower())
        if source is not None:
            found[column.name] = (source, single[source])
        elif not column.nullable:
            lacking.append(column.name if is_plain(column.name) else names[column.name])
    if lacking:
        raise InputError(
            f"The table {table} lacks a column",
            seen=", ".join(sorted(single)),
            expected=", ".join(repr(name) for name in lacking),
            todo="name another table, or make a view that has it",
        )
    return found


def _is_ours(found: Mapping[str, Any]) -> bool:
    """Whether Fivefold made a model."""
    return bool(found.get("labels", {}).get("made_by") == MADE_BY)


def bundle_of(found: Mapping[str, Any]) -> str:
    """The bundle that a model was made of; empty where nobody knows."""
    return str(found.get("labels", {}).get("bundle", ""))


def is_kept(found: Mapping[str, Any] | None, graph: bytes) -> bool:
    """Whether an object is this graph."""
    return found is not None and found.get("md5Hash") == content_digest(graph)
