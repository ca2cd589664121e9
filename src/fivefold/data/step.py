"""The data step, told in order: clean, part, check on the training rows, draw up the contract, write the snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import FOLD, ROW, SINCE, Brief, Contract, Dataset, Finding
from fivefold.core.errors import InputError
from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.core.registry import Registry
from fivefold.data.cards import draw_cards
from fivefold.data.choice import check_choice, not_wanted
from fivefold.data.clean import CleanTable, clean_table, group_values, unread_findings
from fivefold.data.contract import draw_up, publish
from fivefold.data.parting import part_as_planned, split_findings, time_values
from fivefold.data.personal import mark_personal
from fivefold.data.split import TEST, Keys, Parts, Wish, row_hashes

if TYPE_CHECKING:
    import polars as pl

    from fivefold.core.artefacts import Column
    from fivefold.core.extract import DataSettings
    from fivefold.core.protocols import Fetched
    from fivefold.core.store import Stored
    from fivefold.core.tables import Frame
    from fivefold.core.workbench import Workbench

__all__ = ["data"]

_CHECKED_ROWS = 100_000
_SEVERITIES = ("severe", "warning", "info")
_NO_FEATURE = ("identifier", "constant")


def data(
    brief: Stored[Brief], fetched: Fetched, bench: Workbench, *, settings: DataSettings | None = None
) -> Dataset:
    """Make the Dataset: ``train.parquet``, ``test.parquet`` and the contract in the bench's folder.

    Parameters
    ----------
    brief : Stored of Brief
        Its plan says how to split and what to check.
    fetched : Fetched
        The table that its profile was made of.
    bench : Workbench
    settings : DataSettings, optional
        What the person says about the table, such as columns to be left out of the features.

    Raises
    ------
    InputError
        When a column to use or to leave out is not there, when the target is to be left out, when no feature is left, or
        when the split that the person asked for cannot be made.
    """
    plan = brief.body
    if settings is not None:
        check_choice(plan.profile, plan.question.target, settings)
    bench.progress.advance(0.05, "cleaning the table")
    table = clean_table(fetched.path, plan)
    wish = Wish.of(plan)
    unwanted = not_wanted([column.name for column in table.columns], settings)
    features = [column for column in table.columns if column.name not in {*unwanted, wish.group_column}]
    bench.progress.advance(0.45, "parting the rows")
    by = wish.group_column
    groups = group_values(fetched.path, by, table.frame[ROW]) if by else None
    parts = part_as_planned(plan, _keys(plan, table, features, groups), bench.seed)
    removed = table.removed + parts.aside
    bench.progress.advance(0.6, "checking the training rows")
    train = table.frame.filter(parts.parts >= 0)
    contract = draw_up(plan, train, table.frame[plan.question.target], features)
    sample = _sample(train, bench.seed)
    contract = mark_personal(contract, sample)
    test = table.frame.filter(parts.parts == TEST)
    sealed = _sample(test, bench.seed).select(ROW, *(column.name for column in features))
    profiles = {column.name: column for column in plan.profile.columns}
    counts = _class_counts(test[contract.target], contract)
    checked = CheckedTable(sample, sealed, profiles, contract, train.height, removed, parts.split, counts)
    findings = _inspect(plan, checked, bench)
    contract, findings, dropped = _choose(plan, contract, findings)
    dropped = _dropped_by_wish(plan, unwanted) + dropped
    findings += unread_findings(table) + split_findings(plan, parts, groups)
    bench.progress.advance(0.9, "writing the snapshots")
    _write(table.frame, parts, groups, contract, bench)
    split = parts.split
    bench.progress.say(
        f"data: {split.train_rows:,} rows to learn from, {split.test_rows:,} sealed ({split.kind}), "
        f"{len(contract.columns)} features, {len(findings)} findings"
    )
    return Dataset(
        rows=table.rows,
        removed=removed,
        dropped=dropped,
        contract=contract,
        findings=tuple(sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))),
        split=split,
        cards=draw_cards(checked, [column.name for column in checked.contract.columns if column.personal]),
    )


def _keys(plan: Brief, table: CleanTable, features: Sequence[Column], groups: pl.Series | None) -> Keys:
    """What the rows are parted by; equal rows are looked for only where chance decides."""
    time, target = Wish.of(plan).time_column, table.frame[plan.question.target]
    frame = table.frame.select(column.name for column in features if column.role not in _NO_FEATURE)
    return Keys(target, lambda: row_hashes(frame), time_values(table.frame[time]) if time else None, groups)


def _sample(train: Frame, seed: int) -> Frame:
    """Rows for the checks, at most 100,000, in the order of the source."""
    if train.height <= _CHECKED_ROWS:
        return train
    rows = np.random.default_rng(seed).choice(train.height, _CHECKED_ROWS, replace=False)
    return train[np.sort(rows)]


def _class_counts(target: pl.Series, contract: Contract) -> dict[str, int]:
    """Rows of each class; nothing for regression."""
    return {name: int((target == name).sum()) for name in contract.classes}


def _inspect(plan: Brief, checked: CheckedTable, bench: Workbench) -> list[Finding]:
    """Run the checks of the plan; one that the time does not allow is named."""
    registry: Registry[type[FindingCheck]] = Registry("fivefold.findings")
    findings: list[Finding] = []
    for name in plan.names("checks"):
        if bench.deadline.passed():
            what = f"The check '{name}' was not made: the time of this step was over"
            findings.append(Finding(name, "warning", (), what, {}))
            continue
        findings += registry.get(name)().inspect(checked)
    return findings


def _choose(
    plan: Brief, contract: Contract, findings: list[Finding]
) -> tuple[Contract, list[Finding], tuple[tuple[str, str], ...]]:
    """Leave out identifiers, constants and what a finding condemns, as long as something remains to learn from."""
    reasons = {
        column.name: f"{column.role}: {plan.profile.column(column.name).why}"
        for column in contract.columns
        if column.role in _NO_FEATURE
    }
    left = [column for column in contract.columns if column.name not in reasons]
    if not left:
        raise InputError(
            "No column is left to learn from",
            seen="; ".join(f"'{name}' is {why}" for name, why in list(reasons.items())[:5])
            or "only the target",
            expected="at least one column that varies and is no identifier",
            todo="bring more columns, or leave fewer out",
        )
    condemned = {name: finding for finding in findings if finding.leave_out for name in finding.columns}
    if all(column.name in condemned for column in left):
        names = {column.name for column in left}
        findings = [_spared(finding) if names & set(finding.columns) else finding for finding in findings]
        condemned = {}
    reasons |= {
        name: f"{finding.check}: {finding.what}" for name, finding in condemned.items() if name not in reasons
    }
    kept = tuple(column for column in contract.columns if column.name not in reasons)
    return replace(contract, columns=kept), findings, tuple(reasons.items())


def _spared(finding: Finding) -> Finding:
    """Return the finding of a column that stays because nothing else would be left."""
    if not finding.leave_out:
        return finding
    return replace(finding, leave_out=False, done="nothing: no other column would be left to learn from")


def _dropped_by_wish(plan: Brief, unwanted: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Columns that are no features because the person, or the split, says so."""
    dropped = unwanted
    by = Wish.of(plan).group_column
    if by:
        dropped = {name: why for name, why in unwanted.items() if name != by}
        dropped[by] = "says which rows belong together; a new group is not known to the model"
    return tuple(dropped.items())


def _write(
    frame: Frame, parts: Parts, groups: pl.Series | None, contract: Contract, bench: Workbench
) -> None:
    """Write both snapshots, in the order of the source, and the contract."""
    import polars as pl

    names = [ROW, *(column.name for column in contract.columns), contract.target]
    kept = frame.select(names)
    if parts.split.grouped_by is not None and groups is not None:
        kept = kept.with_columns(groups)
    kept.filter(parts.parts == TEST).write_parquet(bench.folder / "test.parquet")
    kept = kept.with_columns(pl.Series(FOLD, parts.parts))
    if parts.since is not None:
        kept = kept.with_columns(pl.Series(SINCE, parts.since))
    kept.filter(parts.parts >= 0).write_parquet(bench.folder / "train.parquet")
    publish(contract, bench.folder)
