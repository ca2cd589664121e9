"""What many tests need: a small table that can be learned from, and the command line called in this process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from fivefold.testing.tables import visits, write_csv
from tests.commands import Call, Called

# A busy machine is no finding, and what is run for a decision must decide the same way twice; elsewhere chance explores.
settings.register_profile("steady", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "steady")

# Runs of tests are nobody's news.
os.environ.pop("MLFLOW_TRACKING_URI", None)

# A shell that starts the tests in the background has them ignore Ctrl-C, and whatever they start as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Look for no examples in the tests' own docstrings.

    Whoever looks for them passes over a module that cannot be imported, and what is left of it in ``sys.modules`` then counts as imported:
    its tests would be missing without a word.
    """
    found = yield
    return [each for each in found if type(each).__name__ != "DoctestModule"]


@pytest.fixture
def fivefold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Call the command line in an empty folder; returns exit code and output."""
    from fivefold.cli import steps
    from fivefold.cli.main import main  # only the tests that ask for it pay for the whole command line

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(steps, "process_age", lambda: 0.0)  # this process is older than the command

    def call(*words: str) -> Called:
        monkeypatch.setattr(sys, "argv", ["fivefold", *words])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        captured = capfd.readouterr()
        return Called(code, captured.out, captured.err)

    return call


@pytest.fixture
def visits_csv(tmp_path: Path) -> Path:
    """A small table that can be learned from."""
    return write_csv(tmp_path / "visits.csv", visits(400))


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run on the small table; do not change it. What it holds does not depend on how busy the machine is."""
    import fivefold as ff  # only the tests that ask for it pay for a run

    folder = tmp_path_factory.mktemp("finished")
    table, out = write_csv(folder / "visits.csv", visits(400)), str(folder / "runs")
    for _ in range(10):  # where the deadline cuts it, the same call goes on
        made = ff.run(str(table), target="shown", budget="40s", deterministic=True, out=out)
        if made.trained.repeatable:
            return made.folder
    raise AssertionError("ten times its time was not enough for the planned work")
