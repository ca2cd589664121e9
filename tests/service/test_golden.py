from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from fivefold.core.errors import ArtefactError
from fivefold.runtime.bundle import load_bundle
from fivefold.service.golden import TOLERANCE, difference, prove
from fivefold.testing.targets import tiny_bundle

ANSWER = {"label": "yes", "score": 0.75, "probabilities": {"no": 0.25, "yes": 0.75}}


@pytest.mark.parametrize(
    ("given", "apart"),
    [
        (ANSWER, 0.0),
        ({**ANSWER, "score": 0.7500001}, 1e-7),
        ({**ANSWER, "label": "no"}, math.inf),
        ({**ANSWER, "probabilities": {"no": 0.25, "yes": 0.5}}, 0.25),
        ({**ANSWER, "probabilities": {"no": 0.25}}, math.inf),
        ({**ANSWER, "score": math.nan}, math.inf),
        ({**ANSWER, "score": "0.75"}, math.inf),
        ({**ANSWER, "more": 1}, math.inf),
        ("yes", math.inf),
    ],
)
def test_answers_are_compared_number_by_number(given: object, apart: float) -> None:
    assert difference(ANSWER, given) == pytest.approx(apart)


def test_large_numbers_are_compared_by_their_size() -> None:
    assert difference({"value": 2e6}, {"value": 2e6 + 2}) == pytest.approx(1e-6)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_whole_bundle_is_proved(task: str, tmp_path: Path) -> None:
    predictor = load_bundle(tiny_bundle(tmp_path / "bundle", task=task).folder)  # type: ignore[arg-type]
    assert prove(predictor) <= TOLERANCE


def test_a_bundle_that_answers_differently_is_refused(tmp_path: Path) -> None:
    predictor = load_bundle(tiny_bundle(tmp_path / "bundle", task="regression").folder)
    first, *others = predictor.golden
    predictor.golden = (*others, replace(first, answer={"value": 1.0}))
    with pytest.raises(ArtefactError, match="golden row 2 is off by"):
        prove(predictor)


def test_a_bundle_without_golden_rows_cannot_be_proved(tmp_path: Path) -> None:
    predictor = load_bundle(tiny_bundle(tmp_path / "bundle").folder)
    predictor.golden = ()
    with pytest.raises(ArtefactError, match="no golden rows"):
        prove(predictor)
