"""Distillation: one LightGBM that learns from the training rows and from what a run's model answered of them.

Read :func:`distil`. The answers are those that the folds gave to rows which had not taught them, so the student copies no
memory; its target is the mean of them and of the truth, as neither alone did as well. It is measured on the sealed rows beside the
model as that was measured: neither had seen them, and nothing is chosen by them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ROW, Brief, Dataset, Model
from fivefold.core.artefacts.model import where
from fivefold.core.clock import Deadline
from fivefold.core.costs import read_costs
from fivefold.core.errors import InputError
from fivefold.core.protocols import Family, MemberKind
from fivefold.core.registry import Registry
from fivefold.core.tables import read_parquet
from fivefold.core.tasks import EncodeTask
from fivefold.core.workbench import Silence
from fivefold.export.distilled import Distilled
from fivefold.measure.intervals import paired_gains
from fivefold.measure.metrics import LABELLED
from fivefold.measure.objectives import loss, objective_of
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.measure.sketch import sketch
from fivefold.runtime.bundle import BundleMember, golden_rows, load_bundle, read_bundle, write_bundle
from fivefold.runtime.costs import cost_matrix
from fivefold.runtime.judgement import Judgement
from fivefold.training.answers import Answers
from fivefold.training.encoded import EncodedFold, load_encoder
from fivefold.training.evaluation import SealedPart
from fivefold.training.lesson import SHARE, lesson
from fivefold.training.rows import ALL, Terms
from fivefold.training.sampling import draw
from fivefold.training.tasks import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Contract
    from fivefold.core.protocols import Candidate, Fitted, Floats
    from fivefold.core.store import Run, Stored
    from fivefold.core.workbench import Progress
    from fivefold.runtime.bundle import BundleContents
    from fivefold.runtime.predictor import Predictor

__all__ = ["Student", "distil"]

_FAMILY = "lightgbm"
_CANDIDATES = 2
"""Settings that are tried, the best first."""
_ROWS, _VALUES = 200_000, 10_000_000
"""Rows, and values in them, that are learned from at most."""
_SECONDS = 60.0
"""Time of a fit at most."""
_GOLDEN, _SKETCHED = 8, 100_000


@dataclass(frozen=True, slots=True)
class Student:
    """A student and what is known of it.

    Attributes
    ----------
    folder : Path
        Its bundle.
    told : Distilled
    """

    folder: Path
    told: Distilled


def distil(run: Run, folder: Path, *, share: float = SHARE, progress: Progress | None = None) -> Student:
    """Teach a single model what a run's model knows, as far as columns other than texts tell it.

    Parameters
    ----------
    run : Run
        With its steps up to training.
    folder : Path
        Empty; takes the student's bundle and what is needed on the way.
    share : float
        How much of what the student learns is the teacher's answer, where there is one; the rest is the truth.
    progress : Progress, optional

    Raises
    ------
    InputError
        When the run keeps no answers, or nothing but texts is left to learn from.
    """
    dataset, model = run.need("data", Dataset), run.need("train", Model)
    teacher = read_bundle(model.folder / "bundle")
    contract = _without_texts(teacher.manifest.contract)
    terms = _terms(dataset, run.need("research", Brief).body, contract, folder, teacher.manifest.seed or 0)
    workshop = Workshop.open(folder / "workshop", terms)
    answers = Answers.read(model.folder, sealed=False)
    numbers = read_parquet(workshop.rows.path, columns=[ROW])[ROW].to_numpy()
    school = _School(workshop, answers.of(numbers), share, progress or Silence())
    fitted = school.taught()
    judgement = Judgement(threshold=teacher.manifest.judgement.threshold, costs=terms.costs)
    sealed = SealedPart(dataset.folder / "test.parquet", terms)
    student = _write(folder / "bundle", workshop, (fitted, judgement), sealed, teacher.manifest.metric)
    told = _measured(student, teacher, sealed, Answers.read(model.folder, sealed=True))
    learned, answered = workshop.rows.folds.size, int(np.isfinite(school.said[:, 0]).sum())
    return Student(folder / "bundle", replace(told, learned=learned, answered=answered))


@dataclass(frozen=True, slots=True)
class _School:
    """The rows to learn from.

    Attributes
    ----------
    workshop : Workshop
    said : Floats
        What the teacher answered of each training row; NaN where it was not asked.
    share : float
        How much of a target is that answer.
    progress : Progress
    """

    workshop: Workshop
    said: Floats
    share: float
    progress: Progress

    def taught(self) -> Fitted:
        """Choose settings and rounds on the first fold, and learn from all rows."""
        fold = self.workshop.rows.order[0]
        self.progress.advance(0.05, "encoding the rows")
        for each in (fold, ALL):
            self.workshop.perform(EncodeTask(each))
        family = Registry[type[Family]]("fivefold.families").get(_FAMILY)()
        family.prepare()
        problem = self.workshop.problem(self._encoded(fold).train.features, type(family))
        candidates = list(family.candidates(problem))[:_CANDIDATES]
        if not candidates:
            raise _nothing_to_learn("a quantile with trends, which LightGBM does not keep")
        tried = [(self._fitted(family, candidate, fold), candidate) for candidate in candidates]
        best, chosen = min(tried, key=lambda one: self._loss(one[0], fold))
        rounds = max(1, round(best.rounds * self.workshop.rows.growth))
        return self._fitted(family, chosen, ALL, rounds)

    def _fitted(self, family: Family, candidate: Candidate, fold: int, rounds: int = 0) -> Fitted:
        """Learn from the rows of a fold, or from all."""
        encoded, rows = self._encoded(fold), self.workshop.rows
        learned = rows.learned(fold)
        self.progress.advance(0.7 if fold == ALL else 0.2, f"teaching {candidate.name}, {where(fold)}")
        own = rows.weights_at(learned)
        own = None if own is None else own / own.mean()
        sample = lesson(encoded.train, self.said[learned], own, share=self.share)
        problem = self.workshop.problem(sample.features, type(family))
        return family.fit(candidate, problem, sample, encoded.valid, Deadline.after(_SECONDS), rounds)

    def _loss(self, fitted: Fitted, fold: int) -> float:
        """How far off it is on the rows that the fold is judged on."""
        valid, rows = self._encoded(fold).valid, self.workshop.rows
        assert valid is not None
        member = Registry[MemberKind]("fivefold.members").get(fitted.kind).load(fitted.payload)
        weight = rows.weights_at(rows.judged(fold))
        return loss(rows.terms.objective, valid.target, member.predict(valid.values), weight)

    def _encoded(self, fold: int) -> EncodedFold:
        """Map a fold's matrices."""
        place = self.workshop.folder / EncodeTask(fold).place
        return EncodedFold.load(place, balanced=self.workshop.rows.terms.balanced)


