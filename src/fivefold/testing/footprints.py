"""What a fit really takes: the growth of a fresh process while it fits, to compare with what the family says.

The process is told a test class, whose ``make`` gives the family; it draws a table, loads the family's libraries, lets its peak
count from there, fits, and prints by how many bytes the peak rose.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import inspect
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.clock import Deadline
from fivefold.core.machine import peak_memory_of, reset_peak_memory
from fivefold.core.protocols import Candidate, Feature, Problem, Sample
from fivefold.measure.objectives import objective_of

if TYPE_CHECKING:
    from fivefold.core.artefacts import Task
    from fivefold.core.protocols import Floats
    from fivefold.testing.families import FamilySuite

__all__ = ["FLOOR", "Plain", "footprint", "main"]

FLOOR = 10_000_000
"""Bytes beneath which any estimate will do: allocators, thread stacks and modules that load late take as much."""
_PATIENCE = 600.0
_LEVELS = 12
_PROBE = 32_000_000
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Plain:
    """A table of numbers, a fifth of them codes, whose target follows from two.

    Attributes
    ----------
    rows, columns, classes : int
        No classes: the target is a number.
    rounds : int
        Rounds that are done on it, so that slow machines do the same work.
    """

    rows: int
    columns: int
    classes: int
    rounds: int

    @property
    def problem(self) -> Problem:
        """What the family is told."""
        codes = self.columns // 5
        features = tuple(
            Feature(f"c{at}", f"c{at}", "code", _LEVELS)
            if at < codes
            else Feature(f"c{at}", f"c{at}", "number")
            for at in range(self.columns)
        )
        task: Task = "multiclass" if self.classes else "regression"
        aim = objective_of(task)
        return Problem(task, self.classes, self.rows, features, seconds=60.0, seed=0, objective=aim)

    def sample(self) -> Sample:
        """Draw the rows."""
        rng, codes = np.random.default_rng(0), self.columns // 5
        values = rng.normal(size=(self.rows, self.columns)).astype(np.float32)
        values[:, :codes] = rng.integers(0, _LEVELS, size=(self.rows, codes))
        target: Floats = values[:, -1].astype(np.float64) * values[:, -2] + rng.normal(size=self.rows)
        if self.classes:
            target = (np.argsort(np.argsort(target)) * self.classes // self.rows).astype(np.float64)
        values[rng.random(values.shape, dtype=np.float32) < 0.05] = np.nan
        values.setflags(write=False)
        return Sample(values, self.problem.features, target)


def footprint(suite: type[FamilySuite], candidate: Candidate, table: Plain) -> int | None:
    """Return the bytes by which the peak of a fresh process rises during a fit; None where the system does not tell.

    Parameters
    ----------
    suite : type of FamilySuite
        Its ``make`` gives the family; it stands at the top of its file.
    candidate : Candidate
    table : Plain
        All rows are learned from, as in a fit on all rows.
    """
    told: dict[str, object] = {"path": inspect.getfile(suite), "suite": suite.__qualname__}
    told |= {"candidate": asdict(candidate), "table": asdict(table)}
    paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
    done = subprocess.run(
        [sys.executable, "-P", "-m", __name__, json.dumps(told)],
        env=os.environ | _ONE_THREAD | {"PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        check=True,
        timeout=_PATIENCE,
    )
    took: int | None = json.loads(done.stdout.split()[-1])
    return took


def main() -> None:
    """Fit as told, and print what it took. Argument: what :func:`footprint` says, as JSON."""
    told = json.loads(sys.argv[1])
    spec = importlib.util.spec_from_file_location("suite_under_measurement", told["path"])
    if spec is None or spec.loader is None:
        raise ImportError(told["path"])
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    family, table = getattr(module, told["suite"])().make(), Plain(**told["table"])
    train = table.sample()
    family.prepare()
    took, own = None, os.getpid()
    if _countable(own):
        before, until = peak_memory_of(own), Deadline.after(_PATIENCE)
        family.fit(Candidate(**told["candidate"]), table.problem, train, None, until, table.rounds)
        took = peak_memory_of(own) - before
    sys.stdout.write(f"{json.dumps(took)}\n")


def _countable(process: int) -> bool:
    """Give back what is free, and let the peak count from now on; return whether the system does that."""
    gc.collect()
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
    probe = np.ones(_PROBE, dtype=np.uint8)
    del probe
    high = peak_memory_of(process)
    reset_peak_memory(process)
    return 0 < peak_memory_of(process) < high


if __name__ == "__main__":
    main()
