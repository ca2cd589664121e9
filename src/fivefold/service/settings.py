"""How a service is to behave, said once by whoever starts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivefold.service.log import Mode

__all__ = ["BODY_LIMIT", "MODEL_NAME", "ServiceSettings"]

BODY_LIMIT = 1_500_000
"""Bytes of a request: what the shared endpoints of Vertex AI let through."""

MODEL_NAME = "model"
"""What a model is called in a path unless another name was told."""


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
    """

    limit: int = BODY_LIMIT
    name: str = MODEL_NAME
    log_mode: Mode = "async"
    log_keep: str = ""
