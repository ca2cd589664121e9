"""Stages to train on, and families that misbehave."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.training.stages import Stage, Trained, make_stage

from fivefold.testing.strangers import install_strangers
from fivefold.training.step import train


@pytest.fixture
def stage(tmp_path: Path) -> Callable[..., Stage]:
    """Make a stage; see :func:`make_stage`."""
    return functools.partial(make_stage, tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model of a table with two classes, trained once."""
    place = make_stage(tmp_path_factory.mktemp("trained"), "binary")
    bench = place.bench()
    return Trained(place, bench, train(place.dataset, place.brief, bench))


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Install a package of families that misbehave; return the names of those that give nothing."""
    names = install_strangers(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return names
