"""The nominal schedule, for deterministic runs: the same work for the same seed, however fast the machine is.

Time is the sum of what answers say they took, in nominal seconds on one core. Every task gets its share of it before the first one
begins, and outcomes are handed on in the order of the tasks, whichever ends first. The real cores only do the work sooner. The real deadline stands behind it
all: it ends what is not done by then, and the schedule says that it did.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fivefold.core.clock import Deadline
from fivefold.core.tasks import FitTask, Outcome
from fivefold.training.memory import Memory
from fivefold.training.schedule import INTERRUPTED, NO_TIME, TICK, MeasuredSchedule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fivefold.core.artefacts import Task as Kind
    from fivefold.core.protocols import Floats, Pool
    from fivefold.core.tasks import Answer, Task
    from fivefold.core.workbench import Workbench
    from fivefold.training.interruption import Interruption
    from fivefold.training.schedule import Schedule
    from fivefold.training.tasks import Workshop

__all__ = ["NominalSchedule", "schedule_for"]

_TOGETHER = 2
"""Candidates that are raced at a time, so that two cores have something to do."""
_START = (2.0, 0.1)
"""Seconds, or share of the time, that pass before the first task: workers start and load their libraries."""
_KEPT = 0.2
"""Share of the time that the real deadline keeps at most for what follows a phase."""
_PAIR = 2e-5
"""Nominal seconds to resample a row as often as an interval wants it."""


@dataclass(slots=True)
class _Count:
    """A clock that stands still until somebody moves it on."""

    now: float

    def __call__(self) -> float:
        """Say how far it is."""
        return self.now


@dataclass(slots=True)
class NominalSchedule:
    """Counts instead of measuring.

    Attributes
    ----------
    pool : Pool
    latest : Deadline
        By the clock.
    interruption : Interruption
    seconds : float
        Nominal time for the whole step.
    memory : Memory
    strayed : str
    """

    pool: Pool
    latest: Deadline
    interruption: Interruption
    seconds: float
    memory: Memory
    strayed: str = ""
    together: int = _TOGETHER
    _count: _Count = field(init=False)
    _running: list[Task] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._count = _Count(min(_START[0], _START[1] * self.seconds))

    @property
    def deadline(self) -> Deadline:
        """The end of the nominal time."""
        return Deadline(self.seconds, self._count)

    def wall(self, took: Sequence[float]) -> float:
        """All of it: there is one nominal core."""
        return sum(took)

    def pairing(self, metric: str, task: Kind, truth: Floats, scores: Floats, rows: int) -> float:
        """Take a usual time for every row and output."""
        del metric, task, truth
        return _PAIR * rows * int(scores.shape[1])

    def work(
        self,
        tasks: Sequence[Task],
        until: Deadline,
        weight: Callable[[Task], float],
        finished: Callable[[Task], Answer | None],
    ) -> Iterator[Outcome]:
        """Yield outcomes in the order of the tasks; what an earlier try did counts as if it were done now."""
        if not tasks or until.passed():
            yield from (Outcome(task, "skipped", 0.0, reason=NO_TIME) for task in tasks)
            return
        ended = {
            task.place: Outcome(task, "done", answer.took, answer)
            for task, answer in ((task, finished(task)) for task in tasks)
            if answer is not None
        }
        refused = [(task, self.memory.refuses(task)) for task in tasks if task.place not in ended]
        ended |= {task.place: Outcome(task, "refused", 0.0, reason=why) for task, why in refused if why}
        worked = sum(weight(task) for task, why in refused if not why)
        worked += sum(weight(outcome.task) for outcome in ended.values() if outcome.answer is not None)
        share = until.remaining() / worked if worked else 0.0
        given = [(task, share * weight(task)) for task in tasks if task.place not in ended]
        last = self.latest.earlier(min(_KEPT * self.seconds, self.deadline.at - until.at))
        for task in tasks:
            while task.place not in ended:
                ended |= {outcome.task.place: outcome for outcome in self._go_on(given, last)}
            outcome = ended[task.place]
            if outcome.answer is not None:
                self._count.now += outcome.answer.seconds + outcome.answer.predict_seconds
            yield outcome

    def _go_on(self, given: list[tuple[Task, float]], last: Deadline) -> list[Outcome]:
        """Begin what can be begun, and return what ended meanwhile."""
        if self.pool.lost:
            self.interruption.ask(self.pool.lost)
        if self.interruption.asked or last.passed():
            return self._give_up([task for task, _ in given])
        while given and self.pool.free:
            place = self.memory.next([task for task, _ in given], self._running)
            if place is None:
                break
            task, seconds = given.pop(place)
            self._running.append(task)
            timed = replace(task, seconds=seconds) if isinstance(task, FitTask) else task
            self.pool.start(timed, kill_at=self.latest)
        outcomes = list(self.pool.wait(TICK))
        for outcome in outcomes:
            self._running = [task for task in self._running if task.place != outcome.task.place]
            self.memory.learn(outcome)
        lost = next((outcome.reason for outcome in outcomes if outcome.lost), "")
        if lost:
            self.strayed = self.strayed or f"a worker was lost: {lost}"
        return outcomes

    def _give_up(self, waiting: Sequence[Task]) -> list[Outcome]:
        """End all that is being done, and leave the rest; that is no fault of the candidates, which stay in the race."""
        self._running = []
        asked = self.interruption.asked
        why = INTERRUPTED if asked else NO_TIME
        by_whom = (self.interruption.why or "Ctrl-C") if asked else "the deadline"
        self.strayed = self.strayed or f"{by_whom} came before the planned work was done"
        cut = [replace(outcome, state="skipped", reason=why) for outcome in self.pool.cancel()]
        return cut + [Outcome(task, "skipped", 0.0, reason=why) for task in waiting]


def schedule_for(bench: Workbench, workshop: Workshop, pool: Pool, interruption: Interruption) -> Schedule:
    """Return the schedule that the bench asks for.

    Parameters
    ----------
    bench : Workbench
    workshop : Workshop
        The terms of its work say how many seconds there are for the whole step.
    pool : Pool
    interruption : Interruption
    """
    memory = Memory.of(bench, workshop)
    if bench.nominal is None:
        return MeasuredSchedule(pool, bench.deadline, interruption, memory)
    return NominalSchedule(pool, bench.deadline, interruption, workshop.terms.seconds, memory)
