"""All seams on one page. A part is a small object behind one of these protocols, found by name in the registry.

| seam            | entry-point group           | methods                   | who calls it      |
| --------------- | --------------------------- | ------------------------- | ----------------- |
| EvidenceSource  | ``fivefold.evidence_sources`` | ``search``              | research          |
| Source          | ``fivefold.sources``        | ``accepts``, ``fetch``    | data              |
| FindingCheck    | ``fivefold.findings``       | ``inspect``               | data              |
| Family          | ``fivefold.families``       | ``candidates``, ``prepare``, ``fit`` | training |
| Executor        | ``fivefold.executors``      | ``check``, ``open``       | training          |
| Route           | ``fivefold.routes``         | ``plan``, ``train``, ``remove`` | training    |
| MemberKind      | ``fivefold.members``        | ``load``                  | runtime           |
| Target          | ``fivefold.targets``        | ``plan``, ``push``, ``status``, ``remove`` | deployment |
| Check           | ``fivefold.checks``         | ``inspect``               | monitoring        |
| Tracker         | ``fivefold.trackers``       | ``asked``, ``track``      | tracking          |

Below, the seams stand in the order of this table, each after the records that it exchanges. Entry points name classes
without constructor arguments; ``MemberKind`` is the class itself, its ``load`` a class method. What a family may say besides,
``pace`` and ``memory``, stands in :mod:`fivefold.core.means`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from fivefold.core.checked_table import CheckedTable
from fivefold.core.means import Paced, Weighed
from fivefold.core.orders import Bundle, Charge, DeploymentPlan, Order
from fivefold.core.routes import Expense, RouteOutcome, RoutePlan, RouteWork
from fivefold.core.tasks import Candidate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from fivefold.core.artefacts import CheckResult, Finding, Lineage, Release, Task
    from fivefold.core.clock import Deadline
    from fivefold.core.estimators import EstimatorSettings
    from fivefold.core.evidence import EvidenceAnswer
    from fivefold.core.extract import Extract
    from fivefold.core.objective import Objective
    from fivefold.core.tasks import EncodeTask, FitTask, Outcome
    from fivefold.core.training import Training
    from fivefold.core.window import Window
    from fivefold.core.workbench import Workbench

    Floats: TypeAlias = NDArray[np.float64]
    Matrix: TypeAlias = NDArray[np.float32]

__all__ = [
    "Bundle",
    "Candidate",
    "Charge",
    "Check",
    "CheckedTable",
    "DeploymentPlan",
    "EvidenceSource",
    "Executor",
    "Expense",
    "Fact",
    "Family",
    "Feature",
    "Fetched",
    "FindingCheck",
    "Fitted",
    "Member",
    "MemberKind",
    "Paced",
    "Order",
    "Pool",
    "Problem",
    "Route",
    "RouteOutcome",
    "RoutePlan",
    "RouteWork",
    "Sample",
    "Source",
    "Target",
    "Tracker",
    "Weighed",
]

Fact: TypeAlias = "str | bool | int | float | tuple[str, ...] | None"
"""A fact about the table or the request; None means that nobody knows it."""


class EvidenceSource(Protocol):
    """A place where findings about questions like this one can be found."""

    def search(self, facts: Mapping[str, Fact], until: Deadline) -> EvidenceAnswer:
        """Return what applies to a table and a request with these facts."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A source brought onto this machine as one Parquet file.

    Attributes
    ----------
    path : Path
        The rows as the source gave them; columns may still be text.
    label : str
        What a report may call the source: never an absolute path or a password.
    digest : str
        Digest of the source's content.
    lineage : tuple of Lineage
        The tables that it was made of, the main one first.
    """

    path: Path
    label: str
    digest: str
    lineage: tuple[Lineage, ...] = ()


class Source(Protocol):
    """A kind of place that tables come from."""

    def accepts(self, address: object) -> bool:
        """Whether this address (a string, a path or a frame) is of this kind; looks at its form only."""

    def fetch(self, extract: Extract, folder: Path) -> Fetched:
        """Bring the table here; ``folder`` is empty and may be used."""


class FindingCheck(Protocol):
    """One thing that can be wrong with a table."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return what was found; an empty sequence when all is well."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of an encoded matrix.

    Attributes
    ----------
    name, column : str
        For example ``age``, ``departure.hour``, ``city (rate)``, ``name ~ 3``; and the contract column that it comes from.
    kind : {"number", "code", "rate", "text"}
        ``code``: whole numbers 0 to ``levels`` - 1 that stand for categories, NaN when missing; ``rate``: an encoding of
        the target; ``text``: a component of a text column. NaN means missing for every kind.
    levels : int
        Number of codes; 0 for the other kinds.
    """

    name: str
    column: str
    kind: Literal["number", "code", "rate", "text"]
    levels: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """What a family is told about the work before any fit.

    Attributes
    ----------
    task : Task
    classes, rows : int
        Number of classes (0 for regression), and rows of the largest training fold.
    features : tuple of Feature
    seconds : float
        Time for the whole training step.
    seed, threads : int
        More than 1 thread only for large tables, where fits side by side would not fit into memory.
    objective : Objective
        What a fit makes small, and by what it stops early. Families are asked for a quantile if their class says
        ``learns_quantiles = True``, with trends if it says ``keeps_trends_of_quantiles = True``. Of other objectives, a family that cannot do so may make small what it can: candidates are
        compared by the objective whatever they were fitted by.
    trends : tuple of int
        One per feature, 1 where the score must never fall as it rises, -1 where it must never rise; empty if all are free.
    estimators : tuple of EstimatorSettings
        Those that the project file names, for the family ``estimators``.
    """

    task: Task
    classes: int
    rows: int
    features: tuple[Feature, ...]
    seconds: float
    seed: int
    objective: Objective
    trends: tuple[int, ...] = ()
    estimators: tuple[EstimatorSettings, ...] = ()
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows to fit on or to stop early on.

    Attributes
    ----------
    values : Matrix
        Shape (rows, features), float32, C order.
    features : tuple of Feature
    target : Floats
        Shape (rows,): class positions 0 to classes - 1, or numbers.
    weight : Floats or None
        Shape (rows,): how much each row counts, 1 on average; None when all count the same.
    """

    values: Matrix
    features: tuple[Feature, ...]
    target: Floats
    weight: Floats | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model in its native form.

    Attributes
    ----------
    kind : str
        Name of the member kind that loads the payload.
    payload : bytes
        Native text, binary or JSON: never a pickle.
    rounds : int
        Boosting rounds or iterations that the payload uses; 0 where that means nothing.
    stopped : bool
        Whether the deadline ended the fit early.
    tried : int
        Rounds that were done in all, those after the best one included; 0 when they are those of ``rounds``.
    """

    kind: str
    payload: bytes
    rounds: int = 0
    stopped: bool = False
    tried: int = 0


class Family(Protocol):
    """A way to learn; of a large table, one with ``learns_from_disk = True`` gets all rows as a matrix on disk, others fewer."""

    def candidates(self, problem: Problem) -> Sequence[Candidate]:
        """Return the settings worth fitting for this problem, best first; empty when the family does not fit it."""

    def prepare(self) -> None:
        """Load what ``fit`` needs. A worker calls it once, and its time is not taken from a fit's."""

    def fit(
        self,
        candidate: Candidate,
        problem: Problem,
        train: Sample,
        valid: Sample | None,
        until: Deadline,
        rounds: int,
    ) -> Fitted:
        """Fit on ``train`` with the threads that the problem names, usually one, and return by ``until`` with what there is.

        With ``valid``, stop when its loss no longer falls. Without it (a refit), do ``rounds`` rounds. No other clock than
        that of ``until`` may end a fit: in a deterministic run it counts how often it is looked at (``until.counted``). What
        comes after the return is short for a usual model; one that takes seconds to be read and scored returns so much earlier.
        """


