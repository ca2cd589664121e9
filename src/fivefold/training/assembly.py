"""The assembly: chosen members and their encoder become a bundle on disk, which is then loaded as anyone would load it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import MemberRecord, OutOfFold
from fivefold.core.tasks import EncodeTask
from fivefold.measure.out_of_fold import kept_out_of_fold
from fivefold.measure.sketch import sketch
from fivefold.runtime.bundle import BundleMember, golden_rows, load_bundle, write_bundle
from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec
from fivefold.runtime.judgement import Judgement
from fivefold.training.baseline import NAME
from fivefold.training.encoded import load_encoder
from fivefold.training.encoding.fit import outputs
from fivefold.training.repeats import member

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fivefold.core.protocols import Fitted, Floats
    from fivefold.runtime.bundle import Golden
    from fivefold.runtime.predictor import Predictor
    from fivefold.training.choice import Choice
    from fivefold.training.search import Search

__all__ = ["Assembly", "Bundled"]

_SKETCHED = 100_000
_GOLDEN = 8
_TIMED = 40


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that was written and loaded again.

    Attributes
    ----------
    predictor : Predictor
    size : int
        Bytes on disk.
    """

    predictor: Predictor
    size: int

    def golden(self, search: Search) -> tuple[Golden, ...]:
        """Real training rows with the answers that any deployment must give."""
        rows = search.workshop.rows
        return golden_rows(self.predictor, rows.drawn(_GOLDEN))

    def one_row_ms(self) -> float:
        """Median time from a request's row to its answer, in process."""
        times = []
        for turn in range(_TIMED):
            row = self.predictor.golden[turn % len(self.predictor.golden)].row
            began = time.perf_counter()
            self.predictor.answer(self.predictor.read([row]))
            times.append(time.perf_counter() - began)
        return float(np.median(times)) * 1000


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a bundle is made of.

    Attributes
    ----------
    encoder : Encoder
    members : tuple of BundleMember
    records : tuple of MemberRecord
        The same members, as the artefact lists them.
    rows : int
        Rows that the members learned from.
    judgement : Judgement
        What becomes of their blended scores.
    out_of_fold : OutOfFold
        What they answered of rows that had not taught them, so judged.
    """

    encoder: Encoder
    members: tuple[BundleMember, ...]
    records: tuple[MemberRecord, ...]
    rows: int
    judgement: Judgement = field(default_factory=Judgement)
    out_of_fold: OutOfFold = field(default_factory=OutOfFold)

    @classmethod
    def of(cls, search: Search, weights: Mapping[int, float], fold: int) -> Assembly:
        """Take members from their fits on a fold, or on all rows; each has its own encoder."""
        members, listed = [], []
        for number, weight in weights.items():
            candidate, answer = search.candidates[number], search.fits[number, fold]
            payload, settings = member(search, number, fold)
            members.append(BundleMember(candidate.name, answer.kind, weight, payload))
            facts = (candidate.name, candidate.family, answer.kind, weight, answer.rounds)
            listed.append(MemberRecord(*facts, settings))
        contract = search.workshop.rows.terms.contract
        encoder = load_encoder(search.workshop.folder / EncodeTask(fold).place, contract)
        learned = search.workshop.rows_of(fold).learned(fold).size
        return cls(encoder, tuple(members), tuple(listed), learned)

    @classmethod
    def of_baseline(cls, search: Search, fitted: Fitted) -> Assembly:
        """Take the baseline alone; it needs no feature."""
        rows = search.workshop.rows
        encoder = Encoder(EncoderSpec(()), {}, outputs(rows.terms.contract))
        dummy = BundleMember(NAME, fitted.kind, 1.0, fitted.payload)
        return cls(encoder, (dummy,), (MemberRecord(NAME, NAME, fitted.kind, 1.0, 0, {}),), rows.folds.size)

    def judged(self, judgement: Judgement, choice: Choice, search: Search) -> Assembly:
        """Return the same with what becomes of its scores, and with what came of them out of fold.

        Early rolling folds were answered by members that knew little: they say nothing of what is served.
        """
        terms = search.workshop.rows.terms
        truth, scores = choice.truth, judgement.meant(choice.scores)
        if choice.compared is not None:
            counted = choice.compared > 0
            truth, scores = truth[counted], scores[counted]
        out_of_fold = kept_out_of_fold(
            terms.contract, truth, scores, judgement.decided(scores), seed=terms.seed
        )
        return replace(self, judgement=judgement, out_of_fold=out_of_fold)

    def write(
        self,
        folder: Path,
        search: Search,
        metric: str,
        scores: Floats,
        golden: Sequence[Golden] = (),
        card: str = "",
    ) -> Bundled:
        """Write the bundle and load it.

        Parameters
        ----------
        folder : Path
        search : Search
        metric : str
            The headline metric.
        scores : Floats
            The scores to sketch as the reference of later ones.
        golden : sequence of Golden
        card : str
        """
        rows = search.workshop.rows
        contract = rows.terms.contract
        # Of several classes the sketch counts labels, as the log of a service does.
        counted = self.judgement.decided(scores) if contract.task == "multiclass" else scores
        size = write_bundle(
            folder,
            contract=contract,
            encoder=self.encoder,
            members=self.members,
            metric=metric,
            reference=sketch(rows.drawn(_SKETCHED), contract, counted, self.out_of_fold),
            golden=golden,
            judgement=self.judgement,
            seed=rows.terms.seed,
            card=card,
        )
        return Bundled(load_bundle(folder), size)
