"""Making a model in BigQuery: each thing is noted before it is asked for, and what stands already is kept.

A model is made under a name of its own first. Only what was proved there takes the place of what stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from fivefold.cloud.literals import text
from fivefold.cloud.names import Name, input_names
from fivefold.cloud.noted_jobs import naming, settle
from fivefold.cloud.refused import refusals_as
from fivefold.core.artefacts import GoldenCheck, Resource
from fivefold.core.errors import StepError
from fivefold.core.store import write_atomically
from fivefold.deployment.golden import example_of
from fivefold.deployment.targets.bigquery.looking import MADE_BY, bundle_of, is_kept, resources_of, sources
from fivefold.deployment.targets.bigquery.mapping import NATURAL
from fivefold.deployment.targets.bigquery.parity import compared, demand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fivefold.cloud.bigquery import BigQueryService
    from fivefold.cloud.jobs import Jobs
    from fivefold.cloud.storage import StorageService
    from fivefold.core.journal import Entry, Journal
    from fivefold.core.workbench import Workbench
    from fivefold.deployment.targets.bigquery.draft import Draft
    from fivefold.deployment.targets.bigquery.statements import Scoring
    from fivefold.export.parity import Parity

__all__ = ["TRIAL", "Making"]

TRIAL = "trial model"
"""Kind of the resource that answers are proved by; it is no part of a release."""
_SCORE = "score.sql"


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
    home : str
        Where the data set lies.

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
        home: str,
    ) -> None:
        self._draft, self._service, self._storage = draft, service, storage
        self._journal, self._bench, self._jobs = journal, bench, jobs
        self._home = home
        self.resources = resources_of(draft)

    def make(self) -> tuple[GoldenCheck, tuple[str, ...]]:
        """Make what is missing, compare, and write the SQL down; return the comparison and what a person should know.

        Raises
        ------
        StepError
            When the answers differ; nothing of it is left then, and what stood there before stands.
        FivefoldError
            When a service refuses; what was made is noted.
        """
        notes, model = [], self._draft.model
        if not self._draft.is_remote:
            self._bench.progress.advance(0.1, "uploading the model")
            with refusals_as("The model cannot be uploaded"):
                notes += self._upload()
        self._bench.progress.advance(0.4, "making the model in BigQuery")
        with refusals_as("BigQuery cannot make the model"):
            found = self._look(model)
            kept = found is not None and bundle_of(found) == self._draft.label
            if kept:
                self._note(self.resources[-1], there=True)
                self._journal.made(self.resources[-1])
            else:
                self._try_out()
            about = self._look(model if kept else self._draft.trial) or {}
        self._bench.progress.advance(0.6, "comparing answers")
        scoring, parity, seconds = self._compared(about, model if kept else self._draft.trial)
        notes.append(
            f"compared with the bundle: {parity.words()}, asked by ML.PREDICT in {seconds:.1f} s; the times are of that query"
        )
        if kept:
            notes.append("the model was there already")
        else:
            with refusals_as("BigQuery cannot make the model"):
                self._take_the_place()
            notes += ["took the place of an older model of that name"] if found is not None else []
        with refusals_as("The statement for scoring cannot be tried out"):
            notes += self._score(scoring)
        with refusals_as("What an earlier bundle, or the trial, left cannot be removed"):
            self._clear()
        self._journal.end()
        return self._golden(parity, seconds), tuple(notes)

    def _golden(self, parity: Parity, seconds: float) -> GoldenCheck:
        """The comparison, as a release keeps it."""
        golden, once = self._draft.predictor.golden, round(seconds * 1000, 4)
        return GoldenCheck(
            rows=len(golden),
            max_difference=parity.largest,
            p50_ms=once,
            p95_ms=once,
            example=example_of(golden[0]),
            prediction=orjson.dumps(golden[0].answer).decode(),
        )

    def _upload(self) -> list[str]:
        """Put the graph where BigQuery reads it, unless it lies there."""
        draft, resource = self._draft, self.resources[0]
        kept = is_kept(self._storage.look(draft.settings.bucket, draft.object_name), draft.graph)
        self._note(resource, there=kept)
        if not kept:
            self._storage.put(draft.settings.bucket, draft.object_name, draft.graph)
        self._journal.made(resource)
        return ["the file in Cloud Storage was there already"] if kept else []

    def _try_out(self) -> None:
        """Make the model under the name of the trial, so that whoever asks the model meanwhile is answered by what stood there."""
        resource = Resource(TRIAL, str(self._draft.trial))
        self._note(resource)
        self._create(resource)

    def _take_the_place(self) -> None:
        """Make the model, whose answers are proved, under its own name; the statement puts it there in one go."""
        resource, model = self.resources[-1], self._draft.model
        self._note(resource)
        self._create(resource)
        labels = {"made_by": MADE_BY, "bundle": self._draft.label}
        self._service.label_model(model.project, model.dataset, model.part, labels)
        self._journal.made(resource)

    def _create(self, resource: Resource) -> None:
        """Run the statement that makes a model, once nothing can come any more of an earlier try."""
        entry = self._journal.find(resource)
        if entry is not None:
            settle(entry, self._service)
        named = naming(self._service, self._journal, resource, self._home)
        self._jobs.run(self._draft.create(Name.read(resource.name)), named)

    def _look(self, model: Name) -> dict[str, Any] | None:
        """What BigQuery says of a model; None when there is none."""
        return self._service.model(model.project, model.dataset, model.part)

    def _compared(self, about: Mapping[str, Any], model: Name) -> tuple[Scoring, Parity, float]:
        """Compare the answers of what stands under a name; a model that answers otherwise is taken away again.

        Returns
        -------
        Scoring, Parity, float
            How the model is asked by its own name: what BigQuery says of its inputs, and what a dry run says of its answers, is
            heeded. The seconds are those of the query.
        """
        scoring = replace(self._draft.scoring, lists=_lists(about, self._draft))
        with refusals_as("The model cannot be asked"):
            _, fields = self._jobs.price(replace(scoring, model=model).sample(self._draft.rows))
            repeated = {one["name"] for one in fields if one.get("mode") == "REPEATED"}
            scoring = replace(scoring, lists=scoring.lists | (repeated & {*scoring.outputs[:1]}))
            done = self._jobs.run(replace(scoring, model=model).sample(self._draft.rows))
        parity = compared(self._draft.predictor, self._draft.rows, done.rows)
        try:
            demand(parity)
        except StepError:
            with refusals_as("The model cannot be removed"):
                self._take_away(model)
            raise
        return scoring, parity, done.seconds

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
            found = sources(self._service, table, self._draft)
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
        """Remove objects of bundles that were deployed here before, and what answers were proved by."""
        for entry in self._journal.entries:
            if entry.resource not in self.resources and entry.resource.kind != "model" and entry.ours:
                self._remove(entry)

    def _take_away(self, model: Name) -> None:
        """Remove what answers otherwise, its file, and nothing else."""
        wrong = {str(model), self._draft.address}
        for entry in self._journal.entries:
            if entry.ours and entry.resource.name in wrong:
                self._remove(entry)
        left = self._journal.entries
        if left and all(entry.made for entry in left):  # what an earlier deployment made stands as it did
            self._journal.end()

    def _remove(self, entry: Entry) -> None:
        """Remove one thing that is ours."""
        if entry.resource.kind == "object":
            bucket, _, name = entry.resource.name.removeprefix("gs://").partition("/")
            self._storage.delete(bucket, name)
        else:
            model = Name.read(entry.resource.name)
            self._service.delete_model(model.project, model.dataset, model.part)
        self._journal.drop(entry.resource)

    def _note(self, resource: Resource, *, there: bool = False) -> None:
        """Note what is about to be asked for, unless it is there already."""
        version, payer = self._draft.predictor.version, self._draft.settings.payer
        self._journal.note(resource, version, there=there, project=payer)


def _lists(about: Mapping[str, Any], draft: Draft) -> frozenset[str]:
    """Inputs that BigQuery has as an array where one value is meant."""
    single = set(draft.scoring.inputs.values())
    columns = about.get("featureColumns", ())
    lists = [one["name"] for one in columns if one.get("type", {}).get("typeKind") == "ARRAY"]
    return frozenset(name for name in lists if name in single)
