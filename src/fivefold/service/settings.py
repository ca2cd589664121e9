"""How a service is to behave, said once by whoever starts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivefold.core.errors import SettingsError
from fivefold.service.tokens import Tokens

if TYPE_CHECKING:
    from fivefold.service.log import Mode

__all__ = ["BODY_LIMIT", "MAX_CONCURRENCY", "MODEL_NAME", "REQUEST_TIMEOUT", "ServiceSettings"]

BODY_LIMIT = 1_500_000
"""Bytes of a request: what the shared endpoints of Vertex AI let through."""

MODEL_NAME = "model"
"""What a model is called in a path unless another name was told."""

MAX_CONCURRENCY = 128
"""Requests for predictions at once. One thread answers so many one-row requests in well under a second."""

REQUEST_TIMEOUT = 30.0
"""Seconds for a request for predictions: half of what SageMaker waits."""


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """What may be told to a service.

    Attributes
    ----------
    limit : int
        Bytes that a request's body may have.
    name : str
        What the model is called in the paths of the Open Inference Protocol.
    log_mode : {"async", "durable"}
        Whether an answer waits until it is logged.
    log_keep : str
        How long lines of the log are kept, such as ``30d``; empty keeps them for ever.
    tokens : Tokens
        One of them is demanded of every request but those for health; none at all: nothing is demanded.
    hosts : tuple of str
        Names, besides this machine's own, under which a service on loopback may be asked for without a token.
    no_auth : bool
        Somebody has said that nothing need be demanded, even of other machines.
    make_token : bool
        Where nothing is said of who may ask, a token is made for this start and kept in memory, instead of an end.
    on_platform : bool
        It was started with the word ``serve``, as SageMaker does, which lets nobody ask that may not.
    max_concurrency : int
        Requests for predictions that may be in the works; a large one counts once for each 64 KB begun.
    request_timeout : float
        Seconds that a request for predictions may take.
    """

    limit: int = BODY_LIMIT
    name: str = MODEL_NAME
    log_mode: Mode = "async"
    log_keep: str = ""
    tokens: Tokens = field(default_factory=Tokens)
    hosts: tuple[str, ...] = ()
    no_auth: bool = False
    make_token: bool = False
    on_platform: bool = False
    max_concurrency: int = MAX_CONCURRENCY
    request_timeout: float = REQUEST_TIMEOUT

    def __post_init__(self) -> None:
        """Refuse what would answer nobody."""
        if self.max_concurrency < 1:
            raise _refused("--max-concurrency", self.max_concurrency, "a whole number from 1")
        if not self.request_timeout > 0:
            raise _refused("--request-timeout", self.request_timeout, "a number of seconds above 0")


def _refused(flag: str, seen: float, expected: str) -> SettingsError:
    """Say that a setting cannot be used."""
    return SettingsError(
        f"{flag} cannot be used", seen=f"{seen:g}", expected=expected, todo="give another, or leave it out"
    )
