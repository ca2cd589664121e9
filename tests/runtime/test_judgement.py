"""What becomes of blended scores: how sure an answer is, where labels are cut, and bundles from before all that."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fivefold.core.errors import RequestError
from fivefold.runtime.blend import Blend
from fivefold.runtime.bundle import BundleMember, load_bundle, write_bundle
from fivefold.runtime.certainty import IntervalTable, SetTable
from fivefold.runtime.judgement import Judgement, Recalibration
from fivefold.runtime.manifest import manifest_bytes
from fivefold.runtime.predictor import Predictor

if TYPE_CHECKING:
    from pathlib import Path

    from fivefold.core.artefacts import Contract, Reference
    from fivefold.core.tables import Frame
    from fivefold.runtime.encoder import Encoder

JUDGEMENT = Judgement(
    recalibration=Recalibration("beta", (1.0, 1.0), (0.0, -1.0)),
    threshold=0.6,
    sets=SetTable((0.9,), ((0.4, 0.4),)),
)


@pytest.fixture
def predictor(
    tmp_path: Path, contract: Contract, encoder: Encoder, reference: Reference, frame: Frame
) -> Predictor:
    """A bundle of a constant member and a judgement, loaded again."""
    write_bundle(
        tmp_path / "judged",
        contract=contract,
        encoder=encoder,
        members=[BundleMember("dummy", "constant", 1.0, b'{"scores": [0.25, 0.75]}')],
        metric="f1",
        reference=reference,
        golden=(),
        judgement=JUDGEMENT,
    )
    return load_bundle(tmp_path / "judged")


def test_a_bundle_keeps_its_judgement(predictor: Predictor) -> None:
    assert predictor.blend.judgement == JUDGEMENT
    assert predictor.levels == (0.9,)


def test_scores_are_put_right_and_labels_cut_at_the_threshold(predictor: Predictor, frame: Frame) -> None:
    meant = 3 / (3 + np.e)
    assert predictor.scores(frame)[:, 1] == pytest.approx(np.full(frame.height, meant))
    assert meant > 0.5
    labels = set(predictor.predict(frame).tolist())
    assert len(labels) == 1
    rows = predictor.read([predictor_row(frame)])
    answer = predictor.answer(rows, coverage=0.9)[0]
    assert answer["label"] in labels
    assert answer["score"] == pytest.approx(meant)
    assert answer["label"] != list(predictor.contract.classes)[1]
    held = answer["set"]
    assert isinstance(held, list)
    assert len(held) == 2


def test_without_being_asked_an_answer_has_neither_set_nor_interval(
    predictor: Predictor, frame: Frame
) -> None:
    assert set(predictor.answer(predictor.read([predictor_row(frame)]))[0]) == {
        "label",
        "score",
        "probabilities",
    }


def test_a_coverage_that_is_not_offered_is_refused(predictor: Predictor, frame: Frame) -> None:
    with pytest.raises(RequestError, match=r"no such coverage.*0\.77.*0\.9"):
        predictor.answer(predictor.read([predictor_row(frame)]), coverage=0.77)
    with pytest.raises(RequestError, match="no such coverage"):
        predictor.intervals(np.zeros((1, 1)))


def test_a_number_comes_with_its_interval(predictor: Predictor, frame: Frame) -> None:
    table = IntervalTable((0.9,), (0.0, 10.0), ((-1.0, -1.0),), ((2.0, 2.0),), 0.0)
    numbers = Predictor(
        contract=replace(predictor.contract, task="regression", classes=(), positive=None),
        encoder=predictor.encoder,
        blend=Blend([Five()], [1.0], Judgement(intervals=table)),
        metric="rmse",
        reference=predictor.reference,
    )
    rows = numbers.read([predictor_row(frame)])
    assert numbers.answer(rows, coverage=0.9) == [{"value": 5.0, "interval": [4.0, 7.0]}]


class Five:
    """A member that always says five."""

    def predict(self, values: np.ndarray) -> np.ndarray:
        return np.full((len(values), 1), 5.0)


def test_a_bundle_from_before_there_were_judgements_is_read(bundle: Path, frame: Frame) -> None:
    path = bundle / "bundle.json"
    plain = json.loads(path.read_bytes())
    del plain["judgement"], plain["digest"]
    path.write_bytes(manifest_bytes(plain))
    old = load_bundle(bundle)
    assert old.levels == ()
    assert len(old.predict(frame)) == frame.height
    with pytest.raises(RequestError, match="does not say how sure it is"):
        old.answer(old.read([predictor_row(frame)]), coverage=0.9)


def predictor_row(frame: Frame) -> dict[str, object]:
    """A row as a request would carry it."""
    row: dict[str, object] = json.loads(frame.head(1).write_json())[0]
    row["when"] = "2016-04-29T18:38:08Z"
    return row
