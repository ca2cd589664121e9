"""A Docker engine of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fivefold.testing import containers


@pytest.fixture(scope="module")
def docker_engine() -> Iterator[Path]:
    """The folder of an engine that runs, with a base image; skips with the reason where there can be none."""
    with containers.docker_engine() as folder:
        yield folder
