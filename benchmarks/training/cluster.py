"""What becomes of a training when a node dies: one command that starts a Ray cluster of two nodes here and kills one of them.

    python benchmarks/training/cluster.py [--rows 1000] [--budget 150s] [--kill-after 6]

Needs ``pip install 'fivefold[ray]'``. It trains three times on the same table with the same seed: on the cores of this machine, on
the cluster, and on the cluster while it loses a node. Both nodes are this machine, so that times say what the cluster costs, not
what it brings.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from fivefold.core.settings import read_settings
from fivefold.core.workbench import Silence
from fivefold.result import Result
from fivefold.testing.ray_cluster import RayCluster
from fivefold.testing.tables import visits, write_csv
from fivefold.workflow import start


class Watch(Silence):
    """Says when each fit was over, and kills the second node after so many of them."""

    def __init__(self, cluster: RayCluster | None, kill_after: int) -> None:
        self.cluster, self.kill_after = cluster, kill_after
        self.began, self.fits = time.monotonic(), 0

    def advance(self, done: float, text: str) -> None:
        """Count fits; other lines name none."""
        del done
        if ": " not in text or ", " not in text:
            return
        self.fits += 1
        self._print(text)
        if self.cluster and self.fits == self.kill_after:
            self.cluster.kill(1)
            self._print("--- the second node was killed ---")

    def _print(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)


@dataclass(frozen=True)
class Told:
    """What came of a training."""

    name: str
    seconds: float
    result: Result

    @property
    def fits(self) -> dict[tuple[str, int, str], bytes]:
        """The last state of every fit, by candidate, fold and settings."""
        trials = self.result.trained.trials
        return {(one.candidate, one.fold, str(one.settings)): one.state.encode() for one in trials}

    @property
    def members(self) -> dict[str, bytes]:
        """The payloads that are served."""
        folder = self.result.artefact("train").folder / "bundle"
        return {path.name: path.read_bytes() for path in (folder / "members").iterdir()}

    def line(self, first: Told) -> str:
        """One row of the table, beside the first training."""
        states = Counter(state.decode() for state in self.fits.values())
        told = ", ".join(f"{count} {state}" for state, count in states.most_common())
        score = self.result.evaluation.score(self.result.evaluation.metric)
        again = sum("done again" in one.reason for one in self.result.trained.trials)
        lost = len(first.fits.keys() - self.fits.keys())
        same = "yes" if self.members == first.members else "no"
        ended = self.result.trained.ended
        return f"| {self.name} | {self.seconds:.1f} | {told} | {again} | {lost} | {score.value:.5f} | {same} | {ended} |"


def trained(name: str, executor: str, table: Path, budget: str, watch: Watch, out: Path) -> Told:
    """Do a whole run, and time its training."""
    print(f"\n{name}", flush=True)
    flags = {"question.target": "shown", "budget.time": budget, "train.executor": executor, "out": str(out)}
    with start(read_settings(flags, environ={}), str(table), progress=watch) as journey:
        result = journey.all()
    return Told(name, result.artefact("train").header.seconds, result)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--rows", type=int, default=1_000)
    words.add_argument("--budget", default="150s")
    words.add_argument("--kill-after", type=int, default=6)
    words.add_argument("--cpus", type=int, default=1, help="of each node")
    told = words.parse_args()
    trainings = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        table = write_csv(folder / "visits.csv", visits(told.rows))
        for name, kill_after in (
            ("this machine", 0),
            ("two nodes", 0),
            ("two nodes, one killed", told.kill_after),
        ):
            with RayCluster(told.cpus, told.cpus) if name != "this machine" else nullcontext() as cluster:
                executor = f"ray:{cluster.address}" if cluster else "local"
                watch, out = Watch(cluster, kill_after), folder / name.replace(" ", "-")
                trainings.append(trained(name, executor, table, told.budget, watch, out))
        print(
            "\n| where | training s | fits | done again | lost | headline | same members | ended |\n|---|---|---|---|---|---|---|---|"
        )
        for one in trainings:
            print(one.line(trainings[0]))
        for one in trainings:
            print(f"\nnotes, {one.name}:", *one.result.trained.notes, sep="\n  ")


if __name__ == "__main__":
    main()
