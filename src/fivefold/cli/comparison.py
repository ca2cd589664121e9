"""Runs of a store side by side, as records: what ``fivefold experiments`` prints, and its ``--json``."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivefold.core import records
from fivefold.core.artefacts import Brief, Dataset, Model, Score
from fivefold.core.elsewhere import read_elsewhere
from fivefold.core.errors import ArtefactError
from fivefold.core.store import Header, Run, Stored
from fivefold.result import RunRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fivefold.core.artefacts import Trial

__all__ = ["CandidateLine", "Difference", "Experiments", "FitLine", "RunLine", "compare"]

Setting = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class FitLine:
    """One fit of a candidate.

    Attributes
    ----------
    fold : int
        Number of the validation fold; -1 for all training rows, -2 for rows drawn at random, -3 for all rows.
    score : float or None
        Validation loss (log loss, RMSE, MAE where that is the headline metric, or pinball loss), lower is better; None where none was measured.
    seconds : float
    rounds : int
    state, reason : str
        ``done``, ``stopped``, ``failed``, ``killed``, ``skipped`` or ``refused``, and why.
    memory_bytes : int
        Peak of the fitting process's resident memory; 0 where it is not known.
    """

    fold: int
    score: float | None
    seconds: float
    rounds: int
    state: str
    reason: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class CandidateLine:
    """One candidate of a run, with all its fits.

    Attributes
    ----------
    run, candidate, family : str
        The family of one that was trained elsewhere is the route, such as ``bigquery-ml``.
    loss : float or None
        Over the folds that all were compared on, lower is better; None for a candidate that was not compared on them.
    metric : float or None
        The headline metric over the same rows.
    weight : float
        Share in the blend; 0 for no member.
    seconds : float
        Of all its fits.
    settings : dict of str to (float | int | str | bool | None)
    fits : tuple of FitLine
        In the order in which they ended.
    sealed : Score or None
        The headline metric on the sealed rows of one that was trained elsewhere, which never met the folds; None for candidates of
        the run, of which the blend alone met the sealed rows.
    """

    run: str
    candidate: str
    family: str
    loss: float | None
    metric: float | None
    weight: float
    seconds: float
    settings: dict[str, Setting]
    fits: tuple[FitLine, ...]
    sealed: Score | None = None


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run.

    Attributes
    ----------
    run, started, state, source, target : str
        ``source`` is the label of the table, ``started`` an ISO time, UTC.
    metric : str
        The headline metric; empty before training has ended.
    sealed, baseline : Score or None
        The model and the dummy on the sealed part.
    seconds : float or None
        Time that training took.
    size_bytes : int or None
        Of the bundle.
    members : tuple of str
        The heaviest first.
    ended : str
        Why training ended.
    sealed_rows : str
        Digest of the sealed part: figures of two runs can be held against each other if it is the same.
    trouble : str
        Why an artefact of the run could not be read; empty when all is well.
    """

    run: str
    started: str
    state: str
    source: str
    target: str
    metric: str
    sealed: Score | None
    baseline: Score | None
    seconds: float | None
    size_bytes: int | None
    members: tuple[str, ...]
    ended: str
    sealed_rows: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One word of question, budget, data or plan in which runs differ; ``values`` by run, empty where it has none."""

    key: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Experiments:
    """What ``fivefold experiments`` found.

    Attributes
    ----------
    runs : tuple of RunLine
        Those that were named, in that order; without names all of the store, the one touched last at the end.
    candidates : tuple of CandidateLine
        Of the runs that were named, run after run, the best first.
    differences : tuple of Difference
        Between the runs that were named.
    same_sealed_rows : bool or None
        Whether the runs that were named were judged on the same rows, which the best figure needs; None for fewer than two
        that were judged.
    """

    runs: tuple[RunLine, ...]
    candidates: tuple[CandidateLine, ...] = ()
    differences: tuple[Difference, ...] = ()
    same_sealed_rows: bool | None = None


def compare(runs: Sequence[Run], *, listing: bool) -> Experiments:
    """Read runs from the store.

    Parameters
    ----------
    runs : sequence of Run
    listing : bool
        Whether their lines alone are wanted. Then a run that cannot be read has a line as well.

    Raises
    ------
    ArtefactError
        When one cannot be read and more than its line is wanted.
    """
    if listing:
        return Experiments(tuple(map(_listed, runs)))
    lines = tuple(_line(run, RunRecord.read(run)) for run in runs)
    judged = [line.sealed_rows for line in lines if line.sealed]
    return Experiments(
        lines,
        tuple(candidate for run in runs for candidate in (*_candidates(run), *_elsewhere(run))),
        _differences(runs),
        len(set(judged)) == 1 if len(judged) > 1 else None,
    )


def _listed(run: Run) -> RunLine:
    """Line of a run that may be broken, or of another version."""
    try:
        record = RunRecord.read(run)
    except ArtefactError as error:
        return RunLine(run.id, "", "", "", "", "", None, None, None, None, (), "", "", error.what)
    try:
        return _line(run, record)
    except ArtefactError as error:
        source, target = record.source, record.question.target
        return RunLine(
            run.id,
            record.started,
            record.state,
            source,
            target,
            "",
            None,
            None,
            None,
            None,
            (),
            "",
            "",
            error.what,
        )


def _line(run: Run, record: RunRecord) -> RunLine:
    """Sum up one run."""
    model, dataset = run.get("train", Model), run.get("data", Dataset)
    body = model.body if model else None
    evaluation = body.evaluation if body else None
    return RunLine(
        run=run.id,
        started=record.started,
        state=record.state,
        source=record.source,
        target=record.question.target,
        metric=body.metric if body else "",
        sealed=evaluation.score(evaluation.metric) if evaluation else None,
        baseline=_named(evaluation.baseline, evaluation.metric) if evaluation else None,
        seconds=model.header.seconds if model else None,
        size_bytes=body.size_bytes if body else None,
        members=tuple(member.name for member in body.members) if body else (),
        ended=body.ended if body else "",
        sealed_rows=_sealed_rows(model.header if model else None, dataset),
    )


def _named(scores: Iterable[Score], metric: str) -> Score | None:
    """The score of a metric."""
    return next((score for score in scores if score.metric == metric), None)


def _sealed_rows(model: Header | None, dataset: Stored[Dataset] | None) -> str:
    """Digest of the sealed part, if the model was judged on the one that lies there now."""
    if model is None or dataset is None or model.parents.get("Dataset") != dataset.header.digest:
        return ""
    return dataset.header.payloads.get("test.parquet", "")


def _candidates(run: Run) -> list[CandidateLine]:
    """Candidates of a run, the best first; those that were not compared on all folds after them."""
    model = run.get("train", Model)
    if model is None:
        return []
    board = {row.name: row for row in model.body.leaderboard}
    trials: dict[str, list[Trial]] = defaultdict(list)
    for trial in model.body.trials:
        trials[trial.candidate].append(trial)
    lines = []
    for name, fits in trials.items():
        row = board.get(name)
        lines.append(
            CandidateLine(
                run=run.id,
                candidate=name,
                family=fits[0].family,
                loss=row.loss if row else None,
                metric=row.metric if row else None,
                weight=row.weight if row else 0.0,
                seconds=round(sum(fit.seconds for fit in fits), 3),
                settings=fits[0].settings,
                fits=tuple(map(_fit, fits)),
            )
        )
    return sorted(lines, key=_goodness)


def _elsewhere(run: Run) -> list[CandidateLine]:
    """Models that were trained elsewhere, after the candidates: what they were judged by cannot be ordered among losses on folds."""
    return [
        CandidateLine(
            run=run.id,
            candidate=one.rival.name,
            family=one.route,
            loss=None,
            metric=None,
            weight=0.0,
            seconds=one.seconds,
            settings=dict(one.settings),
            fits=(),
            sealed=one.rival.score,
        )
        for one in read_elsewhere(run)
    ]


def _fit(trial: Trial) -> FitLine:
    """What one fit shows."""
    facts = (trial.fold, trial.score, trial.seconds, trial.rounds, trial.state, trial.reason)
    return FitLine(*facts, trial.memory_bytes)


def _goodness(line: CandidateLine) -> tuple[float, float]:
    """Where a candidate stands: by its loss; without one by that of its first fit, after all that have one."""
    first = next((fit.score for fit in line.fits if fit.score is not None), math.inf)
    return (line.loss, 0.0) if line.loss is not None else (math.inf, first)


def _differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """Everything that was asked, stated or planned otherwise in one of the runs."""
    words = {run.id: _words(run) for run in runs}
    keys = dict.fromkeys(key for each in words.values() for key in each)
    table = {key: {run: each.get(key, "") for run, each in words.items()} for key in keys}
    return tuple(Difference(key, values) for key, values in table.items() if len(set(values.values())) > 1)


def _words(run: Run) -> dict[str, str]:
    """What went into a run, and the plan that was made of it."""
    record, brief = RunRecord.read(run), run.get("research", Brief)
    words: dict[str, object] = {"version": record.version, "source": record.source}
    words |= {"source.digest": record.source_digest[7:15], "seed": record.seed}
    parts = {"question": records.plain(record.question), "budget": record.means}
    parts |= {"data": records.plain(record.data), "answers": record.answers}
    words |= {f"{part}.{key}": value for part, keys in parts.items() for key, value in keys.items()}
    words |= {f"plan.{item.key}": item.value for item in brief.body.plan} if brief else {}
    return {key: _word(value) for key, value in words.items()}


def _word(value: object) -> str:
    """Write a value on a line; nothing for one that says nothing."""
    if value is None or value in ("", [], {}, ()):
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
