"""Stages to train on, and families that misbehave."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.training.stages import Stage, Trained, make_stage

from fivefold.training.step import train

_STRANGERS = '''
import os
import time

from fivefold.core.protocols import Candidate
from fivefold.training.families.dummy import Dummy


class Stranger(Dummy):
    """Behaves until it is asked to fit."""

    def candidates(self, problem):
        name = type(self).__name__.lower()
        return (Candidate(name, name, {}, rank=0.5),)


class Sleeper(Stranger):
    def fit(self, candidate, problem, train, valid, until, rounds):
        if "SLEEPER_PID" in os.environ:
            with open(os.environ["SLEEPER_PID"], "w") as file:
                file.write(f"{os.getpid()} ")
        while True:
            time.sleep(1)


class Crasher(Stranger):
    def fit(self, candidate, problem, train, valid, until, rounds):
        os.abort()


class Victim(Stranger):
    def fit(self, candidate, problem, train, valid, until, rounds):
        os.kill(os.getpid(), 9)


class Raiser(Stranger):
    def fit(self, candidate, problem, train, valid, until, rounds):
        raise ValueError("a stranger's mistake")
'''


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
    """Install a package of families that sleep for ever, crash, get killed and raise; return their names."""
    site = tmp_path / "site"
    facts = site / "strangers-1.0.dist-info"
    facts.mkdir(parents=True)
    (site / "strangers.py").write_text(textwrap.dedent(_STRANGERS))
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: strangers\nVersion: 1.0\n")
    names = ("sleeper", "crasher", "victim", "raiser")
    points = "\n".join(f"{name} = strangers:{name.capitalize()}" for name in names)
    (facts / "entry_points.txt").write_text(f"[fivefold.families]\n{points}\n")
    monkeypatch.syspath_prepend(str(site))
    return names
