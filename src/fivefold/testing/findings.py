"""The conformance suite of the ``FindingCheck`` seam, and small tables to try a check on.

Subclass it in a test module, say what is to be tested, and pytest collects the rest::

    class TestMyCheck(FindingSuite):
        name = "my_check"

        def make(self) -> FindingCheck:
            return MyCheck()

        def troubled(self) -> CheckedTable: ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, get_args

import numpy as np
import polars as pl

from fivefold.core import records
from fivefold.core.artefacts import ROW, Column, ColumnProfile, Contract, Finding, Kind, Severity, Split, Task
from fivefold.core.protocols import CheckedTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fivefold.core.protocols import FindingCheck
    from fivefold.core.tables import Frame

__all__ = ["FindingSuite", "checked", "healthy"]

_CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("high", "low", "middle"),
    "regression": (),
}
_ROWS = 600


def healthy(task: Task, rows: int = _ROWS, seed: int = 0) -> CheckedTable:
    """Make a table with which nothing is wrong: two numbers, a category and a target that they only hint at.

    Parameters
    ----------
    task : Task
    rows : int
    seed : int
    """
    generator = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            ROW: np.arange(rows),
            "height": generator.normal(170, 10, rows),
            "weight": generator.normal(70, 10, rows),
            "city": pl.Series(generator.choice(["Graz", "Lyon", "Porto"], rows), dtype=pl.String),
        }
    )
    hint = (frame["height"].to_numpy() - 170) / 10 + generator.normal(0, 1, rows)
    target = pl.Series("outcome", hint)
    if task != "regression":
        names = sorted(_CLASSES[task])
        cuts = [0.0] if task == "binary" else [-0.6, 0.6]
        target = pl.Series("outcome", np.array(names)[np.searchsorted(cuts, hint)].tolist(), dtype=pl.String)
    columns = (
        Column("height", "number", "number", nullable=False),
        Column("weight", "number", "number", nullable=False),
        Column("city", "category", "string", nullable=False, categories=("Graz", "Lyon", "Porto")),
    )
    return checked(task, frame.with_columns(target), columns)


def checked(
    task: Task,
    frame: Frame,
    columns: Sequence[Column],
    *,
    removed: tuple[tuple[str, int], ...] = (),
    split: Split | None = None,
    sealed: Frame | None = None,
) -> CheckedTable:
    """Make what a check is handed: a training part whose target is called ``outcome``.

    Parameters
    ----------
    task : Task
    frame : Frame
        Cleaned columns, the target among them.
    columns : sequence of Column
    removed : tuple of (str, int)
        Rows set aside, by reason.
    split : Split, optional
        A random one if not given.
    sealed : Frame, optional
        Features of sealed rows; none if not given.
    """
    classes = _CLASSES[task]
    positive = classes[1] if task == "binary" else None
    kind: Kind = "string" if classes else "number"
    contract = Contract("outcome", task, classes, positive, tuple(columns), target_kind=kind)
    default = Split("random", None, 5, False, frame.height, frame.height // 4, "nothing speaks against it")
    looks = {column.name: _profile(frame, column) for column in columns}
    apart = frame.select(column.name for column in columns).head(0) if sealed is None else sealed
    return CheckedTable(frame, apart, looks, contract, frame.height, removed, split or default)


def _profile(frame: Frame, column: Column) -> ColumnProfile:
    """What a look would say of a column at the least."""
    values = frame[column.name]
    return ColumnProfile(
        name=column.name,
        dtype=str(values.dtype),
        kind=column.kind,
        role=column.role,
        why="the test says so",
        missing=values.null_count(),
        distinct=values.drop_nulls().n_unique(),
        form=column.form,
    )


class FindingSuite:
    """The rules of the seam ``fivefold.findings``; override ``make`` and ``troubled``.

    Attributes
    ----------
    name : str
        The check's name in the registry, which its findings carry.
    """

    name: ClassVar[str]

    def make(self) -> FindingCheck:
        """Return the check under test."""
        raise NotImplementedError

    def troubled(self) -> CheckedTable:
        """Return a table in which the check must find something."""
        raise NotImplementedError

    def test_it_says_nothing_when_all_is_well(self) -> None:
        for task in get_args(Task):
            assert not self.make().inspect(healthy(task)), task

    def test_it_finds_what_is_wrong(self) -> None:
        assert self.make().inspect(self.troubled())

    def test_a_finding_tells_a_person_what_where_and_how_bad(self) -> None:
        table = self.troubled()
        known = {column.name for column in table.contract.columns} | {table.contract.target}
        for finding in self.make().inspect(table):
            assert isinstance(finding, Finding)
            assert finding.check == self.name
            assert finding.severity in get_args(Severity)
            assert finding.what
            assert "\n" not in finding.what
            for said in (finding.what, finding.done):
                assert not said.rstrip().endswith((".", ";", ":", ",")), (
                    f"no mark at the end, readers add one: {said}"
                )
            assert set(finding.columns) <= known
            assert table.contract.target in finding.what or finding.columns or finding.figures

    def test_what_is_left_out_is_named_and_said(self) -> None:
        table = self.troubled()
        for finding in self.make().inspect(table):
            if finding.leave_out:
                assert finding.columns
                assert finding.done
                assert table.contract.target not in finding.columns

    def test_a_finding_can_be_kept_and_read_back(self) -> None:
        for finding in self.make().inspect(self.troubled()):
            assert records.load(Finding, records.dump(finding), label="the finding") == finding

    def test_it_finds_the_same_again_and_changes_nothing(self) -> None:
        table = self.troubled()
        before = table.frame.clone()
        assert list(self.make().inspect(table)) == list(self.make().inspect(table))
        assert table.frame.equals(before)

    def test_it_survives_tables_of_hardly_any_rows_or_values(self) -> None:
        for task in get_args(Task):
            for rows in (0, 1, 5):
                self.make().inspect(healthy(task, rows))
            table = healthy(task, 60)
            names = [column.name for column in table.contract.columns]
            gone = table.frame.with_columns(
                pl.lit(None, table.frame[name].dtype).alias(name) for name in names
            )
            self.make().inspect(checked(task, gone, table.contract.columns))
