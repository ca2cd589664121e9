"""Unbalanced groups: where the split keeps groups together, a few large ones or very different ones make its figure shaky."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.measure.association import association
from fivefold.measure.independence import means_by_chance, ranks
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fivefold.core.protocols import CheckedTable

    Codes = NDArray[np.intp]

__all__ = ["UnbalancedGroups"]

_LEAST_ROWS = 50
_LEAST_GROUPS = 4
_FEW = 3
_MOST = 0.6
"""Share of the rows in the three largest groups, of ten or more, from which they decide the figure."""
_ONE = 0.5
"""Share of the rows in one group, of four or more."""
_ALIKE = 0.55
"""Association of the group with the target from which its rate differs wildly between groups."""
_CHANCE = 1e-4
_LEAST_SIZE = 5


class UnbalancedGroups:
    """Looks at the groups of a split by group: how large they are, and how different their targets."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for groups that hold most rows, and one for targets that differ between groups."""
        by = table.split.grouped_by
        if by is None or by not in table.frame.columns or table.frame.height < _LEAST_ROWS:
            return ()
        groups = table.frame[by].rank("dense").fill_null(0).to_numpy()
        _, codes, counts = np.unique(groups, return_inverse=True, return_counts=True)
        found = (_large(table, by, codes, counts), _different(table, by, codes.astype(np.intp), counts))
        return [finding for finding in found if finding is not None]


def _large(table: CheckedTable, by: str, codes: Codes, counts: NDArray[np.intp]) -> Finding | None:
    """A few groups that hold most of the rows."""
    order = np.argsort(-counts, kind="stable")
    shares = counts[order] / counts.sum()
    few = float(shares[:_FEW].sum())
    one = counts.size >= _LEAST_GROUPS and shares[0] >= _ONE
    if not one and not (counts.size >= 10 and few >= _MOST):
        return None
    number = 1 if one else _FEW
    share = float(shares[:number].sum())
    places = [int(np.flatnonzero(codes == group)[0]) for group in order[:_FEW]]
    return Finding(
        check="unbalanced_groups",
        severity="warning",
        columns=(),
        what=f"{'One' if one else 'Three'} of {counts.size:,} groups of '{by}' {'holds' if one else 'hold'} {percent(share, places=0)} of the "
        "training rows: the figure on other groups rests on few rows",
        figures={
            "groups": int(counts.size),
            "share": round(share, 4),
            "largest": int(counts[order[0]]),
            "effective_groups": round(1 / float((shares**2).sum()), 2),
        },
        question=f"Will new groups of '{by}' look like these large ones? If not, bring more of the others.",
        examples=example_rows(table, places, (by, table.contract.target)),
    )


def _different(table: CheckedTable, by: str, codes: Codes, counts: NDArray[np.intp]) -> Finding | None:
    """A target whose rate or level differs wildly between groups."""
    target = table.frame[table.contract.target]
    several = counts[codes] >= _LEAST_SIZE
    sizeable = np.flatnonzero(counts >= _LEAST_SIZE)
    if sizeable.size < _LEAST_GROUPS or int(several.sum()) < _LEAST_ROWS:
        return None
    _, kept = np.unique(codes[several], return_inverse=True)
    if table.contract.task == "regression":
        amounts = ranks(target.to_numpy().astype(np.float64)[several])
        effect, name = association(kept.astype(np.intp), amounts, 0) or 0.0, ""
        p_value = means_by_chance(kept, amounts)
    else:
        words = target.to_numpy()[several]
        tried = {
            one: (words == one).astype(np.float64)
            for one in table.contract.classes[-20:]
            if (words == one).any()
        }
        effects = {one: association(kept.astype(np.intp), flags, 2) or 0.0 for one, flags in tried.items()}
        name = max(effects, key=lambda one: effects[one])
        amounts, effect = tried[name], effects[name]
        p_value = means_by_chance(kept, amounts)
    if effect < _ALIKE or p_value > _CHANCE:
        return None
    means = np.bincount(kept, weights=amounts) / np.bincount(kept)
    extremes = [int(means.argmin()), int(means.argmax())]
    places = [int(np.flatnonzero(several)[np.flatnonzero(kept == one)[0]]) for one in extremes]
    low, high = float(means.min()), float(means.max())
    said = (
        f"'{name}' in {percent(low, places=0)} of the rows of one and {percent(high, places=0)} of another"
        if name
        else "their middles lie far apart"
    )
    return Finding(
        check="unbalanced_groups",
        severity="warning",
        columns=(table.contract.target,),
        what=f"'{table.contract.target}' differs wildly between the groups of '{by}': {said}",
        figures={"groups": int(sizeable.size), "effect": round(effect, 4)},
        question=f"Does something that every group of '{by}' shares decide '{table.contract.target}'? If it can be known for new "
        "groups, bring it as a column.",
        examples=example_rows(table, places, (by, table.contract.target)),
    )
