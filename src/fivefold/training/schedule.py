"""The schedule: tasks on all cores, each with its fair share of the time that is left. Time is never overdrawn.

There are two: this one goes by the clock; :mod:`~fivefold.training.nominal_schedule` counts, for deterministic runs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from fivefold.core.clock import Deadline
from fivefold.core.tasks import EncodeTask, Outcome
from fivefold.measure.intervals import seconds_to_pair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fivefold.core.artefacts import Task as Kind
    from fivefold.core.protocols import Floats, Pool
    from fivefold.core.tasks import Answer, Task
    from fivefold.training.interruption import Interruption
    from fivefold.training.memory import Memory

__all__ = ["INTERRUPTED", "NO_TIME", "TICK", "MeasuredSchedule", "Schedule"]

INTERRUPTED = "interrupted"
"""The reason of tasks that Ctrl-C ended, or the loss of all workers."""
NO_TIME = "no time was left"
"""The reason of tasks that were not begun."""
TICK = 0.2
"""Seconds after which the schedule looks up: for Ctrl-C, and for time."""
_GRACE = 1.0
"""Seconds, besides a quarter of its share, that a fit may be late before it is ended."""
_LOADING = (10.0, 0.5)
"""Seconds, or share of the time left, that a fit may be late besides, for libraries that it may have to load first."""
_LATEST = 0.3
"""Share of the time behind a phase that its fits may be late by at most."""


class Schedule(Protocol):
    """Gives tasks to the pool, and says how time is counted."""

    @property
    def deadline(self) -> Deadline:
        """When the whole training step must be over, in the time that decisions go by."""

    @property
    def latest(self) -> Deadline:
        """The same by the clock."""

    @property
    def interruption(self) -> Interruption:
        """Whether somebody asked to stop."""

    @property
    def together(self) -> int:
        """Candidates that are raced at a time."""

    @property
    def strayed(self) -> str:
        """Why a deterministic run did not do what it would do again; empty where it did, or nobody asked for that."""

    def wall(self, took: Sequence[float]) -> float:
        """Wall time of tasks that take so many seconds each, over all cores."""

    def pairing(self, metric: str, task: Kind, truth: Floats, scores: Floats, rows: int) -> float:
        """Seconds to compare two predictions on so many rows."""

    def work(
        self,
        tasks: Sequence[Task],
        until: Deadline,
        weight: Callable[[Task], float],
        finished: Callable[[Task], Answer | None],
    ) -> Iterator[Outcome]:
        """Yield every task's outcome: until all are done, time is up, or somebody asks to stop.

        A fit that the memory does not bear waits for others to end, or is refused.

        Parameters
        ----------
        tasks : sequence of Task
            In order of importance.
        until : Deadline
            When fits must have returned.
        weight : callable
            How long a task is expected to take beside the others, in any unit.
        finished : callable
            What an earlier try answered to the same task, if it came to its end.
        """


@dataclass(frozen=True, slots=True)
class MeasuredSchedule:
    """Goes by the clock.

    Attributes
    ----------
    pool : Pool
    deadline : Deadline
        Of the whole training step.
    interruption : Interruption
    memory : Memory
    """

    pool: Pool
    deadline: Deadline
    interruption: Interruption
    memory: Memory
    strayed: str = ""

    @property
    def latest(self) -> Deadline:
        """The deadline itself."""
        return self.deadline

    @property
    def together(self) -> int:
        """As many as there are cores, or as fit into the memory side by side."""
        return self.memory.side(self.pool.cores)

    def pairing(self, metric: str, task: Kind, truth: Floats, scores: Floats, rows: int) -> float:
        """Resample a few rows to see how long it takes."""
        return seconds_to_pair(metric, task, truth, scores, rows)

    def wall(self, took: Sequence[float]) -> float:
        """Wall time of tasks that take so many seconds each, over as many cores as the memory lets work."""
        return max(sum(took) / max(1, self.together), max(took, default=0.0))

    def work(
        self,
        tasks: Sequence[Task],
        until: Deadline,
        weight: Callable[[Task], float],
        finished: Callable[[Task], Answer | None],
    ) -> Iterator[Outcome]:
        """Yield outcomes as tasks end; fits that have not returned in time are ended a little later."""
        known = [(task, finished(task)) for task in tasks]
        for task, answer in known:
            if answer is not None:
                yield Outcome(task, "done", answer.seconds, answer)
        waiting = [task for task, answer in known if answer is None]
        running: list[Task] = []
        while (waiting and not until.passed()) or running:
            if self.pool.lost:
                self.interruption.ask(self.pool.lost)
            if self.interruption.asked:
                break
            yield from self._begin(waiting, running, until, weight)
            for outcome in self.pool.wait(TICK):
                running[:] = [task for task in running if task.place != outcome.task.place]
                self.memory.learn(outcome)
                yield outcome
        why = INTERRUPTED if self.interruption.asked else NO_TIME
        for outcome in self.pool.cancel():
            yield replace(outcome, reason=why)
        for task in waiting:
            yield Outcome(task, "skipped", 0.0, reason=why)

    def _begin(
        self, waiting: list[Task], running: list[Task], until: Deadline, weight: Callable[[Task], float]
    ) -> Iterator[Outcome]:
        """Start what cores and memory bear, and yield what the memory would not bear even alone."""
        while waiting and self.pool.free and not until.passed():
            place = self.memory.next(waiting, running)
            if place is None:
                return
            task = waiting.pop(place)
            if why := self.memory.refuses(task):
                yield Outcome(task, "refused", 0.0, reason=why)
                continue
            running.append(task)
            self._start(task, sum(map(weight, waiting + running)), until, weight)

    def _start(self, task: Task, total: float, until: Deadline, weight: Callable[[Task], float]) -> None:
        """Start a task; a fit is told when to return, by its share of the time of the cores that the memory lets work."""
        left = until.remaining()
        seconds = min(left, left * self.together * weight(task) / total)
        last = until.at + _LATEST * max(0.0, self.deadline.at - until.at)
        if isinstance(task, EncodeTask):
            self.pool.start(task, kill_at=Deadline(last))
            return
        timed = replace(task, seconds=seconds, latest=until.at)
        patience = seconds + _GRACE + seconds / 4 + max(_LOADING[0], _LOADING[1] * left)
        self.pool.start(timed, kill_at=Deadline(min(time.monotonic() + patience, last)))
