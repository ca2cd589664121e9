"""Families that misbehave, installed as a stranger's package would be: to see that a fit that goes wrong is lost alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["STRANGERS", "install_strangers"]

STRANGERS = ("sleeper", "crasher", "victim", "raiser")
"""What they do when they are asked to fit: sleep for ever, crash, get killed, and raise."""
_OTHERS = ("patient", "rebel", "glutton")
"""One that waits until its time is up, or until there is a file ``go`` where it left a note; one that kills whoever leads it; and one
that says it takes ``GLUTTON_BYTES`` of memory, twice over, and keeps a diary."""

_MODULE = '''
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

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
        tempfile.mkdtemp()
        os.kill(os.getpid(), 9)


class Raiser(Stranger):
    def fit(self, candidate, problem, train, valid, until, rounds):
        raise ValueError("a stranger's mistake")


class Patient(Stranger):
    def fit(self, candidate, problem, train, valid, until, rounds):
        notes = Path(os.environ.get("PATIENT_NOTES", "/dev/null"))
        if notes.is_dir():
            (notes / str(os.getpid())).touch()
        while not until.passed() and not (notes / "go").exists():
            time.sleep(0.02)
        return replace(super().fit(candidate, problem, train, valid, until, rounds), stopped=True)


class Rebel(Stranger):
    def fit(self, candidate, problem, train, valid, until, rounds):
        os.kill(os.getppid(), 9)
        time.sleep(60)


class Glutton(Stranger):
    def candidates(self, problem):
        needed = {"bytes": int(os.environ.get("GLUTTON_BYTES", 10**12))}
        return tuple(Candidate(name, "glutton", needed, rank=0.5) for name in ("glutton", "glutton-too"))

    def memory(self, candidate, problem, rows, rounds):
        return candidate.settings["bytes"]

    def fit(self, candidate, problem, train, valid, until, rounds):
        for word, pause in (("began", 0.3), ("ended", 0.0)):
            with open(os.environ.get("GLUTTON_DIARY", os.devnull), "a") as diary:
                diary.write(word + "\\n")
            time.sleep(pause)
        return super().fit(candidate, problem, train, valid, until, rounds)
'''


def install_strangers(site: Path) -> tuple[str, ...]:
    """Install them into a folder, which is then to be put on the path; return the names of those from whom nothing comes.

    Parameters
    ----------
    site : Path
        Made if it is not there.
    """
    facts = site / "strangers-1.0.dist-info"
    facts.mkdir(parents=True, exist_ok=True)
    (site / "strangers.py").write_text(_MODULE)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: strangers\nVersion: 1.0\n")
    points = "\n".join(f"{name} = strangers:{name.capitalize()}" for name in STRANGERS + _OTHERS)
    (facts / "entry_points.txt").write_text(f"[fivefold.families]\n{points}\n")
    return STRANGERS
