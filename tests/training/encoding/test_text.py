"""Texts are learned from words that several of them share."""

from __future__ import annotations

import numpy as np
import polars as pl

from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import EncoderSpec
from fivefold.training.encoding import text as texts
from fivefold.training.encoding import words
from fivefold.training.encoding.text import fit_text

FRUIT, METAL = (
    ("red apple pie", "green apple tree", "sweet apple"),
    ("hard iron bar", "iron rod", "cold iron nail"),
)


def project(values: pl.Series, seed: int = 0) -> np.ndarray:
    """Fit a column and encode it."""
    part, arrays = fit_text("note", values, None, seed=seed)
    named = {f"0.{name}": array for name, array in arrays.items()}
    return Encoder(EncoderSpec((part,)), named, 1).encode_frame(values.to_frame("note"))


def test_texts_about_one_thing_lie_together() -> None:
    values = pl.Series([*FRUIT, *METAL] * 30)
    encoded = project(values)[:6, :2]
    fruit, metal = encoded[:3].mean(axis=0), encoded[3:].mean(axis=0)
    assert np.abs(fruit - metal).max() > 3 * np.abs(encoded[:3] - fruit).max()


def test_the_same_seed_gives_the_same_components() -> None:
    values = pl.Series([*FRUIT, *METAL] * 20)
    np.testing.assert_array_equal(project(values), project(values))


def test_words_of_one_text_alone_are_not_learned() -> None:
    part, _ = fit_text("note", pl.Series(["alpha beta", "beta gamma", "beta delta", None]), None, seed=0)
    assert part.vocabulary == ()
    part, _ = fit_text("note", pl.Series(["alpha beta", "beta gamma", "gamma beta"]), None, seed=0)
    assert part.vocabulary == ("beta", "gamma")


def test_texts_without_any_shared_word_leave_their_lengths() -> None:
    encoded = project(pl.Series(["one", "two words", None]))
    np.testing.assert_array_equal(encoded, [[1, 3], [2, 9], [np.nan, np.nan]])


def test_very_long_texts_are_sampled(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(words, "_CHARACTERS", 60)
    part, _ = fit_text(
        "note", pl.Series([f"word{number % 3} again" for number in range(1_000)]), None, seed=0
    )
    assert len(part.vocabulary) <= 7


def test_components_explain_what_a_full_decomposition_does() -> None:
    from scipy.sparse import csr_array

    rng = np.random.default_rng(0)
    counts = csr_array(rng.poisson(0.4, (200, 40)).astype(float))
    scaled = words.weighted(counts, np.ones(40))
    found = texts._components(scaled, 5, 0)
    weighted = scaled.toarray()
    exact = np.linalg.svd(weighted, full_matrices=False)[1][:5]
    np.testing.assert_allclose(np.linalg.norm(weighted @ found, axis=0), exact, rtol=0.02)
