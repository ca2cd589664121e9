"""What workers may be asked, to encode a fold or to fit a candidate on one, and how it ended. Both cross pipes as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

__all__ = ["Candidate", "Answer", "EncodeTask", "FitTask", "Outcome", "Task", "read_task", "write_task"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Settings that a family finds worth fitting.

    Attributes
    ----------
    name : str
        Unique over all families, for example ``lightgbm-extra``.
    family : str
    settings : dict of str to (float | int | str | bool | None)
    rank : float
        Where it stands in the order of fitting over all families; lower is earlier.
    """

    name: str
    family: str
    settings: dict[str, float | int | str | bool | None]
    rank: float


@dataclass(frozen=True, slots=True)
class EncodeTask:
    """Encode a fold."""

    fold: int

    @property
    def place(self) -> str:
        """Folder of the result, inside the workshop."""
        return f"encoded/{self.fold}"


@dataclass(frozen=True, slots=True)
class FitTask:
    """Fit a candidate on a fold.

    Attributes
    ----------
    candidate : Candidate
    number : int
        The candidate's place in the list.
    fold : int
    rounds : int
        Rounds of a fit on all rows.
    seed : int
        Added to the seed of the run: more than 0 is a repeat.
    seconds : float
        How long the fit may take.
    latest : float
        When it must have returned whatever it took, on the monotonic clock.
    """

    candidate: Candidate
    number: int
    fold: int
    rounds: int = 0
    seconds: float = 0.0
    latest: float = 0.0
    seed: int = 0

    @property
    def place(self) -> str:
        """Folder of the result, inside the workshop."""
        return f"fits/{self.number}-{self.fold}" + (f"-{self.seed}" if self.seed else "")


Task: TypeAlias = EncodeTask | FitTask


@dataclass(frozen=True, slots=True)
class Answer:
    """What a finished task says; its files lie in the task's place.

    Attributes
    ----------
    seconds : float
        Time of the encoding or the fit, as decisions count it: nominal in a deterministic run.
    kind : str
        Member kind of the fitted model.
    rounds : int
    tried : int
        Rounds that were done in all.
    stopped : bool
        Whether the deadline ended the fit.
    score : float or None
        Loss on the rows that the fold is judged on.
    predict_seconds : float
        Time for those rows, counted likewise.
    predict_ms : float
        Time for one row, median; counted likewise.
    size : int
        Bytes of what answers, squeezed.
    took, took_ms : float
        What was measured of the fit, in seconds, and of one row: for people alone.
    """

    seconds: float
    kind: str = ""
    rounds: int = 0
    tried: int = 0
    stopped: bool = False
    score: float | None = None
    predict_seconds: float = 0.0
    predict_ms: float = 0.0
    size: int = 0
    took: float = 0.0
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended.

    Attributes
    ----------
    task : Task
    state : {"done", "failed", "killed", "skipped", "refused"}
        ``killed``: ended by the parent because it passed its moment; ``skipped``: never started, for want of time;
        ``refused``: never started, for the memory would not bear it.
    seconds : float
        From start to end, as the parent saw it.
    answer : Answer or None
        What a finished task said.
    reason : str
        Why it did not finish; of one that did, whether it had to be done again.
    memory_bytes : int
        Peak of its process's resident memory meanwhile; 0 where nobody tells.
    lost : bool
        Whether its process was gone before it could answer.
    """

    task: Task
    state: Literal["done", "failed", "killed", "skipped", "refused"]
    seconds: float
    answer: Answer | None = None
    reason: str = ""
    memory_bytes: int = 0
    lost: bool = False

    @property
    def why(self) -> str:
        """Why a fit ended, or never began."""
        if self.answer is None:
            return self.reason
        rounds, tried = self.answer.rounds, self.answer.tried
        early = f"no better after round {rounds} of {tried}" if tried > rounds else ""
        ended = "its time was up" if self.answer.stopped else early
        return "; ".join(filter(None, (ended, self.reason)))


def write_task(task: Task) -> bytes:
    """Return a task as one line of JSON."""
    return json.dumps(asdict(task)).encode() + b"\n"


def read_task(line: bytes) -> Task:
    """Read what :func:`write_task` wrote."""
    fields = json.loads(line)
    if "candidate" not in fields:
        return EncodeTask(**fields)
    return FitTask(Candidate(**fields.pop("candidate")), **fields)
