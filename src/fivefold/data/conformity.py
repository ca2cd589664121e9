"""Conformity: a new table held against the contract of a run, column by column, with counts and example rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np

from fivefold.core.artefacts import Figure
from fivefold.core.tables import read_parquet
from fivefold.data.target import labels_of, read_target
from fivefold.data.unread import told, unreadable
from fivefold.report.figures import figure, percent, whole
from fivefold.runtime.bundle import HIDDEN
from fivefold.runtime.frames import clean_series, near_names
from fivefold.runtime.limits import beyond, limit_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from fivefold.core.artefacts import Column, Contract
    from fivefold.core.protocols import Fetched

__all__ = ["Conformity", "Example", "Trouble", "TroubleKind", "Weight", "hold_against"]

TroubleKind = Literal[
    "missing_column",
    "wrong_type",
    "missing_value",
    "out_of_range",
    "unseen_category",
    "unseen_class",
    "extra_column",
]
Weight = Literal["broken", "warning", "info"]

_EXAMPLES = 3
_LONGEST = 60
_WEIGHTS: dict[TroubleKind, Weight] = {
    "missing_column": "broken",
    "wrong_type": "broken",
    "missing_value": "broken",
    "out_of_range": "warning",
    "unseen_category": "warning",
    "unseen_class": "info",
    "extra_column": "info",
}
_TYPES = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "a text",
    "datetime": "a date",
}


@dataclass(frozen=True, slots=True)
class Example:
    """One row that shows a trouble.

    Attributes
    ----------
    row : int
        Position in the new table, from 0.
    value : Figure
        As it came; texts beyond 60 letters are cut, and personal ones hidden.
    """

    row: int
    value: Figure


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble in one column.

    Attributes
    ----------
    column : str
    kind : {"missing_column", "wrong_type", "missing_value", "out_of_range", "unseen_category", "unseen_class",
        "extra_column"}
    weight : {"broken", "warning", "info"}
    rows : int
    share : float
        Of the rows.
    what : str
        The same in words.
    examples : tuple of Example
        The first rows with different values, at most three.
    """

    column: str
    kind: TroubleKind
    weight: Weight
    rows: int
    share: float
    what: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Conformity:
    """How a new table stands to the contract of a run.

    Attributes
    ----------
    table, digest : str
        What the table is called, and the digest of its content.
    rows : int
    columns : int
        Columns of the contract.
    holds : bool
        Whether nothing is broken; warnings do not count.
    broken_rows, warned_rows : int
        Rows with at least one broken value, and with at least one that is worth a warning. A missing column breaks all.
    shares : dict of str to float
        For each column with trouble, the share of rows that have any.
    troubles : tuple of Trouble
        Heaviest first, then in the order of the contract.
    """

    table: str
    digest: str
    rows: int
    columns: int
    holds: bool
    broken_rows: int
    warned_rows: int
    shares: dict[str, float]
    troubles: tuple[Trouble, ...]


def hold_against(fetched: Fetched, contract: Contract, *, known: Sequence[str] = ()) -> Conformity:
    """Hold a new table against a contract.

    Values are read by the runtime's own rules, so that what is broken here is refused by the service as well, with two
    exceptions that the service takes for gaps: a missing value where training had none, when it is sent as null, and a
    missing column that had gaps in training. Only one column is in memory at a time.

    Parameters
    ----------
    fetched : Fetched
        The new table.
    contract : Contract
    known : sequence of str
        Columns of the training table that the model does not use: they are neither needed nor worth a word.
    """
    import polars as pl

    names = pl.read_parquet_schema(fetched.path).keys()
    rows = int(pl.scan_parquet(fetched.path, glob=False).select(pl.len()).collect().item())
    tally = _Tally(rows)
    for column in contract.columns:
        if column.name not in names:
            tally.miss(column, [name for name in names if contract.target != name])
        else:
            tally.count(column, read_parquet(fetched.path, columns=[column.name]).to_series())
    if contract.classes and contract.target in names:
        tally.answers(contract, read_parquet(fetched.path, columns=[contract.target]).to_series())
    expected = {contract.target, *known, *(column.name for column in contract.columns)}
    for name in names:
        if name not in expected:
            tally.add(name, "extra_column", rows, "is not in the contract, and is ignored")
    order = list(_WEIGHTS.values())
    troubles = sorted(tally.troubles, key=lambda trouble: order.index(trouble.weight))
    return Conformity(
        table=fetched.label,
        digest=fetched.digest,
        rows=rows,
        columns=len(contract.columns),
        holds=all(trouble.weight != "broken" for trouble in troubles),
        broken_rows=int(tally.broken.sum()),
        warned_rows=int(tally.warned.sum()),
        shares=tally.shares,
        troubles=tuple(troubles),
    )


