"""Rows whose features equal another row's: on two sides of a split they would make a model look better than it is.

Those whose targets differ are the matter of the check of contradictions, those that nearly equal another of the check of
near-duplicates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.data.twins import FEW_TWINS, copies, many_by_nature, twin_units

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import CheckedTable

    Codes = NDArray[np.int64]

__all__ = ["DuplicateRows"]

_MANY_ACROSS = 0.01
"""Share of the sealed rows with an equal in training from which the figure may be too good."""


_AGREEING = 0.9
"""Share of the equals that have the same target from which they are copies of one case."""


_TWICE = "Was something recorded twice, or are these truly different cases? Copies on both sides make the figure too good."


class DuplicateRows:
    """Counts equal rows, in training and across the split."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding when there are equal rows."""
        features = [
            column.name for column in table.contract.columns if column.role not in {"identifier", "constant"}
        ]
        if not features:
            return ()
        rows, frame = table.frame.height, table.frame.select(features)
        apart = table.sealed.height if set(features) <= set(table.sealed.columns) else 0
        if apart:
            frame = pl.concat([frame, table.sealed.select(features)])
        units, _ = twin_units(frame)
        known = np.bincount(units[:rows], minlength=int(units.max(initial=0)) + 1)
        twins, across = int((known[units[:rows]] > 1).sum()), int((known[units[rows:]] > 0).sum())
        if not twins and not across:
            return ()
        return (_finding(table, units, known, twins, across),)


def _finding(table: CheckedTable, units: Codes, known: Codes, twins: int, across: int) -> Finding:
    """Say how many rows have an equal, and what the split did about it."""
    rows, sealed = table.frame.height, table.sealed.height
    share = twins / max(1, rows)
    parts = []
    if twins:
        parts.append(f"{twins:,} of {rows:,} training rows equal another row in every feature")
    if across:
        parts.append(f"{across:,} of {sealed:,} sealed rows have an equal in training")
    apart = not _rare_across(units, known, rows)
    again = _again(table, units, apart=apart) if share > FEW_TWINS else 0
    if again:
        parts.append(
            f"equal rows come as often as copies do and not as chance makes them: up to {again:,} training rows are copies"
        )
    many = across >= max(2, _MANY_ACROSS * sealed) and share <= FEW_TWINS and _copied(table, units, known)
    figures: dict[str, float | int | str | bool | None] = {
        "rows": twins,
        "share": round(share, 4),
        "sealed_rows": across,
        "sealed_share": round(across / max(1, sealed), 4),
    }
    if again:
        figures["copies"] = again
    return Finding(
        check="duplicates",
        severity="warning" if many or again else "info",
        columns=(),
        what="; ".join(parts),
        figures=figures,
        done=_done(table, share, 0 if apart else across, copied=bool(again)),
        question=_TWICE if many or again else "",
        examples=_examples(table, units, known),
    )


def _copied(table: CheckedTable, units: Codes, known: Codes) -> bool:
    """Whether equal rows are copies: they agree in the target, too, far more than different cases would."""
    rows = table.frame.height
    twins = np.flatnonzero(known[units[:rows]] > 1)
    codes = table.frame[table.contract.target].rank("dense").to_numpy().astype(np.int64)
    if not twins.size:
        return True
    _, firsts, inside = np.unique(units[twins], return_index=True, return_inverse=True)
    later = np.ones(twins.size, dtype=bool)
    later[firsts] = False
    agree = float((codes[twins] == codes[twins][firsts][inside])[later].mean())
    shares = np.bincount(codes) / rows
    chance = float((shares**2).sum())
    return agree >= max(_AGREEING, (1 + chance) / 2)


def _examples(
    table: CheckedTable, units: Codes, known: Codes
) -> tuple[dict[str, float | int | str | bool | None], ...]:
    """A row and its equals; a training row that a sealed one equals when training has no equals."""
    rows = table.frame.height
    several = np.flatnonzero(known[units[:rows]] > 1)
    wanted = units[several[0]] if several.size else units[rows:][known[units[rows:]] > 0][0]
    places = np.flatnonzero(units[:rows] == wanted).tolist()
    return example_rows(
        table, places, [table.contract.target, *(column.name for column in table.contract.columns)]
    )


def _again(table: CheckedTable, units: Codes, *, apart: bool) -> int:
    """Rows that were recorded again; the split, which saw all rows and their targets, may have seen it when these do not tell."""
    found = copies(units[: table.frame.height], table.frame[table.contract.target])
    seen = apart and table.sealed.height > 0 and table.split.by is None
    return found.rows if found.proven or seen else 0


def _rare_across(units: Codes, known: Codes, rows: int) -> bool:
    """Whether sealed rows have an equal in training that does not come so often that it is everywhere."""
    there = units[rows:]
    sizes = np.bincount(units)[there]
    return bool(((known[there] > 0) & ~many_by_nature(sizes, units.size)).any())


def _done(table: CheckedTable, share: float, across: int, *, copied: bool) -> str:
    """Say what the split does about equal rows."""
    if table.split.by is not None:
        return f"nothing: the split by '{table.split.by}' places each row for itself"
    if share > FEW_TWINS and not copied:
        return "nothing: so many rows are equal that this is how the table is"
    return (
        "nothing: the split did not know of them"
        if across
        else "equal rows were kept on one side of the split"
    )
