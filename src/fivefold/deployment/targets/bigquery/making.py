"""Making a model in BigQuery: each thing is noted before it is asked for, and what stands already is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from fivefold.cloud.literals import text
from fivefold.cloud.names import Name, input_names, is_plain
from fivefold.cloud.refused import told
from fivefold.cloud.storage import content_digest
from fivefold.core.artefacts import GoldenCheck, Resource
from fivefold.core.errors import InputError, MisuseError, StepError
from fivefold.core.store import write_atomically
from fivefold.deployment.targets.bigquery.mapping import NATURAL, named
from fivefold.deployment.targets.bigquery.parity import compared, demand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.bigquery import BigQueryService
    from fivefold.cloud.jobs import Jobs
    from fivefold.cloud.storage import StorageService
    from fivefold.core.journal import Journal
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.targets.bigquery.draft import Draft
    from fivefold.deployment.targets.bigquery.statements import Scoring
    from fivefold.export.parity import Parity

__all__ = ["Looked", "Making", "bundle_of", "looked_at", "resources_of"]

_OURS = "fivefold"
_SCORE = "score.sql"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found before anything is made.

    Attributes
    ----------
    makes : tuple of Resource
    checked : tuple of str
    """

    makes: tuple[Resource, ...]
    checked: tuple[str, ...]


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
    home = service.dataset(model.project, model.dataset).get("location", "")
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
        if _is_kept(storage.look(settings.bucket, draft.object_name), draft.graph):
            del makes[0]
    if found is not None and bundle_of(found) == draft.label:
        makes.pop()
    elif found is not None:
        checked.append(f"the model {model} of another bundle is there, and is replaced")
    table = settings.scored()
    if table is not None:
        draft.scoring.table(table, _sources(service, table, draft), settings.kept)
        checked.append(f"the columns of {table} can be read as the model takes them")
    return Looked(tuple(makes), tuple(checked))


