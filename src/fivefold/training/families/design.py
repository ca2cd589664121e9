"""The columns of a linear model: how each feature of a matrix becomes standardised numbers and indicators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fivefold.runtime.members.linear import CodeTerm, NumberTerm

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from fivefold.core.protocols import Feature, Floats, Matrix

__all__ = ["Columns", "Design"]

_CLIP = 8.0


@dataclass(frozen=True, slots=True)
class Columns:
    """A design matrix in two blocks: standardised numbers, and indicators of codes and of missing values."""

    dense: Floats
    sparse: csr_array

    def scores(self, weights: Floats) -> Floats:
        """Multiply by weights of shape (columns, scores)."""
        split = self.dense.shape[1]
        product: Floats = self.dense @ weights[:split] + self.sparse @ weights[split:]
        return product

    def gradient(self, residuals: Floats) -> Floats:
        """Multiply the transpose by residuals of shape (rows, scores)."""
        return np.concatenate([self.dense.T @ residuals, self.sparse.T @ residuals])


class Design:
    """Learns means and scales; builds columns; turns weights back into the member's terms.

    Parameters
    ----------
    values : Matrix
        Training rows, shape (rows, features).
    features : tuple of Feature
    weight : Floats, optional
        How much each row counts.
    """

    def __init__(self, values: Matrix, features: tuple[Feature, ...], weight: Floats | None = None) -> None:
        self.features = features
        self.numbers = [at for at, feature in enumerate(features) if feature.kind != "code"]
        self.codes = [at for at, feature in enumerate(features) if feature.kind == "code"]
        known = np.isfinite(values)
        self.gaps = [at for at in range(len(features)) if not known[:, at].all()]
        filled = np.where(known, values, 0.0).astype(np.float64)
        each = np.ones(len(values)) if weight is None else weight
        counts = each @ known
        counts = np.where(counts > 0, counts, 1.0)
        self.mean: Floats = each @ filled / counts
        spread = np.sqrt(each @ (np.where(known, filled - self.mean, 0.0) ** 2) / counts)
        self.scale: Floats = np.where(spread > 1e-12 * np.maximum(1.0, np.abs(self.mean)), spread, 1.0)

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.numbers) + len(self.gaps) + sum(self.features[at].levels for at in self.codes)

    def columns(self, values: Matrix) -> Columns:
        """Build the columns of these rows."""
        from scipy.sparse import csr_array

        scaled = (values[:, self.numbers] - self.mean[self.numbers]) / self.scale[self.numbers]
        dense = np.clip(np.nan_to_num(scaled, nan=0.0), -_CLIP, _CLIP)
        rows: list[NDArray[np.intp]] = []
        places: list[NDArray[np.intp]] = []
        for position, at in enumerate(self.gaps):
            rows.append(np.flatnonzero(np.isnan(values[:, at])))
            places.append(np.full(rows[-1].size, position))
        start = len(self.gaps)
        for at in self.codes:
            rows.append(np.flatnonzero(~np.isnan(values[:, at])))
            places.append(start + values[rows[-1], at].astype(np.intp))
            start += self.features[at].levels
        row, place = (np.concatenate(parts) if parts else np.empty(0, np.intp) for parts in (rows, places))
        sparse = csr_array((np.ones(row.size), (row, place)), shape=(len(values), start))
        return Columns(dense, sparse)

    def terms(self, weights: Floats) -> tuple[NumberTerm | CodeTerm, ...]:
        """Return the member's terms for weights of shape (columns, scores)."""
        own = dict(zip(self.numbers, weights, strict=False))
        rest = weights[len(self.numbers) :]
        missing = dict(zip(self.gaps, rest, strict=False))
        start, none = len(self.gaps), np.zeros(weights.shape[1])
        terms: list[NumberTerm | CodeTerm] = []
        for at, feature in enumerate(self.features):
            gap = tuple(missing.get(at, none).tolist())
            if feature.kind != "code":
                mean, scale = float(self.mean[at]), float(self.scale[at])
                terms.append(NumberTerm(mean, scale, mean, tuple(own[at].tolist()), gap))
                continue
            levels = rest[start : start + feature.levels]
            terms.append(CodeTerm(tuple(tuple(level) for level in levels.tolist()), gap))
            start += feature.levels
        return tuple(terms)
