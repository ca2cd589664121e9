"""A port that nobody listens on."""

from __future__ import annotations

import pytest

from fivefold.testing import loopback


@pytest.fixture
def free_port() -> int:
    return loopback.free_port()