class Pool(Protocol):
    """Workers that do tasks side by side: what they read comes from a workshop's folder, and what they make goes there."""

    @property
    def cores(self) -> int:
        """Tasks that can be done at once; workers may be lost, and come back."""

    @property
    def free(self) -> int:
        """Tasks that could be started now."""

    @property
    def lost(self) -> str:
        """Why nothing more can be done here; empty as long as something can."""

    def start(self, task: EncodeTask | FitTask, *, kill_at: Deadline) -> None:
        """Have a task done while one is free, and ended at that moment if it is not over by then."""

    def wait(self, patience: float) -> Sequence[Outcome]:
        """Return the tasks that ended, waiting for the first one at most so many seconds."""

    def cancel(self) -> Sequence[Outcome]:
        """End everything that is being done."""

    def close(self) -> None:
        """End all workers."""


class Executor(Protocol):
    """A place where tasks can be done."""

    def check(self, address: str) -> None:
        """Refuse an address or a machine that it cannot work with, without going there; the address may be empty."""

    def open(self, folder: Path, cores: int, address: str, until: Deadline) -> Pool:
        """Get workers for a workshop by ``until``; ``cores`` is what may be used of this machine."""


class Route(Protocol):
    """A place that can train besides this machine; its model is held beside the run's own, and never takes its place."""

    def plan(self, work: RouteWork, bench: Workbench, order: Order) -> RoutePlan:
        """Say what would be made, what it costs and how long it takes, and check what can be; make nothing.

        Options and prices are those of ``[train.ROUTE]`` and ``[train.prices]``.
        """

    def train(self, work: RouteWork, bench: Workbench, order: Order) -> RouteOutcome:
        """Train there by the bench's deadline and fetch its scores of the sealed rows.

        What is made is noted in ``route_journal(bench.live, ...)`` before it is asked for; the same call goes on from there. What
        is not to be kept is removed before the return.
        """

    def remove(self, live: Path) -> bool:
        """Remove what the notes in ``live`` name; return whether anything stood."""


