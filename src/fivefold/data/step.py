"""The data step, told in order: choose the rows, part them, clean them into the snapshots, check what is learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fivefold.core.artefacts import ROW, Brief, Contract, Dataset, Finding
from fivefold.core.artefacts.dataset import UNMADE
from fivefold.core.errors import InputError
from fivefold.core.machine import available_cores
from fivefold.core.protocols import CheckedTable, FindingCheck
from fivefold.core.registry import Registry
from fivefold.data.cards import draw_cards
from fivefold.data.choice import check_choice, not_wanted
from fivefold.data.clean import CleanTable, clean_table
from fivefold.data.contract import draw_up, publish
from fivefold.data.draw import Draw
from fivefold.data.parting import part_as_planned, split_findings
from fivefold.data.personal import mark_personal, overruled
from fivefold.data.seen import SeenTable
from fivefold.data.snapshots import Snapshots
from fivefold.data.split import TEST, Keys, Wish
from fivefold.data.twins import row_hashes
from fivefold.data.unread import doubt_findings, unread_findings
from fivefold.report.language import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column, Split
    from fivefold.core.extract import ColumnWish, DataSettings
    from fivefold.core.protocols import Fetched
    from fivefold.core.store import Stored
    from fivefold.core.tables import Frame
    from fivefold.core.workbench import Workbench
    from fivefold.data.split import Parts

__all__ = ["data"]

_CHECKED_ROWS = 100_000
_SEVERITIES = ("severe", "warning", "info")
_NO_FEATURE = ("identifier", "constant")
_NOTHING_ELSE = "nothing: no other column would be left to learn from"
_NAMED = "nothing: [data.columns] gives it a role, so it stays"


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
    wish = Wish.of(plan)
    table = clean_table(fetched.path, plan, bench, time=wish.time_column, group=wish.group_column)
    unwanted = not_wanted([column.name for column in table.columns], settings)
    weight = plan.question.weight_column
    features = [
        column for column in table.columns if column.name not in {*unwanted, wish.group_column, weight}
    ]
    bench.progress.advance(0.1, "parting the rows")
    groups = table.kept.groups
    parts = part_as_planned(plan, _keys(table, features), bench.seed)
    names = [column.name for column in features if column.role not in _NO_FEATURE]
    looked_at = _looked_at(plan, table, {wish.group_column, weight})
    kept = tuple(dict.fromkeys((*names, *looked_at, plan.question.target)))
    snapshots = Snapshots(bench.folder, parts, kept, weight)
    drawn = Draw(parts.parts >= 0, _CHECKED_ROWS, bench.seed, _source_columns(plan))
    sealing = Draw(
        parts.parts == TEST, _CHECKED_ROWS, bench.seed, [ROW, *(column.name for column in features)]
    )
    seen = _write(table, snapshots, features, (drawn, sealing), bench)
    bench.progress.advance(0.8, "checking the training rows")
    wishes = settings.columns if settings else {}
    contract = mark_personal(draw_up(plan, seen, table.kept.target), drawn.frame, wishes)
    checked = _checked(plan, table, parts, contract, (drawn, sealing))
    with ThreadPoolExecutor(1) as pool:
        cards = pool.submit(draw_cards, checked)
        findings = [finding for finding in _inspect(plan, checked, bench) if not overruled(finding, wishes)]
    contract, findings, dropped = _choose(plan, contract, findings, wishes)
    dropped += _dropped_by_wish(plan, unwanted)  # what the person does not know yet comes first
    findings += unread_findings(table) + doubt_findings(plan.profile) + split_findings(plan, parts, groups)
    snapshots.leave_out({*names} - {column.name for column in contract.columns} - {*looked_at})
    publish(contract, bench.folder)
    bench.progress.say(_in_short(parts.split, contract, findings))
    return Dataset(
        rows=plan.profile.rows,
        removed=checked.removed,
        dropped=dropped,
        contract=contract,
        findings=tuple(sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))),
        split=parts.split,
        cards=cards.result(),
        weight=weight,
    )


def _looked_at(plan: Brief, table: CleanTable, others: set[str | None]) -> tuple[str, ...]:
    """Columns whose groups are to be compared: they stay in the snapshots, be they features or not, as ``others`` do."""
    there = {column.name for column in table.columns} - others
    return tuple(name for name in plan.names("evaluate.fairness") if name in there)


def _in_short(split: Split, contract: Contract, findings: Sequence[Finding]) -> str:
    """What came of the step, in one line."""
    loud = (one for one in findings if one.check == UNMADE or one.tells_of_copies)
    severe = sum(one.severity == "severe" for one in findings)
    warnings = sum(one.severity == "warning" for one in findings)
    grave = [f"{severe:,} severe"] * bool(severe) + [plural(warnings, "warning")] * bool(warnings)
    weights = f" ({', '.join(grave)})" if grave else ""
    aloud = "".join(f". {finding.what[0].upper()}{finding.what[1:]}" for finding in loud)
    return (
        f"data: {plural(split.train_rows, 'row')} to learn from, {split.test_rows:,} sealed ({split.kind}), "
        f"{plural(len(contract.columns), 'feature')}, {plural(len(findings), 'finding')}{weights}{aloud}"
    )


def _keys(table: CleanTable, features: Sequence[Column]) -> Keys:
    """What the rows are parted by; equal rows are looked for only where chance decides."""
    kept = table.kept
    names = [column.name for column in features if column.role not in _NO_FEATURE]

    def hashes() -> NDArray[np.uint64]:
        if not names:
            return np.arange(table.height, dtype=np.uint64)
        return np.concatenate([row_hashes(frame) for frame, _ in table.batches(names)])

    return Keys(kept.target, hashes, kept.time, kept.groups)


def _write(
    table: CleanTable,
    snapshots: Snapshots,
    features: Sequence[Column],
    draws: Sequence[Draw],
    bench: Workbench,
) -> tuple[Column, ...]:
    """Clean the rows into the snapshots; in passing, the draws take theirs and the columns are described."""

    def passing() -> Iterator[tuple[Frame, slice]]:
        for frame, rows in table.batches():
            for draw in draws:
                draw.take(frame, rows)
            yield frame, rows
            bench.progress.advance(0.15 + 0.65 * rows.stop / max(1, table.height), "cleaning the rows")

    sealed = bench.scratch / "sealed"
    sealed.mkdir()
    with ThreadPoolExecutor(available_cores()) as pool:
        seen = SeenTable(features, pool)
        snapshots.write(passing(), sealed, seen.add)
        return seen.described()


def _checked(
    plan: Brief, table: CleanTable, parts: Parts, contract: Contract, draws: tuple[Draw, Draw]
) -> CheckedTable:
    """What the checks may look at: drawn rows to learn from, and the features of sealed ones."""
    import polars as pl

    drawn, sealing = draws
    profiles = {column.name: column for column in plan.profile.columns}
    removed = table.kept.removed + parts.aside
    sealed = table.kept.target.filter(pl.Series(parts.parts == TEST))
    counts = {name: int((sealed == name).sum()) for name in contract.classes}
    rows = int((parts.parts >= 0).sum())
    return CheckedTable(drawn.frame, sealing.frame, profiles, contract, rows, removed, parts.split, counts)


def _source_columns(plan: Brief) -> list[str]:
    """What a checked table holds: the place of the row, and every column of the source."""
    return [ROW, *(column.name for column in plan.profile.columns)]


def _inspect(plan: Brief, checked: CheckedTable, bench: Workbench) -> list[Finding]:
    """Run the checks of the plan; those that the time does not allow are named together, where nobody can miss it."""
    registry: Registry[type[FindingCheck]] = Registry("fivefold.findings")

    def made(name: str) -> Sequence[Finding] | None:
        return None if bench.deadline.passed() else registry.get(name)().inspect(checked)

    names = plan.names("checks")
    with ThreadPoolExecutor(bench.budget.cores) as pool:
        answers = list(pool.map(made, names))
    skipped = [name for name, found in zip(names, answers, strict=True) if found is None]
    findings = [finding for found in answers if found is not None for finding in found]
    return [_not_made(skipped, len(names)), *findings] if skipped else findings


def _not_made(skipped: Sequence[str], planned: int) -> Finding:
    """Say which checks were not made: what they would have found is in the table, and nobody knows."""
    some = f"{len(skipped)} of {planned} checks were"
    which = f"any of the {planned} checks was" if len(skipped) == planned else some
    return Finding(
        check=UNMADE,
        severity="severe",
        columns=(),
        what=f"The step's time was over before {which} made: {', '.join(skipped)}",
        figures={"checks": len(skipped)},
        done="nothing in their place; a larger budget makes them all",
    )


def _choose(
    plan: Brief, contract: Contract, findings: list[Finding], wishes: Mapping[str, ColumnWish]
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
    named = {name for name, wish in wishes.items() if wish.role is not None}
    findings = [_answered(one) if named & set(one.columns) else one for one in findings]
    condemned = {name: finding for finding in findings if finding.leave_out for name in finding.columns}
    if all(column.name in condemned for column in left):
        names = {column.name for column in left}
        findings = [_spared(one, _NOTHING_ELSE) if names & set(one.columns) else one for one in findings]
        condemned = {}
    findings = [_overtaken(one, condemned) for one in findings]
    reasons |= {
        name: f"{finding.check}: {finding.what}" for name, finding in condemned.items() if name not in reasons
    }
    kept = tuple(column for column in contract.columns if column.name not in reasons)
    return replace(contract, columns=kept), findings, tuple(reasons.items())


def _answered(finding: Finding) -> Finding:
    """Return the finding of a column to which the person gives a role, which says that it is known in time."""
    return replace(finding, done=_NAMED) if finding.asks_for_leak else _spared(finding, _NAMED)


def _spared(finding: Finding, why: str) -> Finding:
    """Return the finding of a column that stays all the same."""
    return replace(finding, leave_out=False, done=why) if finding.leave_out else finding


def _overtaken(finding: Finding, condemned: Mapping[str, Finding]) -> Finding:
    """Return a finding that leaves its column alone, with what became of the column by another one."""
    other = condemned.get(finding.columns[0]) if len(finding.columns) == 1 else None
    if other is None or finding.leave_out or not finding.done.startswith("nothing"):
        return finding
    return replace(finding, done=f"the column is left out all the same, see {other.check}")


def _dropped_by_wish(plan: Brief, unwanted: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Columns that are no features because the person, or the split, says so."""
    dropped = unwanted
    by = Wish.of(plan).group_column
    if by:
        dropped = {name: why for name, why in unwanted.items() if name != by}
        dropped[by] = "says which rows belong together; a new group is not known to the model"
    weight = plan.question.weight_column
    if weight:
        dropped = dropped | {weight: "says how much a row counts"}
    return tuple(dropped.items())
