"""Kubernetes' objects as its own client models them."""

from __future__ import annotations

import json
from typing import Any

import pytest


def through(document: Any, model: str) -> Any:
    """Read by the client's model, and written again; it refuses missing and wrong values, and drops what it does not know."""
    api = pytest.importorskip("kubernetes.client").ApiClient()

    class Response:
        data = json.dumps(document)

    # What it is told differs between versions of the client.
    if "content_type" in api.deserialize.__code__.co_varnames:
        found = api.deserialize(Response.data, model, "application/json")
    else:
        found = api.deserialize(Response(), model)
    return api.sanitize_for_serialization(found)