class Member(Protocol):
    """A fitted model that answers; it needs no training library."""

    def predict(self, values: Matrix) -> Floats:
        """Return scores of shape (rows, outputs): probabilities of all classes, or one column with the number."""


class MemberKind(Protocol):
    """How members of one native form are read."""

    def load(self, payload: bytes) -> Member:
        """Read a payload that :class:`Fitted` carried."""


class Target(Protocol):
    """A place where a model can run; it reads its own options of an order, and names those that it does not know.

    A class may say which platform is played against the bundle before: ``platform = "vertex"``, ``"sagemaker"`` or ``"v2"`` (see ``fivefold deploy
    check``); ``"native"`` if not, none with ``""``. A static ``check(order)`` is asked before a run begins, and raises what ``plan`` would of options.
    """

    def plan(self, bundle: Bundle, bench: Workbench, order: Order) -> DeploymentPlan:
        """Say what would be made by which names and what it costs, and check what can be; make nothing."""

    def push(self, bundle: Bundle, bench: Workbench, order: Order) -> Release:
        """Make it, play golden rows against it, and return the verified release.

        What stands there already for this bundle and order is kept. What is made is noted in ``bench.live`` before.
        """

    def status(self, release: Release) -> str:
        """Return ``ready``, ``starting``, ``built`` (whole, and not for this target to start), ``stopped`` or ``not started``.

        Where requests are parted, ``idle``: it is there, and given none.
        """

    def remove(self, release: Release | None, live: Path) -> bool:
        """Remove what the release and the notes in ``live`` name; return whether anything stood.

        Without a release, only the notes of a deployment that broke off say what there is.
        """


class Check(Protocol):
    """One way to tell how a release is doing."""

    def inspect(self, window: Window) -> CheckResult:
        """Return a verdict with its reason."""


class Tracker(Protocol):
    """A place elsewhere that lists trainings, so that they can be compared there."""

    def asked(self) -> bool:
        """Whether the person named such a place; nothing is sent anywhere unless they did."""

    def track(self, training: Training, until: Deadline) -> str:
        """Send it there by ``until``, and return one line for the person; a training that stands there is not sent twice.

        What cannot be sent is a :class:`~fivefold.core.errors.FivefoldError` that names no credential.
        """
