"""Parting: the split that the plan wishes for, or the next honest one where the table does not allow it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fivefold.core.artefacts import Finding
from fivefold.core.errors import InputError
from fivefold.data.split import Keys, Parts, Wish, part
from fivefold.report.figures import percent

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import Brief, Split, SplitKind

__all__ = ["part_as_planned", "split_findings"]

_FAR_OFF = 2.0
"""How many times smaller or larger than wanted a sealed part must be to be reported."""


def part_as_planned(plan: Brief, keys: Keys, seed: int) -> Parts:
    """Part the rows as the plan wishes; where that cannot be and nobody insists on it, as nearly as can be.

    Time and groups together give way to the one that the person named, or to time; time or groups alone to chance.

    Raises
    ------
    InputError
        When the split that the person asked for cannot be made, or the gap is not in the units of the time column.
    """
    wish = Wish.of(plan)
    parts = part(keys, wish, seed)
    if parts is not None:
        return parts
    if plan.item("split.kind").decided_by == "user":
        raise _refusal(wish, keys.target.len())
    if wish.kind == "time_group":
        wish = _one_of_both(plan, wish)
        parts = part(keys, wish, seed)
    if parts is None:
        parts = part(keys, _by_chance(plan, wish), seed)
    assert parts is not None, "a random split can always be made"
    return parts


def split_findings(plan: Brief, parts: Parts, groups: pl.Series | None) -> list[Finding]:
    """Say what the split cost or used up, and where it is not what the table asks for."""
    wish, split = Wish.of(plan), parts.split
    found = [
        _of_groups(split, groups),
        _of_size(wish, split),
        _of_gap(wish, split),
        _of_groups_left(wish, split),
    ]
    found.append(_of_insistence(plan, split))
    return [finding for finding in found if finding is not None]


def _refusal(wish: Wish, rows: int) -> InputError:
    """What to tell somebody whose split cannot be made."""
    if wish.kind == "time_group":
        return InputError(
            f"The rows cannot be split by time ('{wish.by}') and by group ('{wish.group}') at once",
            seen=f"in {rows:,} rows, too few of the last ones belong to a '{wish.group}' that is new",
            expected="groups that come and go, so that the last rows belong to new ones",
            todo='say split = "time" in the [data] section if later rows of known groups are what the model is for, or'
            ' split = "group" if new groups at any time are',
        )
    what = wish.kind.removeprefix("stratified_")
    return InputError(
        f"The column '{wish.by}' cannot split the rows by {what}",
        seen=f"too few different values, or one that most of the {rows:,} rows share"
        + (f", or a gap of {wish.gap} that leaves nothing" if wish.gap and what == "time" else ""),
        expected="a test part, a validation part and a training part with different values each",
        todo=f"name another column, or leave the {what} column out",
    )


def _one_of_both(plan: Brief, wish: Wish) -> Wish:
    """The wish with time alone, or with groups alone where only they were named."""
    asked = plan.question
    if asked.group_column is not None and asked.time_column is None:
        why = f"'{wish.group}' comes back over the whole time of '{wish.by}', so that time is left out of account"
        grouped: SplitKind = "group" if plan.task == "regression" else "stratified_group"
        return replace(wish, kind=grouped, by=wish.group, group="", why=why)
    why = f"'{wish.group}' comes back over the whole time of '{wish.by}': later rows are of those known from before"
    return replace(wish, kind="time", group="", why=why)


def _by_chance(plan: Brief, wish: Wish) -> Wish:
    """The wish without a column."""
    what = wish.kind.removeprefix("stratified_")
    why = (
        f"the column '{wish.by}' cannot split the rows by {what}, so they are parted at random ({plan.task})"
    )
    kind: SplitKind = "random" if plan.task == "regression" else "stratified"
    return replace(wish, kind=kind, by="", group="", why=why)


def _of_groups(split: Split, groups: pl.Series | None) -> Finding | None:
    """Groups that were kept on one side."""
    by = split.grouped_by
    if by is None or groups is None:
        return None
    count = groups.n_unique() - bool(groups.null_count())
    return Finding(
        check="split",
        severity="info",
        columns=(by,),
        what=f"'{by}' says which rows belong together: {count:,} groups, none on two sides",
        figures={"groups": count, "without": groups.null_count()},
        done="kept beside the features, not among them",
    )


def _of_size(wish: Wish, split: Split) -> Finding | None:
    """A sealed part that is far from the size that was wanted."""
    rows = split.train_rows + split.test_rows
    share = split.test_rows / max(1, rows)
    if wish.test_share / _FAR_OFF <= share <= wish.test_share * _FAR_OFF:
        return None
    what = (
        f"The sealed part holds {percent(share)} of the rows instead of {percent(wish.test_share, places=0)}"
    )
    by = [name for name in (split.by, split.group) if name]
    return Finding(
        check="split",
        severity="warning",
        columns=tuple(by),
        what=what + (f", since rows of equal '{by[-1]}' stay together" if by else ""),
        figures={"share": round(share, 4), "wanted_share": wish.test_share},
    )


def _of_gap(wish: Wish, split: Split) -> Finding | None:
    """A gap that nothing uses."""
    if not wish.gap or split.rolling:
        return None
    return Finding(
        check="split",
        severity="warning",
        columns=(),
        what=f"The gap of {wish.gap} is not used: rows are not parted by time",
        figures={},
        question="Which column says when a row happened? Name it as time_column.",
    )


def _of_groups_left(wish: Wish, split: Split) -> Finding | None:
    """Groups that were to be kept apart and could not be."""
    if not wish.group_column or split.grouped_by is not None:
        return None
    time = split.rolling
    return Finding(
        check="split",
        severity="warning",
        columns=(wish.group_column,),
        what=f"Rows of one '{wish.group_column}' stand on two sides of the split",
        figures={},
        done=f"parted by time alone: most later rows are of a '{wish.group_column}' seen before"
        if time
        else split.why,
        question=f"Will the model be asked about a '{wish.group_column}' that it never saw? Then name it as group_column."
        if time
        else "",
    )


def _of_insistence(plan: Brief, split: Split) -> Finding | None:
    """Chance, where the person insists on it and the table speaks against it."""
    item, asked = plan.item("split.kind"), plan.question
    named = tuple(name for name in (asked.time_column, asked.group_column) if name)
    if split.by is not None or item.decided_by != "user" or not (item.overruled or named):
        return None
    return Finding(
        check="split",
        severity="warning",
        columns=named,
        what=f"The rows are parted at random as asked: {item.why}",
        figures={},
        done="nothing; the figures may promise more than later rows or new groups will keep",
    )
