"""Step 3, train: candidates on folds, a blend of the best, its bundle, and what the sealed part says about it.

Read :func:`train` from top to bottom; each line has its own file:

    sampling     how many rows the means bear            encoding/    values to matrices, fitted inside folds
    search       candidates x folds, in the time given   families/    ways to learn
    schedule     who runs when, and until when           executors/   workers, here or on a cluster
    effort       seconds, measured or nominal            memory       what fits take, and who must wait or stay out
    repeatability  whether the same seed gives it again
    forerunner   what won before comes first             estimators   those of the person's own
    readmission  who is too good to be lost              choice       members and weights
    refits       the members on all training rows        repeats      members with other seeds
    assembly     the bundle                              answers      to rows that had not taught
    judgement     from scores to answers: how sure, recalibration, threshold
    evaluation   the sealed part                         last_fit     the sealed rows teach as well
    rivals       a linear model and one LightGBM beside it
    beside       a model that was trained elsewhere; routes/ are the places, route_plans what they may cost
    naive        what a split at random would promise    label_issues targets in doubt
    insight      what is left of the time goes to:       fairness     how the groups of named columns fare
                                                         learning     what more rows would buy
                                                         importance   which columns matter
                                                         contributions  what they add to single scores
                                                         dependence   how the answer moves along them
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Model
from fivefold.core.artefacts.model import where
from fivefold.core.costs import read_costs
from fivefold.core.estimators import estimators_of
from fivefold.core.tasks import EncodeTask
from fivefold.measure.metrics import metric_of
from fivefold.measure.objectives import objective_of
from fivefold.runtime.costs import cost_matrix
from fivefold.training.answers import keep_answers
from fivefold.training.assembly import Assembly
from fivefold.training.baseline import Baseline
from fivefold.training.card import write_bundle_card, write_card
from fivefold.training.choice import choose
from fivefold.training.coverage import quantile_notes
from fivefold.training.encoded import EncodedRows
from fivefold.training.estimators import check_estimators, weight_notes
from fivefold.training.evaluation import SealedPart
from fivefold.training.execution import open_pool
from fivefold.training.insight import Insight, Measured
from fivefold.training.interruption import Interruption
from fivefold.training.judgement import form_judgement
from fivefold.training.label_issues import find_label_issues
from fivefold.training.last_fit import Served, fit_last
from fivefold.training.naive import naive_figure
from fivefold.training.nominal_schedule import schedule_for
from fivefold.training.refits import refit
from fivefold.training.repeatability import planned_seconds, with_repeatability
from fivefold.training.repeats import repeat
from fivefold.training.rivals import Rivals
from fivefold.training.rows import ALL, Terms
from fivefold.training.sampling import (
    Extent,
    affordable_rows,
    affordable_workers,
    draw,
    extent_of,
    large_notes,
)
from fivefold.training.schedule import INTERRUPTED
from fivefold.training.search import Search
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Brief, Dataset, Evaluation
    from fivefold.core.store import Stored
    from fivefold.core.workbench import Workbench
    from fivefold.training.assembly import Bundled
    from fivefold.training.choice import Choice

__all__ = ["train"]

_LAST = 0.6
"""Seconds that the step keeps for closing the pool, wrong labels and its last files; a quiet machine needs less than half."""


def train(
    dataset: Stored[Dataset], brief: Stored[Brief], bench: Workbench, earlier: Stored[Model] | None = None
) -> Model:
    """Find, fit and judge a model inside the bench's deadline.

    Ctrl-C counts as the deadline: what is there by then is kept. A second one ends the step.

    Parameters
    ----------
    dataset : Stored of Dataset
        Its sealed part is opened once, after selection is over.
    brief : Stored of Brief
        Its plan names the metric, the families and how to encode.
    bench : Workbench
        Takes ``bundle/``, which holds a card of its own, ``answers.parquet`` and ``card.md``.
    earlier : Stored of Model, optional
        That of another run of the same question: what it chose is fitted first.

    Returns
    -------
    Model
        Never none: when nothing beats the baseline, or there was no time, the baseline is served and a note says so.

    Raises
    ------
    KeyboardInterrupt
        When Ctrl-C came before anything was fitted.
    StepError
        When all workers were lost before anything was fitted.
    """
    plan = brief.body
    notes: list[str] = []
    metric, most = plan.text("metric.primary"), plan.number("ensemble.max_members")
    workshop = _workshop(dataset, plan, bench, notes)
    baseline = Baseline(workshop)
    with Interruption(bench.progress) as interruption:
        with open_pool(bench, workshop.folder, _workers(dataset, bench, workshop)) as pool:
            schedule = schedule_for(bench, workshop, pool, interruption)
            sealed_rows, last = dataset.body.split.test_rows, _last_fit(dataset, plan, bench)
            search = Search(workshop, schedule, bench.progress, sealed_rows, most, metric, last_fit=last)
            search.run(plan.names("model.candidates"), earlier.body if earlier else None)
            interruption.end_unless(kept=bool(search.running))
            naive = naive_figure(search, metric)
            choice = choose(search, baseline, bench.budget, most=most, form=plan.text("final.form"))
            choice, fold = refit(search, choice)
            if fold == ALL:
                repeat(search, choice.weights, bench.budget)
            measured = _measured(search, choice, baseline, plan, bench, fold)
            predictor, judgement = measured.draft.predictor, measured.assembly.judgement
            bench.progress.advance(0.96, "opening the sealed part")
            sealed = SealedPart(dataset.folder / "test.parquet", workshop.rows.terms)
            place = bench.scratch / "sealed.npy"
            encoded = EncodedRows.write(sealed.frame, predictor.encoder, predictor.contract, place)
            scores = encoded.scores(predictor.blend)
            keep_answers(bench.folder, search, judgement.meant(choice.scores), sealed, scores)
            evaluation = sealed.judge(metric, scores, baseline.scores(sealed.truth.size), judgement)
            served = fit_last(search, choice.weights, measured, sealed, scores, bench.scratch / "last")
            strayed = schedule.strayed  # nothing that follows reaches the bundle
            rivals = Rivals(search, choice, plan, fold)
            beside = rivals.judge(sealed, encoded, (scores, judgement), evaluation)
            evaluation = replace(evaluation, rivals=beside)
        golden, settled = served.draft.golden(search), _settled(search, (measured, served), evaluation)
        card = write_bundle_card(settled, dataset.body, plan)
        bundle = served.assembly.write(bench.folder / "bundle", search, metric, scores, golden, card)
        until = bench.deadline.earlier(_LAST)
        learned = workshop.folder / EncodeTask(fold).place / "train.npy"
        looked_at = Measured(predictor, sealed, scores, encoded, measured.assembly.records, learned)
        insight = Insight.of(looked_at, search, plan.names("evaluate.fairness"), until, interruption)
    notes += [*search.notes, *choice.notes, *_notes(search, measured, served, evaluation)]
    notes += quantile_notes(sealed, scores)
    model = _completed(settled, search, choice, bundle)
    model = insight.tell(replace(model, notes=tuple(notes), naive=naive))
    model = with_repeatability(model, dataset.body, bench, strayed)
    (bench.folder / "card.md").write_text(write_card(model, dataset, plan), encoding="utf-8")
    return model


def _workshop(dataset: Stored[Dataset], plan: Brief, bench: Workbench, notes: list[str]) -> Workshop:
    """Go on from what an earlier try had finished, on its terms; otherwise say once what the work is."""
    place = (bench.begun or bench.scratch) / "workshop"
    estimators = estimators_of(plan.text("model.estimators"))
    check_estimators(estimators, dataset.body.contract.task)
    workshop = Workshop.reopen(place)
    if workshop is None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        terms = replace(_terms(dataset, plan, bench, place), estimators=estimators)
        workshop = Workshop.open(place, terms)
    notes += weight_notes(workshop.terms)
    learned, rows = workshop.rows.folds.size, dataset.body.split.train_rows
    if learned < rows:
        drawn = f"Trained on {learned:,} of {rows:,} training rows, drawn at random"
        notes.append(f"{drawn}: the means bear no more.")
    return workshop


def _terms(dataset: Stored[Dataset], plan: Brief, bench: Workbench, place: Path) -> Terms:
    """Say what the work is; sample the training rows if they are more than the means bear."""
    body, seconds = dataset.body, planned_seconds(bench)
    snapshot, rows = dataset.folder / "train.parquet", body.split.train_rows
    usual = affordable_rows(body.contract, bench.means, seconds)
    # What a large table costs is not among the nominal seconds of a deterministic run: there it is sampled.
    extent = (
        Extent(min(rows, usual))
        if bench.nominal is not None
        else extent_of(body.contract, bench.means, seconds, rows, usual)
    )
    if rows > extent.rows:
        snapshot = draw(snapshot, rows, extent.rows, place, seed=bench.seed)
    return Terms(
        snapshot=str(snapshot),
        contract=body.contract,
        split=body.split,
        rates=plan.text("preprocess.high_cardinality") == "crossfit_target",
        balanced=plan.text("model.class_weight") == "balanced" and body.contract.task != "regression",
        seconds=seconds,
        seed=bench.seed,
        objective=objective_of(body.contract.task, plan.text("metric.primary")),
        trends=dict.fromkeys(plan.names("model.increasing"), 1)
        | dict.fromkeys(plan.names("model.decreasing"), -1),
        weight=body.weight,
        deterministic=bench.nominal is not None,
        costs=cost_matrix(read_costs(plan.text("metric.costs")), body.contract.classes),
        large=extent.large,
        threads=extent.threads,
        held=extent.held,
    )


def _workers(dataset: Stored[Dataset], bench: Workbench, workshop: Workshop) -> int:
    """Workers at once; those of a deterministic run draw no fewer rows where they are many, so memory bounds their number."""
    if bench.nominal is None:
        return bench.budget.cores
    rows = workshop.rows.folds.size + dataset.body.split.test_rows
    return affordable_workers(dataset.body.contract, bench.budget, rows)


def _last_fit(dataset: Stored[Dataset], plan: Brief, bench: Workbench) -> bool:
    """Whether the sealed rows are to teach in the end: if the plan says so, and the means bear all rows."""
    split, wanted = dataset.body.split, plan.text("final.learn_from") == "all_rows"
    most = affordable_rows(dataset.body.contract, bench.means, planned_seconds(bench))
    return wanted and split.train_rows + split.test_rows <= most


def _measured(
    search: Search, choice: Choice, baseline: Baseline, plan: Brief, bench: Workbench, fold: int
) -> Served:
    """Take fits on all training rows; without them those of the first fold; without any member the baseline."""
    if choice.weights:
        assembly = Assembly.of(search, choice.weights, fold)
    else:
        assembly = Assembly.of_baseline(search, baseline.fitted)
    assembly = assembly.judged(form_judgement(search, choice, plan), choice, search)
    metric = plan.text("metric.primary")
    return Served(assembly, assembly.write(bench.scratch / "draft", search, metric, choice.scores))


def _notes(search: Search, measured: Served, served: Served, evaluation: Evaluation) -> list[str]:
    """What a reader must know besides the figures."""
    total = search.workshop.rows.folds.size
    notes = (
        [f"{search.schedule.interruption.told}: this is what had been fitted by then."]
        if search.ended == INTERRUPTED
        else []
    )
    notes += [
        f"{trial.candidate} was {trial.state} on {where(trial.fold)}: {trial.reason.rstrip('.')}."
        for trial in search.trials
        if trial.state in {"failed", "killed", "refused"} and trial.reason != INTERRUPTED
    ]
    if search.taken_over:
        notes.append(
            f"{search.taken_over:,} fits were taken over from an earlier try that did not come to its end."
        )
    notes += large_notes(search)
    if measured.assembly.rows < total and not search.workshop.rows.held_out:
        notes.append(
            f"Members learned from {measured.assembly.rows:,} of {total:,} rows: those of one fold; "
            "fits on all rows were not finished."
        )
    if served.note:
        notes.append(served.note)
    weight = search.workshop.rows.terms.weight
    if weight is not None:
        notes.append(
            f"A row counts as much as '{weight}' says, in learning, in choosing and in every metric and its interval; "
            "intervals around numbers, sets of classes, slices and pictures count every row once."
        )
    if not evaluation.better:
        notes.append(
            f"Not better than the baseline outside the interval of their difference in "
            f"{metric_of(evaluation.metric).label}."
        )
    return notes


def _settled(search: Search, fitted: tuple[Served, Served], evaluation: Evaluation) -> Model:
    """What is known of the measured model, and of the served one, before its bundle is written."""
    measured, served = fitted
    contract = search.workshop.rows.terms.contract
    return Model(
        task=contract.task,
        target=contract.target,
        classes=contract.classes,
        metric=evaluation.metric,
        members=served.assembly.records,
        leaderboard=(),
        evaluation=evaluation,
        importances=(),
        trials=(),
        train_rows=served.assembly.rows,
        measured_rows=None if served.assembly is measured.assembly else measured.assembly.rows,
        size_bytes=0,
        predict_ms=0.0,
        ended=search.ended,
    )


def _completed(settled: Model, search: Search, choice: Choice, bundle: Bundled) -> Model:
    """Add what the bundle weighs and how quickly it answers, how candidates compare, and which targets are in doubt."""
    predict_ms = bundle.one_row_ms()
    board = choice.leaderboard(search, settled.metric, size=bundle.size, predict_ms=predict_ms)
    return replace(
        settled,
        leaderboard=board,
        trials=tuple(search.trials),
        ended=search.ended,
        size_bytes=bundle.size,
        predict_ms=round(predict_ms, 4),
        label_issues=find_label_issues(search, choice),
    )
