"""The workshop: a folder in which tasks are done, by whatever process, and in which their results lie."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core import records
from fivefold.core.artefacts import FOLD, ROW, SINCE
from fivefold.core.protocols import Family, Member, MemberKind, Problem
from fivefold.core.registry import Registry
from fivefold.core.store import write_atomically
from fivefold.core.tasks import Answer, EncodeTask, FitTask
from fivefold.measure.objectives import loss
from fivefold.runtime.archive import squeezed
from fivefold.training.effort import NominalWatch, Stopwatch, Watch, encoding_seconds, scoring_seconds
from fivefold.training.encoded import EncodedFold, encode_fold
from fivefold.training.rows import WHOLE, Terms, TrainingRows

if TYPE_CHECKING:
    from fivefold.core.protocols import Feature, Sample
    from fivefold.core.tasks import Task

__all__ = ["Workshop", "learns_from_disk"]

_TERMS, _RECEIPT = "terms.json", "receipt.json"
_SNAPSHOT, _WHOLE = "snapshot.parquet", "whole.parquet"
_TIMED = 15


class Workshop:
    """A folder in which tasks are done and their results lie.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._rows: TrainingRows | None = None
        self._prepared: set[str] = set()
        self._earlier: frozenset[str] = frozenset()

    @classmethod
    def open(cls, folder: Path, terms: Terms) -> Workshop:
        """Write down the terms of the work, for all workers."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _TERMS).write_bytes(records.dump(terms))
        return cls(folder)

    @classmethod
    def reopen(cls, folder: Path) -> Workshop | None:
        """Open what a try that was killed or interrupted left, on the terms of that try; None where there is nothing to go on from."""
        found = frozenset(
            path.parent.relative_to(folder).as_posix() for path in folder.glob(f"*/*/{_RECEIPT}")
        )
        if not found:
            return None
        workshop = cls(folder)
        workshop._earlier = found
        return workshop if Path(workshop.terms.snapshot).is_file() else None

    @property
    def terms(self) -> Terms:
        """The terms of the work; abroad, the snapshot lies in the workshop itself."""
        terms = records.load(Terms, (self.folder / _TERMS).read_bytes(), label="The terms of the work")
        abroad = terms.snapshot == _SNAPSHOT
        return replace(terms, snapshot=str(self.folder / _SNAPSHOT)) if abroad else terms

    @property
    def rows(self) -> TrainingRows:
        """The training rows, opened when they are first needed."""
        if self._rows is None:
            self._rows = TrainingRows(self.terms)
        return self._rows

    def rows_of(self, fold: int) -> TrainingRows:
        """The rows among which a fold's are: the training rows, or those of the last fit."""
        if fold != WHOLE:
            return self.rows
        return TrainingRows(replace(self.rows.terms, snapshot=str(self.folder / _WHOLE)))

    def unseal(self, sealed: Path) -> None:
        """Put the sealed rows among the training rows, in the order in which they came, for the last fit.

        Parameters
        ----------
        sealed : Path
            The sealed part, once it has been judged.
        """
        import polars as pl

        parts = [pl.scan_parquet(path, glob=False) for path in (self.rows.path, sealed)]
        marks = pl.col(f"^({FOLD}|{SINCE})$").fill_null(0)
        whole = pl.concat(parts, how="diagonal").with_columns(marks).sort(ROW)
        whole.sink_parquet(self.folder / _WHOLE)

    def abroad(self) -> bytes:
        """The terms for a workshop on another machine, where the snapshot lies in the workshop itself."""
        return records.dump(replace(self.terms, snapshot=_SNAPSHOT))

    def needs(self, task: Task) -> dict[str, Path]:
        """What a task reads besides the terms: where it belongs in a workshop abroad, and where it lies here."""
        needed = {_SNAPSHOT: Path(self.terms.snapshot)}
        if isinstance(task, FitTask):
            encoded = EncodeTask(task.fold).place
            return needed | {encoded: self.folder / encoded}
        return needed | ({_WHOLE: self.folder / _WHOLE} if task.fold == WHOLE else {})

    def perform(self, task: Task) -> Answer:
        """Do a task and leave its files in its place, and beside them, if it came to its end, what was asked and answered."""
        (self.folder / task.place / _RECEIPT).unlink(missing_ok=True)
        answer = self._encode(task) if isinstance(task, EncodeTask) else self._fit(task)
        if not answer.stopped:
            receipt = {"asked": _asked(task), "answer": asdict(answer)}
            write_atomically(self.folder / task.place / _RECEIPT, json.dumps(receipt).encode())
        return answer

    def finished(self, task: Task) -> Answer | None:
        """Return what an earlier try answered to the very same task; None where it did not come to its end."""
        path = self.folder / task.place / _RECEIPT
        if (
            task.place not in self._earlier or not path.is_file()
        ):  # gone as soon as something else was asked of it
            return None
        receipt = json.loads(path.read_bytes())
        return Answer(**receipt["answer"]) if receipt["asked"] == _asked(task) else None

    def _encode(self, task: EncodeTask) -> Answer:
        """Encode a fold; what a killed try left of it is swept away."""
        shutil.rmtree(self.folder / task.place, ignore_errors=True)
        rows = self.rows_of(task.fold)
        watch = Stopwatch()
        encode_fold(rows, task.fold, self.folder / task.place)
        if not rows.terms.deterministic:
            return Answer(watch.seconds())
        count = rows.learned(task.fold).size + rows.judged(task.fold).size
        return Answer(encoding_seconds(rows.terms.contract, count))

    def _family(self, name: str) -> Family:
        """Make a family; on its first task here it loads its libraries, outside the fit's own time."""
        family = Registry[type[Family]]("fivefold.families").get(name)()
        if name not in self._prepared:
            family.prepare()
            self._prepared.add(name)
        return family

    def _fit(self, task: FitTask) -> Answer:
        """Fit; then judge what the runtime makes of the payload, not what the library still holds in memory."""
        family = self._family(task.candidate.family)
        terms = self.rows.terms
        place = self.folder / EncodeTask(task.fold).place
        most = terms.held if terms.large and not learns_from_disk(type(family)) else 0
        encoded = EncodedFold.load(place, balanced=terms.balanced, most=most)
        problem = self.problem(encoded.train.features, type(family))
        problem = replace(problem, seed=problem.seed + task.seed)
        candidate, rows = task.candidate, len(encoded.train.target)
        clock = Stopwatch()
        watch: Watch = NominalWatch.of(family, candidate, problem, rows) if terms.deterministic else clock
        until = watch.until(task.seconds, task.latest)
        fitted = family.fit(candidate, problem, encoded.train, encoded.valid, until, task.rounds)
        seconds, took = watch.seconds(), clock.seconds()
        place = self.folder / task.place
        place.mkdir(parents=True, exist_ok=True)
        (place / "payload").write_bytes(fitted.payload)
        member = Registry[MemberKind]("fivefold.members").get(fitted.kind).load(fitted.payload)
        judged = encoded.valid or encoded.train
        one_row = _one_row_ms(member, judged)
        answer = Answer(
            seconds=seconds,
            kind=fitted.kind,
            rounds=fitted.rounds,
            tried=fitted.tried or fitted.rounds,
            stopped=fitted.stopped,
            predict_ms=1000 * scoring_seconds(problem, 1, fitted.rounds) if terms.deterministic else one_row,
            size=len(squeezed(fitted.payload, quick=True)),
            took=took,
            took_ms=one_row,
        )
        return answer if encoded.valid is None else self._judged(task, answer, member, encoded.valid)

    def _judged(self, task: FitTask, answer: Answer, member: Member, judged: Sample) -> Answer:
        """Score the rows that the fold is judged on."""
        rows = self.rows
        clock = Stopwatch()
        scores = member.predict(judged.values)
        took = clock.seconds()
        np.save(self.folder / task.place / "scores.npy", scores)
        if rows.terms.deterministic:
            took = scoring_seconds(self.problem(judged.features), len(scores), answer.rounds)
        count = rows.compared_at(rows.judged(task.fold))
        score = loss(rows.terms.objective, judged.target, scores, count)
        return replace(answer, score=score, predict_seconds=took)

    def share(self, name: str) -> float:
        """Share of the rows that a family learns from, in proportion to which its first fit gets time; 1 but for large tables."""
        terms = self.rows.terms
        family = Registry[type[Family]]("fivefold.families").get(name) if terms.large else None
        if family is None or learns_from_disk(family):
            return 1.0
        return min(1.0, terms.held / max(1, self.rows.folds.size))

    def problem(self, features: tuple[Feature, ...], family: type[Family] | None = None) -> Problem:
        """What a family is told."""
        terms, rows = self.rows.terms, self.rows
        contract = terms.contract
        largest = max(rows.learned(fold).size for fold in rows.order)
        if terms.large and family is not None and not learns_from_disk(family):
            largest = min(largest, terms.held)
        trends = tuple(terms.trends.get(one.column, 0) * (one.name == one.column) for one in features)
        return Problem(
            contract.task,
            len(contract.classes),
            largest,
            features,
            terms.seconds,
            terms.seed,
            terms.objective,
            trends if any(trends) else (),
            terms.estimators,
            terms.threads,
        )


def learns_from_disk(family: type[Family]) -> bool:
    """Whether a family can learn from a matrix that lies on disk; others are given as many rows as the memory bears."""
    return bool(getattr(family, "learns_from_disk", False))


def _asked(task: Task) -> dict[str, object]:
    """What decides what comes of a task that comes to its end: everything but the time that it was given."""
    return {name: value for name, value in asdict(task).items() if name not in {"seconds", "latest"}}


def _one_row_ms(member: Member, sample: Sample) -> float:
    """Median time for one row, in milliseconds."""
    times = []
    for row in range(min(_TIMED, len(sample.values))):
        began = time.perf_counter()
        member.predict(sample.values[row : row + 1])
        times.append(time.perf_counter() - began)
    return float(np.median(times)) * 1000
