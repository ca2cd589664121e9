"""Result: one run as a person sees it, whole or as far as it came."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fivefold.core import records
from fivefold.core.artefacts import (
    Brief,
    Costs,
    Dataset,
    Evaluation,
    Fairness,
    Health,
    Model,
    Question,
    Release,
    Rival,
    Score,
)
from fivefold.core.budget import STEPS, Budget
from fivefold.core.credentials import without_password
from fivefold.core.elsewhere import rivals_elsewhere
from fivefold.core.errors import ArtefactError, MisuseError
from fivefold.core.extract import DataSettings, Extract
from fivefold.core.ledger import Ledger
from fivefold.core.own_code import with_sources
from fivefold.core.settings import Settings
from fivefold.core.store import Store
from fivefold.core.train_settings import TrainSettings
from fivefold.core.version import __version__
from fivefold.data.conformity import hold_against
from fivefold.data.gather import gather
from fivefold.deployment.step import address_now
from fivefold.report.doubt import doubt_words
from fivefold.runtime.bundle import load_bundle

if TYPE_CHECKING:
    from fivefold.core.protocols import Fetched
    from fivefold.core.store import Run, Stored
    from fivefold.data.conformity import Conformity
    from fivefold.runtime.predictor import Predictor

__all__ = ["KINDS", "Result", "RunRecord", "State", "StepSummary", "Summary", "run_id"]

KINDS: dict[str, type[Brief] | type[Dataset] | type[Model] | type[Release] | type[Health]] = {
    "research": Brief,
    "data": Dataset,
    "train": Model,
    "deploy": Release,
    "monitor": Health,
}
"""The artefact of each step."""

State = Literal["running", "done", "failed", "interrupted"]
_KILLED = "Its process ended before the work did; the same command goes on from there"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run was asked to do and where it stands; kept in ``run.json``.

    Attributes
    ----------
    id, version : str
    source, source_digest : str
        Label and digest of the table.
    address : str
        Where the person said that the table lies, without a password; empty for a frame in memory.
    question : Question
    means : dict of str to str
        The stated budget, in the person's words.
    seed : int
    deploy : str
    port : int
    data : DataSettings
    train : TrainSettings
    answers : dict of str to (str | bool | int | float)
    started : str
        ISO time, UTC.
    state : {"running", "done", "failed", "interrupted"}
    message : str
        The error, if there was one.
    """

    id: str
    version: str
    source: str
    source_digest: str
    address: str
    question: Question
    means: dict[str, str]
    seed: int
    deploy: str
    port: int
    data: DataSettings
    answers: dict[str, str | bool | int | float]
    started: str
    state: State = "running"
    message: str = ""
    train: TrainSettings = field(default_factory=TrainSettings)

    @classmethod
    def of(cls, run_id: str, settings: Settings, fetched: Fetched, address: str) -> RunRecord:
        """Write down a run that starts now."""
        return cls(
            id=run_id,
            version=__version__,
            source=fetched.label,
            source_digest=fetched.digest,
            address=without_password(address),
            question=settings.question,
            means=settings.means,
            seed=settings.seed,
            deploy=settings.deploy,
            port=settings.order.port,
            data=settings.data.without_passwords(),
            answers=settings.answers,
            train=settings.train,
            started=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )

    @classmethod
    def read(cls, run: Run) -> RunRecord:
        """Read the record of a run."""
        record = run.read("run.json", cls)
        if record is None:
            raise ArtefactError(
                f"Run '{run.id}' has no run.json",
                expected="the file that every run begins with",
                todo="start it again",
            )
        if record.state == "running" and not run.busy:
            return replace(record, state="interrupted", message=_KILLED)
        return record

    def settings(self, given: Settings) -> Settings:
        """Return the run's own settings, with money, bytes, executor, routes, deployment, labels and log as they are given now, and modules as they are now; training may become deterministic."""
        folder = Path(given.folder) if given.folder else None
        estimators = with_sources(self.train.estimators, folder)
        deterministic = self.train.deterministic or given.train.deterministic
        return Settings(
            source=self.address,
            question=self.question,
            budget=Budget.parse(self.means | given.spending),
            means=self.means,
            deploy=given.deploy,
            order=given.order,
            seed=self.seed,
            out=given.out,
            data=self.data,
            train=replace(self.train, estimators=estimators, deterministic=deterministic),
            executor=given.executor,
            where=given.where,
            routes=given.routes,
            labels=given.labels,
            log=given.log,
            answers=self.answers,
            folder=given.folder,
        )


