"""A text's score says what its words said of other rows, never what the row itself did."""

from __future__ import annotations

import numpy as np
import polars as pl

from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec
from fivefold.training.encoding.rates import Outcomes, inner_folds
from fivefold.training.encoding.scores import crossfitted_scores
from fivefold.training.encoding.text import fit_text

GOOD, BAD = "a fine day, truly", "a dreadful day, truly"


def outcomes(target: np.ndarray, classes: int = 0) -> Outcomes:
    return Outcomes.of(target, classes, inner_folds(target.size, None, 0))


def test_a_telling_word_is_scored() -> None:
    values = pl.Series([GOOD, BAD, "a day", None] * 50)
    part, arrays = fit_text("note", values, outcomes(np.tile([5.0, -5.0, 0.0, 9.0], 50)), seed=0)
    assert part.scores == 1
    encoder = Encoder(EncoderSpec((part,)), {f"0.{name}": array for name, array in arrays.items()}, 1)
    place = [feature.name for feature in encoder.features].index("note (score)")
    good, bad, missing = (encoder.encode_row({"note": text})[0, place] for text in (GOOD, BAD, None))
    assert good > 1 > -1 > bad
    assert np.isnan(missing)


def test_several_classes_get_a_score_each() -> None:
    values = pl.Series([GOOD, BAD, "a day"] * 50)
    part, arrays = fit_text("note", values, outcomes(np.tile([0.0, 1.0, 2.0], 50), 3), seed=0)
    assert part.scores == 3
    assert arrays["components"].shape == (len(part.vocabulary), part.width + 3)


def test_few_texts_are_not_scored() -> None:
    part, _ = fit_text("note", pl.Series([GOOD, BAD] * 40), outcomes(np.tile([0.0, 1.0], 40)), seed=0)
    assert part.scores == 0


def test_no_row_sees_the_targets_of_its_own_inner_fold() -> None:
    rng = np.random.default_rng(0)
    values = pl.Series([" ".join(rng.choice(list("abcdefghij"), 4)) for _ in range(200)])
    target = rng.normal(size=200)
    before = outcomes(target)
    part, arrays = fit_text("note", values, before, seed=0)
    own = crossfitted_scores(part, arrays["idf"], values, before)
    same = before.inner == 2
    changed = crossfitted_scores(
        part,
        arrays["idf"],
        values,
        Outcomes.of(target + 100 * same * values.str.contains("a").to_numpy(), 0, before.inner),
    )
    np.testing.assert_allclose(own[same], changed[same], atol=1e-6)
    assert not np.allclose(own[~same], changed[~same])
    assert np.corrcoef(own[:, 0], target)[0, 1] < 0.3


def test_missing_texts_have_no_score() -> None:
    values = pl.Series([GOOD, None, BAD] * 50)
    told = outcomes(np.tile([1.0, 0.0, 0.0], 50))
    part, arrays = fit_text("note", values, told, seed=0)
    own = crossfitted_scores(part, arrays["idf"], values, told)
    np.testing.assert_array_equal(np.isnan(own[:, 0]), values.is_null().to_numpy())
