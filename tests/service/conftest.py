"""One service for the tests of a module that do not care what else it was asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fivefold.core.protocols import Bundle
from fivefold.testing.targets import tiny_bundle
from tests.service.serving import Service, serving


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return tiny_bundle(tmp_path_factory.mktemp("tiny") / "bundle")


@pytest.fixture(scope="module")
def service(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(bundle.folder, tmp_path_factory.mktemp("live") / "predictions.sqlite") as found:
        yield found
