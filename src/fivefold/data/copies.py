"""Near-copies: columns that say the same as another but for case, scale, rounding and what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Decision
from fivefold.data.columns import column_of
from fivefold.measure.numbers import as_numbers, mean_of
from fivefold.runtime.frames import clean_series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import ColumnProfile

__all__ = ["PROBED", "agreement", "mark_copies"]

PROBED = 512
"""Rows on which candidates are sought."""
_LEAST = 30
_ALIKE = 0.999
_STRAIGHT = 0.9999
_NEAR = 0.02
"""Share of the middle half's width that a rounded figure may lie off the line."""
_ROUNDED = 0.55
"""Steps that rounding, or leaving out the time of a day, moves a figure from its line at most, and a little for the line."""
_EXACT = 1e-7
"""Share of the span of figures that is lost in writing them as floats."""
_RARE = 10
_FINER = 1.2
"""Different values beside the other's from which a figure is the finer one of two."""
_FEW = 3
_USELESS = ("constant", "identifier", "text")


def mark_copies(
    profiles: Sequence[ColumnProfile], sample: Mapping[str, pl.Series], target: str
) -> list[ColumnProfile]:
    """Name for every near-copy the column that it copies: the finer one, with fewer missing values, or the earlier one.

    A date is a copy of a time on that date, not the other way round.

    Parameters
    ----------
    profiles : sequence of ColumnProfile
    sample : mapping of str to Series
        Sampled rows of every column, the same ones, as they came.
    target : str
        It is no copy of anything: what says the same as the target is a leak.
    """
    usable = [one for one in profiles if one.role not in _USELESS and one.name != target and one.distinct > 1]
    copies: dict[str, tuple[str, int]] = {}
    probes = [_read(one, sample[one.name].head(PROBED)) for one in usable]
    for first, second in _candidates(probes):
        kept, copy = _ranked(usable[first], usable[second])
        if kept.name in copies or copy.name in copies:
            continue
        rows = agreement(_read(kept, sample[kept.name]), _read(copy, sample[copy.name]))
        if rows:
            copies[copy.name] = kept.name, rows
    return [_marked(one, *copies[one.name]) if one.name in copies else one for one in profiles]


def agreement(one: pl.Series, other: pl.Series) -> int:
    """Rows on which two cleaned columns say the same; 0 when they differ, or there are too few to tell.

    Texts say the same whatever their case, numbers and dates when they lie on a straight line.

    Examples
    --------
    >>> import polars as pl
    >>> centimetres = pl.Series([float(row % 37) for row in range(60)])
    >>> agreement(centimetres, centimetres / 2.54), agreement(centimetres, centimetres.reverse().shuffle(0))
    (60, 0)
    """
    both = one.is_not_null() & other.is_not_null()
    one, other = one.filter(both), other.filter(both)
    if one.len() < _LEAST or _coded(one) != _coded(other):
        return 0
    if _coded(one):
        first, second = _folded(one), _folded(other)
        frequent = first.alias("value").value_counts(name="rows")["rows"].sort(descending=True)
        if frequent.len() < 2 or int(frequent[1]) < _RARE:
            return 0
        return one.len() if mean_of(first == second) >= _ALIKE else 0
    return one.len() if _on_a_line(as_numbers(one), as_numbers(other)) else 0


def _ranked(one: ColumnProfile, other: ColumnProfile) -> tuple[ColumnProfile, ColumnProfile]:
    """Which of two to keep: what has more different values says more, whatever is missing."""
    fine, coarse = sorted((one, other), key=lambda each: -each.distinct)
    if fine.kind != "string" and coarse.kind != "string" and fine.distinct > _FINER * coarse.distinct:
        return fine, coarse
    kept, copy = sorted((one, other), key=lambda each: each.missing)
    return kept, copy


def _read(profile: ColumnProfile, raw: pl.Series) -> pl.Series:
    """Clean values as the look decided."""
    return clean_series(raw, column_of(profile, profile.name), strict=False)


