"""OPEN FIRST. The whole product as one table of contents: five steps, one artefact each, inside one budget.

    research   question, profile of the table     ->  Brief     cited evidence and a plan
    data       the table, Brief                   ->  Dataset   typed, checked, split; the test part sealed
    train      Dataset, Brief                     ->  Model     a blend, honestly evaluated
    deploy     Model                              ->  Release   a verified service
    monitor    Release, its log, labels           ->  Health    a verdict with reasons

``run`` is exactly these five in order. A step whose artefact stands in the store for the same inputs, settings and
version is not run again: that is all there is to resuming.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fivefold.core import records
from fivefold.core.artefacts import Brief, Dataset, Health, Model, Profile, Release
from fivefold.core.budget import check_memory
from fivefold.core.clock import Deadline
from fivefold.core.credentials import without_password
from fivefold.core.errors import FivefoldError, SettingsError
from fivefold.core.own_code import importable
from fivefold.core.settings import Settings, read_settings
from fivefold.core.store import Run, Store, Stored
from fivefold.core.training import Training
from fivefold.core.workbench import Progress, Silence, Workbench
from fivefold.data.choice import check_choice
from fivefold.data.gather import gather
from fivefold.data.look import look
from fivefold.data.step import data
from fivefold.deployment.step import check_target, deploy, has_ended, plan
from fivefold.monitoring.step import monitor
from fivefold.report.page import write_report
from fivefold.research.step import research
from fivefold.research.task import choose_task
from fivefold.result import Result, RunRecord, State, run_id
from fivefold.routing import Routing
from fivefold.stages import Stages
from fivefold.tracking.trackers import time_to_keep, track
from fivefold.training.estimators import check_estimators
from fivefold.training.execution import check_executor
from fivefold.training.forerunner import forerunner
from fivefold.training.step import train

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.orders import DeploymentPlan
    from fivefold.core.protocols import Fetched
    from fivefold.training.route_plans import RouteLine

__all__ = ["Journey", "Result", "load", "resume", "run", "start"]

Body = TypeVar("Body")

_BY_CTRL_C = "Ctrl-C ended it; the same command goes on from what was finished."


def run(  # noqa: PLR0913 - one keyword per flag of the command, so that both faces say the same
    table: object,
    *,
    target: str,
    budget: str = "5min",
    task: str | None = None,
    metric: str | None = None,
    quantile: float | None = None,
    time_column: str | None = None,
    group_column: str | None = None,
    seed: int = 0,
    deterministic: bool = False,
    deploy: str = "none",
    executor: str = "local",
    out: str = "fivefold-runs",
) -> Result:
    """Carry a table and a question through all five steps.

    Parameters
    ----------
    table : str, path or frame
        Address of the table, or a pandas, Polars or Arrow frame of shape (rows, columns).
    target : str
        The column to predict.
    budget : str, for example "60s"
    task : {"binary", "multiclass", "regression"}, optional
    metric : str, optional
        The headline metric, such as ``roc_auc``, ``f1`` or ``mae``; one of :data:`fivefold.core.settings.METRICS`.
    quantile : float, optional
        Predict what this share of the outcomes does not pass, such as 0.9, instead of a mean.
    time_column, group_column : str, optional
        Columns that decide how rows are kept apart.
    seed : int
    deterministic : bool
        Whether the same seed gives the same bundle, byte for byte: the time says how much is done, and nothing is timed.
    deploy : str
        Where the model runs: ``none``, ``local``, or another target's name.
    executor : str
        Where training's tasks are done: ``local``, or ``ray`` for a Ray cluster, also with its address (``ray://host:10001``).
    out : str
        Folder of the store.

    Returns
    -------
    Result

    Raises
    ------
    MisuseError
        When the table, a column or a setting cannot be used.
    """
    flags = {
        "question.target": target,
        "question.task": task,
        "question.metric": metric,
        "question.quantile": None if quantile is None else str(quantile),
        "question.time_column": time_column,
        "question.group_column": group_column,
        "budget.time": budget,
        "seed": str(seed),
        "train.deterministic": "true" if deterministic else None,
        "deploy.target": deploy,
        "train.executor": executor,
        "out": out,
    }
    settings = read_settings(flags, environ={})
    address = str(table) if isinstance(table, str | Path) else table
    with start(settings, address) as journey:
        return journey.all()


def load(name: str = "latest", *, out: str = "fivefold-runs") -> Result:
    """Load a run that was made before, by its folder, its short id or ``latest``."""
    return Result(Store(Path(out)).find(name))


@contextlib.contextmanager
def start(
    settings: Settings, address: object, *, progress: Progress | None = None, spent: float = 0.0
) -> Iterator[Journey]:
    """Open the run for this table and these settings; the same ones always lead to the same run.

    Parameters
    ----------
    settings : Settings
    address : str or frame
    progress : Progress, optional
    spent : float
        Seconds of the budget that are gone already.
    """
    check_target(settings.deploy, settings.order)
    check_executor(settings.executor)
    check_memory(settings.budget)
    began = time.monotonic() - spent
    deadline = Deadline(began + settings.budget.time)
    store = Store(Path(settings.out))
    with importable(settings.folder), store.workplace() as folder:
        fetched = gather(settings.extract(address), folder)
        profile = look(fetched, settings.question, settings.data, memory=settings.budget.memory)
        check_choice(profile, settings.question.target, settings.data)
        task = choose_task(settings.question, profile).task
        check_estimators(settings.train.estimators, task, settings.folder)
        run = store.open(run_id(settings, fetched))
        with run.lock(patience=deadline.remaining()):
            record = RunRecord.of(run.id, settings, fetched, address if isinstance(address, str) else "")
            run.write("run.json", record)
            journey = Journey(run, record, settings, deadline, progress or Silence(), (fetched, profile))
            journey.stages.note_start(time.monotonic() - began)
            with journey.noted():
                yield journey


@contextlib.contextmanager
def resume(
    name: str, settings: Settings, *, needs_table: bool = False, progress: Progress | None = None
) -> Iterator[Journey]:
    """Open a run that exists, to do one of its later steps with the settings that it was started with.

    Parameters
    ----------
    name : str
        The run's folder, its short id, or ``latest``.
    settings : Settings
        Its executor, deployment, port, labels and log are used; question and budget are the run's own.
    needs_table : bool
        Whether the step reads the table itself; it is fetched again from where it was.
    progress : Progress, optional
    """
    store = Store(Path(settings.out))
    run = store.find(name)
    record = RunRecord.read(run)
    own = record.settings(settings)
    check_executor(own.executor)
    began = time.monotonic()
    deadline = Deadline(began + own.budget.time)
    with run.lock(patience=deadline.remaining()), contextlib.ExitStack() as stack:
        stack.enter_context(importable(settings.folder))
        table = None
        if needs_table:
            fetched = gather(own.extract(record.address), stack.enter_context(store.workplace()))
            table = (fetched, look(fetched, own.question, own.data, memory=own.budget.memory))
        journey = Journey(run, record, own, deadline, progress or Silence(), table)
        if table:
            journey.stages.note_start(time.monotonic() - began)
        yield journey


class Journey:
    """The five steps over one run.

    Parameters
    ----------
    run : Run
    record : RunRecord
    settings : Settings
    deadline : Deadline
        Of the whole journey.
    progress : Progress
    table : (Fetched, Profile) or None
        The table at hand; None when no step will need it.

    Attributes
    ----------
    stages : Stages
        What each step may take and took.
    kept : float
        Seconds before the deadline that belong to the trackers.
    """

    def __init__(
        self,
        run: Run,
        record: RunRecord,
        settings: Settings,
        deadline: Deadline,
        progress: Progress,
        table: tuple[Fetched, Profile] | None,
    ) -> None:
        self.run = run
        self.record = record
        self.settings = settings
        self.kept = time_to_keep(settings.budget.time)
        self.progress = progress
        self.table = table
        lineage = table[0].lineage if table else ()
        self.stages = Stages(run, settings, deadline.earlier(self.kept), progress, lineage)

    def all(self) -> Result:
        """Do the five steps in order, and write the report."""
        self.stages.in_run = True
        self.research()
        self.data()
        self.train()
        self.deploy()
        self.monitor()
        self._note_done()
        self.track()
        return Result(self.run)

    def research(self) -> Stored[Brief]:
        """1. What is known about questions like this one, and the plan that follows."""
        asked, told, data = self.settings.question, self.settings.answers, self.settings.data
        train = self.settings.train
        words = {"question": records.plain(asked), "answers": told, "means": self.settings.means}
        words |= {"split": data.split, "gap": data.gap, "train": records.plain(train)}

        def work(bench: Workbench) -> Brief:
            return research(asked, self._table()[1], bench, answers=told, settings=data, train=train)

        return self.stages.do("research", Brief, (), words, work)

    def data(self) -> Stored[Dataset]:
        """2. The table, cleaned, checked and split, its test part sealed."""
        brief = self.run.need("research", Brief)
        words = {"source": self.record.source_digest, "data": records.plain(self.record.data)}

        def work(bench: Workbench) -> Dataset:
            fetched, _ = self._table()
            return data(brief, fetched, bench, settings=self.settings.data)

        # A check that was not made may leave a column in, so that a deterministic run makes it now.
        again = (lambda stands: stands.unchecked) if self.settings.train.deterministic else None
        return self.stages.do("data", Dataset, (brief,), words, work, again=again)

    def train(self) -> Stored[Model]:
        """3. The best blend that the minutes can buy, evaluated once on the sealed part.

        Where ``where`` names a route, a model is trained there as well, within the means, and held beside it.
        What Ctrl-C cut short can be used as it is; after that, or a kill, the next try goes on from the finished fits.
        """
        dataset, brief = self.run.need("data", Dataset), self.run.need("research", Brief)
        earlier = forerunner(self.run, self.settings.train.start_from, dataset.body)
        words = {"means": self.settings.means, "seed": self.settings.seed, **self.settings.train.deciding}
        words["earlier"] = earlier.header.digest if earlier else ""

        def work(bench: Workbench) -> Model:
            return train(dataset, brief, bench, earlier)

        elsewhere = Routing(self.stages, dataset, brief)
        elsewhere.allow()
        with self.stages.keeping(elsewhere.kept):
            parents = (dataset, brief)
            model = self.stages.do("train", Model, parents, words, work, again=lambda stands: stands.cut)
        if not model.body.cut:
            self.run.forget("train")
            elsewhere.train(model)
        return model

    def compare_routes(self) -> tuple[RouteLine, ...]:
        """3, before it is done: every way to train, with its time and price. Nothing is made."""
        dataset, brief = self.run.need("data", Dataset), self.run.need("research", Brief)
        return Routing(self.stages, dataset, brief).compare()

    def deploy(self) -> Stored[Release]:
        """4. A verified service; one that runs already for this model is kept."""
        model = self.run.need("train", Model)
        chosen, order = self.settings.deploy, self.settings.order
        words: dict[str, object] = {"target": chosen, "port": order.port, "options": dict(order.options)}

        def work(bench: Workbench) -> Release:
            return deploy(model, bench, target=chosen, order=order)

        def again(stands: Release) -> bool:
            return has_ended(stands, self.run.live)

        return self.stages.do("deploy", Release, (model,), words, work, again=again)

    def release(self) -> Stored[Release]:
        """4 by itself, of a run that has a model: whatever kept the run from its end before, it has a release now."""
        release = self.deploy()
        self._note_done()
        self.report()
        return release

    def plan_deployment(self) -> DeploymentPlan:
        """4, before it is done: what it would make and cost a month. Nothing is made."""
        model, chosen, order = self.run.need("train", Model), self.settings.deploy, self.settings.order
        return self.stages.try_out("deploy", lambda bench: plan(model, bench, target=chosen, order=order))

    def monitor(self) -> Stored[Health]:
        """4b. How the release is doing; looked at afresh each time."""
        release, model = self.run.need("deploy", Release), self.run.need("train", Model)
        labels = Path(self.settings.labels) if self.settings.labels else None
        log = self.settings.log
        words = {"labels": self.settings.labels} | ({"log": without_password(log)} if log else {})

        def work(bench: Workbench) -> Health:
            return monitor(release, model, bench, labels=labels, log=log)

        health = self.stages.do("monitor", Health, (release, model), words, work, again=lambda _: True)
        self.report()
        return health

    def report(self) -> Path:
        """Tell the story of the run in one HTML file."""
        return write_report(self.run, self.stages.ledger)

    def track(self) -> None:
        """Tell those of the training who were asked to list it, such as an MLflow server; none of them can fail it."""
        if self.kept:
            training = Training.of(self.run, self.record.source, self.settings)
            for line in track(training, self.kept, self.stages.deadline.remaining()):
                self.progress.say(line)

    def _table(self) -> tuple[Fetched, Profile]:
        """Return the table at hand; the journey was started with it."""
        if self.table is None:
            raise SettingsError(
                f"The table of run '{self.run.id}' is not at hand",
                expected="the first two steps to be started from the table",
                todo=f"fivefold data {self.run.id} reads it again from where it was",
            )
        return self.table

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Keep ``run.json`` true about where the run stands once what was asked for is done, or is not."""
        try:
            yield
        except BaseException as error:
            if self.record.state == "running":
                state: State = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
                message = str(error) if isinstance(error, FivefoldError) else type(error).__name__
                message = _BY_CTRL_C if state == "interrupted" else message
                self.run.write("run.json", replace(self.record, state=state, message=message))
            raise
        if self.record.state == "running":
            self._note_done()

    def _note_done(self) -> None:
        """Keep in ``run.json`` that nothing is in its way any more."""
        self.record = replace(self.record, state="done", message="")
        self.run.write("run.json", self.record)
