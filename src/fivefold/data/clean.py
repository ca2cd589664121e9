"""Cleaning: the fetched table becomes typed columns, by the runtime's own rules, so that a request is read the same way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from fivefold.core.artefacts import ROW
from fivefold.core.errors import ArtefactError
from fivefold.core.machine import available_cores
from fivefold.data.ahead import ahead
from fivefold.data.columns import column_of
from fivefold.data.excerpts import batches, fit_one_batch, rows_of
from fivefold.data.kept import keep_rows
from fivefold.data.names import GROUP, WEIGHT
from fivefold.data.roles import unsure_dates
from fivefold.data.unread import unreadable
from fivefold.runtime.frames import clean_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from fivefold.core.artefacts import Brief, ColumnProfile
    from fivefold.core.tables import Frame
    from fivefold.core.workbench import Workbench
    from fivefold.data.kept import KeptRows

__all__ = ["CleanTable", "clean_table"]

_LOOKED_AT = 500


class CleanTable:
    """The table with typed columns, the rows without a target set aside; it is cleaned while it is read.

    A table of one batch is cleaned once and kept, a longer one whenever it is read: its rows lie nowhere twice.

    Parameters
    ----------
    path : Path
        The fetched Parquet file.
    brief : Brief
    kept : KeptRows

    Attributes
    ----------
    columns : tuple of Column
        All but the target, in the order of the source; ranges and categories are not known yet.
    kept : KeptRows
    height : int
        Rows that are used.
    unread : dict of str to int
        Once all columns were read: values that are there and are not what their column holds, by column; they are null.
    """

    def __init__(self, path: Path, brief: Brief, kept: KeptRows) -> None:
        self._path = path
        self._profile = brief.profile
        self._target = brief.question.target
        self._whole: Frame | None = None
        self._texts: dict[str, list[str]] = {}
        self.columns = tuple(
            column_of(one, one.name) for one in brief.profile.columns if one.name != self._target
        )
        self.kept = kept
        self.height = kept.target.len()
        self.unread: dict[str, int] = {}

    def batches(self, names: Sequence[str] | None = None) -> Iterator[tuple[Frame, slice]]:
        """Yield the rows in order, a batch at a time, each with the place of its rows among all.

        Parameters
        ----------
        names : sequence of str, optional
            Columns of the source; all of them when left out, with ``__row__`` and, if there are any, :data:`GROUP` and :data:`WEIGHT`.
        """
        if not fit_one_batch(self._profile.rows, len(self._profile.columns)):
            yield from ahead(self._cleaned(names))
            return
        if self._whole is None:
            self._whole, _ = next(self._cleaned(None))
        yield self._whole if names is None else self._whole.select(names), slice(0, self.height)

    def unsure(self) -> dict[str, str]:
        """Columns whose first texts are dates that may be read in two ways, and so are categories, with the reason."""
        doubts = {name: unsure_dates(list(dict.fromkeys(texts))) for name, texts in self._texts.items()}
        return {name: why for name, why in doubts.items() if why}

    def _cleaned(self, names: Sequence[str] | None) -> Iterator[tuple[Frame, slice]]:
        """Read and clean a batch after the other."""
        wanted = [one for one in self._profile.columns if names is None or one.name in names]
        if names is None:
            self.unread = {}
            self._texts = {one.name: [] for one in self.columns if one.role == "category"}
        start = at = 0
        source = batches(self._path, [one.name for one in wanted], self._profile.rows)
        with ThreadPoolExecutor(available_cores()) as pool:
            for read in ahead(source):
                mask = self.kept.mask.slice(start, read.height)
                raw = read.with_row_index(ROW, start)
                raw = raw if mask.all() else raw.filter(mask)
                rows = slice(at, at + raw.height)
                yield self._clean(raw, wanted, rows, pool, whole=names is None), rows
                start, at = start + read.height, rows.stop

    def _clean(
        self,
        raw: Frame,
        wanted: Sequence[ColumnProfile],
        rows: slice,
        pool: ThreadPoolExecutor,
        *,
        whole: bool,
    ) -> Frame:
        """Clean a batch; the target and the groups are known already."""
        import polars as pl

        target = self.kept.target[rows].alias(self._target)
        cleaned = list(
            pool.map(
                lambda one: (target, 0) if one.name == self._target else _clean_column(raw[one.name], one),
                wanted,
            )
        )
        if not whole:
            return pl.DataFrame([series for series, _ in cleaned])
        for series, lost in cleaned:
            if lost:
                self.unread[series.name] = self.unread.get(series.name, 0) + lost
            self._remember(series)
        own = ((GROUP, self.kept.groups), (WEIGHT, self.kept.weights))
        more = [series[rows].alias(name) for name, series in own if series is not None]
        return pl.DataFrame([raw[ROW].cast(pl.Int64), *(series for series, _ in cleaned), *more])

    def _remember(self, series: pl.Series) -> None:
        """Keep the first texts of a category."""
        import polars as pl

        known = self._texts.get(series.name)
        if known is not None and len(known) < _LOOKED_AT and series.dtype == pl.String:
            known += series.drop_nulls().head(_LOOKED_AT - len(known)).to_list()


def clean_table(path: Path, brief: Brief, bench: Workbench, *, time: str = "", group: str = "") -> CleanTable:
    """Choose the rows of a fetched table that are used, and make ready to clean them.

    Parameters
    ----------
    path : Path
        The fetched Parquet file.
    brief : Brief
        Its profile says what each column is, its task what the target becomes.
    bench : Workbench
        Its budget says how many rows can be held; of more, each has the same chance to be drawn.
    time, group : str
        Columns that the rows may be parted by; empty for none.

    Raises
    ------
    ArtefactError
        When the file is not the one that the profile describes.
    """
    _check_same(path, brief)
    return CleanTable(path, brief, keep_rows(path, brief, bench, time=time, group=group))


def _check_same(path: Path, brief: Brief) -> None:
    """Refuse a file that the plan was not made for."""
    import polars as pl

    found, rows = list(pl.read_parquet_schema(path)), rows_of(path)
    names = [column.name for column in brief.profile.columns]
    if found != names or rows != brief.profile.rows:
        raise ArtefactError(
            "The table is not the one that the plan was made for",
            seen=f"{rows:,} rows and {len(found)} columns",
            expected=f"{brief.profile.rows:,} rows and {len(names)} columns of the same names",
            todo="run the research step again",
        )


def _clean_column(raw: pl.Series, profile: ColumnProfile) -> tuple[pl.Series, int]:
    """Clean one column as the look decided; also count the values that are there and are not what it holds."""
    import polars as pl

    column, given = column_of(profile, profile.name), raw
    if profile.kind == "boolean" and raw.dtype in {pl.Int64, pl.Float64} and not profile.missing_values:
        # The look saw nothing but 0 and 1: cast as a whole, which gives what the runtime's rule gives one by one.
        floats = raw.cast(pl.Float64)
        raw = floats.set(~floats.is_finite(), None).cast(pl.Boolean)
    values = clean_series(raw, column, strict=False)
    if column.kind == "string" or values.null_count() == given.null_count():
        return values, 0
    return values, int(unreadable(given, values.is_null(), column).sum())