def _candidates(probes: Sequence[pl.Series]) -> list[tuple[int, int]]:
    """Pairs that may say the same, by a few rows of each."""
    words = [place for place, probe in enumerate(probes) if _coded(probe)]
    figures = [place for place, probe in enumerate(probes) if not _coded(probe)]
    codes = np.array([_hashes(probes[place]) for place in words])
    pairs = []
    for at, place in enumerate(words[:-1]):
        both = (codes[at] != 0) & (codes[at + 1 :] != 0)
        same = ((codes[at] == codes[at + 1 :]) & both).sum(axis=1) >= 0.99 * np.maximum(
            both.sum(axis=1), _LEAST
        )
        pairs += [(place, words[at + 1 + int(other)]) for other in np.flatnonzero(same)]
    if len(figures) > 1:
        ranks = np.array([_standard(as_numbers(probes[place])) for place in figures])
        near = np.abs(ranks @ ranks.T) >= 0.9
        pairs += [(figures[int(a)], figures[int(b)]) for a, b in np.argwhere(np.triu(near, 1))]
    return pairs


def _marked(profile: ColumnProfile, kept: str, rows: int) -> ColumnProfile:
    """Note a near-copy and the decision."""
    why = f"equal but for case, scale or missing values in all of {rows:,} sampled rows that hold both"
    decision = Decision(f"says the same as '{kept}'", why, 0.95, rows)
    return replace(profile, copy_of=kept, decisions=(*profile.decisions, decision))


def _coded(values: pl.Series) -> bool:
    """Whether values are words or truths, which are compared as they are."""
    import polars as pl

    return values.dtype in {pl.String, pl.Boolean}


def _folded(values: pl.Series) -> pl.Series:
    """Words without case."""
    import polars as pl

    return values.cast(pl.String).str.to_lowercase()


def _hashes(values: pl.Series) -> NDArray[np.uint64]:
    """A number for each word; 0 where there is none."""
    hashes = _folded(values).hash().to_numpy().copy()
    hashes[values.is_null().to_numpy()] = 0
    return hashes


def _standard(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks around zero with length 1, 0 where nothing is known: their products are correlations of ranks."""
    known = ~np.isnan(figures)
    ranks = np.zeros(figures.size)
    _, places, counts = np.unique(figures[known], return_inverse=True, return_counts=True)
    if counts.size < _FEW:
        return ranks
    middles = np.cumsum(counts) - counts / 2
    ranks[known] = middles[places] - middles[places].mean()
    length = float(np.linalg.norm(ranks))
    return ranks / length if length else ranks


def _on_a_line(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether one is the other times a number and plus another, but for rounding, in the bulk and not by a few extremes."""
    if np.unique(one).size < _FEW or np.unique(other).size < _FEW:
        return False
    low, high = np.quantile(one, (0.25, 0.75))
    inner = (one >= low) & (one <= high)
    spread = float(np.ptp(one[inner]))
    if not spread or abs(float(np.corrcoef(one, other)[0, 1])) < _STRAIGHT:
        return False
    slope, start = np.polyfit(one, other, 1)
    off = float(np.quantile(np.abs(slope * one + start - other), 0.99))
    # Near is not enough: what lies farther off than rounding explains is a length of time or a distance of its own.
    rounding = _ROUNDED * (abs(slope) * _step(one) + _step(other)) + _EXACT * abs(slope) * spread
    return bool(off <= min(_NEAR * abs(slope) * spread, rounding))


def _step(figures: NDArray[np.float64]) -> float:
    """The step that figures are rounded to: the smallest distance of two, but for what is lost in writing them as floats."""
    apart = np.diff(np.unique(figures))
    apart = apart[apart > _EXACT * float(np.ptp(figures))]
    return float(apart.min()) if apart.size else 0.0
