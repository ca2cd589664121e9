"""Background: rows like those that were learned from, drawn from the reference sketch where the table itself is not at hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fivefold.core.artefacts import Column, ColumnReference
    from fivefold.runtime.predictor import Json, Predictor

__all__ = ["background_rows"]


def background_rows(predictor: Predictor, rows: int, *, seed: int = 0) -> list[dict[str, Json]]:
    """Draw rows whose columns are distributed as in training, each column for itself.

    How columns go together is not in the sketch, so it is not in these rows. Texts, and columns that tell who somebody is, of
    which the sketch holds no values, are those of the golden rows.

    Parameters
    ----------
    predictor : Predictor
    rows : int
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    list of dict
        Instances as a request would carry them.
    """
    draw = np.random.default_rng(seed)
    known = {column.name: column for column in predictor.reference.columns}
    columns: dict[str, list[Json]] = {}
    for column in predictor.contract.columns:
        reference = known.get(column.name)
        if reference is None or column.personal or column.role == "text" or not sum(reference.counts):
            shown = [golden.row.get(column.name) for golden in predictor.golden] or [None]
            columns[column.name] = [shown[place] for place in draw.integers(len(shown), size=rows)]
        else:
            columns[column.name] = list(_drawn(column, reference, rows, draw))
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)] or [
        {} for _ in range(rows)
    ]


def _drawn(
    column: Column, reference: ColumnReference, rows: int, draw: np.random.Generator
) -> Iterator[Json]:
    """Draw one column's values."""
    counts = np.array(reference.counts, dtype=float)
    bins = draw.choice(counts.size, size=rows, p=counts / counts.sum())
    gone = draw.random(rows) < (reference.missing / max(1, reference.rows) if column.nullable else 0.0)
    within = draw.random(rows)
    for place, missing, share in zip(bins.tolist(), gone.tolist(), within.tolist(), strict=True):
        if missing:
            yield None
        elif reference.categories:
            yield _category(column, reference, place)
        else:
            yield _number(column, reference, place, share)


def _category(column: Column, reference: ColumnReference, place: int) -> Json:
    """Name the category of a bin; of the bin of all others one that the contract still knows."""
    if place < len(reference.categories):
        return reference.categories[place]
    others = column.categories[len(reference.categories) :]
    return others[0] if others else reference.categories[-1]


def _number(column: Column, reference: ColumnReference, place: int, share: float) -> Json:
    """A number somewhere between the ends of its bin, in the column's own kind."""
    edges = reference.edges
    ends = (*edges, edges[-1] if edges else 0.0)
    low = edges[place - 1] if place else _end(column.minimum, ends[0])
    high = edges[place] if place < len(edges) else _end(column.maximum, ends[-1])
    value = high - (high - low) * share  # a bin holds its upper end, not its lower one
    if column.kind == "datetime":
        return datetime.fromtimestamp(value, UTC).replace(tzinfo=None).isoformat()
    return round(value) if column.kind == "integer" else value


def _end(bound: object, otherwise: float) -> float:
    """The outer end of the first or the last bin."""
    return float(bound) if isinstance(bound, int | float) else otherwise
