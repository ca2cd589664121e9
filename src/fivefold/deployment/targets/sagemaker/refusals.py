"""What SageMaker says no with, as one clear error each: what was asked, what it said, and what to do."""

from __future__ import annotations

from typing import Any

from fivefold.core.errors import StepError

__all__ = ["DENIED", "EXPIRED", "FAILED", "LOST", "QUOTA", "STALLED", "SageMakerError", "failed", "lost", "refused", "stalled"]  # fmt: skip

DENIED, QUOTA, EXPIRED = "sagemaker_denied", "sagemaker_quota", "sagemaker_expired"
LOST, FAILED, STALLED = "sagemaker_lost", "sagemaker_failed", "sagemaker_stalled"
_BY_CODE = {
    "AccessDeniedException": DENIED,
    "AccessDenied": DENIED,
    "UnrecognizedClientException": DENIED,
    "NotAuthorized": DENIED,
    "ResourceLimitExceeded": QUOTA,
    "ExpiredTokenException": EXPIRED,
    "ExpiredToken": EXPIRED,
}
_AGAIN = "then the same command again: it goes on where this one stopped"
_WORDS = {
    DENIED: (
        "SageMaker does not permit this",
        "the permissions of docs/targets/sagemaker.md, iam:PassRole on the role among them",
        f"have the missing one granted, {_AGAIN}",
    ),
    QUOTA: (
        "A quota of SageMaker is exceeded",
        "room for the machines in this account and region",
        f"ask for more at Service Quotas, or order smaller or fewer machines, {_AGAIN}",
    ),
    EXPIRED: (
        "SageMaker does not take the credentials any more",
        "credentials that are valid now",
        f"aws sso login, or however you get them, {_AGAIN}",
    ),
}
_OTHER = (
    "SageMaker refuses a request",
    "a request that it takes",
    "put right what it says in [deploy.sagemaker]",
)


class SageMakerError(StepError):
    """SageMaker did not do what was asked; ``code`` says why."""


def refused(asked: str, answer: dict[str, Any]) -> SageMakerError:
    """Return the error for a refused request.

    Parameters
    ----------
    asked : str
        What it was for, as ``create the endpoint 'sales'``.
    answer : dict
        As botocore reads it, with ``Error``.
    """
    error = answer.get("Error") or {}
    said = str(error.get("Code", ""))
    code = _BY_CODE.get(said, "")
    what, expected, todo = _WORDS.get(code, _OTHER)
    seen = f"{said}: {error.get('Message', 'no reason was given')}"[:600]
    return SageMakerError(f"{what}: {asked}", seen=seen, expected=expected, todo=todo, code=code)


def lost(asked: str, reason: str) -> SageMakerError:
    """Return the error for a connection that broke; what was asked for may have been done."""
    return SageMakerError(
        f"The connection to SageMaker broke while it was asked to {asked}",
        seen=reason[:600],
        expected="a reply; whether it was done is looked up the next time",
        todo="the same command again, which goes on from what is there; or fivefold undeploy RUN",
        code=LOST,
    )


def failed(endpoint: str, reason: str) -> SageMakerError:
    """Return the error for an endpoint that did not come into service."""
    return SageMakerError(
        f"The endpoint '{endpoint}' did not come into service",
        seen=reason[:600],
        expected="a container whose /ping answers 200 within four minutes",
        todo="look into its log in CloudWatch, /aws/sagemaker/Endpoints/"
        f"{endpoint}; play the platform here with: fivefold deploy check RUN --as sagemaker; {_AGAIN}",
        code=FAILED,
    )


def stalled(endpoint: str, status: str, seconds: float) -> SageMakerError:
    """Return the error for an endpoint that does not get anywhere in time."""
    return SageMakerError(
        f"The endpoint '{endpoint}' does not come to an end",
        seen=f"after {seconds:.0f} s it is still {status}",
        expected="an endpoint in service; it usually takes 3 to 8 minutes",
        todo="the same command again waits on, with a longer patience in [deploy.sagemaker]; after a whole run: fivefold deploy RUN --resume; or fivefold undeploy RUN",
        code=STALLED,
    )
