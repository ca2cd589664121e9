"""What Vertex AI refuses, as one clear error each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fivefold.core.errors import StepError

if TYPE_CHECKING:
    from fivefold.cloud.google import ServiceError

__all__ = [
    "DENIED",
    "EXISTS",
    "EXPIRED",
    "LOST",
    "NOT_FOUND",
    "QUOTA",
    "STALLED",
    "UNREACHABLE",
    "VertexError",
    "failed",
    "refused",
    "stalled",
]

DENIED, QUOTA, EXPIRED = "vertex_denied", "vertex_quota", "vertex_expired"
NOT_FOUND, EXISTS = "vertex_not_found", "vertex_exists"
UNREACHABLE, LOST, STALLED = "vertex_unreachable", "vertex_lost", "vertex_stalled"
_BY_STATUS = {
    "PERMISSION_DENIED": DENIED,
    "RESOURCE_EXHAUSTED": QUOTA,
    "UNAUTHENTICATED": EXPIRED,
    "NOT_FOUND": NOT_FOUND,
    "ALREADY_EXISTS": EXISTS,
    "UNAVAILABLE": UNREACHABLE,
}
_BY_HTTP = {401: EXPIRED, 403: DENIED, 404: NOT_FOUND, 409: EXISTS, 429: QUOTA, 503: UNREACHABLE}
_BY_NUMBER = {5: NOT_FOUND, 6: EXISTS, 7: DENIED, 8: QUOTA, 14: UNREACHABLE, 16: EXPIRED}
_AGAIN = "then the same command again: it goes on where this one stopped"
_GRANTED = (
    "the roles aiplatform.user, storage.objectAdmin and serviceusage.serviceUsageConsumer in the project, "
    "and a project, location and image that are there"
)
_WORDS = {
    DENIED: (
        "Vertex AI does not permit this",
        _GRANTED,
        f"have the missing permission granted, {_AGAIN}",
    ),
    QUOTA: (
        "A quota of Vertex AI is exceeded",
        "room in the quotas of project and location",
        f"ask for more at IAM & Admin, Quotas, or order smaller or fewer machines, {_AGAIN}",
    ),
    EXPIRED: (
        "Vertex AI does not take the access token",
        "a token that is valid now; a new one was asked for already",
        f"gcloud auth application-default login, {_AGAIN}",
    ),
    NOT_FOUND: (
        "Vertex AI does not have what was asked for",
        "names of things that are there",
        "check project, location, bucket and endpoint in fivefold.toml",
    ),
    EXISTS: (
        "Vertex AI has something by that name already",
        "a name that is free",
        "give another name in fivefold.toml, or remove what is there",
    ),
    UNREACHABLE: ("Vertex AI cannot be reached", "an answer", f"wait, {_AGAIN}"),
}
_OTHER = (
    "Vertex AI refuses a request",
    "a request that it takes",
    "put right what it says in fivefold.toml",
)


class VertexError(StepError):
    """Vertex AI, or Cloud Storage, did not do what was asked; ``code`` says why."""


def refused(asked: str, error: ServiceError) -> VertexError:
    """Return the error for a request that was refused, or that no answer came to.

    Parameters
    ----------
    asked : str
        What it was for, as ``create the endpoint 'shop'``.
    error : ServiceError
    """
    if not error.status:
        return _lost(asked, str(error), sent=error.sent)
    code = _BY_STATUS.get(error.word, _BY_HTTP.get(error.status, ""))
    return _error(code, asked, str(error))


def failed(asked: str, outcome: dict[str, Any]) -> VertexError:
    """Return the error for an operation that ended in one, a ``google.rpc.Status``."""
    code = _BY_NUMBER.get(int(outcome.get("code", 0)), "")
    return _error(code, asked, str(outcome.get("message", "no reason was given")))


def stalled(asked: str, operation: str, seconds: float) -> VertexError:
    """Return the error for an operation that does not end in time."""
    return VertexError(
        f"Vertex AI does not come to an end: it was asked to {asked}",
        seen=f"after {seconds:.0f} s the operation {operation} still goes on",
        expected="an operation that ends; the first deployment to an endpoint may take 20 minutes",
        todo="the same command again waits on, with a longer patience in fivefold.toml; after a whole run: fivefold deploy RUN --resume; or fivefold undeploy RUN",
        code=STALLED,
    )


def _lost(asked: str, reason: str, *, sent: bool) -> VertexError:
    """Return the error for a connection that broke; what was asked for may have been done if it was sent."""
    if not sent:
        return _error(UNREACHABLE, asked, reason)
    return VertexError(
        f"The connection to Vertex AI broke while it was asked to {asked}",
        seen=reason,
        expected="a reply; whether it was done is not known, and is looked up the next time",
        todo="the same command again, which goes on from what is there; or fivefold undeploy RUN",
        code=LOST,
    )


def _error(code: str, asked: str, seen: str) -> VertexError:
    """Put an error into words."""
    what, expected, todo = _WORDS.get(code, _OTHER)
    return VertexError(f"{what}: {asked}", seen=seen[:600], expected=expected, todo=todo, code=code)
