"""One run of one peer on one table: a process of its own, the same cores, a hard end at three times the budget."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tables import Table

__all__ = ["PEERS", "Contest", "memory_of", "python_of"]

PEERS = {
    "fivefold": ("fivefold", ""),
    "lightgbm": ("lightgbm", ""),
    "catboost": ("catboost", ""),
    "flaml": ("flaml", ""),
    "autogluon-medium": ("autogluon", "medium_quality"),
    "autogluon-best": ("autogluon", "best_quality_v150"),
    "lightautoml": ("lightautoml", ""),
    "mljar": ("mljar", ""),
    "h2o": ("h2o", ""),
}
"""Names in the table of results: file in ``peers/`` (and environment), and the variant that it is told."""

_PATIENCE = 3.0
"""Times the budget after which a fit is ended."""
_MEASURING = 300.0
"""Seconds that answering, timing and saving may take after the fit."""


def python_of(environments: Path, peer: str) -> Path:
    """The interpreter of a peer's environment."""
    return environments / PEERS[peer][0] / "bin" / "python"


@dataclass(frozen=True)
class Contest:
    """The terms that all peers share."""

    environments: Path
    place: Path
    seconds: float
    cores: tuple[int, ...]

    def run(self, peer: str, table: Table) -> dict[str, object]:
        """Let a peer fit and answer; return the facts, and leave its answers in ``answers/``."""
        name = f"{peer}-{table.name}-{table.seed}-{self.seconds:g}"
        folder = (self.place / "work" / name).resolve()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "job.json").write_text(json.dumps(self._job(peer, table, folder)))
        facts: dict[str, object] = {
            "peer": peer,
            "table": table.name,
            "task": table.task,
            "metric": table.metric,
        }
        facts |= {
            "seed": table.seed,
            "budget": self.seconds,
            "cores": len(self.cores),
            "load": os.getloadavg()[0],
        }
        facts |= {"date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()), "failure": ""}
        failure, memory, seconds = self._watch(peer, folder)
        facts |= {"wall_seconds": seconds, "peak_bytes": memory, "failure": failure}
        if not failure:
            facts |= json.loads((folder / "report.json").read_text())
            answers = self.place / "answers" / f"{name}.npy"
            answers.parent.mkdir(exist_ok=True)
            shutil.copy(folder / "answers.npy", answers)
            facts |= {"answers": answers.name, "score": score(table.metric, table.truth(), np.load(answers))}
        shutil.rmtree(folder, ignore_errors=True)
        return facts

    def _job(self, peer: str, table: Table, folder: Path) -> dict[str, object]:
        """The job in the entrant's words."""
        file, variant = PEERS[peer]
        names = (
            "task",
            "metric",
            "target",
            "train",
            "test",
            "seed",
            "classes",
            "time_column",
            "group_column",
        )
        job: dict[str, object] = {name: getattr(table, name) for name in names}
        job |= {"train": str(Path(table.train).resolve()), "test": str(Path(table.test).resolve())}
        return job | {
            "peer": file, "variant": variant, "folder": str(folder), "seconds": self.seconds, "cores": len(self.cores),
        }  # fmt: skip

    def _watch(self, peer: str, folder: Path) -> tuple[str, int, float]:
        """Start the entrant, watch clock and memory; return the failure (or nothing), peak bytes and seconds."""
        entrant = Path(__file__).with_name("entrant.py")
        command = [str(python_of(self.environments, peer)), "-P", str(entrant), str(folder / "job.json")]
        # Waiting threads must not burn the cores of a small machine; the same for everybody.
        environment = os.environ | {"OMP_WAIT_POLICY": "passive", "PYTHONWARNINGS": "ignore"}
        environment.pop("VIRTUAL_ENV", None)
        began, memory, failure = time.monotonic(), 0, ""
        with (folder / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, self.cores),  # noqa: PLW1509 - no threads here
            )  # fmt: skip
            family: set[int] = {process.pid}
            fitted = 0.0
            while process.poll() is None:
                memory = max(memory, memory_of(process.pid, family))
                spent = time.monotonic() - began
                fitted = fitted or (spent if (folder / "fitted").exists() else 0.0)
                over = spent - fitted > _MEASURING if fitted else spent > _PATIENCE * self.seconds
                if over:
                    failure = (
                        "ended: answers took too long" if fitted else f"ended at {_PATIENCE:g} x the budget"
                    )
                    break
                threading.Event().wait(0.25)
            _end(family)
            process.wait()
        if not failure and process.returncode:
            failure = _last_line(folder / "log.txt") or f"exit status {process.returncode}"
        return failure, memory, time.monotonic() - began


def score(metric: str, truth: np.ndarray, answers: np.ndarray) -> float:
    """Score the answers; a higher ROC AUC is better, a lower log loss and RMSE."""
    from sklearn.metrics import log_loss, roc_auc_score

    if metric == "rmse":
        return float(np.sqrt(np.mean((truth - answers) ** 2)))
    if metric == "roc_auc":
        return float(roc_auc_score(truth, answers[:, 1]))
    shares = np.clip(answers, 1e-7, 1)
    return float(
        log_loss(truth, shares / shares.sum(axis=1, keepdims=True), labels=np.arange(answers.shape[1]))
    )


def memory_of(root: int, family: set[int]) -> int:
    """Proportional memory of a process and all that it started; those are added to ``family``."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    members, total = [root], 0
    for member in members:
        members += parents.get(member, [])
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    family.update(members)
    return total


def _end(family: set[int]) -> None:
    """Kill whatever is left of a run, servers in sessions of their own included."""
    for member in family:
        try:
            os.kill(member, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _last_line(log: Path) -> str:
    """The last line of a log, which is the error's."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
