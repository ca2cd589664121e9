"""Classes of which there are few rows, and amounts of which a few rows decide: hard to learn, and hard to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import Finding
from fivefold.data.examples import example_rows
from fivefold.report.figures import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import CheckedTable, Floats

__all__ = ["RareClasses"]

_RARE_SHARE = 0.05
_FEW_ROWS = 10
_MANY_CLASSES = 3
_SPIKE = 0.15
"""Share of rows with one and the same amount from which it is more than a round figure."""
_OTHERS = 20
_TAIL_ROWS = 0.01
_TAIL_SHARE = 0.6
"""Share of the squared deviations that a hundredth of the rows makes up; of a normal target it is about 0.08."""
_HEAVY_SHARE = 0.9
_ENOUGH = 200


class RareClasses:
    """Names classes that are rare, missing from a part, or lopsided; a pile and a long tail of a numeric target."""

    def inspect(self, table: CheckedTable) -> Sequence[Finding]:
        """Return a finding for each of these."""
        found: tuple[Finding | None, ...]
        if table.contract.task == "regression":
            values = table.frame[table.contract.target].to_numpy().astype(np.float64)
            found = (_spike(table, values), _tail(table, values))
        else:
            counts = _counts(table)
            found = (_few(table, counts), _absent(table, counts), _lopsided(table, counts))
        return [finding for finding in found if finding is not None]


def _counts(table: CheckedTable) -> dict[str, int]:
    """Training rows of every class; of a sample, as many as the whole part is likely to have."""
    counted = table.frame[table.contract.target].alias("value").value_counts()
    counts = dict.fromkeys(table.contract.classes, 0) | dict(counted.iter_rows())
    return (
        counts
        if table.frame.height == table.rows
        else {name: round(count * table.rows / max(1, table.frame.height)) for name, count in counts.items()}
    )


def _few(table: CheckedTable, counts: dict[str, int]) -> Finding | None:
    """Classes of hardly any rows."""
    few = sorted((name for name in counts if counts[name] < _FEW_ROWS), key=lambda name: counts[name])
    if not few:
        return None
    target, folds = table.contract.target, table.split.folds
    what = (
        f"Fewer than {_FEW_ROWS} training rows in {len(few)} of {len(counts)} classes: {_named(few, counts)}"
    )
    unlearned = sum(counts[name] == 0 for name in few)
    thin = sum(counts[name] < folds for name in few) - unlearned
    if thin and folds > 1:
        what += f"; {thin} of them cannot be in each of the {folds} folds"
    if unlearned:
        what += f"; {unlearned} of them cannot be learned at all"
    return Finding(
        check="balance",
        severity="warning",
        columns=(target,),
        what=what,
        figures={
            "classes": len(few),
            "rows": sum(counts[name] for name in few),
            "not_in_every_fold": thin,
            "not_in_training": unlearned,
        },
        question="Can these classes be joined with others, or can more of their rows be had?",
        examples=_of_classes(table, few),
    )


def _absent(table: CheckedTable, counts: dict[str, int]) -> Finding | None:
    """Classes that training has and the sealed part has not."""
    if not table.sealed_classes:
        return None
    absent = [name for name in counts if counts[name] and not table.sealed_classes.get(name)]
    if not absent:
        return None
    absent.sort(key=lambda name: -counts[name])
    return Finding(
        check="balance",
        severity="warning",
        columns=(table.contract.target,),
        what=f"{len(absent)} of {len(counts)} classes are not in the sealed part, so that no figure says how well they are "
        f"told: {_named(absent, counts)}",
        figures={"classes": len(absent), "rows": sum(counts[name] for name in absent)},
    )


def _lopsided(table: CheckedTable, counts: dict[str, int]) -> Finding | None:
    """Two classes of which one is rare; or one of many that has nearly all rows."""
    rows = max(1, sum(counts.values()))
    rarest, commonest = min(counts, key=lambda name: counts[name]), max(counts, key=lambda name: counts[name])
    share, most = counts[rarest] / rows, counts[commonest] / rows
    if len(counts) == 2 and share < _RARE_SHARE:
        what = f"Only {percent(share, places=2)} of the training rows are '{rarest}', so that accuracy says little"
    elif len(counts) >= _MANY_CLASSES and most > 1 - _RARE_SHARE:
        what = (
            f"{percent(most, places=2)} of the training rows are '{commonest}', so that accuracy says little"
        )
    else:
        return None
    return Finding(
        check="balance",
        severity="info",
        columns=(table.contract.target,),
        what=what,
        figures={"rows": counts[rarest], "share": round(share, 5)},
    )


def _spike(table: CheckedTable, values: Floats) -> Finding | None:
    """One amount that many rows share, beside many others."""
    if values.size < _ENOUGH:
        return None
    amounts, counts = np.unique(values, return_counts=True)
    top = int(counts.argmax())
    share, others = counts[top] / values.size, amounts.size - 1
    second = float(np.delete(counts, top).max(initial=0)) / values.size
    if share < _SPIKE or others < _OTHERS or share < 5 * second:
        return None
    target = table.contract.target
    return Finding(
        check="balance",
        severity="info",
        columns=(target,),
        what=f"{percent(share)} of the training rows have a '{target}' of exactly {amounts[top]:g}, beside {others:,} other amounts",
        figures={"amount": float(amounts[top]), "rows": int(counts[top]), "share": round(float(share), 4)},
        question=f"Does {amounts[top]:g} mean that nothing happened, or that the amount is not known? Whether it happens, "
        "and how much it is then, may be two questions.",
        examples=example_rows(table, np.flatnonzero(values == amounts[top]).tolist(), [target]),
    )


def _tail(table: CheckedTable, values: Floats) -> Finding | None:
    """A hundredth of the rows that makes up most of the squared deviations."""
    if values.size < _ENOUGH:
        return None
    squares = (values - np.median(values)) ** 2
    count = max(1, int(_TAIL_ROWS * values.size))
    order = np.argsort(squares)[::-1][:count]
    share = float(squares[order].sum() / squares.sum()) if squares.sum() > 0 else 0.0
    if share < _TAIL_SHARE:
        return None
    target = table.contract.target
    return Finding(
        check="balance",
        severity="warning" if share >= _HEAVY_SHARE else "info",
        columns=(target,),
        what=f"{count:,} of {values.size:,} training rows make up {percent(share, places=0)} of the squared deviations of '{target}': RMSE and "
        "R2 are decided by them",
        figures={
            "rows": count,
            "share": round(share, 4),
            "largest": float(values.max()),
            "median": float(np.median(values)),
        },
        question=f"Are the extreme values of '{target}' real? Where they matter no more than others, mae is the better metric.",
        examples=example_rows(table, order.tolist(), [target]),
    )


def _named(names: Sequence[str], counts: dict[str, int]) -> str:
    """Classes with their rows, the first five."""
    shown = ", ".join(f"'{name}' ({counts[name]:,})" for name in names[:5])
    return shown + (", ..." if len(names) > 5 else "")


def _of_classes(
    table: CheckedTable, names: Sequence[str]
) -> tuple[dict[str, float | int | str | bool | None], ...]:
    """A row of each of some classes."""
    target = table.frame[table.contract.target].to_numpy().astype(str)
    firsts = [np.flatnonzero(target == name)[:1] for name in names]
    places = [int(one[0]) for one in firsts if one.size]
    return example_rows(
        table, places, [table.contract.target, *(column.name for column in table.contract.columns[:3])]
    )
