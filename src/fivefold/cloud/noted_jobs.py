"""Jobs that make something: the journal knows the name of each before it is asked for, so that it is found again, or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fivefold.cloud.bigquery import BigQueryService
    from fivefold.core.artefacts import Resource
    from fivefold.core.journal import Entry, Journal

__all__ = ["job_of", "naming", "settle"]


def naming(
    service: BigQueryService, journal: Journal, resource: Resource, location: str
) -> Callable[[], Mapping[str, str]]:
    """Return what names the next job that is to make a resource, and writes that down.

    Parameters
    ----------
    service : BigQueryService
    journal : Journal
    resource : Resource
        Which is noted already.
    location : str
        Of the data set.
    """

    def name_job() -> Mapping[str, str]:
        job = service.name_job(location)
        journal.amend(resource, job=job["jobId"], location=location)
        return job

    return name_job


def job_of(entry: Entry) -> dict[str, str] | None:
    """Return the name of the job that was to make something; None when none was asked for."""
    if "job" not in entry.facts:
        return None
    return {"jobId": entry.facts["job"], "location": entry.facts.get("location", "")}


def settle(entry: Entry, service: BigQueryService) -> None:
    """See to it that the job which was to make something is over: it would make it again after its removal.

    Raises
    ------
    ServiceError
        When it goes on although it was asked to end.
    """
    job = job_of(entry)
    if job is not None and not entry.made:
        service.give_up(job)
