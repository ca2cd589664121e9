"""How a service is to behave, said once by whoever starts it."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    limit: int = BODY_LIMIT
    name: str = MODEL_NAME
