"""Memory: what a fit is going to take, and whether it may begin.

The whole of a fit is a worker with its libraries, the matrices of the fold, and what the family says that it adds to them
(:class:`~fivefold.core.means.Weighed`). One that would pass the budget alone is refused; one that fits, but not beside those that
run, waits until one ends. Peaks that were measured correct the estimate: of a candidate by its own fits, before its first one ends by those
of its family. A deterministic run refuses by the estimate alone, for a peak is never quite the same twice; who waits changes nothing of what
comes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivefold.core.protocols import Family, Weighed
from fivefold.core.quantities import format_bytes
from fivefold.core.registry import Registry
from fivefold.core.tasks import EncodeTask, FitTask
from fivefold.training.encoded import load_features, shapes
from fivefold.training.tasks import learns_from_disk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.tasks import Outcome, Task
    from fivefold.core.workbench import Workbench
    from fivefold.training.tasks import Workshop

__all__ = ["Memory"]

_PARENT = 350_000_000
"""Bytes of the process that asks: its libraries, the targets and a few columns."""
_WORKER = 250_000_000
"""Bytes of a worker once it has encoded a fold and fitted with every family."""
_LEAST = 150_000_000
"""Bytes besides a worker's own that a fit may take in any case: the smallest budgets are passed by libraries, not by tables."""
_VALUE, _SCORE = 24, 64
"""Bytes for each value, and for each row and class, of a family that does not say: it copies its rows as doubles, a few times."""
_TRUSTED = (0.5, 2.0)
"""By how much a measured peak corrects the estimate at most: a worker may still hold what earlier fits left behind."""


@dataclass(slots=True)
class Memory:
    """Estimates fits, and remembers what they took.

    Attributes
    ----------
    workshop : Workshop
    stated : int
        Bytes by which fits are refused: those of the budget, or of the nominal one.
    shared : int
        Bytes that all workers and this process use together; 0 where workers run elsewhere, each with its own.
    learns : bool
        Whether measured peaks count for refusing as well.
    """

    workshop: Workshop
    stated: int
    shared: int
    learns: bool = True
    _factors: dict[str | int, float] = field(default_factory=dict)
    _known: dict[tuple[str, int], int] = field(default_factory=dict)
    _encoded: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    _asked: dict[str, FitTask] = field(default_factory=dict)
    _workers: int = 0

    @classmethod
    def of(cls, bench: Workbench, workshop: Workshop) -> Memory:
        """Take what the bench states; a cluster's nodes have memory of their own."""
        here = bench.executor == "local"
        return cls(workshop, bench.means.memory, bench.budget.memory if here else 0, bench.nominal is None)

    def refuses(self, task: Task) -> str:
        """Return why a fit may not begin even alone; empty for one that may, and for encodings, whose rows are few enough."""
        if isinstance(task, EncodeTask):
            return ""
        room = max(self.stated - _PARENT, _WORKER + _LEAST)
        needed = self.expected(task) if self.learns else self.estimated(task)
        if needed <= room:
            return ""
        return (
            f"it would take about {format_bytes(needed)} of memory, and of the budget's {format_bytes(self.stated)} "
            f"a fit may take {format_bytes(room)}"
        )

    def next(self, waiting: Sequence[Task], running: Sequence[Task]) -> int | None:
        """Return the place of the first task that is refused or fits beside those that run; None where all must wait."""
        refused = [bool(self.refuses(task)) for task in waiting]
        bearable = (task for task, too_large in zip(waiting, refused, strict=True) if not too_large)
        self._asked |= {task.place: task for task in bearable if isinstance(task, FitTask)}
        for place, task in enumerate(waiting):
            if refused[place] or not running or self._fits(task, running):
                self._workers = max(self._workers, len(running) + 1)
                return place
        return None

    def side(self, most: int) -> int:
        """How many fits the memory bears side by side, at most so many: by the mean of all that were asked for and not refused."""
        if not self.shared or not self._asked:
            return most
        own = sum(map(self._own, self._asked.values())) / len(self._asked)
        matrices = max(self._matrices(task.fold) for task in self._asked.values())
        return max(1, min(most, int((self.shared - _PARENT - matrices) / own)))

    def learn(self, outcome: Outcome) -> None:
        """Compare what a fit took at its peak with the estimate; the largest share of a candidate, and of a family, counts from then on.

        One that failed or was ended had not come to its peak, or to one that says nothing about others.
        """
        task = outcome.task
        if isinstance(task, EncodeTask) or outcome.state != "done" or not outcome.memory_bytes:
            return
        low, high = _TRUSTED
        factor = min(high, max(low, outcome.memory_bytes / self.estimated(task)))
        for whose in (task.number, task.candidate.family):
            self._factors[whose] = max(factor, self._factors.get(whose, low))

    def expected(self, task: FitTask) -> int:
        """Bytes of a fit's process at its peak, by the estimate and by what its candidate took, or else others of its family."""
        of_family = self._factors.get(task.candidate.family, 1.0)
        return int(self.estimated(task) * self._factors.get(task.number, of_family))

    def estimated(self, task: FitTask) -> int:
        """Bytes of a fit's process at its peak: a worker, the matrices, and what the family adds."""
        key = (task.place, task.rounds)
        if key not in self._known:
            self._known[key] = _WORKER + self._matrices(task.fold) + self._added(task)
        return self._known[key]

    def _fits(self, task: Task, running: Sequence[Task]) -> bool:
        """Whether a task fits beside those that run; workers share what is mapped from disk, and idle ones keep their libraries."""
        if not self.shared:
            return True
        tasks = [*running, task]
        idle = max(0, self._workers - len(tasks)) * _WORKER
        folds = {each.fold for each in tasks if isinstance(each, FitTask)}
        return _PARENT + idle + sum(map(self._matrices, folds)) + sum(map(self._own, tasks)) <= self.shared

    def _own(self, task: Task) -> int:
        """Bytes of a task's process that no other shares; an encoding holds about as much as the first one wrote."""
        if isinstance(task, FitTask):
            return self.expected(task) - self._matrices(task.fold)
        return _WORKER + self._matrices(self.workshop.rows.order[0])

    def _matrices(self, fold: int) -> int:
        """Bytes of a fold's matrices, mapped from disk."""
        rows, judged, columns = self._shapes(fold)
        return 4 * (rows + judged) * columns

    def _added(self, task: FitTask) -> int:
        """Bytes that the family adds, as it says or by default; of a large table, it may first copy the rows that it learns from."""
        (rows, _, columns), terms = self._shapes(task.fold), self.workshop.rows.terms
        kind = Registry[type[Family]]("fivefold.families").get(task.candidate.family)
        copied = 0
        if terms.large and not learns_from_disk(kind):
            rows = min(rows, terms.held)
            copied = 4 * rows * columns
        family = kind()
        if not isinstance(family, Weighed):
            return copied + rows * (_VALUE * columns + _SCORE * max(1, len(terms.contract.classes)))
        features = load_features(self.workshop.folder / EncodeTask(task.fold).place)
        return copied + family.memory(
            task.candidate, self.workshop.problem(features, kind), rows, task.rounds
        )

    def _shapes(self, fold: int) -> tuple[int, int, int]:
        """Rows on either side, and columns; none before the fold is encoded."""
        place = self.workshop.folder / EncodeTask(fold).place
        if fold not in self._encoded and (place / "features.json").is_file():  # written last
            self._encoded[fold] = shapes(place)
        return self._encoded.get(fold, (0, 0, 0))