def run_id(settings: Settings, fetched: Fetched) -> str:
    """Name a run by what goes into it, so that the same command finds it again."""
    words = {
        "source": fetched.digest,
        "question": records.plain(settings.question),
        "means": settings.means,
        "seed": settings.seed,
        "data": records.plain(settings.data.without_passwords()),
        "train": records.plain(settings.train),
        "answers": settings.answers,
        "version": __version__,
    }
    return records.digest(words)[7:15]


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One step in the summary: its artefact's digest and the time that it took."""

    artefact: str
    digest: str
    seconds: float
    reused: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``--json`` prints: one object that says it all.

    Attributes
    ----------
    run : str
        The short id.
    state : {"running", "done", "failed", "interrupted"}
    message : str
    steps : dict of str to StepSummary
    dropped : tuple of (str, str)
        Columns that the model does not see, and why.
    metric : Score or None
        The headline metric on the sealed test part, with its interval.
    baseline : Score or None
        The dummy's, on the same rows.
    better : bool or None
        Whether the model beats the baseline outside the interval of their difference.
    rivals : tuple of Rival
        A linear model and a single LightGBM on the same rows, where they were judged; and what was trained elsewhere.
    address : str
        Of the last release that answers; empty when nothing runs. Where its platform cannot be asked now, the one that it was released at.
    verdict : str
        Of the monitor.
    ledger : Ledger or None
    report : str
        Path of the HTML report; empty until it is written.
    costs : Costs or None
        What labels cost on the sealed test part, where the person said what answers cost.
    fairness : tuple of Fairness
        How the groups of the columns that were named for it fare.
    doubt : str
        Where the figures are too good to be true: why to doubt them, and the column that matters most; else empty.
    repeatable : bool or None
        Of a deterministic run, whether the same seed gives the same bundle again; None where that was not asked for.
    """

    run: str
    state: State
    message: str
    steps: dict[str, StepSummary]
    dropped: tuple[tuple[str, str], ...]
    metric: Score | None
    baseline: Score | None
    better: bool | None
    rivals: tuple[Rival, ...]
    address: str
    verdict: str
    ledger: Ledger | None
    report: str
    costs: Costs | None = None
    fairness: tuple[Fairness, ...] = ()
    doubt: str = ""
    repeatable: bool | None = None


class Result:
    """One run: its artefacts, its model ready to predict, its ledger.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.id = run.id
        self.folder = run.folder

    @cached_property
    def record(self) -> RunRecord:
        """What was asked, and how far it came."""
        return RunRecord.read(self._run)

    @cached_property
    def brief(self) -> Brief:
        """Evidence and plan."""
        return self._run.need("research", Brief).body

    @cached_property
    def dataset(self) -> Dataset:
        """Contract, findings and split."""
        return self._run.need("data", Dataset).body

    @cached_property
    def trained(self) -> Model:
        """Leaderboard, evaluation and importances."""
        return self._run.need("train", Model).body

    @cached_property
    def model(self) -> Predictor:
        """The model, ready for ``predict`` and ``predict_proba`` on rows or frames."""
        return load_bundle(self._run.need("train", Model).folder / "bundle")

    @cached_property
    def evaluation(self) -> Evaluation:
        """What the sealed test part said."""
        return self.trained.evaluation

    @cached_property
    def release(self) -> Release:
        """Where the model runs."""
        return self._run.need("deploy", Release).body

    @property
    def health(self) -> Health:
        """The monitor's last verdict."""
        return self._run.need("monitor", Health).body

    @property
    def ledger(self) -> Ledger:
        """Planned against spent."""
        ledger = self._run.read("ledger.json", Ledger)
        return ledger or Ledger(Budget.parse(self.record.means))

    @property
    def report(self) -> Path:
        """The HTML report."""
        return self.folder / "report.html"

    def artefact(self, step: str) -> Stored[Any]:
        """Return the stored artefact of a step, with its header.

        Raises
        ------
        MisuseError
            When there is no such step, or it is not finished.
        """
        if step not in KINDS:
            raise MisuseError(
                f"There is no step '{step}'",
                seen=repr(step),
                expected=", ".join(KINDS),
                todo="name one of these",
            )
        return self._run.need(step, KINDS[step])

    def check(self, table: object) -> Conformity:
        """Hold a new table against the contract of the data step.

        Parameters
        ----------
        table : str, path or frame
            Whatever a run can be made of. Delimited text is read as the run's own was told to be.

        Returns
        -------
        Conformity
            ``holds`` says whether nothing is broken; ``troubles`` what is, with counts and example rows.

        Raises
        ------
        MisuseError
            When the run has no contract yet, or the table cannot be read.
        """
        dataset, own = self._run.need("data", Dataset).body, self.record.data
        settings = DataSettings(
            delimiter=own.delimiter, decimal=own.decimal, encoding=own.encoding, comment=own.comment
        )
        unused = [name for name, _ in dataset.dropped]
        with Store(self.folder.parent).workplace() as place:
            fetched = gather(Extract(table, settings), place)
            return hold_against(fetched, dataset.contract, known=unused)

    def summary(self) -> Summary:
        """Return the run in one record, as ``--json`` prints it."""
        found = {step: self._run.get(step, KINDS[step]) for step in STEPS}
        ledger = self._run.read("ledger.json", Ledger)
        reused = {entry.step for entry in ledger.entries if entry.reused} if ledger else set()
        made, model = found["data"], found["train"]
        release, health = found["deploy"], found["monitor"]
        last = release.body if release and isinstance(release.body, Release) else None
        evaluation = model.body.evaluation if model and isinstance(model.body, Model) else None
        return Summary(
            run=self.id,
            state=self.record.state,
            message=self.record.message,
            steps={step: _line(stored, reused=step in reused) for step, stored in found.items() if stored},
            dropped=made.body.dropped if made and isinstance(made.body, Dataset) else (),
            metric=evaluation.score(evaluation.metric) if evaluation else None,
            baseline=next((s for s in evaluation.baseline if s.metric == evaluation.metric), None)
            if evaluation
            else None,
            better=evaluation.better if evaluation else None,
            rivals=(evaluation.rivals if evaluation else ()) + rivals_elsewhere(self._run),
            fairness=evaluation.fairness if evaluation else (),
            address=address_now(last, self._run.live),
            verdict=health.body.verdict if health and isinstance(health.body, Health) else "",
            ledger=ledger,
            report=str(self.report) if self.report.is_file() else "",
            costs=evaluation.costs if evaluation else None,
            repeatable=model.body.repeatable if model and isinstance(model.body, Model) else None,
            doubt=_doubt(model.body, made.body if made else None) if model else "",
        )


def _doubt(model: object, dataset: object) -> str:
    """Why figures are to be doubted."""
    if not isinstance(model, Model):
        return ""
    return doubt_words(model, dataset if isinstance(dataset, Dataset) else None)


def _line(stored: Stored[Any], *, reused: bool) -> StepSummary:
    """Sum up one artefact."""
    header = stored.header
    return StepSummary(header.kind, header.digest, header.seconds, reused)
