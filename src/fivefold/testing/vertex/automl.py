"""AutoML on tables: datasets, training pipelines and evaluations, under the verbs by which they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from fivefold.testing.vertex.datasets import Datasets
from fivefold.testing.vertex.operations import Work
from fivefold.testing.vertex.pipelines import Pipelines
from fivefold.testing.vertex.refusal import RefusalError
from fivefold.testing.vertex.request import Reply, Request

if TYPE_CHECKING:
    from fivefold.testing.vertex.faults import Faults
    from fivefold.testing.vertex.models import Models
    from fivefold.testing.vertex.operations import Operations
    from fivefold.testing.vertex.storage import Storage

__all__ = ["AutoML", "Verb"]

Verb: TypeAlias = Callable[[str, Request], Reply]


class AutoML:
    """What is trained in a location.

    Parameters
    ----------
    parent : str
        The location, by the project's number.
    storage : Storage
    models : Models
    operations : Operations
    faults : Faults

    Attributes
    ----------
    datasets : Datasets
    pipelines : Pipelines
    """

    def __init__(
        self, parent: str, storage: Storage, models: Models, operations: Operations, faults: Faults
    ) -> None:
        self._parent = parent
        self._models = models
        self._operations = operations
        self._faults = faults
        self.datasets = Datasets(parent, storage)
        self.pipelines = Pipelines(parent, self.datasets, models)

    def shown(self) -> list[dict[str, object]]:
        """Return all datasets and pipelines."""
        return [*self.datasets.shown(), *self.pipelines.shown()]

    def close(self) -> None:
        """End what is at work."""
        self.pipelines.close()

    def verbs(self) -> tuple[tuple[str, str, str, Verb], ...]:
        """All verbs, by method and form of the path."""
        dataset, pipeline, evaluation = (
            "/datasets/[^/:]+",
            "/trainingPipelines/[^/:]+",
            "/models/[^/:]+/evaluations",
        )
        return (
            ("POST", "/datasets", "datasets.create", self._create_dataset),
            ("GET", "/datasets", "datasets.list", lambda _, r: Reply.page("datasets", self.datasets.shown(), r)),
            ("GET", dataset, "datasets.get", lambda n, _: Reply.of(self.datasets.get(n))),
            ("POST", f"{dataset}:import", "datasets.import", self._import),
            ("DELETE", dataset, "datasets.delete", self._delete_dataset),
            ("POST", "/trainingPipelines", "pipelines.create", self._create_pipeline),
            ("GET", "/trainingPipelines", "pipelines.list", lambda _, r: Reply.page("trainingPipelines", self.pipelines.shown(), r)),
            ("GET", pipeline, "pipelines.get", lambda n, _: Reply.of(self.pipelines.get(n))),
            ("POST", f"{pipeline}:cancel", "pipelines.cancel", lambda n, _: Reply.of(self.pipelines.cancel(n))),
            ("DELETE", pipeline, "pipelines.delete", self._delete_pipeline),
            ("GET", evaluation, "evaluations.list", self._evaluations),
            ("GET", f"{evaluation}/[^/:]+", "evaluations.get", self._evaluation),
        )  # fmt: skip

    def _create_dataset(self, _: str, request: Request) -> Reply:
        """Make a dataset."""
        body = request.json()
        self.datasets.check(body)
        work = Work(lambda: self.datasets.create(body))
        held = self._faults.hold("datasets.create")
        return Reply.of(self._operations.begin(self._parent, "CreateDataset", work, held))

    def _import(self, name: str, _: Request) -> Reply:
        """Refuse to fill a dataset: one of a table has its files from the beginning."""
        self.datasets.get(name)
        raise RefusalError("INVALID_ARGUMENT", "Importing data is not supported for tabular datasets.")

    def _delete_dataset(self, name: str, _: Request) -> Reply:
        """Delete a dataset."""
        self.datasets.get(name)
        work = Work(lambda: self.datasets.delete(name))
        return Reply.of(self._operations.begin(name, "Delete", work, self._faults.hold("datasets.delete")))

    def _create_pipeline(self, _: str, request: Request) -> Reply:
        """Begin a training."""
        return Reply.of(self.pipelines.create(request.json(), self._faults.hold("pipelines.create")))

    def _delete_pipeline(self, name: str, _: Request) -> Reply:
        """Delete a training that is over."""
        self.pipelines.check_over(name)
        work = Work(lambda: self.pipelines.delete(name))
        return Reply.of(self._operations.begin(name, "Delete", work, self._faults.hold("pipelines.delete")))

    def _evaluations(self, name: str, request: Request) -> Reply:
        """List the evaluations of a model."""
        found = self._models.get(name.rpartition("/evaluations")[0]).evaluations
        return Reply.page("modelEvaluations", found, request)

    def _evaluation(self, name: str, _: Request) -> Reply:
        """Return one of them."""
        found = self._models.get(name.rpartition("/evaluations/")[0]).evaluations
        for one in found:
            if one["name"] == name:
                return Reply.of(one)
        raise RefusalError("NOT_FOUND", f"The ModelEvaluation does not exist: {name}")
