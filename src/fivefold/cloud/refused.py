"""What Google's services refuse, as one clear error each."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fivefold.cloud.google import ServiceError
from fivefold.core.errors import BudgetError, InputError, MisuseError, StepError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.errors import FivefoldError

__all__ = ["refusals_as"]

_AGAIN = "what was made is written down: the same command goes on, and fivefold undeploy RUN removes it"
_QUOTAS = frozenset({"quotaExceeded", "rateLimitExceeded", "resourcesExceeded", "userRateLimitExceeded"})
_ROLES = (
    "roles/bigquery.dataEditor on the data set, roles/bigquery.jobUser and roles/serviceusage.serviceUsageConsumer on the project, "
    "roles/storage.objectAdmin and roles/storage.legacyBucketReader on the bucket"
)
_MOST = 400


@contextlib.contextmanager
def refusals_as(doing: str, section: str = "deploy.bigquery") -> Iterator[None]:
    """Turn what a service refuses into one error.

    Parameters
    ----------
    doing : str
        What was asked for, as in "The model cannot be ...".
    section : str
        Of the project file, where what is asked for stands.
    """
    try:
        yield
    except ServiceError as error:
        raise _error(error, doing, section) from error


def _error(error: ServiceError, doing: str, section: str) -> FivefoldError:
    """The error for a refusal."""
    seen = " ".join(str(error).split())[:_MOST]
    if error.status == 401:
        return InputError(
            "Google's services do not let you in",
            seen=seen,
            expected="credentials that are valid now",
            todo=f"gcloud auth application-default login; {_AGAIN}",
        )
    if error.reason in _QUOTAS or error.status == 429:
        return StepError(
            f"{doing}: a quota of the project is used up",
            seen=seen,
            expected="room in the quota",
            todo=f"wait, or have the quota raised; {_AGAIN}",
        )
    if error.reason == "bytesBilledLimitExceeded":
        return BudgetError(
            f"{doing}: it would read more than its dry run said",
            seen=seen,
            expected="what the dry run said",
            todo="allow more with [budget] scan and money; nothing was billed",
        )
    if error.status == 403:
        return MisuseError(
            f"{doing}: it is not permitted", seen=seen, expected=_ROLES, todo=f"have these granted; {_AGAIN}"
        )
    if error.status == 404:
        return InputError(
            f"{doing}: something is not there",
            seen=seen,
            expected="what the settings name",
            todo=f"put [{section}] right",
        )
    if error.status in {0, 504} or error.reason == "timeout":
        return StepError(
            f"{doing}: no answer came in time",
            seen=seen,
            expected="an answer",
            todo=f"try again, with a larger --budget if need be; {_AGAIN}",
        )
    return StepError(f"{doing}", seen=seen, expected="that the service takes it", todo=_AGAIN)