class _Tally:
    """Counts troubles over the columns, and which rows have any."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.broken = np.zeros(rows, dtype=np.bool_)
        self.warned = np.zeros(rows, dtype=np.bool_)
        self.shares: dict[str, float] = {}
        self.troubles: list[Trouble] = []

    def miss(self, column: Column, names: Sequence[str]) -> None:
        """Put down a column that is not there."""
        near = near_names(column.name, names)
        meant = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else ""
        self.broken[:] = True
        self.shares[column.name] = 1.0
        self.add(column.name, "missing_column", self.rows, f"is not in the table{meant}")

    def count(self, column: Column, raw: pl.Series) -> None:
        """Put down the troubles of one column."""
        troubled = np.zeros(self.rows, dtype=np.bool_)
        for kind, mask in _masks(column, raw):
            count = int(mask.sum())
            if count == 0:
                continue
            troubled |= mask
            rows_of = self.broken if _WEIGHTS[kind] == "broken" else self.warned
            rows_of |= mask
            said = f"{_says(kind, column)} in {whole(count)} of {whole(self.rows)} rows ({percent(count / self.rows)})"
            if kind == "unseen_category":
                said += _lost_zeros(column, raw.filter(mask))
            self.add(column.name, kind, count, said, _examples(raw, mask, personal=column.personal))
        if troubled.any():
            self.shares[column.name] = int(troubled.sum()) / self.rows

    def answers(self, contract: Contract, raw: pl.Series) -> None:
        """Put down classes that training did not see: no row is refused for it, since the target is no input."""
        labels = labels_of(read_target(raw, contract.target_kind))
        known = labels.is_in(list(contract.classes)).fill_null(value=False)
        mask = (told(raw) & ~known).to_numpy()
        count = int(mask.sum())
        if count:
            share = f"{whole(count)} of {whole(self.rows)} rows ({percent(count / self.rows)})"
            said = f"is the target, and is a class that training did not see in {share}"
            self.add(contract.target, "unseen_class", count, said, _examples(raw, mask, personal=False))

    def add(
        self, column: str, kind: TroubleKind, rows: int, said: str, examples: tuple[Example, ...] = ()
    ) -> None:
        """Put down one trouble."""
        share = rows / self.rows if self.rows else 0.0
        self.troubles.append(
            Trouble(column, kind, _WEIGHTS[kind], rows, share, f"'{column}' {said}", examples)
        )


def _masks(column: Column, raw: pl.Series) -> Iterator[tuple[TroubleKind, NDArray[np.bool_]]]:
    """Rows of each kind of trouble in a column."""
    cleaned = clean_series(raw, column, strict=False)
    gone = cleaned.is_null()
    wrong = unreadable(raw, gone & raw.is_not_null(), column).to_numpy()
    yield "wrong_type", wrong
    if not column.nullable:
        yield "missing_value", gone.to_numpy() & ~wrong
    limit = limit_of(column)
    if limit is not None:
        kind: TroubleKind = "out_of_range" if limit == "range" else "unseen_category"
        yield kind, beyond(cleaned, column).to_numpy()


def _says(kind: TroubleKind, column: Column) -> str:
    """Say what is wrong."""
    if kind == "wrong_type":
        return f"is not {_TYPES[column.kind]}"
    if kind == "missing_value":
        return "has no value, which it had in every row of training,"
    if kind == "unseen_category":
        return "is a category that training did not see"
    return f"lies outside of {_end(column.minimum)} to {_end(column.maximum)}, the range of training,"


def _lost_zeros(column: Column, unseen: pl.Series) -> str:
    """Say that unseen digits are known once zeros lead them, as they do when a spreadsheet has read ``01234`` as a number."""
    led = {
        text.lstrip("0") or "0": text for text in column.categories if text.isdigit() and text.startswith("0")
    }
    values = clean_series(unseen, column, strict=False)
    meant = sorted({led[value] for value in values.drop_nulls().to_list() if value in led})
    if not meant:
        return ""
    rows = int(values.is_in(list(led)).sum())
    return f"; {whole(rows)} of them would be known with leading zeros, such as '{meant[0]}', which the table seems to have lost"


def _end(value: float | None) -> str:
    """An end of a range; whole numbers stay whole."""
    return figure(int(value) if value is not None and value.is_integer() else value)


def _examples(raw: pl.Series, mask: NDArray[np.bool_], *, personal: bool) -> tuple[Example, ...]:
    """The first rows with different values."""
    found: dict[object, Example] = {}
    for row in np.flatnonzero(mask)[:1_000]:
        value = raw[int(row)]
        if value not in found:
            found[value] = Example(int(row), HIDDEN if personal else _shown(value))
        if len(found) == _EXAMPLES:
            break
    return tuple(found.values())


def _shown(value: object) -> Figure:
    """A value as it came, as far as JSON can say it."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and np.isfinite(value):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