class Making:
    """One deployment at work.

    Parameters
    ----------
    draft : Draft
    service : BigQueryService
    storage : StorageService
    journal : Journal
    bench : Workbench
    jobs : Jobs

    Attributes
    ----------
    resources : tuple of Resource
    """

    def __init__(
        self,
        draft: Draft,
        service: BigQueryService,
        storage: StorageService,
        journal: Journal,
        bench: Workbench,
        jobs: Jobs,
    ) -> None:
        self._draft, self._service, self._storage = draft, service, storage
        self._journal, self._bench, self._jobs = journal, bench, jobs
        self.resources = resources_of(draft)

    def make(self) -> tuple[GoldenCheck, tuple[str, ...]]:
        """Make what is missing, compare, and write the SQL down; return the comparison and what a person should know.

        Raises
        ------
        StepError
            When the answers differ; nothing of it is left then.
        FivefoldError
            When a service refuses; what was made is noted.
        """
        notes = []
        if not self._draft.is_remote:
            self._bench.progress.advance(0.1, "uploading the model")
            with told("The model cannot be uploaded"):
                notes += self._upload()
        self._bench.progress.advance(0.4, "making the model in BigQuery")
        with told("BigQuery cannot make the model"):
            about, kept = self._model()
        notes += kept
        self._bench.progress.advance(0.6, "comparing answers")
        with told("The model cannot be asked"):
            scoring = self._scoring(about)
        parity, seconds = self._compared(scoring)
        notes.append(
            f"compared with the bundle: {parity.words()}, asked by ML.PREDICT in {seconds:.1f} s; the times are of that query"
        )
        with told("The statement for scoring cannot be tried out"):
            notes += self._score(scoring)
        with told("What an earlier bundle left cannot be removed"):
            self._clear()
        self._journal.end()
        golden = self._draft.predictor.golden
        check = GoldenCheck(
            rows=len(golden),
            max_difference=parity.largest,
            p50_ms=round(seconds * 1000, 4),
            p95_ms=round(seconds * 1000, 4),
            example={name: _scalar(value) for name, value in golden[0].row.items()},
            prediction=orjson.dumps(golden[0].answer).decode(),
        )
        return check, tuple(notes)

    def _upload(self) -> list[str]:
        """Put the graph where BigQuery reads it, unless it lies there."""
        draft, resource = self._draft, self.resources[0]
        kept = _is_kept(self._storage.look(draft.settings.bucket, draft.object_name), draft.graph)
        self._note(resource, there=kept)
        if not kept:
            self._storage.put(draft.settings.bucket, draft.object_name, draft.graph)
        self._journal.made(resource)
        return ["the file in Cloud Storage was there already"] if kept else []

    def _model(self) -> tuple[Mapping[str, Any], list[str]]:
        """Make the model, unless it is there for this very bundle; return what BigQuery says of it."""
        draft, resource, name = self._draft, self.resources[-1], self._draft.model
        found = self._service.model(name.project, name.dataset, name.part)
        kept = found is not None and bundle_of(found) == draft.label
        self._note(resource, there=kept)
        notes = ["the model was there already"] if kept else []
        if not kept:
            if found is not None:
                notes.append("took the place of an older model of that name")
            self._jobs.run(draft.create)
            labels = {"made_by": _OURS, "bundle": draft.label}
            self._service.label_model(name.project, name.dataset, name.part, labels)
            found = self._service.model(name.project, name.dataset, name.part)
        self._journal.made(resource)
        return found or {}, notes

    def _scoring(self, about: Mapping[str, Any]) -> Scoring:
        """How this model is asked: what BigQuery says of its inputs, and what a dry run says of its answers, is heeded."""
        scoring = replace(self._draft.scoring, lists=_lists(about, self._draft))
        _, fields = self._jobs.price(scoring.sample(self._draft.rows))
        repeated = {one["name"] for one in fields if one.get("mode") == "REPEATED"}
        return replace(scoring, lists=scoring.lists | (repeated & {*scoring.outputs[:1]}))

    def _compared(self, scoring: Scoring) -> tuple[Parity, float]:
        """Compare answers; a model that answers otherwise is taken away again."""
        with told("The model cannot be asked"):
            done = self._jobs.run(scoring.sample(self._draft.rows))
        parity = compared(self._draft.predictor, self._draft.rows, done.rows)
        try:
            demand(parity)
        except StepError:
            with told("The model cannot be removed"):
                self._take_away()
            raise
        return parity, done.seconds

    def _score(self, scoring: Scoring) -> list[str]:
        """Write down the SQL that scores a table, and say what it reads."""
        table, contract = self._draft.settings.scored(), self._draft.contract
        names = input_names(contract, self._draft.scoring.outputs)
        plain = {column.name: (names[column.name], NATURAL[column.kind]) for column in contract.columns}
        if table is None:
            place = Name(self._draft.model.project, "DATASET", "TABLE")
            statement, said = (
                scoring.table(place, plain),
                "name your table in it, or as table = in [deploy.bigquery]",
            )
        else:
            found = _sources(self._service, table, self._draft)
            statement = scoring.table(table, found, self._draft.settings.kept)
            price, _ = self._jobs.price(statement)
            said = f"for {table}; scoring all of it reads {price.words()}"
        head = f"-- Scores a table with the model {self._draft.model}.\n"
        if contract.classes:
            head += (
                f"-- probabilities stand in this order: {', '.join(map(text, contract.classes))}\n"
                if not scoring.over
                else ""
            )
        write_atomically(self._bench.folder / _SCORE, f"{head}{statement};\n".encode())
        return [f"the SQL stands in deploy/{_SCORE} of the run, {said}"]

    def _clear(self) -> None:
        """Remove objects of bundles that were deployed here before."""
        for entry in self._journal.entries:
            if entry.resource not in self.resources and entry.resource.kind == "object" and entry.ours:
                bucket, _, name = entry.resource.name.removeprefix("gs://").partition("/")
                self._storage.delete(bucket, name)
                self._journal.drop(entry.resource)

    def _take_away(self) -> None:
        """Remove what this run made."""
        ours = [each for each in self._journal.entries if each.ours and each.resource in self.resources]
        for entry in ours:
            if entry.resource.kind == "model":
                name = self._draft.model
                self._service.delete_model(name.project, name.dataset, name.part)
            else:
                self._storage.delete(self._draft.settings.bucket, self._draft.object_name)
            self._journal.drop(entry.resource)

    def _note(self, resource: Resource, *, there: bool) -> None:
        """Note what is about to be asked for, unless it is there already."""
        version, payer = self._draft.predictor.version, self._draft.settings.payer
        self._journal.note(resource, version, there=there, project=payer)


def _of_graph(draft: Draft) -> list[str]:
    """What was found of the graph."""
    facts = draft.facts
    if facts is None:
        return []
    opsets = ", ".join(f"{domain} {version}" for domain, version in sorted(facts.opsets.items()))
    return [
        f"the model in ONNX has {facts.bytes:,} bytes, {len(facts.inputs)} inputs, {opsets}: BigQuery imports that"
    ]


def _sources(service: BigQueryService, table: Name, draft: Draft) -> dict[str, tuple[str, str]]:
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


def _lists(about: Mapping[str, Any], draft: Draft) -> frozenset[str]:
    """Inputs that BigQuery has as an array where one value is meant."""
    single = set(draft.scoring.inputs.values())
    columns = about.get("featureColumns", ())
    lists = [one["name"] for one in columns if one.get("type", {}).get("typeKind") == "ARRAY"]
    return frozenset(name for name in lists if name in single)


def _is_ours(found: Mapping[str, Any]) -> bool:
    """Whether Fivefold made a model."""
    return bool(found.get("labels", {}).get("made_by") == _OURS)


def bundle_of(found: Mapping[str, Any]) -> str:
    """The bundle that a model was made of; empty where nobody knows."""
    return str(found.get("labels", {}).get("bundle", ""))


def _is_kept(found: Mapping[str, Any] | None, graph: bytes) -> bool:
    """Whether an object is this graph."""
    return found is not None and found.get("md5Hash") == content_digest(graph)


def _scalar(value: object) -> str | float | int | bool | None:
    """Return a JSON scalar as it is; golden rows have no others."""
    return value if isinstance(value, str | float | int | bool) or value is None else str(value)
