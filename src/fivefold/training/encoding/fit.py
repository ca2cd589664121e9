"""Fits an encoder on training rows: which part each column of the contract gets, and what it learns."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.encoder import Encoder
from fivefold.runtime.encoding import (
    CodePart,
    DatePart,
    EncoderSpec,
    GapPart,
    NumberPart,
    Part,
    RatePart,
    TextPart,
)
from fivefold.training.encoding.levels import Levels
from fivefold.training.encoding.rates import Outcomes
from fivefold.training.encoding.scores import crossfitted_scores
from fivefold.training.encoding.text import fit_text

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.protocols import Floats, Matrix
    from fivefold.core.tables import Columns
    from fivefold.runtime.encoding import DatePieces

__all__ = ["Recipe", "encode_own_rows", "fit_encoder", "outputs"]

_CODED = 100
"""Levels up to which a category is given as a code."""
_MOST_CODES = 254
_ORDERED = 50
"""Rows per level from which codes follow the target; with fewer their order would tell a tree the rows' own targets."""
_RATED = 8
"""Levels above which a category is given as a rate."""
_RATED_CLASSES = 10
_MOST_RATES = 20_000
_LEAST_RATED = 3
"""Rows that a level needs for a rate of its own; with fewer the prior says as much."""
_MOST_DATES = 6
"""Dates between which days are counted."""
_STRETCH = 262_144
"""Rows that are encoded at once where the matrix lies on disk."""
_PIECES: tuple[DatePieces, ...] = (
    "year", "month", "day", "weekday", "hour", "minute", "day_of_year", "elapsed_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the plan says about encoding.

    Attributes
    ----------
    contract : Contract
    rates : bool
        Whether categories of many levels are given as cross-fitted rates; otherwise as codes alone.
    ordered : bool
        Whether codes may follow the order of the target's means; not where what comes later may turn it around.
    seed : int
    """

    contract: Contract
    rates: bool
    ordered: bool
    seed: int


def outputs(contract: Contract) -> int:
    """Rates per category: one for two classes and for numbers, else one per class."""
    return len(contract.classes) if contract.task == "multiclass" else 1


def fit_encoder(
    columns: Columns, target: Floats, inner: NDArray[np.intp], recipe: Recipe, weight: Floats | None = None
) -> Encoder:
    """Learn an encoder.

    Parameters
    ----------
    columns : Columns
        Those of cleaned training rows; each is asked for once, so that they may be read one at a time.
    target : Floats
        Shape (rows,): class positions, or numbers.
    inner : array of int, shape (rows,)
        Inner folds, for :func:`encode_own_rows`.
    recipe : Recipe
    weight : Floats, optional
        How much each row counts in rates and scores, 1 on average.

    Returns
    -------
    Encoder
        A column without any value in these rows has no part in it.
    """
    outcomes = Outcomes.of(target, len(recipe.contract.classes), inner, weight)
    scored = outcomes if len(recipe.contract.classes) <= _RATED_CLASSES else None
    parts: list[Part] = []
    arrays: dict[str, NDArray[np.float32]] = {}
    for column in recipe.contract.columns:
        values = columns[column.name]
        if values.null_count() == len(values):
            continue
        if column.role == "text":
            part, learned = fit_text(column.name, values, scored, seed=recipe.seed)
            arrays |= {f"{len(parts)}.{name}": array for name, array in learned.items()}
            parts.append(part)
        elif column.role == "date":
            parts.append(_date(column, values))
        elif column.role == "ordinal" and column.categories:
            parts.append(CodePart(column.name, column.categories, ordered=True))
        elif column.role in {"category", "ordinal"}:
            parts += _category(column, values, outcomes, recipe)
        else:
            parts.append(NumberPart(column.name))
    parts += _gaps(columns, [part.column for part in parts if isinstance(part, DatePart)])
    return Encoder(EncoderSpec(tuple(parts)), arrays, outputs(recipe.contract))


def encode_own_rows(
    encoder: Encoder,
    columns: Columns,
    target: Floats,
    inner: NDArray[np.intp],
    weight: Floats | None = None,
    values: Matrix | None = None,
) -> Matrix:
    """Encode the rows that the encoder was fitted on: as any others, but rates and scores are from the other inner folds.

    Into ``values``, where given, a stretch of rows at a time: they may lie on disk.
    """
    stretch = max(1, columns.height) if values is None else _STRETCH
    if values is None:
        values = np.empty((columns.height, len(encoder.features)), np.float32)
    encoder.encode_into(values, columns, stretch)
    outcomes = Outcomes.of(target, encoder.outputs, inner, weight)
    places = iter([place for place, feature in enumerate(encoder.features) if feature.kind == "rate"])
    for position, part in enumerate(encoder.spec.parts):
        if isinstance(part, RatePart):
            own = list(itertools.islice(places, len(part.prior)))
            for rows, rates in outcomes.crossfitted(part, columns[part.column], stretch):
                values[rows, own[0] : own[-1] + 1] = rates
        elif isinstance(part, TextPart) and part.scores:
            own, idf = list(itertools.islice(places, part.scores)), encoder.arrays[f"{position}.idf"]
            values[:, own] = crossfitted_scores(part, idf, columns[part.column], outcomes)
    return values


def _category(column: Column, values: pl.Series, outcomes: Outcomes, recipe: Recipe) -> list[Part]:
    """A code, a rate, or both, by the number of levels."""
    levels = Levels.of(values)
    rated = recipe.rates and len(levels.names) > _RATED and len(recipe.contract.classes) <= _RATED_CLASSES
    parts: list[Part] = []
    if len(levels.names) <= _CODED or not rated:
        least = max(1, min(5, len(values) // 100))
        names = levels.frequent(least, _MOST_CODES)
        if recipe.ordered and len(values) >= _ORDERED * len(names):
            names = outcomes.ordered(values, names)
        parts.append(CodePart(column.name, names))
    if rated:
        parts.append(
            outcomes.fit(column.name, values, levels.frequent(_LEAST_RATED, _MOST_RATES), counted=True)
        )
    return parts


def _date(column: Column, values: pl.Series) -> DatePart:
    """The pieces that vary in training, and the days that have gone by since its first date."""
    import polars as pl

    origin = float(np.nanmin(values.dt.timestamp("us").cast(pl.Float64).to_numpy())) / 1e6
    whole = DatePart(column.name, _PIECES, origin)
    encoded = Encoder(EncoderSpec((whole,)), {}, 1).encode_frame(values.to_frame(column.name))
    known = encoded[~np.isnan(encoded[:, 0])]
    varies = (known != known[:1]).any(axis=0)
    pieces = zip(_PIECES, varies, strict=True)
    return DatePart(
        column.name, tuple(piece for piece, moves in pieces if moves or piece == "elapsed_days"), origin
    )


def _gaps(columns: Columns, dates: list[str]) -> list[GapPart]:
    """The days between every two dates that are not always equally far apart."""
    gaps = []
    for first, second in itertools.combinations(dates[:_MOST_DATES], 2):
        part = GapPart(first, second)
        encoded = np.empty((columns.height, 1), np.float32)
        Encoder(EncoderSpec((part,)), {}, 1).encode_into(encoded, columns, max(1, columns.height))
        known = encoded[~np.isnan(encoded)]
        if known.size and (known != known[0]).any():
            gaps.append(part)
    return gaps
