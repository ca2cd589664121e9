"""Makes what a training by AutoML needs, each thing noted before it is asked for, and takes it away again.

Whatever breaks off, the same call finds what stands by its name and goes on from there; nothing is trained, or paid for, twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.bucket import BucketFolder
from fivefold.cloud.vertex.refusals import VertexError
from fivefold.cloud.vertex.work import has_failed
from fivefold.core.artefacts import Resource
from fivefold.training.routes.vertex_automl.table import SPLIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fivefold.cloud.vertex.connection import Connection
    from fivefold.cloud.vertex.tabular import Collection, TabularTraining
    from fivefold.core.journal import Journal
    from fivefold.training.routes.vertex_automl.settings import Names
    from fivefold.training.routes.vertex_automl.table import Table

__all__ = ["Making", "clear"]

_OBJECTS, _MODEL = "objects", "model"
_COLLECTIONS: dict[str, Collection] = {
    "dataset": "datasets",
    "training pipeline": "trainingPipelines",
    "batch prediction job": "batchPredictionJobs",
}


class Making:
    """The making of one model and of its answers.

    Parameters
    ----------
    names : Names
    table : Table
    training : TabularTraining
    connection : Connection
    journal : Journal
        Already begun.
    """

    def __init__(
        self,
        names: Names,
        table: Table,
        training: TabularTraining,
        connection: Connection,
        journal: Journal,
    ) -> None:
        self._names = names
        self._table = table
        self._training = training
        self._folder = BucketFolder(connection, names.folder)
        self._connection = connection
        self._journal = journal

    def model(self, inputs: Mapping[str, Any]) -> float | None:
        """See to it that the model stands; return the node hours that it took, 0 where the platform does not say.

        None is for a model that an earlier training left standing.

        Raises
        ------
        VertexError
            When the training fails; then nothing is left of it. When it is not over in time, it goes on, and is gone on with.
        """
        if self._training.model(self._names.model) is None:
            self._put((f"train-{place:04}.csv", part) for place, part in enumerate(self._table.parts()))
            dataset = self._made("dataset", self._names.label)
            named = self._training.dataset(self._names.label, self._addresses())
            self._journal.made(dataset, name=named)
            # Noted before the pipeline, so that it is removed after it: a training that goes on would make it again.
            model = self._made(_MODEL, self._names.model)
            pipeline = self._made("training pipeline", self._names.label)
            try:
                self._training.train(self._names.label, named, SPLIT, inputs, self._names.model)
            except VertexError:
                if self._failed():
                    self.remove()
                raise
            self._journal.made(pipeline)
            self._journal.made(model)
        ended = self._training.named("trainingPipelines", self._names.label)
        if not ended:
            return None
        told = ended[0].get("trainingTaskMetadata") or {}
        return float(told.get("trainCostMilliNodeHours") or 0.0) / 1000.0

    def answers(self, machine: str) -> tuple[dict[str, bytes], str]:
        """Have the sealed rows answered; return the files of the answers, and their form."""
        self._put([("sealed.csv", self._table.sealed())])
        job = self._made("batch prediction job", self._names.label)
        address = f"{self._folder.address}/sealed.csv"
        target = f"{self._folder.address}/answers"
        where, form = self._training.answer(self._names.label, self._names.model, address, target, machine)
        self._journal.made(job)
        folder = BucketFolder(self._connection, where)
        return {name: folder.read(name) for name in folder.digests()}, form

    def forget_answers(self) -> None:
        """Remove the job, so that the next try asks again."""
        self._training.remove("batchPredictionJobs", self._names.label)
        self._journal.drop(Resource("batch prediction job", self._names.label))

    def remove(self, *, keep: bool = False) -> tuple[Resource, ...]:
        """Remove what was made, but for the model if it is to be kept; return what still stands."""
        return clear(self._journal, self._training, self._connection, keep=keep)

    def _failed(self) -> bool:
        """Whether the training itself came to a bad end: what could not be asked for, or was not waited for, may go on."""
        try:
            found = self._training.named("trainingPipelines", self._names.label)
        except VertexError:
            return False
        return bool(found) and has_failed(found[0])

    def _put(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put files into the folder."""
        objects = self._made(_OBJECTS, self._names.folder)
        for name, data in files:
            self._folder.put({name: data})
        self._journal.made(objects)

    def _addresses(self) -> list[str]:
        """Where the rows to learn from are."""
        names = sorted(name for name in self._folder.digests() if name.startswith("train-"))
        return [f"{self._folder.address}/{name}" for name in names]

    def _made(self, kind: str, name: str) -> Resource:
        """Note what is about to be asked for."""
        resource = Resource(kind, name)
        self._journal.note(resource, self._names.label)
        return resource


def clear(
    journal: Journal, training: TabularTraining, connection: Connection, *, keep: bool = False
) -> tuple[Resource, ...]:
    """Remove what a journal names, the latest first; "not found" counts as removed.

    Parameters
    ----------
    journal : Journal
    training : TabularTraining
    connection : Connection
    keep : bool
        Whether models stay.

    Returns
    -------
    tuple of Resource
        What still stands.

    Raises
    ------
    VertexError
        When something cannot be removed; it stays noted.
    """
    kept = []
    for entry in reversed(journal.entries):
        resource = entry.resource
        if resource.kind == _MODEL and keep:
            kept.append(resource)
            continue
        if resource.kind == _MODEL:
            training.remove_model(resource.name)
        elif resource.kind == _OBJECTS:
            BucketFolder(connection, resource.name).remove()
        else:
            training.remove(_COLLECTIONS[resource.kind], resource.name)
        journal.drop(resource)
    return tuple(kept)
