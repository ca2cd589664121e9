"""Phrases: a word, or two that stand side by side, anywhere in a text, that give the answer: ``account terminated``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from fivefold.data.answer import Answer

    Floats = NDArray[np.float64]

__all__ = ["Phrase", "telling_phrase"]

_LEAST = 20
"""Rows that must hold a phrase, and rows that must not."""
_WORDS = 600_000
"""Words that are read at most: the phrases are chosen on so many, and tried on all rows."""
_LONGEST = 2_000
"""Words of a text that are read."""
_WORTHWHILE = 0.9
"""Score on the rows where phrases are chosen, below which they are not tried at all."""
_FEW = 20
"""Different texts up to which they are categories, each of which is looked at as a whole."""
_SAME = 1e-9
_WORD = r"[\pL\pN]+"


@dataclass(frozen=True, slots=True)
class Phrase:
    """What texts say that gives the answer.

    Attributes
    ----------
    words : tuple of str
        One for each class that a phrase tells, in small letters; of two classes, and of amounts, one in all.
    score : float
        How well they give the answer, out of fold.
    """

    words: tuple[str, ...]
    score: float


def telling_phrase(values: pl.Series, answer: Answer) -> Phrase | None:
    """Find the phrases of a text column whose being there gives the answer best.

    Parameters
    ----------
    values : Series
        Texts, in random order.
    answer : Answer
        Of the same rows.

    Returns
    -------
    Phrase or None
        None where none is worth a try.
    """
    import polars as pl

    if values.dtype != pl.String or values.len() < 2 * _LEAST or values.n_unique() <= _FEW:
        return None
    counted = values.head(1_000).str.count_matches(_WORD).mean()
    if not isinstance(counted, float) or counted <= 1.0:
        return None
    rows = min(values.len(), max(2 * _LEAST, int(_WORDS / min(counted, _LONGEST))))
    words, scores = _best(_phrases(values.head(rows)), answer.truths[:rows], amounts=answer.amounts)
    if not words or float(np.mean(scores)) < _WORTHWHILE:
        return None
    chosen = tuple(dict.fromkeys(words[:1] if answer.amounts else words))
    held = np.column_stack([_holds(values, phrase) for phrase in chosen])
    codes = np.unique(held, axis=0, return_inverse=True)[1].ravel().astype(np.int64)
    return Phrase(chosen, answer.score_codes(codes))


def _phrases(values: pl.Series) -> pl.DataFrame:
    """The different phrases of every row: ``row`` and ``phrase``."""
    import polars as pl

    texts = pl.DataFrame({"row": np.arange(values.len()), "phrase": values.alias("phrase")})
    read = pl.col("phrase").str.to_lowercase().str.extract_all(_WORD).list.head(_LONGEST)
    single = texts.select("row", read).explode("phrase").drop_nulls()
    beside = pl.col("phrase") + " " + pl.col("phrase").shift(-1)
    double = single.select(
        "row", pl.when(pl.col("row") == pl.col("row").shift(-1)).then(beside).alias("phrase")
    )
    return pl.concat([single, double.drop_nulls()]).unique()


def _best(phrases: pl.DataFrame, truths: Floats, *, amounts: bool) -> tuple[list[str], list[float]]:
    """For every column of truths the phrase that tells it best, and how well on these rows."""
    import polars as pl

    rows = len(truths)
    names = [f"truth {place}" for place in range(truths.shape[1])]
    known = pl.DataFrame(truths, schema=names).with_columns(row=np.arange(rows))
    sums = (
        phrases.join(known, on="row")
        .group_by("phrase")
        .agg(pl.len().alias("rows"), *(pl.col(name).sum() for name in names))
        .filter(pl.col("rows").is_between(_LEAST, rows - _LEAST))
        .sort("phrase")
    )
    if not sums.height:
        return [], []
    held = sums["rows"].to_numpy().astype(np.float64)
    words, scores = [], []
    for name, truth in zip(names, truths.T, strict=True):
        inside = sums[name].to_numpy()
        told = _explained(inside, held, truth) if amounts else _area(inside, held, truth)
        best = sums["phrase"].filter(pl.Series(told >= told.max() - _SAME)).to_list()
        words.append(max(best, key=lambda phrase: (" " in phrase, phrase)))  # two words say more to a person
        scores.append(float(told.max()))
    return words, scores


def _area(inside: Floats, held: Floats, truth: Floats) -> Floats:
    """Area under the curve of the presence of each phrase, or of its absence."""
    positive = truth.sum()
    apart = inside / max(1.0, positive) - (held - inside) / max(1.0, truth.size - positive)
    area: Floats = 0.5 * (1 + np.abs(apart))
    return area


def _explained(inside: Floats, held: Floats, truth: Floats) -> Floats:
    """Share of the variance that the presence of each phrase explains."""
    beyond = inside - held * truth.mean()
    spread = held * (1 - held / truth.size) * max(float(truth.var()), 1e-300) * truth.size
    share: Floats = beyond**2 / np.maximum(spread, 1e-300)
    return share


def _holds(values: pl.Series, phrase: str) -> NDArray[np.bool_]:
    """Rows whose text holds a phrase as words of their own."""
    between = r"[^\pL\pN]+".join(re.escape(word) for word in phrase.split(" "))
    pattern = rf"(?i)(?:^|[^\pL\pN]){between}(?:$|[^\pL\pN])"
    return values.str.contains(pattern).fill_null(value=False).to_numpy()
