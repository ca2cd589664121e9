"""Many rows answered by a model of the registry, without an endpoint: one job on one machine, given up when its price is reached."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fivefold.cloud.vertex.batch import BatchJob, answers_of, hours_of
from fivefold.cloud.vertex.refusals import STALLED, VertexError
from fivefold.cloud.vertex.tabular import TabularTraining
from fivefold.cloud.vertex.work import has_failed, until_over
from fivefold.core.artefacts import Resource
from fivefold.core.clock import Deadline
from fivefold.core.errors import BudgetError
from fivefold.deployment.batch import BatchAnswers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fivefold.cloud.vertex.tabular import Collection
    from fivefold.deployment.batch import Batch
    from fivefold.deployment.targets.vertex.deploying import Deploying
    from fivefold.deployment.targets.vertex.settings import Names, VertexSettings

__all__ = ["JOB", "Answering", "job_for", "remove_job", "resource_of"]

JOB = "batch prediction"
"""Kind of the resource: all jobs of one display name."""
_COLLECTION: Collection = "batchPredictionJobs"
_REMOVAL_SECONDS = 600.0
_HOUR = 3600.0


def job_for(settings: VertexSettings, names: Names, batch: Batch) -> BatchJob:
    """Describe the job for a batch; the same batch gives the same label."""
    label = names.job(batch.source, batch.destination)
    return BatchJob(label, names.model, batch.source, batch.destination, settings.machine_type)


def resource_of(job: BatchJob) -> Resource:
    """Return what a job is noted as."""
    return Resource(JOB, f"{job.model.rpartition('/models/')[0]}/{_COLLECTION}/{job.label}")


def remove_job(jobs: TabularTraining, resource: Resource) -> bool:
    """Give a job up, and delete it; what it has written stays. Return whether it was there."""
    return jobs.remove(_COLLECTION, resource.name.rpartition("/")[2])


@dataclass(slots=True)
class Answering:
    """One batch.

    Attributes
    ----------
    deploying : Deploying
        Puts the model into the registry.
    batch : Batch
    hourly : float
        Price of a machine.
    charged : callable
        Is told what the job cost.
    """

    deploying: Deploying
    batch: Batch
    hourly: float
    charged: Callable[[float], None]

    def run(self, bundle: Path) -> BatchAnswers:
        """Have it done; a job for the same rows that is under way is waited for.

        Raises
        ------
        BudgetError
            When the job is not over within the hours that were priced; it is given up.
        VertexError
            When the platform refuses, or the job fails.
        """
        deploying = self.deploying
        job = job_for(deploying.settings, deploying.names, self.batch)
        resource = resource_of(job)
        deploying.register(bundle)
        going = self._going(resource)
        if going is None:
            deploying.journal.note(resource, deploying.predictor.version)
            deploying.journal.amend(resource, begun=str(time.time()))
            going = job.begin(deploying.connection)
        over = self._over(job, resource, going)
        deploying.journal.made(resource)
        hours = hours_of(over)
        self.charged((deploying.settings.batch_hours if hours is None else hours) * self.hourly)
        stats = over.get("completionStats", {})
        return BatchAnswers(
            answers_of(over), int(stats.get("successfulCount", 0)), int(stats.get("failedCount", 0))
        )

    def _going(self, resource: Resource) -> dict[str, Any] | None:
        """Return the job that broke off here and may still end well; what is over is cleared for a new one."""
        entry, jobs = self.deploying.journal.find(resource), self._jobs(resource)
        label = resource.name.rpartition("/")[2]
        if entry is not None and not entry.made:
            found = (one for one in jobs.named(_COLLECTION, label) if not has_failed(one))
            going = next(found, None)
            if going is not None:
                return going
        if entry is not None:
            remove_job(jobs, resource)
            self.deploying.journal.drop(resource)
        return None

    def _over(self, job: BatchJob, resource: Resource, going: dict[str, Any]) -> dict[str, Any]:
        """Wait for a job, as long as it was priced for."""
        deploying, hours = self.deploying, self.deploying.settings.batch_hours
        entry = deploying.journal.find(resource)
        begun = float(entry.facts.get("begun", time.time())) if entry else time.time()
        until = Deadline.after(begun + hours * _HOUR - time.time())
        bench = deploying.bench
        say = bench.progress
        say.say(
            f"{going['name']} is at work; after Ctrl-C the same command waits on, and fivefold undeploy {bench.run} gives it up"
        )
        try:
            return until_over(
                deploying.connection,
                going,
                f"predict {job.source}",
                until,
                lambda state: say.advance(0.5, f"{state.removeprefix('JOB_STATE_').lower()}: {job.source}"),
            )
        except VertexError as error:
            if error.code != STALLED:
                raise
            remove_job(self._jobs(resource), resource)
            deploying.journal.drop(resource)
            self.charged(hours * self.hourly)
            raise BudgetError(
                "The batch prediction was not over within the hours that were priced, and is given up",
                seen=f"{hours:g} h of {job.machine_type}; what it has written so far may lie in {job.destination}",
                expected="a job that ends by then",
                todo=f"order more: --set batch_hours={2 * hours:g}, with the money for it",
            ) from error

    def _jobs(self, resource: Resource) -> TabularTraining:
        """All jobs of the location."""
        parent = resource.name.partition(f"/{_COLLECTION}/")[0]
        return TabularTraining(self.deploying.connection, parent, Deadline.after(_REMOVAL_SECONDS))
