"""Services for the protocols: the tiny one with everything, and one that takes numbers alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.houses import house_bundle
from tests.service.serving import Service, serving


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Prices of houses, with the place."""
    folder: Path = tmp_path_factory.mktemp("houses")
    with serving(house_bundle(folder / "bundle"), folder / "log.sqlite") as found:
        yield found


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Prices of houses by numbers alone."""
    folder: Path = tmp_path_factory.mktemp("numbers") / "bundle"
    with serving(house_bundle(folder, places=False), None) as found:
        yield found