def _without_texts(contract: Contract) -> Contract:
    """The contract of the columns that every form can hold."""
    columns = tuple(column for column in contract.columns if column.role != "text")
    if not columns:
        raise _nothing_to_learn("texts alone: " + ", ".join(repr(one.name) for one in contract.columns[:8]))
    return replace(contract, columns=columns)


def _terms(dataset: Stored[Dataset], plan: Brief, contract: Contract, folder: Path, seed: int) -> Terms:
    """Say what the work is, as training did; of many rows some are drawn."""
    body, snapshot = dataset.body, dataset.folder / "train.parquet"
    total, most = body.split.train_rows, min(_ROWS, max(1, _VALUES // len(contract.columns)))
    if total > most:
        snapshot = draw(snapshot, total, most, folder, seed=seed)
    return Terms(
        snapshot=str(snapshot),
        contract=contract,
        split=body.split,
        rates=plan.text("preprocess.high_cardinality") == "crossfit_target",
        balanced=plan.text("model.class_weight") == "balanced" and contract.task != "regression",
        seconds=_SECONDS,
        seed=seed,
        objective=objective_of(contract.task, plan.text("metric.primary")),
        trends=dict.fromkeys(plan.names("model.increasing"), 1)
        | dict.fromkeys(plan.names("model.decreasing"), -1),
        weight=body.weight,
        costs=cost_matrix(read_costs(plan.text("metric.costs")), contract.classes),
    )


def _write(
    folder: Path, workshop: Workshop, taught: tuple[Fitted, Judgement], sealed: SealedPart, metric: str
) -> Predictor:
    """Write the student's bundle, and load it as anyone would; the sealed rows, which taught it nothing, are its reference."""
    rows, (fitted, judgement) = workshop.rows, taught
    contract = rows.terms.contract
    encoder = load_encoder(workshop.folder / EncodeTask(ALL).place, contract)
    member = BundleMember("student", fitted.kind, 1.0, fitted.payload)
    scores = Registry[MemberKind]("fivefold.members").get(fitted.kind).load(fitted.payload)
    every = slice(None, None, max(1, -(-sealed.truth.size // _SKETCHED)))
    said = scores.predict(encoder.encode_frame(sealed.frame[every]))
    decided = judgement.decided(said)
    out_of_fold = kept_out_of_fold(contract, sealed.truth[every], said, decided, seed=rows.terms.seed)
    counted = decided if contract.task == "multiclass" else said
    write = partial(
        write_bundle,
        folder,
        contract=contract,
        encoder=encoder,
        members=[member],
        metric=metric,
        reference=sketch(rows.drawn(_SKETCHED), contract, counted, out_of_fold),
        judgement=judgement,
        seed=rows.terms.seed,
    )
    write(golden=())
    write(golden=golden_rows(load_bundle(folder), rows.drawn(_GOLDEN)))
    return load_bundle(folder)


def _measured(student: Predictor, teacher: BundleContents, sealed: SealedPart, answers: Answers) -> Distilled:
    """Compare the student with its teacher on the sealed rows that the teacher was asked before it saw them."""
    said = answers.of(sealed.frame[ROW].to_numpy())
    asked = np.flatnonzero(np.isfinite(said[:, 0]))
    theirs, ours = said[asked], student.scores(sealed.frame[asked])
    terms, metric = sealed.terms, teacher.manifest.metric
    judgement, contract = teacher.manifest.judgement, teacher.manifest.contract
    decided = [judgement.decided(scores) for scores in (theirs, ours)]
    judged = decided if metric in LABELLED else [theirs, ours]
    (mine, behind), (its, _) = paired_gains(
        metric,
        contract.task,
        sealed.truth[asked],
        judged[0],
        [judged[1], judged[0]],
        seed=terms.seed,
        groups=None if sealed.groups is None else sealed.groups[asked],
        weight=None if sealed.weight is None else sealed.weight[asked],
    )
    other = float((decided[0].argmax(axis=1) != decided[1].argmax(axis=1)).mean())
    kept = {column.name for column in student.contract.columns}
    return Distilled(
        bundle=teacher.version,
        lacks=tuple(column.name for column in contract.columns if column.name not in kept),
        learned=0,
        answered=0,
        rows=asked.size,
        teacher=its,
        student=mine,
        loss=behind,
        labels=other if contract.classes else None,
    )


def _nothing_to_learn(seen: str) -> InputError:
    """Say that no student can be taught."""
    return InputError(
        "No single model can be taught what the run's model knows",
        seen=seen,
        expected="numbers, categories, booleans or dates to learn from",
        todo="deploy the bundle itself: --to bundle, --to mlflow, or a service",
    )
